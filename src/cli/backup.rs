//! `rapport backup` and `rapport restore`.

use std::path::Path;

use super::open;
use crate::{backup as whole, config::Config, error::Result, worker::Worker};

pub(super) fn backup(worker: &Worker, file: &Path) -> Result<()> {
    let size = whole::backup(&worker.db, &worker.config, file)?;
    println!("backup={} bytes={size}", file.display());
    Ok(())
}

pub(super) fn restore(config: Config, file: &Path) -> Result<()> {
    whole::unpack(&config, file)?;
    let worker = open(config, None)?;
    whole::fill(&worker.db, file)?;
    whole::rehome(&worker.db, &worker.config)?;
    worker.db.write_system(|sys| sys.set_setting("hold", "restored"))?;
    println!("restored; sending is held until an owner releases it under Settings, Mail");
    Ok(())
}
