//! `rapport workspace add`, `rapport user add`, `rapport token add`.

use std::io::{IsTerminal, Read};

use crate::{
    access::{Access, Origin, Role},
    accounts::{self, NewUser, hash_password},
    contacts::Kind,
    db::Sys,
    error::{Error, Result},
    ids::UserId,
    mail, onboarding,
    worker::Worker,
    workspaces::{self, Details},
};

/// What is piped in, without the line's end; nothing from a terminal.
fn piped() -> Result<Option<String>> {
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(None);
    }
    let mut text = String::new();
    stdin.by_ref().take(1000).read_to_string(&mut text)?;
    Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()).filter(|text| !text.is_empty()))
}

fn person(sys: &mut Sys<'_>, email: &str) -> Result<UserId> {
    accounts::user_by_email(sys, email)?
        .map(|user| user.id)
        .ok_or_else(|| Error::invalid("email", format!("Nobody has an account with {email}.")))
}

/// The pass of somebody by address, for what the command line does in their name.
pub(super) fn access(sys: &mut Sys<'_>, email: &str, slug: &str) -> Result<Access> {
    let user = person(sys, email)?;
    accounts::enter(sys, user, slug, Origin::Cli)
        .map_err(|_| Error::invalid("workspace", format!("{email} does not belong to a workspace “{slug}”.")))
}

pub(super) fn add_workspace(worker: Worker, name: &str, owner: &str, timezone: &str, kinds: Vec<Kind>) -> Result<()> {
    let password = piped()?.map(|text| hash_password(&text, &[owner, name])).transpose()?;
    let slug = worker.db.write_system(|sys| {
        let known = accounts::user_by_email(sys, owner)?;
        let (id, reset) = match known {
            Some(user) => (user.id, None),
            None => {
                let without = password.is_none();
                let name = owner.split('@').next().unwrap_or(owner).to_owned();
                let new = NewUser { email: owner.into(), name, timezone: timezone.into(), password };
                (accounts::create_user(sys, new)?, without.then_some(()))
            }
        };
        let founding = onboarding::Founding { details: Details::named(name, timezone), kinds };
        let access = onboarding::found(sys, id, &founding, Origin::Cli)?;
        if reset.is_some()
            && let Some((user, key)) = accounts::issue_reset(sys, owner)?
        {
            let link = format!("{}/reset/{key}", worker.config.base_url);
            mail::post(sys, mail::founded(user.id, name, &user.email, &link, &key)?)?;
            say!("password_link={link}");
        }
        workspaces::workspace(&mut sys.enter(access)).map(|workspace| workspace.slug)
    })?;
    say!("workspace={slug}");
    Ok(())
}

pub(super) fn add_user(
    worker: Worker,
    email: &str,
    slug: &str,
    role: Role,
    name: Option<String>,
    timezone: Option<String>,
) -> Result<()> {
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or(email).to_owned());
    let password = piped()?.map(|text| hash_password(&text, &[email, &name])).transpose()?;
    worker.db.write_system(|sys| {
        let workspace = workspaces::by_slug(sys, slug)
            .map_err(|_| Error::invalid("workspace", format!("There is no workspace “{slug}”.")))?;
        let known = accounts::user_by_email(sys, email)?;
        match (known, password) {
            (Some(user), _) => workspaces::join(sys, workspace.id, user.id, role),
            (None, Some(password)) => {
                let timezone = timezone.unwrap_or(workspace.timezone);
                let new = NewUser { email: email.into(), name, timezone, password: Some(password) };
                let id = accounts::create_user(sys, new)?;
                workspaces::join(sys, workspace.id, id, role)?;
                let user = accounts::user(sys, id)?;
                onboarding::plan_digest(sys, &user)
            }
            (None, None) => {
                let access = accounts::cli_access(sys, workspace.id)?;
                let (email, key) = accounts::write_invitation(sys, access, email, role)?;
                let link = format!("{}/invite/{key}", worker.config.base_url);
                let mail = mail::invitation(workspace.id, &workspace.name, &email, role, "Rapport", &link, &key)?;
                mail::post(sys, mail)?;
                say!("invitation={link}");
                Ok(())
            }
        }
    })?;
    say!("user={email} workspace={slug} role={role}");
    Ok(())
}

pub(super) fn add_token(worker: &Worker, email: &str, slug: &str, name: &str) -> Result<()> {
    let token = worker.db.write_system(|sys| {
        let access = access(sys, email, slug)?;
        accounts::issue_token(&mut sys.enter(access), name)
    })?;
    say!("{token}");
    Ok(())
}
