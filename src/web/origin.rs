//! Where a request comes from.

use actix_web::{HttpRequest, http::Method};

/// The page to come back to: the one asked for, or the one that a form stood on.
pub(super) fn page_of(request: &HttpRequest, referer: &str) -> String {
    if request.method() == Method::GET {
        return request.uri().path_and_query().map_or_else(|| "/".into(), ToString::to_string);
    }
    let path = url::Url::parse(referer).ok().map(|url| match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    });
    path.unwrap_or_else(|| "/".into())
}
