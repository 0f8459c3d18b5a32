//! The front door: where somebody who names no page goes.

use actix_web::http::StatusCode;
use askama::Template;

use super::login::gate;
use crate::{
    accounts,
    web::{Ctx, Failure, Form, Outside, Reply, context::block},
};

#[derive(Template)]
#[template(path = "account/fresh.html")]
struct FreshPage {
    outside: Outside,
}

/// Members go to their day, strangers to sign in; a new instance says how it is set up.
pub async fn front(ctx: Ctx) -> Result<Reply, Failure> {
    let session = ctx.session().await?;
    let db = ctx.app.db.clone();
    let to = block(move || {
        db.read_system(|sys| {
            if let Some(session) = session {
                let first = accounts::memberships(sys, session.user.id)?.into_iter().next();
                return Ok(Some(
                    first.map_or_else(|| "/workspaces/new".to_owned(), |m| format!("/w/{}/today", m.slug)),
                ));
            }
            Ok(accounts::anybody(sys)?.then(|| "/login".to_owned()))
        })
    })
    .await?;
    match to {
        Some(to) => Ok(Reply::Go(to)),
        None => gate(StatusCode::OK, &FreshPage { outside: Outside::new(ctx.theme(), Form::default()) }),
    }
}
