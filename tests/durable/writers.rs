//! Scripts that add contacts through the API, several at once, and remember what the server said.

use std::{
    sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;

use super::place::request;

/// What the scripts asked for and what was acknowledged.
#[derive(Default)]
pub struct Book {
    asked: Mutex<Vec<String>>,
    acknowledged: Mutex<Vec<(String, i64)>>,
    news: Condvar,
    stop: AtomicBool,
}

impl Book {
    /// Everything that was sent, by name.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("the book").clone()
    }

    /// What was answered with 201, by name and id.
    pub fn acknowledged(&self) -> Vec<(String, i64)> {
        self.acknowledged.lock().expect("the book").clone()
    }

    /// Waits until so many are acknowledged.
    #[track_caller]
    pub fn wait(&self, many: usize) {
        let list = self.acknowledged.lock().expect("the book");
        let waited = self.news.wait_timeout_while(list, Duration::from_secs(60), |list| list.len() < many);
        let (list, timeout) = waited.expect("the book");
        assert!(!timeout.timed_out(), "only {} of {many} were acknowledged in a minute", list.len());
    }

    /// Lets the scripts end.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Adds people called “Person <prefix>-1”, -2 and so on until told to stop or until the server is gone.
    pub fn write(&self, base: &str, token: &str, prefix: &str) {
        for n in 1.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let name = format!("Person {prefix}-{n}");
            self.asked.lock().expect("the book").push(name.clone());
            let Some((id, _)) = add(base, token, &name) else { return };
            self.acknowledged.lock().expect("the book").push((name, id));
            self.news.notify_all();
        }
    }
}

/// Adds somebody under a key made of the name; their id and whether the answer was a repeat, or none when the server
/// broke off before it had answered. Any other answer than 201 is a failure.
#[track_caller]
pub fn add(base: &str, token: &str, name: &str) -> Option<(i64, bool)> {
    let handle = name.to_lowercase().replace(' ', "-");
    let body = json!({"name": name, "kind": "lead", "handles": [{"channel": "linkedin", "username": handle}]});
    let asked = request(base, "POST", "/api/v1/contacts", token).header("Idempotency-Key", &handle).json(&body);
    let answer = asked.send().ok()?;
    let (status, replayed) = (answer.status().as_u16(), answer.headers().contains_key("idempotent-replayed"));
    let text = answer.text().ok()?;
    assert_eq!(status, 201, "{name}: {text}");
    let made: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some((made["id"].as_i64().expect("an id"), replayed))
}
