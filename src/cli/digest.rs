//! `rapport digest`.

use crate::{
    accounts,
    calendar::Day,
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
        let date = Day::of(sys.now().utc(), user.zone()).date();
        Ok((user, date, digest))
    })?;
    let (user, date, Some(digest)) = found else {
        say!("Nothing is due; no digest would be sent.");
        return Ok(());
    };
    say!("Subject: {}\n\n{}", digest.subject, digest.text);
    if send {
        // It leaves now, whatever instant it is of: work that is due by then is not done early.
        let present = Worker { db: worker.db.with_clock(Clock::System), ..worker.clone() };
        let mail = present.db.write_system(|sys| {
            let new = |key: String| NewMail {
                workspace: None,
                user: Some(user.id),
                kind: "digest",
                key,
                recipient: user.email.clone(),
                subject: digest.subject.clone(),
                text: digest.text.clone(),
                html: Some(digest.html.clone()),
                unsubscribe: Some(format!("{}/unsubscribe/{}", worker.config.base_url, user.digest_key)),
            };
            // It is the one of its day; after that one it is one more, as asked for.
            if let Some(mail) = mail::post(sys, new(format!("digest:{}:{date}", user.id)))? {
                return Ok(Some(mail));
            }
            mail::post(sys, new(format!("digest:{}:by-hand:{}", user.id, sys.now().rfc3339())))
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
