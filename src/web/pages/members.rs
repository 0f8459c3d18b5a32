//! Who belongs to the workspace: invitations, roles, and leaving.

use actix_web::web::Path;
use askama::Template;

use super::mail::whither;
use crate::{
    access::{Right, Role},
    accounts::{self, Invited},
    error::{Error, Result},
    ids::{LinkId, UserId},
    mail, secrets,
    timeline::{Change, Verb, record},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell},
    workspaces::{self, Member},
};

/// The fields of the invitation that the form shows problems beside.
pub const SHOWN: &[&str] = &["email", "role"];

#[derive(Template)]
#[template(path = "settings/members.html")]
struct MembersPage {
    shell: Shell,
    form: Form,
    refused: Form,
    members: Vec<Member>,
    /// For owners.
    invited: Vec<Invited>,
}

impl MembersPage {
    fn is_me(&self, id: &UserId) -> bool {
        self.shell.user.id == *id
    }

    fn label(&self, role: &Role) -> &'static str {
        match role {
            Role::Owner => "Owner",
            Role::Manager => "Manager",
            Role::Member => "Member",
            Role::Viewer => "Viewer",
        }
    }

    fn may(&self, role: &Role) -> &'static str {
        match role {
            Role::Owner => "Everything, with members, settings and mail",
            Role::Manager => "Arranges pipelines, templates and imports",
            Role::Member => "Works with contacts, cards and reminders",
            Role::Viewer => "Sees everything, changes nothing",
        }
    }
}

/// Which of the page's forms was sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    Invitation,
    Other,
}

fn show_view(page: Page<'_, '_>, sent: Sent) -> Result<String> {
    let Page { tx, shell, form } = page;
    // A refused role must not colour the role in the invitation.
    let (form, refused) = if sent == Sent::Invitation { (form, Form::default()) } else { (Form::default(), form) };
    let members = workspaces::members(tx)?;
    let access = tx.access();
    let invited = if shell.owns() { accounts::invited(&mut tx.system(), access)? } else { Vec::new() };
    Ok(MembersPage { shell, form, refused, members, invited }.render()?)
}

/// The members and their roles.
pub async fn show(ctx: Ctx) -> Result<Reply, Failure> {
    ctx.page(|page| show_view(page, Sent::Invitation)).await
}

/// Invites somebody by mail.
pub async fn invite(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let app = ctx.app.clone();
    ctx.act(
        fields,
        move |tx, fields| {
            let access = tx.access();
            access.require(Right::Own)?;
            let workspace = workspaces::workspace(tx)?;
            if workspace.demo {
                let words = "Nothing is ever sent from the demo. Invite colleagues in your own workspace.";
                return Err(Error::invalid("email", words));
            }
            let role = fields.required::<Role>("role")?;
            let (email, key) = accounts::write_invitation(&mut tx.system(), access, fields.get("email"), role)?;
            let by = accounts::user(&mut tx.system(), access.person()?)?.name;
            let link = format!("{}/invite/{key}", app.config.base_url);
            // The log keeps the key's hash: who reads the log can't join by it.
            let hash = secrets::key_hash(&key);
            let letter = mail::invitation(workspace.id, &workspace.name, &email, role, &by, &link, &hash)?;
            mail::post(&mut tx.system(), letter)?;
            let after = serde_json::json!({"email": email, "role": role});
            record(tx, Verb::MemberInvited, Change::default().after(after))?;
            let whither = whither(tx, &app.mailer)?;
            Ok(Done::go("settings/members").say(format!("Invitation sent to {email}.{whither}")))
        },
        |page| show_view(page, Sent::Invitation),
    )
    .await
}

/// Takes an invitation back that nobody has followed.
pub async fn withdraw(ctx: Ctx, path: Path<(String, LinkId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            let access = tx.access();
            let email = accounts::withdraw_invitation(&mut tx.system(), access, id)?;
            record(tx, Verb::InvitationWithdrawn, Change::of(id.0).before(serde_json::json!({"email": email})))?;
            Ok(Done::go("settings/members").say(format!("The link sent to {email} leads nowhere now.")))
        },
        |page| show_view(page, Sent::Other),
    )
    .await
}

/// Gives a member another role.
pub async fn role(ctx: Ctx, path: Path<(String, UserId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Own)?;
            let name = workspaces::member(tx, id)?.user.name;
            let role = fields.required::<Role>("role")?;
            workspaces::change_role(tx, id, role)?;
            let rest = if role == Role::Viewer { " What they looked after went to whoever changed it." } else { "" };
            Ok(Done::go("settings/members").say(format!("{name} has the role of {role} now.{rest}")))
        },
        |page| show_view(page, Sent::Other),
    )
    .await
}

/// Ends a membership: somebody else's, or one's own.
pub async fn remove(ctx: Ctx, path: Path<(String, UserId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            let own = tx.access().user() == Some(id);
            workspaces::remove_member(tx, id)?;
            if own {
                let left = workspaces::workspace(tx)?.name;
                return Ok(Done::go("/").say(format!("You have left {left}.")));
            }
            let name = workspaces::member(tx, id)?.user.name;
            Ok(Done::go("settings/members")
                .say(format!("{name} is no longer a member. Their contacts, cards and reminders are yours now.")))
        },
        |page| show_view(page, Sent::Other),
    )
    .await
}
