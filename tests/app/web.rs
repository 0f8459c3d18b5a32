//! The server over HTTP in a test, and a browser without a screen: cookies kept, redirects told and not followed.

use std::sync::{Arc, Mutex};

use rapport::{
    access::Access,
    accounts,
    web::{self, App as WebApp},
};

use super::App;

/// A running server; it ends with the test process.
pub struct Server {
    pub base: String,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub location: String,
    pub body: String,
    pub headers: reqwest::header::HeaderMap,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Somebody who talks to the server: by cookie or by token.
#[derive(Clone)]
pub struct Speaker {
    base: String,
    client: reqwest::blocking::Client,
    cookie: Arc<Mutex<Option<String>>>,
    token: Option<String>,
}

impl App {
    /// Serves this app on a free port.
    pub fn server(&self) -> Server {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let app = WebApp {
            db: self.db.clone(),
            config: self.config.clone(),
            mailer: self.worker.mailer.clone(),
            store: self.worker.store.clone(),
        };
        std::thread::spawn(move || actix_web::rt::System::new().block_on(web::serve(app, listener)));
        Server { base: format!("http://{address}") }
    }

    /// A signed-in browser of this member.
    pub fn browser_of(&self, server: &Server, who: Access) -> Speaker {
        let user = who.user().expect("a person");
        let key =
            self.db.write_system(|sys| accounts::start_session(sys, user, "test", "127.0.0.1")).expect("a session");
        let speaker = server.stranger();
        *speaker.cookie.lock().expect("a cookie") = Some(format!("rapport={key}"));
        speaker
    }

    /// A script with a token of this member.
    pub fn script_of(&self, server: &Server, who: Access) -> Speaker {
        let token = self.write(who, |tx| accounts::issue_token(tx, "test"));
        Speaker { token: Some(token), ..server.stranger() }
    }
}

impl Server {
    /// Somebody who is not signed in.
    pub fn stranger(&self) -> Speaker {
        super::choose_tls();
        let client = reqwest::blocking::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(std::time::Duration::from_secs(30))
            .build()
            .expect("a client");
        Speaker { base: self.base.clone(), client, cookie: Arc::default(), token: None }
    }
}

impl Speaker {
    /// Any request, before it is sent.
    pub fn request(&self, method: &str, path: &str) -> reqwest::blocking::RequestBuilder {
        let method = method.to_uppercase().parse().expect("a method");
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(cookie) = self.cookie.lock().expect("a cookie").as_ref() {
            request = request.header("Cookie", cookie).header("Sec-Fetch-Site", "same-origin");
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request
    }

    /// Sends it.
    pub fn send(&self, request: reqwest::blocking::RequestBuilder) -> Answer {
        let answer = request.send().expect("an answer");
        let headers = answer.headers().clone();
        if let Some(set) = headers.get("set-cookie").and_then(|value| value.to_str().ok()) {
            let pair = set.split(';').next().unwrap_or_default().to_owned();
            if pair.starts_with("rapport=") {
                *self.cookie.lock().expect("a cookie") = Some(pair);
            }
        }
        let location = headers.get("location").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        Answer { status: answer.status().as_u16(), location, body: answer.text().unwrap_or_default(), headers }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send(self.request("get", path))
    }

    /// Posts a form.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.request("post", path).form(fields))
    }

    /// Gets a part of something.
    pub fn get_part(&self, path: &str, range: &str) -> Answer {
        self.send(self.request("get", path).header("range", range))
    }

    /// Posts a file.
    pub fn post_file(&self, path: &str, name: &str, bytes: &[u8]) -> Answer {
        let part = reqwest::blocking::multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned());
        self.send(self.request("post", path).multipart(reqwest::blocking::multipart::Form::new().part("file", part)))
    }

    /// Posts JSON.
    pub fn post_json(&self, path: &str, body: &serde_json::Value) -> Answer {
        self.send(self.request("post", path).json(body))
    }
}
