//! The short mails about an account: invitation, password reset, test.

use askama::Template;

use super::NewMail;
use crate::{
    access::Role,
    error::Result,
    ids::{UserId, WorkspaceId},
};

#[derive(Template)]
#[template(path = "mail/note.html")]
struct NoteHtml<'a> {
    title: &'a str,
    words: &'a [String],
    link: Option<(&'a str, &'a str)>,
}

#[derive(Template)]
#[template(path = "mail/note.txt", escape = "none")]
struct NoteText<'a> {
    words: &'a [String],
    link: Option<(&'a str, &'a str)>,
}

fn bodies(title: &str, words: &[String], link: Option<(&str, &str)>) -> Result<(String, Option<String>)> {
    Ok((NoteText { words, link }.render()?, Some(NoteHtml { title, words, link }.render()?)))
}

/// Asks somebody to join a workspace.
pub fn invitation(
    workspace: WorkspaceId,
    name: &str,
    recipient: &str,
    role: Role,
    by: &str,
    link: &str,
    key: &str,
) -> Result<NewMail> {
    let subject = format!("{by} invites you to {name} on Rapport");
    let words = [
        format!("{by} would like you to join the workspace “{name}” as {role}."),
        "Follow the link within 14 days. It works once.".into(),
    ];
    let (text, html) = bodies(&subject, &words, Some(("Join", link)))?;
    Ok(NewMail {
        workspace: Some(workspace),
        user: None,
        kind: "invitation",
        key: format!("invitation:{key}"),
        recipient: recipient.into(),
        subject,
        text,
        html,
        unsubscribe: None,
    })
}

/// Lets somebody choose a new password.
pub fn reset(user: UserId, recipient: &str, link: &str, key: &str) -> Result<NewMail> {
    let subject = "Choose a new password for Rapport".to_owned();
    let words = [
        "Somebody, hopefully you, asked for a new password for this address.".into(),
        "Follow the link within two hours. If it wasn’t you, do nothing: your password stays as it is.".into(),
    ];
    about_password(user, recipient, key, subject, &words, ("Choose a new password", link))
}

/// Tells somebody that a workspace was made for them, for which they choose their first password.
pub fn founded(user: UserId, workspace: &str, recipient: &str, link: &str, key: &str) -> Result<NewMail> {
    let subject = format!("“{workspace}” on Rapport is yours");
    let words = [
        format!("A workspace called “{workspace}” was made for you on Rapport. You are its owner."),
        "Follow the link within two hours to choose a password. Later, “Forgot your password?” brings another.".into(),
    ];
    about_password(user, recipient, key, subject, &words, ("Choose a password", link))
}

/// A mail with a link behind which a password is chosen.
fn about_password(
    user: UserId,
    recipient: &str,
    key: &str,
    subject: String,
    words: &[String],
    link: (&str, &str),
) -> Result<NewMail> {
    let (text, html) = bodies(&subject, words, Some(link))?;
    Ok(NewMail {
        workspace: None,
        user: Some(user),
        kind: "reset",
        key: format!("reset:{key}"),
        recipient: recipient.into(),
        subject,
        text,
        html,
        unsubscribe: None,
    })
}

/// Shows an owner that mail arrives.
pub fn test_mail(workspace: WorkspaceId, user: UserId, recipient: &str, key: &str) -> Result<NewMail> {
    let subject = "Rapport can send mail".to_owned();
    let words = ["This is the test mail you asked for. Digests and invitations will arrive the same way.".into()];
    let (text, html) = bodies(&subject, &words, None)?;
    Ok(NewMail {
        workspace: Some(workspace),
        user: Some(user),
        kind: "test",
        key: format!("test:{key}"),
        recipient: recipient.into(),
        subject,
        text,
        html,
        unsubscribe: None,
    })
}
