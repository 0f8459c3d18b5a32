//! API tokens: issued, shown once, revoked.

use actix_web::web::Path;
use askama::Template;

use crate::{
    accounts::{self, Token},
    error::Result,
    ids::{TokenId, UserId},
    timeline::{Change, Verb, record},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell},
    workspaces::{self, Names},
};

/// The fields that the form shows problems beside.
pub const SHOWN: &[&str] = &["name"];

const ONCE: &str = "Copy it now, it is shown only once: ";

#[derive(Template)]
#[template(path = "settings/tokens.html")]
struct TokensPage {
    shell: Shell,
    form: Form,
    tokens: Vec<Token>,
    names: Names,
    secret: Option<String>,
    base_url: String,
}

impl TokensPage {
    fn whose(&self, id: &UserId) -> &str {
        if self.shell.user.id == *id { "yours" } else { self.names.of(Some(*id)) }
    }
}

fn show_view(page: Page<'_, '_>, base_url: String) -> Result<String> {
    let Page { tx, mut shell, form } = page;
    let (tokens, names) = (accounts::tokens(tx)?, workspaces::names(tx)?);
    let words = shell.flash.as_ref().map_or("", |flash| flash.words.as_str());
    let secret = words.strip_prefix(ONCE).map(ToOwned::to_owned);
    if secret.is_some() {
        // It has its own place on the page: a toast would go before it can be copied.
        shell.flash = None;
    }
    Ok(TokensPage { shell, form, tokens, names, secret, base_url }.render()?)
}

/// The tokens: one's own, and for owners everybody's.
pub async fn show(ctx: Ctx) -> Result<Reply, Failure> {
    let base_url = ctx.app.config.base_url.clone();
    ctx.page(move |page| show_view(page, base_url)).await
}

/// Issues a token for the acting member.
pub async fn issue(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let base_url = ctx.app.config.base_url.clone();
    ctx.act(
        fields,
        |tx, fields| {
            let name = fields.get("name").trim();
            let key = accounts::issue_token(tx, name)?;
            record(tx, Verb::TokenIssued, Change::default().after(serde_json::json!({"name": name})))?;
            Ok(Done::go("settings/tokens").say(format!("{ONCE}{key}")))
        },
        move |page| show_view(page, base_url),
    )
    .await
}

/// Revokes a token; scripts that use it are refused from then on.
pub async fn revoke(ctx: Ctx, path: Path<(String, TokenId)>, fields: Fields) -> Result<Reply, Failure> {
    let base_url = ctx.app.config.base_url.clone();
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            let live = accounts::tokens(tx)?.into_iter().find(|token| token.id == id);
            accounts::revoke_token(tx, id)?;
            if let Some(token) = live {
                let change = Change::of(id.0).before(serde_json::json!({"name": token.name, "of": token.user_id}));
                record(tx, Verb::TokenRevoked, change)?;
            }
            Ok(Done::go("settings/tokens").say("Revoked. It opens nothing any more."))
        },
        move |page| show_view(page, base_url),
    )
    .await
}
