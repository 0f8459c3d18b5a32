//! A call to a route: its path's ids, its body, and which of its fields name something of the workspace.

use std::sync::atomic::{AtomicU64, Ordering};

use rapport::web::routes::Route;
use serde_json::{Map, Value, json};

use crate::app::web::{Answer, Speaker};

static KEYS: AtomicU64 = AtomicU64::new(0);

/// How the fields are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Form,
    Json,
    Upload,
}

/// A call, ready to be sent by anybody into any workspace.
#[derive(Debug, Clone)]
pub struct Call {
    ids: Vec<String>,
    fields: Vec<(&'static str, Value, bool)>,
    shape: Shape,
    answers: &'static [u16],
}

impl Call {
    /// A call whose path names these, the slug left out.
    pub fn at(ids: &[&dyn std::fmt::Display]) -> Self {
        let ids = ids.iter().map(ToString::to_string).collect();
        Self { ids, fields: Vec::new(), shape: Shape::Form, answers: &[200, 201, 303] }
    }

    /// A call whose path names nothing.
    pub fn plain() -> Self {
        Self::at(&[])
    }

    /// With a field.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push((name, value.into(), false));
        self
    }

    /// With a field that names something of the workspace by its id.
    pub fn naming(mut self, name: &'static str, id: i64) -> Self {
        self.fields.push((name, id.into(), true));
        self
    }

    /// Sent as JSON.
    pub fn json(self) -> Self {
        Self { shape: Shape::Json, ..self }
    }

    /// Sent as a file: the field `text` is what is in it.
    pub fn upload(self) -> Self {
        Self { shape: Shape::Upload, ..self }
    }

    /// What whoever may is answered, when it is nothing better.
    pub fn answers(self, answers: &'static [u16]) -> Self {
        Self { answers, ..self }
    }

    /// Whether this is how whoever may is answered.
    pub fn is_answered_by(&self, status: u16) -> bool {
        self.answers.contains(&status)
    }

    /// How many things the path names.
    pub fn path_ids(&self) -> usize {
        self.ids.len()
    }

    /// The same call, once for each thing it names, with that one thing named by `other`; and what was exchanged.
    pub fn each_exchanged(&self, other: &Call) -> Vec<(String, Call)> {
        let mut calls = Vec::new();
        for (place, id) in other.ids.iter().enumerate() {
            let mut call = self.clone();
            call.ids[place].clone_from(id);
            calls.push((format!("id {} of the path", place + 1), call));
        }
        for (place, (name, value, _)) in other.fields.iter().enumerate().filter(|(_, field)| field.2) {
            let mut call = self.clone();
            call.fields[place].1 = value.clone();
            calls.push((format!("field {name}"), call));
        }
        calls
    }

    /// The address in the workspace of this slug.
    pub fn path(&self, route: &Route, slug: &str) -> String {
        let mut ids = self.ids.iter();
        let parts = route.path.split('/').map(|part| match part {
            "{slug}" => slug.to_owned(),
            part if part.starts_with('{') => ids
                .next()
                .cloned()
                .unwrap_or_else(|| panic!("{} {}: the fixture has no value for {part}", route.method, route.path)),
            part => part.to_owned(),
        });
        let path = parts.collect::<Vec<_>>().join("/");
        assert!(ids.next().is_none(), "{} {}: the fixture has more ids than the path", route.method, route.path);
        path
    }

    /// Sends it.
    pub fn send(&self, speaker: &Speaker, route: &Route, slug: &str) -> Answer {
        let request = speaker.request(route.method, &self.path(route, slug));
        if route.path.ends_with("/live") {
            return head_only(request);
        }
        if route.method == "get" {
            return speaker.send(request);
        }
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        speaker.send(match self.shape {
            Shape::Form => {
                request.form(&self.fields.iter().map(|(name, value, _)| (*name, text(value))).collect::<Vec<_>>())
            }
            Shape::Json => {
                let pairs = self.fields.iter().map(|(name, value, _)| ((*name).to_owned(), value.clone()));
                // Fresh each time: a repeat would be answered from what was kept.
                let key = KEYS.fetch_add(1, Ordering::Relaxed).to_string();
                request.header("Idempotency-Key", key).json(&Value::Object(pairs.collect::<Map<_, _>>()))
            }
            Shape::Upload => {
                let file = self.fields.first().map_or(json!(""), |field| field.1.clone());
                let part = reqwest::blocking::multipart::Part::text(text(&file)).file_name("Connections.csv");
                request.multipart(reqwest::blocking::multipart::Form::new().part("file", part))
            }
        })
    }
}

/// An answer whose body is not waited for: a stream has no end.
fn head_only(request: reqwest::blocking::RequestBuilder) -> Answer {
    let answer = request.send().expect("an answer");
    let headers = answer.headers().clone();
    let location = headers.get("location").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    Answer { status: answer.status().as_u16(), location, body: String::new(), headers }
}
