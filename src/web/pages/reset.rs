//! A new password by mail. Nothing here tells whether an address has an account.

use actix_web::{http::StatusCode, web::Path};
use askama::Template;

use super::login::gate;
use crate::{
    accounts,
    channels::email_key,
    db::Sys,
    error::{Error, Problem, Result},
    mail,
    web::{Ctx, Failure, Fields, Form, Outside, Reply, context::block, view::Flash},
};

/// The field that the first form shows problems beside.
pub const ASKED: &[&str] = &["email"];
/// The field that the second form shows problems beside.
pub const SHOWN: &[&str] = &["password"];
/// So many mails go to one address in an hour, however often somebody asks.
const MOST: u8 = 5;

#[derive(Template)]
#[template(path = "account/ask.html")]
struct AskPage {
    outside: Outside,
    form: Form,
    asked: bool,
    mail_is_files: bool,
}

fn ask_page(ctx: &Ctx, status: StatusCode, form: Form, asked: bool) -> Result<Reply, Failure> {
    let outside = Outside::new(ctx.theme(), Form::default());
    let mail_is_files = ctx.app.mailer.folder_path().is_some();
    gate(status, &AskPage { outside, form, asked, mail_is_files })
}

/// The form that asks for the address.
pub async fn ask_form(ctx: Ctx) -> Result<Reply, Failure> {
    ask_page(&ctx, StatusCode::OK, Form::default(), false)
}

/// Mails a link, if somebody has that address; says the same if nobody has.
pub async fn ask(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let email = match email_key(fields.get("email")) {
        Ok(email) => email,
        Err(words) => {
            let refused = Form::refused(fields, vec![Problem { field: "email", words }]);
            return ask_page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, refused, false);
        }
    };
    let (db, base) = (ctx.app.db.clone(), ctx.app.config.base_url.clone());
    block(move || db.write_system(|sys| post_link(sys, &email, &base))).await?;
    ask_page(&ctx, StatusCode::OK, Form::default(), true)
}

fn post_link(sys: &mut Sys<'_>, email: &str, base: &str) -> Result<()> {
    let Some((user, key)) = accounts::issue_reset(sys, email)? else { return Ok(()) };
    let (link, hour) = (format!("{base}/reset/{key}"), sys.now().utc().timestamp() / 3600);
    for n in 0..MOST {
        if mail::post(sys, mail::reset(user.id, &user.email, &link, &format!("{}:{hour}:{n}", user.id))?)?.is_some() {
            break;
        }
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "account/reset.html")]
struct ResetPage {
    outside: Outside,
    form: Form,
    email: String,
}

fn reset_page(ctx: &Ctx, status: StatusCode, form: Form, email: String) -> Result<Reply, Failure> {
    gate(status, &ResetPage { outside: Outside::new(ctx.theme(), Form::default()), form, email })
}

async fn address(ctx: &Ctx, key: String) -> Result<String> {
    let db = ctx.app.db.clone();
    block(move || db.read_system(|sys| accounts::open_reset(sys, &key))).await
}

/// The form behind the link.
pub async fn form(ctx: Ctx, path: Path<String>) -> Result<Reply, Failure> {
    let email = address(&ctx, path.into_inner()).await?;
    reset_page(&ctx, StatusCode::OK, Form::default(), email)
}

/// Sets the new password, signs out every other device, and signs this one in: whoever holds the link holds the address.
pub async fn reset(ctx: Ctx, path: Path<String>, fields: Fields) -> Result<Reply, Failure> {
    let key = path.into_inner();
    let email = address(&ctx, key.clone()).await?;
    let (asked, sent, hint) = (ctx.clone(), fields.clone(), email.clone());
    let started = block(move || {
        let hashed = accounts::hash_password(fields.get("password"), &[&hint])?;
        asked.app.db.write_system(|sys| {
            let user = accounts::redeem_reset(sys, &key, hashed)?;
            let cookie = accounts::start_session(sys, user, &asked.agent, asked.address())?;
            if let Some(session) = accounts::session(sys, &cookie)? {
                let words = "Your password is changed. Every other device was signed out.".into();
                accounts::flash(
                    sys,
                    session.id,
                    &serde_json::to_string(&Flash { words, undo: None, back: String::new(), slug: None })?,
                )?;
            }
            Ok(cookie)
        })
    })
    .await;
    match started {
        Ok(cookie) => Ok(Reply::Session { to: "/".into(), cookie: ctx.cookie(cookie) }),
        Err(Error::Invalid(problems)) => {
            reset_page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, Form::refused(sent, problems), email)
        }
        Err(other) => Err(other.into()),
    }
}
