//! `rapport digest`.

use crate::{
    accounts,
    db::Clock,
    error::{Error, Result},
    mail::{self, NewMail},
    reminders::digest as digests,
    worker::Worker,
};

pub(super) fn digest(worker: &Worker, email: &str, send: bool) -> Result<()> {
    let found = worker.db.read_system(|sys| {
        let user = accounts::user_by_email(sys, email)?
            .ok_or_else(|| Error::invalid("user", format!("Nobody has an account with {email}.")))?;
        let digest = digests::compose(sys, &user, &worker.config.base_url, false)?;
        Ok((user, digest))
    })?;
    let (user, Some(digest)) = found else {
        say!("Nothing is due; no digest would be sent.");
        return Ok(());
    };
    say!("Subject: {}\n\n{}", digest.subject, digest.text);
    if send {
        // It leaves now, whatever instant it is of: work that is due by then is not done early.
        let present = Worker { db: worker.db.with_clock(Clock::System), ..worker.clone() };
        let mail = present.db.write_system(|sys| {
            let key = format!("digest:{}:by-hand:{}", user.id, sys.now().rfc3339());
            mail::post(
                sys,
                NewMail {
                    workspace: None,
                    user: Some(user.id),
                    kind: "digest",
                    key,
                    recipient: user.email.clone(),
                    subject: digest.subject,
                    text: digest.text,
                    html: Some(digest.html),
                    unsubscribe: Some(format!("{}/unsubscribe/{}", worker.config.base_url, user.digest_key)),
                },
            )
        })?;
        present.tick()?;
        let sent = present.db.read_system(|sys| mail::mail(sys, mail.ok_or(Error::NotFound)?))?;
        if sent.state != "sent" {
            let why = sent.last_error.unwrap_or_else(|| "sending is held, or another process is at it".into());
            return Err(Error::invalid("send", format!("Not sent to {} yet: {why}. It is tried again.", user.email)));
        }
        say!("sent to {}", user.email);
    }
    Ok(())
}
