//! API tokens: one member's pass into one workspace, shown once, revocable.

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::{
    access::{Access, Origin, Right, Role},
    db::{self, Instant, Sys, Tx, instance_wide},
    error::{Error, Result},
    ids::{TokenId, UserId, WorkspaceId},
    secrets,
};

/// A token as the settings list it; the secret itself is nowhere.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = db::tokens)]
pub struct Token {
    /// The token.
    pub id: TokenId,
    /// Whose role it has.
    pub user_id: UserId,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last used, to the hour.
    pub used_at: Option<Instant>,
}

/// Makes a token for the acting member and returns its secret.
pub fn issue_token(tx: &mut Tx<'_>, name: &str) -> Result<String> {
    let user = tx.access().person()?;
    let name = crate::channels::safe_text(name, 81).replace('\n', " ");
    if name.is_empty() || name.chars().count() > 80 {
        return Err(Error::invalid("name", "Say what the token is for, in 1 to 80 characters."));
    }
    let key = format!("rapport_{}", secrets::key());
    tx.insert(
        db::Tokens,
        (
            db::tokens::user_id.eq(user),
            db::tokens::name.eq(name),
            db::tokens::key_hash.eq(secrets::key_hash(&key)),
            db::tokens::created_at.eq(tx.now()),
        ),
    )
    .execute(tx.conn())?;
    Ok(key)
}

/// The live tokens that the acting member may see: their own; all, for owners.
pub fn tokens(tx: &mut Tx<'_>) -> Result<Vec<Token>> {
    let mut query = tx.all(db::Tokens).filter(db::tokens::revoked_at.is_null()).into_boxed::<db::MultiBackend>();
    if !tx.access().may(Right::Own) {
        query = query.filter(db::tokens::user_id.eq(tx.access().person()?));
    }
    Ok(query.order(db::tokens::id.desc()).limit(200).select(Token::as_select()).load(tx.conn())?)
}

/// Revokes a token: one's own, or anybody's for owners.
pub fn revoke_token(tx: &mut Tx<'_>, id: TokenId) -> Result<()> {
    let owner: UserId =
        tx.all(db::Tokens).filter(db::tokens::id.eq(id)).select(db::tokens::user_id).get_result(tx.conn())?;
    if tx.access().user() != Some(owner) {
        tx.access().require(Right::Own)?;
    }
    diesel::update(tx.all(db::Tokens).filter(db::tokens::id.eq(id)))
        .set(db::tokens::revoked_at.eq(tx.now()))
        .execute(tx.conn())?;
    Ok(())
}

/// What a live token opens.
#[derive(Debug, Clone, Copy)]
pub struct TokenPass {
    /// The pass into its workspace.
    pub access: Access,
    /// The token, if its use is to be noted: never was, or not within the last hour.
    pub unnoted: Option<TokenId>,
}

/// What a token opens, if it is alive and its member still belongs to the workspace.
pub fn token_access(sys: &mut Sys<'_>, key: &str) -> Result<Option<TokenPass>> {
    use instance_wide::{members, tokens, workspaces};
    let row: Option<(TokenId, Option<Instant>, WorkspaceId, UserId, Role)> = tokens::table
        .inner_join(
            members::table.on(members::workspace_id.eq(tokens::workspace_id).and(members::user_id.eq(tokens::user_id))),
        )
        .inner_join(workspaces::table.on(workspaces::id.eq(tokens::workspace_id)))
        .filter(tokens::key_hash.eq(secrets::key_hash(key)))
        .filter(tokens::revoked_at.is_null())
        .filter(members::left_at.is_null())
        .select((tokens::id, tokens::used_at, workspaces::id, members::user_id, members::role))
        .get_result(sys.conn())
        .optional()?;
    let hour_ago = sys.now().plus(-TimeDelta::hours(1));
    Ok(row.map(|(token, used_at, workspace, user, role)| TokenPass {
        access: Access::grant(user, workspace, role, Origin::Api),
        unnoted: used_at.is_none_or(|at| at <= hour_ago).then_some(token),
    }))
}

/// Notes that a token is in use now.
pub fn note_token_use(sys: &mut Sys<'_>, id: TokenId) -> Result<()> {
    use instance_wide::tokens;
    let now = sys.now();
    diesel::update(tokens::table.find(id)).set(tokens::used_at.eq(now)).execute(sys.conn())?;
    Ok(())
}
