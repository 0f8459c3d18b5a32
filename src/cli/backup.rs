//! `rapport backup` and `rapport restore`.

use std::path::Path;

use super::open;
use crate::{
    backup as whole,
    config::Config,
    error::{Error, Result},
    worker::Worker,
};

pub(super) fn backup(worker: &Worker, file: &Path) -> Result<()> {
    let whole::Written { bytes, missing } = whole::backup(&worker.db, &worker.config, &worker.store, file)?;
    say!("backup={} bytes={bytes}", file.display());
    if missing > 0 {
        say!("missing_files={missing}");
    }
    Ok(())
}

pub(super) fn restore(config: Config, file: &Path) -> Result<()> {
    let store = config.store().map_err(|words| Error::invalid("", words))?;
    whole::unpack(&config, &store, file)?;
    let worker = open(config, None)?;
    whole::fill(&worker.db, file)?;
    whole::rehome(&worker.db, &worker.config)?;
    let missing = whole::mend_files(&worker.db, &worker.store)?;
    if missing > 0 {
        say!("missing_files={missing}");
    }
    worker.db.write_system(|sys| sys.set_setting("hold", "restored"))?;
    say!("restored; sending is held until an owner releases it under Settings, Mail");
    Ok(())
}
