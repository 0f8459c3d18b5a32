//! Switching the digest off from a mail: a page that asks, and the POST that a mail program may send by itself (RFC 8058).

use actix_web::{http::StatusCode, web::Path};
use askama::Template;

use super::login::gate;
use crate::{
    accounts,
    error::Error,
    onboarding,
    web::{Ctx, Failure, Form, Outside, Reply, context::block},
};

#[derive(Template)]
#[template(path = "account/unsubscribe.html")]
struct UnsubscribePage {
    outside: Outside,
    email: String,
    done: bool,
}

fn page(ctx: &Ctx, email: String, done: bool) -> Result<Reply, Failure> {
    let outside = Outside::new(ctx.theme(), Form::default());
    gate(StatusCode::OK, &UnsubscribePage { outside, email, done })
}

/// Asks; mail programs and scanners that follow links change nothing.
pub async fn form(ctx: Ctx, path: Path<String>) -> Result<Reply, Failure> {
    let (db, key) = (ctx.app.db.clone(), path.into_inner());
    let email = block(move || db.read_system(|sys| accounts::digest_address(sys, &key))).await?;
    page(&ctx, email, false)
}

/// Switches the digest off. The body isn't read: it may be of either kind that the RFC allows, and says nothing more.
pub async fn unsubscribe(ctx: Ctx, path: Path<String>) -> Result<Reply, Failure> {
    let (db, key) = (ctx.app.db.clone(), path.into_inner());
    let email = block(move || {
        db.write_system(|sys| {
            if !accounts::unsubscribe(sys, &key)? {
                return Err(Error::NotFound);
            }
            let email = accounts::digest_address(sys, &key)?;
            let user = accounts::user_by_email(sys, &email)?.ok_or(Error::NotFound)?;
            onboarding::plan_digest(sys, &user)?;
            Ok(email)
        })
    })
    .await?;
    page(&ctx, email, true)
}
