//! What a handler answers: a page, a redirect, JSON; and errors, rendered here and nowhere else.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, http::StatusCode};
use askama::Template;

use super::assets;
use crate::error::{Error, Problem};

/// An answer.
#[derive(Debug)]
pub enum Reply {
    /// A page.
    Page(StatusCode, String),
    /// On to another page (303).
    Go(String),
    /// JSON.
    Json(StatusCode, serde_json::Value),
    /// A file to be kept.
    File {
        /// Its name.
        name: String,
        /// Its media type.
        kind: &'static str,
        /// What is in it.
        body: Vec<u8>,
    },
    /// A redirect that sets or clears the session cookie.
    Session {
        /// Where to.
        to: String,
        /// The cookie, ready to be sent.
        cookie: actix_web::cookie::Cookie<'static>,
    },
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, _request: &HttpRequest) -> HttpResponse {
        match self {
            Self::Page(status, html) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html),
            Self::Go(to) => HttpResponse::SeeOther().insert_header(("Location", to)).finish(),
            Self::Json(status, value) => HttpResponse::build(status).json(value),
            Self::File { name, kind, body } => HttpResponse::Ok()
                .content_type(kind)
                .insert_header(("Content-Disposition", format!("attachment; filename=\"{name}\"")))
                .body(body),
            Self::Session { to, cookie } => {
                HttpResponse::SeeOther().cookie(cookie).insert_header(("Location", to)).finish()
            }
        }
    }
}

/// An error on its way to the person or script that asked.
#[derive(Debug)]
pub struct Failure {
    error: Error,
    json: bool,
}

impl Failure {
    /// For a page.
    pub fn page(error: Error) -> Self {
        Self { error, json: false }
    }

    /// For a script.
    pub fn json(error: Error) -> Self {
        Self { error, json: true }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::page(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    assets: &'a str,
    title: &'a str,
    words: &'a str,
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "This isn’t here",
        StatusCode::FORBIDDEN => "Not yours to do",
        StatusCode::UNPROCESSABLE_ENTITY => "That can’t be used",
        StatusCode::CONFLICT => "That can’t be done as things stand",
        StatusCode::UNAUTHORIZED => "Sign in first",
        StatusCode::PAYLOAD_TOO_LARGE => "Too large",
        StatusCode::BAD_REQUEST => "That can’t be read",
        StatusCode::SERVICE_UNAVAILABLE => "Not right now",
        _ => "Something went wrong here",
    }
}

/// An error page outside any workspace.
pub fn error_page(status: StatusCode, words: &str) -> HttpResponse {
    let page = ErrorPage { assets: assets::hash(), title: title(status), words };
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page.render().unwrap_or_default())
}

/// RFC 9457 problem details.
pub fn problem(
    status: StatusCode,
    words: &str,
    problems: &[Problem],
    current: Option<&serde_json::Value>,
) -> HttpResponse {
    let mut body = serde_json::json!({
        "type": "about:blank", "title": title(status).replace('’', "'"), "status": status.as_u16(), "detail": words,
    });
    if !problems.is_empty() {
        body["errors"] = serde_json::json!(
            problems.iter().map(|p| serde_json::json!({"field": p.field, "detail": p.words})).collect::<Vec<_>>()
        );
    }
    if let Some(current) = current {
        body["current"] = current.clone();
        body["words"] = words.into();
    }
    HttpResponse::build(status).content_type("application/problem+json").body(body.to_string())
}

impl actix_web::ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match &self.error {
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Away(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let words = match &self.error {
            Error::Internal(cause) => {
                let reference = crate::secrets::key()[..8].to_owned();
                tracing::error!(reference, cause = %cause, "internal error");
                format!(
                    "It is our fault, and it is in the log as {reference}. Nothing was changed. Try again, and tell whoever runs this Rapport."
                )
            }
            other => other.to_string(),
        };
        if self.json {
            let (problems, current): (&[Problem], _) = match &self.error {
                Error::Invalid(problems) => (problems, None),
                Error::Conflict(conflict) => (&[], Some(&conflict.current)),
                _ => (&[], None),
            };
            return problem(status, &words, problems, current);
        }
        error_page(status, &words)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;

    use super::*;

    #[test]
    fn what_does_not_answer_may_be_asked_again() {
        let answer = Failure::from(Error::Away("Try later.")).error_response();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
