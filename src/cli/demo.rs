//! `rapport demo`.

use super::{open, serve};
use crate::{config::Config, demo, error::Result};

pub(super) fn demo(config: Config, contacts: Option<u32>, messages: u32, seed: u64, no_serve: bool) -> Result<()> {
    let worker = open(config.clone(), None)?;
    let made = match contacts {
        None => demo::tell(&worker)?,
        Some(contacts) => demo::fill(&worker, contacts, messages, seed)?,
    };
    let line = format!(
        "workspace={} email={} password={} url={}/w/{}/today",
        made.slug, made.email, made.password, config.base_url, made.slug
    );
    drop(worker);
    if no_serve {
        say!("{line}");
        return Ok(());
    }
    serve::serve(config, true, Some(line))
}
