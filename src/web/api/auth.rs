//! Who calls, by the token in the request's header, and the three ways to answer: reading, changing, and a POST that
//! may be repeated without being done twice. The token is looked up in the transaction that serves the call.

use std::{
    future::{Ready, ready},
    pin::Pin,
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, ResponseError,
    dev::Payload,
    http::{StatusCode, header},
    web,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    access::Right,
    accounts,
    channels::preview,
    db::Tx,
    error::{Error, Result},
    idempotency, secrets,
    web::{App, Failure, context::block, reply::problem},
};

/// The largest body read, in bytes.
pub const LARGEST: usize = 1024 * 1024;

/// Why a call is not answered as asked.
#[derive(Debug)]
pub enum ApiFailure {
    /// No token, or none that opens anything (any more).
    Unauthorized,
    /// The body is not JSON; holds the words.
    Unreadable(String),
    /// The body is larger than [`LARGEST`].
    TooLarge,
    /// What a verb or query refused.
    Refused(Failure),
}

impl From<Error> for ApiFailure {
    fn from(error: Error) -> Self {
        Self::Refused(Failure::json(error))
    }
}

impl std::fmt::Display for ApiFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unauthorized => f.write_str(
                "Send a live token as “Authorization: Bearer rapport_…”. Make one in the settings under tokens, or with \
                 “rapport token add”.",
            ),
            Self::Unreadable(words) => f.write_str(words),
            Self::TooLarge => f.write_str("The body is larger than 1 MB. Send less at once."),
            Self::Refused(failure) => failure.fmt(f),
        }
    }
}

impl ResponseError for ApiFailure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Refused(failure) => failure.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Refused(failure) = self {
            return failure.error_response();
        }
        let mut answer = problem(self.status_code(), &self.to_string(), &[], None);
        if matches!(self, Self::Unauthorized) {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        answer
    }
}

/// What a call that reads or changes answers: JSON, or a problem.
pub type Told<T> = Result<web::Json<T>, ApiFailure>;

/// What a POST answers, before it is kept for repeats and sent.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    body: serde_json::Value,
}

impl Answer {
    /// 200 with an object.
    pub fn ok(body: &impl Serialize) -> Result<Self> {
        Ok(Self { status: StatusCode::OK, body: serde_json::to_value(body)? })
    }

    /// 201 with the object that was made.
    pub fn created(body: &impl Serialize) -> Result<Self> {
        Ok(Self { status: StatusCode::CREATED, ..Self::ok(body)? })
    }
}

/// An answer as it goes out.
struct Kept {
    status: StatusCode,
    text: String,
    replayed: bool,
}

impl From<Kept> for HttpResponse {
    fn from(kept: Kept) -> Self {
        let mut answer = Self::build(kept.status);
        if kept.replayed {
            answer.insert_header(("Idempotent-Replayed", "true"));
        }
        answer.content_type("application/json").body(kept.text)
    }
}

/// A call with a bearer token, not looked up yet.
pub struct Api {
    app: App,
    token: String,
    /// Method and path, for telling a repeat from another request.
    request: String,
    repeat_key: Option<String>,
}

impl FromRequest for Api {
    type Error = ApiFailure;
    type Future = Ready<Result<Self, ApiFailure>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let Some(app) = request.app_data::<web::Data<App>>() else {
            return ready(Err(Error::internal("the app is not configured").into()));
        };
        let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(token) = authorization.and_then(bearer) else { return ready(Err(ApiFailure::Unauthorized)) };
        let repeat_key = request.headers().get("idempotency-key");
        ready(Ok(Self {
            app: app.get_ref().clone(),
            token: token.to_owned(),
            request: format!("{} {}", request.method(), request.path()),
            repeat_key: repeat_key.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
        }))
    }
}

/// The token of an `Authorization` header; none when it is of another scheme or too long to be one.
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && (1..=200).contains(&token.len())).then_some(token)
}

fn check_repeat_key(key: &str) -> Result<()> {
    if (1..=200).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Error::invalid("Idempotency-Key", "Use 1 to 200 visible ASCII characters, for example a fresh UUID."))
}

impl Api {
    /// Reads from one snapshot of the token's workspace.
    pub async fn read<T: Serialize + Send + 'static>(
        self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Told<T> {
        let Self { app, token, .. } = self;
        let found = block(move || {
            let read = app.db.read_system(|sys| match accounts::token_access(sys, &token)? {
                Some(pass) => f(&mut sys.enter(pass.access)).map(|found| Some((found, pass.unnoted))),
                None => Ok(None),
            })?;
            let Some((found, unnoted)) = read else { return Ok(None) };
            // At most once an hour, and never a reason to withhold what was read.
            if let Some(token) = unnoted
                && let Err(error) = app.db.write_system(|sys| accounts::note_token_use(sys, token))
            {
                tracing::warn!(%error, "the use of a token could not be noted");
            }
            Ok(Some(found))
        })
        .await?;
        found.map(web::Json).ok_or(ApiFailure::Unauthorized)
    }

    /// Writes in the token's workspace, all or nothing.
    async fn write<T: Send + 'static>(
        self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T, ApiFailure> {
        let Self { app, token, .. } = self;
        let done = block(move || {
            app.db.write_system(|sys| match accounts::token_access(sys, &token)? {
                Some(pass) => {
                    if let Some(token) = pass.unnoted {
                        accounts::note_token_use(sys, token)?;
                    }
                    f(&mut sys.enter(pass.access)).map(Some)
                }
                None => Ok(None),
            })
        })
        .await?;
        done.ok_or(ApiFailure::Unauthorized)
    }

    /// Changes what is there, as the body says (PATCH).
    pub async fn change<B: DeserializeOwned + 'static, T: Serialize + Send + 'static>(
        self,
        body: Body,
        f: impl FnOnce(&mut Tx<'_>, B) -> Result<T> + Send + 'static,
    ) -> Told<T> {
        let done = self.write(move |tx| {
            // Before the body: whoever may not change anything is told so whatever they send.
            tx.access().require(Right::Work)?;
            match body.parse::<B>() {
                Ok(wanted) => f(tx, wanted).map(Ok),
                Err(failure) => Ok(Err(failure)),
            }
        });
        done.await?.map(web::Json)
    }

    /// Does what a POST asks. With an `Idempotency-Key`, the answer is kept with the change: the same request with the
    /// same key gets it again, another request with that key is refused. Refusals are never kept.
    pub async fn post<B: DeserializeOwned + 'static>(
        self,
        body: Body,
        f: impl FnOnce(&mut Tx<'_>, B) -> Result<Answer> + Send + 'static,
    ) -> Result<HttpResponse, ApiFailure> {
        let hash = secrets::key_hash(&format!("{}\n{}", self.request, body.text()));
        let repeat_key = self.repeat_key.clone();
        let done = self.write(move |tx| {
            tx.access().require(Right::Work)?;
            if let Some(key) = &repeat_key {
                check_repeat_key(key)?;
                if let Some((status, text)) = idempotency::recall(tx, key, &hash)? {
                    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
                    return Ok(Ok(Kept { status, text, replayed: true }));
                }
            }
            let wanted = match body.parse::<B>() {
                Ok(wanted) => wanted,
                Err(failure) => return Ok(Err(failure)),
            };
            let answer = f(tx, wanted)?;
            let kept = Kept { status: answer.status, text: answer.body.to_string(), replayed: false };
            if let Some(key) = &repeat_key {
                idempotency::keep(tx, key, &hash, kept.status.as_u16(), &kept.text)?;
            }
            Ok(Ok(kept))
        });
        done.await?.map(HttpResponse::from)
    }
}

/// The body of a call, at most [`LARGEST`] bytes.
#[derive(Debug, Clone)]
pub struct Body(web::Bytes);

impl FromRequest for Body {
    type Error = ApiFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiFailure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = web::Payload::from_request(request, payload);
        Box::pin(async move {
            let broken =
                |_: actix_web::Error| ApiFailure::Unreadable("The body broke off. Send the request again.".into());
            match payload.await.map_err(broken)?.to_bytes_limited(LARGEST).await {
                Ok(bytes) => bytes.map(Self).map_err(broken),
                Err(_) => Err(ApiFailure::TooLarge),
            }
        })
    }
}

impl Body {
    fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// The body as JSON; an empty one is an empty object. What is no JSON can't be read; JSON of another shape than
    /// asked for is a problem like that of any field.
    fn parse<B: DeserializeOwned>(&self) -> Result<B, ApiFailure> {
        let bytes: &[u8] = if self.0.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &self.0 };
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let place = error.path().to_string();
            let place = if place == "." { String::new() } else { format!(" at “{}”", preview(&place, 100)) };
            (place, error.into_inner())
        });
        let whole = read.and_then(|body| json.end().map(|()| body).map_err(|error| (String::new(), error)));
        whole.map_err(|(place, error)| {
            let words = format!("The JSON can’t be read{place}: {}.", preview(&error.to_string(), 300));
            if error.is_data() { Error::invalid("", words).into() } else { ApiFailure::Unreadable(words) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &'static str) -> Body {
        Body(web::Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn only_a_bearer_token_of_sensible_length_is_one() {
        assert_eq!(bearer("Bearer rapport_abc"), Some("rapport_abc"));
        assert_eq!(bearer("bearer   rapport_abc "), Some("rapport_abc"));
        assert_eq!(bearer("Basic rapport_abc"), None);
        assert_eq!(bearer("Bearer"), None);
        assert_eq!(bearer("Bearer  "), None);
        assert_eq!(bearer(&format!("Bearer {}", "x".repeat(201))), None);
    }

    #[test]
    fn a_repeat_key_is_short_and_visible() {
        assert!(check_repeat_key("6f1e-42").is_ok());
        for bad in ["", "two words", "ünïcode", &"x".repeat(201)] {
            assert!(check_repeat_key(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn broken_json_is_a_bad_request_and_a_wrong_shape_a_problem() {
        let status = |text| body(text).parse::<Vec<i64>>().err().map(|failure| failure.status_code().as_u16());
        assert_eq!(status("[1, 2]"), None);
        assert_eq!(status("[1, "), Some(400));
        assert_eq!(status("[1] [2]"), Some(400));
        assert_eq!(status("[\"one\"]"), Some(422));
        assert_eq!(status(""), Some(422));
        let wrong = body(r#"{"days": [1, "two"]}"#).parse::<std::collections::HashMap<String, Vec<i64>>>();
        let words = wrong.expect_err("a word is no number").to_string();
        assert!(words.starts_with("The JSON can’t be read at “days[1]”: invalid type"), "{words}");
    }

    #[test]
    fn who_has_no_token_is_told_how_to_send_one() {
        let answer = ApiFailure::Unauthorized.error_response();
        assert_eq!(answer.status().as_u16(), 401);
        assert_eq!(answer.headers().get("www-authenticate").and_then(|value| value.to_str().ok()), Some("Bearer"));
    }
}
