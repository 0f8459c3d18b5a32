//! What each job does.

use super::Worker;
use crate::{
    access::Access,
    accounts, attachments, db,
    error::{Error, Result},
    ids::{ImportId, MailId, MessageId, UserId},
    imports,
    mail::{self, NewMail},
    onboarding,
    queue::{self, Claimed, Job},
    reminders::{self, digest},
    threads, workspaces,
};

/// How many messages are put into the full-text index in one transaction: about a tenth of a second.
const INDEXED_AT_ONCE: i64 = 10_000;

/// How long others have to write between two pieces of a removal.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

/// How a job ended.
pub(super) enum Outcome {
    /// It is done.
    Done,
    /// It is done and planned anew.
    Planned,
    /// It may not be done now.
    Held,
}

pub(super) fn perform(worker: &Worker, claimed: &mut Claimed) -> Result<Outcome> {
    match claimed.job.clone() {
        Job::Notify { reminder, occurrence } => {
            worker.db.write(inside(claimed)?, |tx| reminders::notify(tx, reminder, occurrence))?;
            Ok(Outcome::Done)
        }
        Job::Digest { user } => send_digest(worker, claimed, user),
        Job::Deliver { mail } => deliver(worker, claimed, mail),
        Job::Preview { import } => {
            let access = inside(claimed)?;
            let found = worker.db.read(access, |tx| imports::import(tx, import))?;
            imports::preview(&worker.db, access, &found)?;
            Ok(Outcome::Done)
        }
        Job::Import { import, stage } => {
            let access = inside(claimed)?;
            let db = worker.db.clone();
            let mut alive = || db.write_system(|sys| queue::renew(sys, claimed));
            imports::apply(&worker.db, access, import, stage, &mut alive)?;
            Ok(Outcome::Done)
        }
        Job::Undo { import } => {
            let access = inside(claimed)?;
            let more = worker.db.write(access, |tx| imports::undo_piece(tx, import))?;
            leave_room(more);
            again(worker, claimed, more)
        }
        Job::Fetch { import } => {
            let access = inside(claimed)?;
            let db = worker.db.clone();
            let mut alive = || db.write_system(|sys| queue::renew(sys, claimed));
            imports::fetch(&worker.db, &worker.store, access, import, &mut alive)?;
            Ok(Outcome::Done)
        }
        Job::CompactSearch => {
            worker.db.write_system(db::compact)?;
            worker.db.flush()?;
            Ok(Outcome::Done)
        }
        Job::Index { import, after } => index(worker, claimed, import, after),
        Job::Wake { thread } => {
            worker.db.write(inside(claimed)?, |tx| threads::wake(tx, thread))?;
            Ok(Outcome::Done)
        }
        Job::TidyFiles { .. } => {
            let more = attachments::tidy(&worker.db, inside(claimed)?, &worker.store)?;
            again(worker, claimed, more)
        }
        Job::MakeThumbs { .. } => {
            let more = attachments::make_thumbs(&worker.db, inside(claimed)?, &worker.store)?;
            again(worker, claimed, more)
        }
        Job::EraseWorkspace { workspace } => {
            let gone = worker.db.write_system(|sys| workspaces::erase_piece(sys, workspace))?;
            leave_room(!gone);
            again(worker, claimed, !gone)
        }
        Job::EmptyStore { workspace } => {
            worker.store.empty(workspace)?;
            Ok(Outcome::Done)
        }
        Job::Sweep => sweep(worker, claimed),
    }
}

/// SQLite gives its lock to who asks first: without a pause nobody else would come to write.
fn leave_room(more: bool) {
    if more {
        std::thread::sleep(PAUSE);
    }
}

/// Plans a job anew that did a part of its work: what else is due comes in between.
fn again(worker: &Worker, claimed: &Claimed, more: bool) -> Result<Outcome> {
    if !more {
        return Ok(Outcome::Done);
    }
    worker.db.write_system(|sys| {
        let now = sys.now();
        queue::enqueue(sys, claimed.workspace, &claimed.job, now)?;
        Ok(Outcome::Planned)
    })
}

fn inside(claimed: &Claimed) -> Result<Access> {
    claimed.workspace.map(Access::grant_worker).ok_or(Error::NotFound)
}

/// Indexes a piece and plans the next: a large import keeps nothing else waiting.
fn index(worker: &Worker, claimed: &Claimed, import: ImportId, after: MessageId) -> Result<Outcome> {
    worker.db.write(inside(claimed)?, |tx| {
        let Some(after) = db::index_messages(tx, import, after, INDEXED_AT_ONCE)? else { return Ok(Outcome::Done) };
        let (workspace, now) = (tx.workspace(), tx.now());
        queue::enqueue(&mut tx.system(), Some(workspace), &Job::Index { import, after }, now)?;
        Ok(Outcome::Planned)
    })
}

/// Writes the person's digest into the outbox, once for its day, and plans the next.
fn send_digest(worker: &Worker, claimed: &Claimed, id: UserId) -> Result<Outcome> {
    worker.db.write_system(|sys| {
        let user = accounts::user(sys, id)?;
        if !user.digest_on {
            return Ok(Outcome::Done);
        }
        let now = sys.now().utc();
        let (date, late) = digest::day_of_run(&user, claimed.run_at.utc(), now);
        if let Some(composed) = digest::compose(sys, &user, &worker.config.base_url, late)? {
            mail::post(
                sys,
                NewMail {
                    workspace: None,
                    user: Some(id),
                    kind: "digest",
                    key: format!("digest:{id}:{date}"),
                    recipient: user.email.clone(),
                    subject: composed.subject,
                    text: composed.text,
                    html: Some(composed.html),
                    unsubscribe: Some(format!("{}/unsubscribe/{}", worker.config.base_url, user.digest_key)),
                },
            )?;
        }
        match digest::next_run(&user, now) {
            Some(next) => {
                queue::enqueue(sys, None, &Job::Digest { user: id }, next.into())?;
                Ok(Outcome::Planned)
            }
            None => Ok(Outcome::Done),
        }
    })
}

/// Hands one mail over. It is written before it is sent and carries the same Message-ID at every attempt.
fn deliver(worker: &Worker, claimed: &Claimed, id: MailId) -> Result<Outcome> {
    let (mail, held, demo) = worker.db.read_system(|sys| {
        let mail = mail::mail(sys, id)?;
        let demo = mail.recipient.ends_with("@example.com") || mail::is_of_demo(sys, id)?;
        Ok((mail, sys.setting("hold")?.is_some(), demo))
    })?;
    if mail.state == "sent" {
        return Ok(Outcome::Done);
    }
    if held {
        return Ok(Outcome::Held);
    }
    // Nothing of the demo reaches a mail server, and example.com can't receive mail anyhow (RFC 2606).
    let handed = if demo && worker.mailer.is_smtp() {
        Err("Nothing is ever sent from the demo, nor to addresses at example.com.".to_owned())
    } else {
        worker.mailer.deliver(&mail)
    };
    match handed {
        Ok(()) => worker.db.write_system(|sys| mail::mark_sent(sys, id)).map(|()| Outcome::Done),
        Err(words) => {
            let given_up = demo || claimed.attempts >= queue::ATTEMPTS;
            worker.db.write_system(|sys| mail::mark_failed(sys, id, &words, given_up))?;
            if demo { Ok(Outcome::Done) } else { Err(Error::internal(words)) }
        }
    }
}

fn sweep(worker: &Worker, claimed: &Claimed) -> Result<Outcome> {
    let everywhere = worker.db.write_system(|sys| {
        accounts::sweep(sys)?;
        workspaces::all_ids(sys)
    })?;
    for workspace in everywhere {
        worker.db.write(Access::grant_worker(workspace), |tx| {
            imports::sweep(tx)?;
            attachments::keep_up(tx)?;
            onboarding::sweep(tx)?;
            crate::idempotency::sweep(tx)
        })?;
    }
    sweep_uploads(worker)?;
    worker.db.checkpoint()?;
    worker.db.write_system(|sys| {
        let next = sys.now().plus(chrono::TimeDelta::hours(1));
        queue::enqueue(sys, None, &claimed.job, next)?;
        Ok(Outcome::Planned)
    })
}

/// Removes uploads that a crash left behind: a day old, and no import's.
fn sweep_uploads(worker: &Worker) -> Result<()> {
    let kept = worker.db.read_system(imports::files_in_use)?;
    let Ok(entries) = std::fs::read_dir(worker.config.data.join("uploads")) else { return Ok(()) };
    for entry in entries.flatten() {
        let old = entry.metadata().and_then(|data| data.modified()).ok().and_then(|at| at.elapsed().ok());
        let ours = entry.path().file_name().is_some_and(|name| kept.iter().any(|path| path.file_name() == Some(name)));
        if !ours && old.is_some_and(|age| age > std::time::Duration::from_secs(24 * 3600)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(())
}
