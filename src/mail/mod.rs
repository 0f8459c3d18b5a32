//! Outgoing mail: written as rows with the change that causes it, delivered by the worker, kept as the log.

mod compose;
mod mailer;

use diesel::prelude::*;

pub use compose::{founded, invitation, reset, test_mail};
pub use mailer::{Mailer, Outbox};

use crate::{
    db::{
        self, Instant, Sys, Tx,
        instance_wide::{mails, workspaces},
    },
    error::{Error, Result},
    ids::{MailId, UserId, WorkspaceId},
    queue::{self, Job},
    secrets,
};

/// A mail to be sent.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// The workspace it concerns; none for what concerns a person.
    pub workspace: Option<WorkspaceId>,
    /// Whom it is for, if they have an account.
    pub user: Option<UserId>,
    /// What it is, for the log: digest, invitation, reset, test.
    pub kind: &'static str,
    /// Makes it unique: a second mail with the same key is never written.
    pub key: String,
    /// The address.
    pub recipient: String,
    /// The subject line.
    pub subject: String,
    /// The plain-text part.
    pub text: String,
    /// The HTML part.
    pub html: Option<String>,
    /// The one-click unsubscribe address (RFC 8058).
    pub unsubscribe: Option<String>,
}

/// A mail as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = mails)]
pub struct Mail {
    /// The mail.
    pub id: MailId,
    /// What it is.
    pub kind: String,
    /// The address.
    pub recipient: String,
    /// The subject line.
    pub subject: String,
    /// The plain-text part.
    pub body_text: String,
    /// The HTML part.
    pub body_html: Option<String>,
    /// The one-click unsubscribe address.
    pub unsubscribe: Option<String>,
    /// Its Message-ID without the brackets and host: the same at every attempt, so that a mail server can tell a
    /// repeat after a crash.
    pub message_id: String,
    /// queued, sent or failed.
    pub state: String,
    /// How often delivery was tried.
    pub attempts: i32,
    /// What the mail server said last.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: Instant,
    /// When the mail server took it.
    pub sent_at: Option<Instant>,
}

/// Writes a mail and plans its delivery; none when one with its key was written before.
pub fn post(sys: &mut Sys<'_>, mail: NewMail) -> Result<Option<MailId>> {
    let now = sys.now();
    let known: bool =
        diesel::select(diesel::dsl::exists(mails::table.filter(mails::key.eq(&mail.key)))).get_result(sys.conn())?;
    if known {
        return Ok(None);
    }
    let id: MailId = diesel::insert_into(mails::table)
        .values((
            mails::workspace_id.eq(mail.workspace),
            mails::user_id.eq(mail.user),
            mails::kind.eq(mail.kind),
            mails::key.eq(mail.key),
            mails::recipient.eq(mail.recipient),
            mails::subject.eq(mail.subject),
            mails::body_text.eq(mail.text),
            mails::body_html.eq(mail.html),
            mails::unsubscribe.eq(mail.unsubscribe),
            mails::message_id.eq(secrets::key()),
            mails::created_at.eq(now),
        ))
        .returning(mails::id)
        .get_result(sys.conn())?;
    queue::enqueue(sys, mail.workspace, &Job::Deliver { mail: id }, now)?;
    Ok(Some(id))
}

/// Whether a mail is written in a demo workspace.
pub fn is_of_demo(sys: &mut Sys<'_>, id: MailId) -> Result<bool> {
    let demos = workspaces::table.filter(workspaces::demo.eq(true)).select(workspaces::id);
    let mine = mails::table.find(id).filter(mails::workspace_id.eq_any(demos.nullable()));
    Ok(diesel::select(diesel::dsl::exists(mine)).get_result(sys.conn())?)
}

/// A mail, for delivery.
pub fn mail(sys: &mut Sys<'_>, id: MailId) -> Result<Mail> {
    Ok(mails::table.find(id).select(Mail::as_select()).get_result(sys.conn())?)
}

/// Notes that the mail server took it. Its words are forgotten: they tell of people who may be erased here.
pub fn mark_sent(sys: &mut Sys<'_>, id: MailId) -> Result<()> {
    let now = sys.now();
    diesel::update(mails::table.find(id))
        .set((
            mails::state.eq("sent"),
            mails::attempts.eq(mails::attempts + 1),
            mails::last_error.eq(None::<String>),
            mails::body_text.eq(""),
            mails::body_html.eq(None::<String>),
            mails::sent_at.eq(now),
        ))
        .execute(sys.conn())?;
    Ok(())
}

/// Notes what the mail server said; `given_up` when it is not tried again.
pub fn mark_failed(sys: &mut Sys<'_>, id: MailId, error: &str, given_up: bool) -> Result<()> {
    diesel::update(mails::table.find(id))
        .set((
            mails::state.eq(if given_up { "failed" } else { "queued" }),
            mails::attempts.eq(mails::attempts + 1),
            mails::last_error.eq(error.chars().take(500).collect::<String>()),
        ))
        .execute(sys.conn())?;
    Ok(())
}

/// Tries a mail again that was given up or waits for its next attempt.
pub fn resend(sys: &mut Sys<'_>, id: MailId) -> Result<()> {
    let now = sys.now();
    let row: (String, Option<WorkspaceId>) =
        mails::table.find(id).select((mails::state, mails::workspace_id)).get_result(sys.conn())?;
    if row.0 == "sent" {
        return Err(Error::invalid("", "This mail was delivered already."));
    }
    diesel::update(mails::table.find(id)).set(mails::state.eq("queued")).execute(sys.conn())?;
    queue::enqueue(sys, row.1, &Job::Deliver { mail: id }, now)
}

/// The delivery log of a workspace, with its members' digests: newest first, at most 100.
pub fn log(tx: &mut Tx<'_>) -> Result<Vec<Mail>> {
    tx.access().require(crate::access::Right::Own)?;
    let people: Vec<UserId> = tx.all(db::Members).select(db::members::user_id).load(tx.conn())?;
    let workspace = tx.workspace();
    Ok(mails::table
        .filter(
            mails::workspace_id
                .eq(workspace)
                .or(mails::workspace_id.is_null().and(mails::user_id.eq_any(people)).and(mails::kind.eq("digest"))),
        )
        .order(mails::id.desc())
        .limit(100)
        .select(Mail::as_select())
        .load(tx.conn())?)
}
