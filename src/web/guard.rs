//! What stands before every handler: no cross-site changes, careful headers, errors as pages.

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
    middleware::{DefaultHeaders, Next},
};

use super::{
    reply::{error_page, problem},
    routes::ROUTES,
};

/// The headers of every answer. Nothing inline runs, nothing is framed, nothing is fetched from elsewhere.
pub fn headers(https: bool) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add((
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; font-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'",
        ))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("X-Frame-Options", "DENY"))
        .add(("Referrer-Policy", "same-origin"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add(("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"))
        .add(("Cache-Control", "no-store"));
    if https { headers.add(("Strict-Transport-Security", "max-age=31536000")) } else { headers }
}

/// Refuses changes that another site's page asks for. Browsers say where a request comes from in Sec-Fetch-Site, older
/// ones in Origin; requests with neither come from scripts, which carry no cookies of a browser. Paths that mail
/// programs post to by themselves (one-click unsubscribe) are let through, and so is the API, which takes no cookies.
pub async fn same_site<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let open = request.path().starts_with("/api/") || request.path().starts_with("/unsubscribe/");
    if safe || open || is_ours(&request) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let refused =
        error_page(StatusCode::FORBIDDEN, "This request came from another site. Open Rapport itself and try again.");
    Ok(request.into_response(refused).map_into_right_body())
}

fn is_ours(request: &ServiceRequest) -> bool {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match text("origin") {
        None => true,
        Some(origin) => {
            let host = request.connection_info().host().to_owned();
            origin.split_once("://").is_some_and(|(_, rest)| rest == host)
        }
    }
}

/// Gives errors that actix itself makes (a body too large, a path that isn't there) our words.
pub fn plain_error(status: StatusCode, api: bool) -> HttpResponse {
    let words = match status {
        StatusCode::NOT_FOUND => {
            "This address leads nowhere. It may have been removed, or it belongs to somebody else."
        }
        StatusCode::PAYLOAD_TOO_LARGE => "That is too large to be read. Send less at once.",
        StatusCode::METHOD_NOT_ALLOWED => {
            "This address can’t be used that way. The header “Allow” says which methods it knows."
        }
        _ => "The request could not be read. Go back and try again.",
    };
    if api { problem(status, words, &[], None) } else { error_page(status, words) }
}

/// Replaces answers that have no words of ours.
pub async fn with_words<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let api = request.path().starts_with("/api/");
    let answer = next.call(request).await?;
    let status = answer.status();
    let spoken = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/html") || kind.contains("json")));
    if status.as_u16() >= 400 && !spoken {
        let (request, _) = answer.into_parts();
        let answer = match others(&request).filter(|_| status == StatusCode::NOT_FOUND) {
            Some(allowed) => {
                let mut answer = plain_error(StatusCode::METHOD_NOT_ALLOWED, api);
                answer.headers_mut().insert(header::ALLOW, allowed);
                answer
            }
            None => plain_error(status, api),
        };
        return Ok(ServiceResponse::new(request, answer).map_into_right_body());
    }
    Ok(answer.map_into_left_body())
}

/// The methods that an address knows, where the request's isn't among them (RFC 9110, 15.5.6).
fn others(request: &HttpRequest) -> Option<HeaderValue> {
    let pattern = request.match_pattern()?;
    let mut known: Vec<String> =
        ROUTES.iter().filter(|route| route.path == pattern).map(|route| route.method.to_uppercase()).collect();
    if known.iter().any(|method| method == "GET") {
        known.push("HEAD".into());
    }
    if known.is_empty() || known.iter().any(|method| method == request.method().as_str()) {
        return None;
    }
    HeaderValue::from_str(&known.join(", ")).ok()
}
