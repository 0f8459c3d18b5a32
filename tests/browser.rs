//! Rapport in a real browser: the whole way of a new owner, two people on one board, phone width, every page in light and
//! dark with its accessibility. And the same work without JavaScript, by forms alone.

mod hands;
mod inbox;
mod live;
mod pages;
mod phone;
mod plain;
mod sites;
mod tour;
mod way;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use rapport::{
    access::{Access, Origin},
    accounts,
    db::Clock,
};
use serde_json::json;

use crate::app::{
    App,
    chrome::Browser,
    web::{Server, Speaker},
};

/// A served app, as `rapport serve` runs it: with the machine's clock and a worker at work.
struct Site {
    app: App,
    server: Server,
    stop: Arc<AtomicBool>,
    worker: Option<JoinHandle<()>>,
}

impl Site {
    fn start() -> Self {
        let mut app = App::sqlite();
        app.clock = Clock::System;
        app.db = app.db.with_clock(Clock::System);
        app.worker.db = app.db.clone();
        let (server, stop) = (app.server(), Arc::new(AtomicBool::new(false)));
        let worker = std::thread::spawn({
            let (worker, stop) = (app.worker.clone(), stop.clone());
            move || worker.run(&stop)
        });
        Self { app, server, stop, worker: Some(worker) }
    }

    /// The pass of the person with this address.
    fn pass(&self, email: &str, slug: &str) -> Access {
        pass(&self.app, email, slug)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.app.db.ring();
        let ended = self.worker.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || matches!(ended, Some(Ok(()))), "the worker panicked");
    }
}

/// The pass of the person with this address.
fn pass(app: &App, email: &str, slug: &str) -> Access {
    app.db
        .read_system(|sys| {
            let user = accounts::user_by_email(sys, email)?.expect("an account");
            accounts::enter(sys, user.id, slug, Origin::Page)
        })
        .expect("a pass")
}

impl App {
    /// Signs the browser in without the form.
    fn sign_in(&self, browser: &Browser, server: &Server, who: Access) {
        let user = who.user().expect("a person");
        let key = self.db.write_system(|sys| accounts::start_session(sys, user, "test", "127.0.0.1")).expect("a key");
        browser.devtools("Network.setCookie", json!({"url": server.base, "name": "rapport", "value": key}));
    }
}

/// Sets what the page is told of the reader's wishes: a dark room, and no motion, which no picture or check could bear.
fn wishes(browser: &Browser, scheme: &str) {
    let features = json!([
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]);
    browser.devtools("Emulation.setEmulatedMedia", json!({"features": features}));
}

/// What is wrong with the page that is open: unsound markup, too little contrast, errors in the console, a page wider than
/// its window. Empty when nothing is.
fn faults(browser: &Browser) -> Vec<String> {
    let mut faults = browser.axe();
    faults.extend(browser.complaints());
    faults.extend(sideways(browser));
    faults
}

/// How far the page can be scrolled sideways, if it can.
fn sideways(browser: &Browser) -> Option<String> {
    let over = browser.script(
        "const over = document.documentElement.scrollWidth - innerWidth;
         if (over <= 0) return null;
         const wide = [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth);
         return `${over} px too wide: ${wide.slice(0, 3).map(one => one.tagName + '.' + one.className).join(', ')}`;",
    );
    over.as_str().map(ToOwned::to_owned)
}

/// Follows redirects as a browser does, and returns the page at their end.
fn follow(speaker: &Speaker, mut answer: crate::app::web::Answer) -> crate::app::web::Answer {
    for _ in 0..5 {
        if !(300..400).contains(&answer.status) {
            return answer;
        }
        assert_eq!(answer.status, 303, "a form is answered with a page to look at: {}", answer.location);
        answer = speaker.get(&answer.location);
    }
    panic!("redirected for ever, at last to {}", answer.location);
}
