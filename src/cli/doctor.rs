//! `rapport doctor`: what is well, and what to mend.

use super::open;
use crate::{
    backup,
    calendar::rules_version,
    config::Config,
    error::{Error, Result},
    queue,
    worker::last_seen,
};

/// Less room than this, in bytes, is soon used up: an archive is kept while it is brought in.
const LEAST_FREE: u64 = 1_000_000_000;

pub(super) fn doctor(config: Config) -> Result<()> {
    let mut ill = 0;
    let mut say = |well: bool, what: &str, words: &str| {
        say!("{} {what}: {words}", if well { "ok  " } else { "MEND" });
        ill += i32::from(!well);
    };
    say!("rapport {}", env!("CARGO_PKG_VERSION"));
    let probe = config.data.join(".doctor");
    let writable = std::fs::create_dir_all(&config.data).and_then(|()| std::fs::write(&probe, b"x"));
    let _ = std::fs::remove_file(&probe);
    match writable {
        Ok(()) => say(true, "data", &config.data.display().to_string()),
        Err(error) => say(false, "data", &format!("{} can't be written: {error}", config.data.display())),
    }
    match rustix::fs::statvfs(&config.data) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let words = format!("{:.1} GB free", free as f64 / 1e9);
            let enough = free >= LEAST_FREE;
            say(enough, "disk", &if enough { words } else { format!("{words}: make room, at least 1 GB") });
        }
        Err(error) => say(false, "disk", &error.to_string()),
    }
    let https = config.is_https() || config.base_url.contains("127.0.0.1") || config.base_url.contains("localhost");
    say(
        https,
        "address",
        &if https {
            config.base_url.clone()
        } else {
            format!("{} is not https: passwords would travel in the open", config.base_url)
        },
    );
    let kept = config.files.clone().unwrap_or_else(|| config.data.join("files").display().to_string());
    if let Err(words) = config.store().and_then(|store| store.check().map_err(|error| error.to_string())) {
        say(false, "attachments", &format!("{kept}: {words}"));
        return Err(Error::invalid("", "See above."));
    }
    if let Err(words) = config.mailer() {
        say(false, "mail", &words);
        return Err(Error::invalid("", "See above."));
    }
    let worker = match open(config, None) {
        Ok(worker) => worker,
        Err(error) => {
            say(false, "database", &error.to_string());
            return Err(Error::invalid("", "See above."));
        }
    };
    match backup::missing_files(&worker.db, &worker.store) {
        Ok(0) => say(true, "attachments", &kept),
        Ok(missing) => say(
            false,
            "attachments",
            &format!(
                "{missing} of them are missing or cut short in {kept}: bring them back there, from a backup if need be"
            ),
        ),
        Err(error) => say(false, "attachments", &format!("{kept}: {error}")),
    }
    say(true, "database", if worker.db.is_pg() { "PostgreSQL, migrated" } else { "SQLite, migrated" });
    let (waiting, parked, seen, held) = worker.db.read_system(|sys| {
        let (waiting, parked) = queue::counts(sys)?;
        Ok((waiting, parked, last_seen(sys)?, sys.setting("hold")?))
    })?;
    say(
        parked == 0,
        "work",
        &format!("{waiting} jobs waiting, {parked} given up{}", if parked > 0 { "; see Settings, Mail" } else { "" }),
    );
    let now = worker.db.clock().now();
    match seen {
        Some(at) if at > now.plus(chrono::TimeDelta::minutes(10)) => {
            say(
                false,
                "clock",
                &format!(
                    "the worker was last seen at {}, which is still to come: set this machine's clock",
                    at.rfc3339()
                ),
            );
        }
        Some(at) => say(
            true,
            "clock",
            &format!("{}, zone rules {}, worker last seen {}", now.rfc3339(), rules_version(), at.rfc3339()),
        ),
        None => {
            say(true, "clock", &format!("{}, zone rules {}, no worker has run yet", now.rfc3339(), rules_version()))
        }
    }
    match worker.mailer.check() {
        Ok(()) => say(
            true,
            "mail",
            &worker
                .mailer
                .folder_path()
                .map_or("the mail server answers".into(), |path| format!("written to {}", path.display())),
        ),
        Err(words) => say(false, "mail", &format!("{words}; check SMTP_URL")),
    }
    if held.is_some() {
        say!("note sending is held after a restore: an owner releases it under Settings, Mail");
    }
    if ill == 0 { Ok(()) } else { Err(Error::invalid("", format!("{ill} to mend"))) }
}
