//! Signing in and out, and the theme; with what the other pages outside workspaces share.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
    http::StatusCode,
};
use askama::Template;

use crate::{
    accounts,
    error::Error,
    web::{Ctx, Failure, Fields, Form, Outside, Reply, context::block},
};

/// The fields that the form shows problems beside.
pub const SHOWN: &[&str] = &["email", "password"];

#[derive(Template)]
#[template(path = "account/login.html")]
struct LoginPage {
    outside: Outside,
    form: Form,
    next: String,
}

/// A page outside workspaces as an answer.
pub(super) fn gate(status: StatusCode, page: &impl Template) -> Result<Reply, Failure> {
    Ok(Reply::Page(status, page.render().map_err(Error::from)?))
}

/// A password as it was sent, cut where none can be right any more.
pub(super) fn sent_password(fields: &Fields, name: &str) -> String {
    fields.get(name).chars().take(300).collect()
}

/// An address on this server to go on to; the front door when `text` is anything else. Browsers take two slashes, or
/// a backslash for one, for another host, and skip over tabs and line ends in between.
pub(super) fn local_path(text: &str) -> &str {
    let ours = text.starts_with('/')
        && !text.starts_with("//")
        && !text.chars().any(|c| c == '\\' || c.is_control() || c.is_whitespace())
        && text.len() <= 2000;
    if ours { text } else { "/" }
}

/// The form; whoever is signed in goes on at once.
pub async fn form(ctx: Ctx, query: Fields) -> Result<Reply, Failure> {
    let next = local_path(query.get("next")).to_owned();
    if ctx.session().await?.is_some() {
        return Ok(Reply::Go(next));
    }
    let outside = Outside::new(ctx.theme(), Form::default());
    gate(StatusCode::OK, &LoginPage { outside, form: Form::default(), next })
}

/// Signs in.
pub async fn sign_in(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let next = local_path(fields.get("next")).to_owned();
    let (asked, sent) = (ctx.clone(), fields.clone());
    let started = block(move || {
        let password = sent_password(&fields, "password");
        accounts::sign_in(&asked.app.db, fields.get("email"), &password, &asked.agent, asked.address())
    })
    .await;
    match started {
        Ok(key) => Ok(Reply::Session { to: next, cookie: ctx.cookie(key) }),
        Err(Error::Invalid(problems)) => {
            let outside = Outside::new(ctx.theme(), Form::default());
            gate(StatusCode::UNPROCESSABLE_ENTITY, &LoginPage { outside, form: Form::refused(sent, problems), next })
        }
        Err(other) => Err(other.into()),
    }
}

/// Ends the session, here and in the table.
pub async fn sign_out(ctx: Ctx) -> Result<Reply, Failure> {
    if let Some(session) = ctx.session().await? {
        let db = ctx.app.db.clone();
        let ended = block(move || db.write_system(|sys| accounts::sign_out(sys, session.user.id, session.id))).await;
        // Ended from another device at this moment: that is what was wanted.
        if let Err(error) = ended
            && !matches!(error, Error::NotFound)
        {
            return Err(error.into());
        }
    }
    Ok(Reply::Session { to: "/login".into(), cookie: ctx.no_cookie() })
}

/// Keeps the theme in a cookie for a year, and goes back to the page it was chosen on.
pub async fn theme(request: HttpRequest, ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let back = request
        .headers()
        .get("referer")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| url::Url::parse(text).ok())
        .map_or_else(|| "/".to_owned(), |url| local_path(&path_of(&url)).to_owned());
    let theme = ["light", "dark"].into_iter().find(|theme| *theme == fields.get("theme")).unwrap_or("system");
    let cookie = Cookie::build("theme", theme)
        .path("/")
        .http_only(true)
        .secure(ctx.app.config.is_https())
        .same_site(SameSite::Lax)
        .max_age(Duration::days(365))
        .finish();
    Ok(Reply::Session { to: back, cookie })
}

fn path_of(url: &url::Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_server_are_gone_on_to() {
        for ours in ["/", "/w/fernweh/today", "/w/fernweh/contacts?q=a&kind=lead"] {
            assert_eq!(local_path(ours), ours);
        }
        for foreign in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "w/fernweh",
            "/a b",
            "/a\r\nb",
        ] {
            assert_eq!(local_path(foreign), "/", "{foreign:?}");
        }
    }

    #[test]
    fn a_referer_gives_its_path_and_query_only() {
        let url = url::Url::parse("https://evil.example/w/a/board?q=1#x").unwrap();
        assert_eq!(path_of(&url), "/w/a/board?q=1");
    }
}
