//! One's own settings: name, zone, digest, password, signed-in devices, workspaces.

use actix_web::web::Path;
use askama::Template;
use chrono::NaiveTime;

use super::{
    login::sent_password,
    setup::{DayBox, day_boxes, ticked_days, zone_name},
};
use crate::{
    access::Origin,
    accounts::{self, Hashed, Membership, Preferences, Session, User},
    calendar::{Day, Weekdays, due_words, exact, local, past_words},
    channels::preview,
    db::Sys,
    error::{Error, Result},
    ids::SessionId,
    onboarding,
    reminders::{self, digest},
    web::{Ctx, Done, Failure, Fields, Form, Mine, Outside, Reply, context::block, view::Flash},
};

/// The fields that the page shows problems beside.
pub const SHOWN: &[&str] = &["name", "timezone", "digest_time", "digest_days", "current", "password"];

/// A signed-in device as the page shows it.
struct DeviceRow {
    id: SessionId,
    name: String,
    address: String,
    seen: String,
    exact: String,
    here: bool,
}

#[derive(Template)]
#[template(path = "account/me.html")]
struct MePage {
    outside: Outside,
    form: Form,
    flash: Option<Flash>,
    user: User,
    days: Vec<DayBox>,
    digest_on: bool,
    next_digest: Option<String>,
    devices: Vec<DeviceRow>,
    memberships: Vec<Membership>,
    mail_is_files: bool,
}

impl MePage {
    fn digest_time(&self) -> String {
        self.user.digest_time.format("%H:%M").to_string()
    }

    fn is_theme(&self, name: &str) -> bool {
        self.outside.theme == name
    }
}

fn view(sys: &mut Sys<'_>, mine: Mine, mail_is_files: bool) -> Result<String> {
    let Mine { theme, memberships, flash, day, session, form, .. } = mine;
    let user = session.user;
    // Only the first form has boxes: when the password's was refused, they are as stored.
    let boxes_sent = form.value("part", "") == "profile";
    let stored = user.digest_weekdays();
    let ticked = |name: &str, value: &str, stored| if boxes_sent { form.ticked(name, value, stored) } else { stored };
    let devices = accounts::sessions(sys, user.id)?
        .into_iter()
        .map(|device| DeviceRow {
            name: device_words(&device.agent),
            seen: past_words(device.seen_at.utc(), &day),
            exact: exact(device.seen_at.utc(), day.zone()),
            here: device.id == session.id,
            id: device.id,
            address: device.address,
        })
        .collect();
    let page = MePage {
        outside: Outside::new(&theme, Form::default()),
        days: day_boxes(Weekdays::ALL, |day| ticked("digest_days", &day.to_string(), stored.contains(day))),
        digest_on: ticked("digest_on", "on", user.digest_on),
        next_digest: next_digest(&user, &day),
        form,
        flash,
        user,
        devices,
        memberships,
        mail_is_files,
    };
    Ok(page.render()?)
}

fn next_digest(user: &User, day: &Day) -> Option<String> {
    let next = local(digest::next_run(user, day.now())?, user.zone());
    Some(due_words(next.date(), next.time(), day.date()))
}

/// A browser's name for people, from what it says of itself.
fn device_words(agent: &str) -> String {
    // Every browser names those before it as well: the most particular name comes first.
    let browsers = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ];
    let find =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (find(&browsers), find(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.into(),
        _ if agent.trim().is_empty() => "Unknown device".into(),
        _ => preview(agent, 60),
    }
}

fn mail_is_files(ctx: &Ctx) -> bool {
    ctx.app.mailer.folder_path().is_some()
}

/// The page.
pub async fn show(ctx: Ctx) -> Result<Reply, Failure> {
    let files = mail_is_files(&ctx);
    ctx.my_page(move |sys, mine| view(sys, mine, files)).await
}

/// Saves name, zone and digest. Open reminders keep their local time in a new zone; the next digest is planned anew.
pub async fn save(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let files = mail_is_files(&ctx);
    ctx.my_act(
        fields,
        |sys, session, fields| {
            save_profile(sys, &session.user, fields)?;
            Ok(Done::go("/me").say("Saved."))
        },
        move |sys, mine| view(sys, mine, files),
    )
    .await
}

fn save_profile(sys: &mut Sys<'_>, before: &User, fields: &Fields) -> Result<()> {
    let digest_time = fields
        .get("digest_time")
        .trim()
        .parse::<NaiveTime>()
        .map_err(|_| Error::invalid("digest_time", "Write a time like 08:00."))?;
    let new = Preferences {
        name: fields.get("name").trim().to_owned(),
        timezone: zone_name(fields, "timezone"),
        digest_on: fields.has("digest_on"),
        digest_time,
        digest_days: ticked_days(fields, "digest_days"),
    };
    accounts::save_preferences(sys, before.id, &new)?;
    if new.timezone != before.timezone {
        for membership in accounts::memberships(sys, before.id)? {
            let access = accounts::enter(sys, before.id, &membership.slug, Origin::Page)?;
            reminders::rezone(&mut sys.enter(access), before.id, &before.timezone, &new.timezone)?;
        }
    }
    let after = accounts::user(sys, before.id)?;
    let plan = |user: &User| (user.digest_on, user.digest_time, user.digest_days, user.timezone.clone());
    // Left alone otherwise: the digest of this very moment would be put off.
    if plan(&after) != plan(before) {
        onboarding::plan_digest(sys, &after)?;
    }
    Ok(())
}

/// Changes the password, given the present one, and signs out every other device.
pub async fn password(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let Some(session) = ctx.session().await? else { return Ok(Reply::Go("/login?next=%2Fme".into())) };
    let files = mail_is_files(&ctx);
    let checked = new_password(&ctx, &session, &fields).await;
    ctx.my_act(
        fields,
        move |sys, session, _| {
            accounts::change_password(sys, session.user.id, checked?, Some(session.id))?;
            Ok(Done::go("/me").say("Your password is changed. Every other device was signed out."))
        },
        move |sys, mine| view(sys, mine, files),
    )
    .await
}

/// Both passwords are checked here, outside any transaction.
async fn new_password(ctx: &Ctx, session: &Session, fields: &Fields) -> Result<Hashed> {
    let (db, user) = (ctx.app.db.clone(), session.user.clone());
    let (present, new) = (sent_password(fields, "current"), sent_password(fields, "password"));
    block(move || {
        if !accounts::check_password(&db, user.id, &present)? {
            return Err(Error::invalid("current", "This is not your present password."));
        }
        accounts::hash_password(&new, &[&user.name, &user.email])
    })
    .await
}

/// Ends one of one's own sessions.
pub async fn end_session(ctx: Ctx, path: Path<SessionId>, fields: Fields) -> Result<Reply, Failure> {
    let (id, files) = (path.into_inner(), mail_is_files(&ctx));
    ctx.my_act(
        fields,
        move |sys, session, _| {
            accounts::sign_out(sys, session.user.id, id)?;
            Ok(Done::go("/me").say("That device is signed out."))
        },
        move |sys, mine| view(sys, mine, files),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_by_its_most_particular_mark() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0";
        assert_eq!(device_words(edge), "Edge on Windows");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
        assert_eq!(device_words(phone), "Safari on iPhone");
        assert_eq!(device_words("curl/8.5.0"), "curl/8.5.0");
        assert_eq!(device_words(""), "Unknown device");
    }
}
