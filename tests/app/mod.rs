//! A whole Rapport in a test: a fresh database, mail in memory, a clock that stands still, and people who speak.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod chrome;
pub mod cluster;
pub mod driver;
pub mod people;
pub mod postgres;
pub mod programs;
pub mod sink;
pub mod web;

use std::{path::PathBuf, sync::Arc};

use rapport::{
    access::Access,
    config::Config,
    db::{Address, Clock, Db, Instant, Tx},
    error::Result,
    mail::{Mailer, Outbox},
    worker::Worker,
};

/// The moment at which every test begins: a Monday morning in Berlin, in winter time.
pub const START: &str = "2026-11-23T09:00:00Z";

/// A whole Rapport.
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub config: Arc<Config>,
    pub outbox: Outbox,
    pub folder: tempfile::TempDir,
    pub worker: Worker,
    _database: Option<cluster::Database>,
}

/// Runs a test body on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! both {
    ($(#[$meta:meta])* fn $name:ident($app:ident) $body:block) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            fn body($app: &$crate::app::App) $body

            #[test]
            fn sqlite() {
                body(&$crate::app::App::sqlite());
            }

            #[test]
            fn postgres() {
                if let Some(app) = $crate::app::App::postgres() {
                    body(&app);
                }
            }
        }
    };
}

/// A small picture in PNG.
pub fn picture() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(8, 4, image::Rgb([20, 90, 200]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("a picture");
    bytes.into_inner()
}

/// Chooses the TLS of every client in this process, which none of them needs.
pub fn choose_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The instant that a text like 2026-11-23T09:00:00Z means.
pub fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

/// A migrated SQLite file, made once and copied for every test.
fn image() -> &'static PathBuf {
    static IMAGE: std::sync::OnceLock<(tempfile::TempDir, PathBuf)> = std::sync::OnceLock::new();
    let (_, path) = IMAGE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image.db");
        let db = Db::open(&Address::Sqlite(path.to_string_lossy().into()), 1, Clock::System).expect("SQLite");
        db.migrate().expect("migrations");
        db.checkpoint().expect("a checkpoint");
        (folder, path)
    });
    path
}

impl App {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rapport.db");
        std::fs::copy(image(), &path).expect("a copy");
        Self::on(Address::Sqlite(path.to_string_lossy().into()), folder, None)
    }

    pub fn postgres() -> Option<Self> {
        let cluster = cluster::server()?;
        cluster.template(|url| {
            let db = Db::open(&Address::parse(url).expect("a url"), 1, Clock::System).expect("PostgreSQL");
            db.migrate().expect("migrations");
        });
        let database = cluster.database();
        let address = Address::parse(&database.url).expect("a url");
        Some(Self::on(address, tempfile::tempdir().expect("a folder"), Some(database)))
    }

    fn on(address: Address, folder: tempfile::TempDir, database: Option<cluster::Database>) -> Self {
        let clock = Clock::at(at(START));
        let db = Db::open(&address, 4, clock.clone()).expect("a database");
        let mut config = Config::read(|_| None).expect("defaults");
        config.data = folder.path().to_path_buf();
        config.database = address;
        let (config, outbox) = (Arc::new(config), Outbox::default());
        let worker = Worker {
            db: db.clone(),
            config: config.clone(),
            mailer: Mailer::memory(outbox.clone()),
            store: config.store().expect("a store"),
        };
        Self { db, clock, config, outbox, folder, worker, _database: database }
    }

    /// Sets the clock.
    pub fn is_now(&self, text: &str) {
        self.clock.set(at(text));
    }

    /// Reads as somebody.
    pub fn read<T>(&self, who: Access, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> T {
        self.db.read(who, f).expect("a read")
    }

    /// Writes as somebody; it must succeed.
    pub fn write<T>(&self, who: Access, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> T {
        self.db.write(who, f).expect("a write")
    }

    /// Does all work due now.
    pub fn tick(&self) -> usize {
        self.worker.tick().expect("the due work")
    }

    /// The mails sent so far.
    pub fn mails(&self) -> Vec<String> {
        self.outbox.lock().expect("mails").iter().map(|mail| String::from_utf8_lossy(mail).into_owned()).collect()
    }
}
