//! Following an invitation: with the account one has, or with a new one.

use actix_web::{http::StatusCode, web::Path};
use askama::Template;

use super::{
    login::{gate, sent_password},
    setup::zone_name,
};
use crate::{
    access::Role,
    accounts::{self, Invitation, NewUser, Session},
    db::Sys,
    error::{Error, Result},
    ids::UserId,
    onboarding,
    web::{Ctx, Failure, Fields, Form, Outside, Reply, context::block},
};

/// The fields that the form shows problems beside.
pub const SHOWN: &[&str] = &["name", "password", "timezone"];

/// How the invited person shows who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// They are signed in with this address already.
    SignedIn,
    /// They have an account and give its password.
    Password,
    /// They have an account without a password and choose one: the link came to their address.
    First,
    /// They are new.
    New,
}

impl Way {
    fn of(sys: &mut Sys<'_>, invitation: &Invitation, session: Option<&Session>) -> Result<Self> {
        if session.is_some_and(|session| session.user.email == invitation.email) {
            return Ok(Self::SignedIn);
        }
        let Some(user) = accounts::user_by_email(sys, &invitation.email)? else { return Ok(Self::New) };
        Ok(if accounts::password_hash(sys, user.id)?.is_some() { Self::Password } else { Self::First })
    }
}

#[derive(Template)]
#[template(path = "account/invite.html")]
struct InvitePage {
    outside: Outside,
    form: Form,
    invitation: Invitation,
    way: Way,
    somebody_else: Option<String>,
}

impl InvitePage {
    fn asks_old(&self) -> bool {
        self.way == Way::Password
    }

    fn asks_new(&self) -> bool {
        matches!(self.way, Way::First | Way::New)
    }

    fn asks_name(&self) -> bool {
        self.way == Way::New
    }

    fn role_words(&self) -> &'static str {
        match self.invitation.role {
            Role::Owner => "You will be able to do everything, the settings and members included.",
            Role::Manager => "You will work with everything and arrange pipelines, templates and imports.",
            Role::Member => "You will work with contacts, conversations, cards and reminders.",
            Role::Viewer => "You will see everything and change nothing.",
        }
    }
}

async fn page(ctx: &Ctx, status: StatusCode, form: Form, key: String) -> Result<Reply, Failure> {
    let session = ctx.session().await?;
    let db = ctx.app.db.clone();
    let (invitation, way, somebody_else) = block(move || {
        db.read_system(|sys| {
            let invitation = accounts::open_invitation(sys, &key)?;
            let way = Way::of(sys, &invitation, session.as_ref())?;
            let other = session.map(|session| session.user.email).filter(|email| *email != invitation.email);
            Ok((invitation, way, other))
        })
    })
    .await?;
    let outside = Outside::new(ctx.theme(), Form::default());
    gate(status, &InvitePage { outside, form, invitation, way, somebody_else })
}

/// The form behind the link.
pub async fn form(ctx: Ctx, path: Path<String>) -> Result<Reply, Failure> {
    page(&ctx, StatusCode::OK, Form::default(), path.into_inner()).await
}

/// Joins the workspace and begins a session where there is none.
pub async fn join(ctx: Ctx, path: Path<String>, fields: Fields) -> Result<Reply, Failure> {
    let key = path.into_inner();
    let session = ctx.session().await?;
    let (asked, sent, link) = (ctx.clone(), fields.clone(), key.clone());
    match block(move || accept(&asked, &link, session.as_ref(), &fields)).await {
        Ok((None, to)) => Ok(Reply::Go(to)),
        Ok((Some(cookie), to)) => Ok(Reply::Session { to, cookie: ctx.cookie(cookie) }),
        Err(Error::Invalid(problems)) => {
            page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, Form::refused(sent, problems), key).await
        }
        Err(other) => Err(other.into()),
    }
}

/// The key of a new session, if one began, and where to go.
fn accept(ctx: &Ctx, key: &str, session: Option<&Session>, fields: &Fields) -> Result<(Option<String>, String)> {
    let (db, agent, address) = (&ctx.app.db, ctx.agent.as_str(), ctx.address());
    let (invitation, way) = db.read_system(|sys| {
        let invitation = accounts::open_invitation(sys, key)?;
        let way = Way::of(sys, &invitation, session)?;
        Ok((invitation, way))
    })?;
    let to = format!("/w/{}/today", invitation.slug);
    match way {
        Way::SignedIn => {
            db.write_system(|sys| onboarding::join(sys, key, known))?;
            Ok((None, to))
        }
        Way::Password => {
            let password = sent_password(fields, "password");
            let cookie = accounts::sign_in(db, &invitation.email, &password, agent, address)?;
            db.write_system(|sys| onboarding::join(sys, key, known))?;
            Ok((Some(cookie), to))
        }
        Way::First | Way::New => {
            let name = fields.get("name").trim();
            let hashed = accounts::hash_password(fields.get("password"), &[name, &invitation.email])?;
            let cookie = db.write_system(|sys| {
                let (user, _) = onboarding::join(sys, key, |sys, invitation| {
                    // Looked up again: an account with a password may have been made since the form was shown.
                    match Way::of(sys, invitation, None)? {
                        Way::First => {
                            let user = known(sys, invitation)?;
                            accounts::change_password(sys, user, hashed, None)?;
                            Ok(user)
                        }
                        _ => accounts::create_user(
                            sys,
                            NewUser {
                                email: invitation.email.clone(),
                                name: name.into(),
                                timezone: zone_name(fields, "timezone"),
                                password: Some(hashed),
                            },
                        ),
                    }
                })?;
                accounts::start_session(sys, user, agent, address)
            })?;
            Ok((Some(cookie), to))
        }
    }
}

fn known(sys: &mut Sys<'_>, invitation: &Invitation) -> Result<UserId> {
    Ok(accounts::user_by_email(sys, &invitation.email)?.ok_or(Error::NotFound)?.id)
}
