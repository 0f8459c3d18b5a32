//! `rapport serve` and `rapport worker`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::open;
use crate::{
    accounts,
    config::Config,
    error::{Error, Result},
    web::{self, App},
    worker::Worker,
};

/// Serves until the process is told to stop; with the due work unless it is done elsewhere.
pub(super) fn serve(config: Config, with_worker: bool, say: Option<String>) -> Result<()> {
    let worker = open(config, None)?;
    let config = worker.config.clone();
    let listener = std::net::TcpListener::bind(&config.bind).map_err(|error| {
        Error::invalid(
            "",
            format!("{} can't be used: {error}. Set RAPPORT_BIND to another address or port.", config.bind),
        )
    })?;
    let setup = worker.db.write_system(accounts::issue_setup)?;
    say!("Rapport is at {}", config.base_url);
    if let Some(key) = setup {
        say!("Set it up here, once: {}/setup/{key}", config.base_url);
    }
    if let Some(words) = say {
        say!("{words}");
    }
    if config.smtp.is_none() {
        say!("SMTP_URL is not set: mails are written to {}.", config.data.join("mail").display());
    }
    let stop = Arc::new(AtomicBool::new(false));
    let thread = with_worker.then(|| start(&worker, &stop));
    let app = App { db: worker.db.clone(), config, mailer: worker.mailer.clone(), store: worker.store.clone() };
    let served = actix_web::rt::System::new().block_on(web::serve(app, listener));
    stop.store(true, Ordering::Relaxed);
    worker.db.ring();
    if let Some(thread) = thread {
        // A job in progress is finished; one that takes longer than this is taken up by lease later.
        let _ = thread.join();
    }
    Ok(served?)
}

fn start(worker: &Worker, stop: &Arc<AtomicBool>) -> std::thread::JoinHandle<()> {
    let (worker, stop) = (worker.clone(), stop.clone());
    std::thread::spawn(move || worker.run(&stop))
}

/// Does the due work until the process is told to stop.
pub(super) fn worker(config: Config) -> Result<()> {
    let worker = open(config, None)?;
    let stop = Arc::new(AtomicBool::new(false));
    let thread = start(&worker, &stop);
    say!("Rapport is at work; no pages are served from here.");
    actix_web::rt::System::new().block_on(async {
        let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = term.recv() => {}
            outcome = tokio::signal::ctrl_c() => outcome?,
        }
        Ok::<_, std::io::Error>(())
    })?;
    stop.store(true, Ordering::Relaxed);
    worker.db.ring();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !thread.is_finished() && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
