//! Who is asking, by network address. A proxy's word is taken only from this machine.

use actix_web::HttpRequest;

/// The address of whoever asks: the peer, or, when the peer is a proxy on this machine, the last address it names.
pub fn client_address(request: &HttpRequest) -> String {
    let Some(peer) = request.peer_addr() else { return "unknown".into() };
    if peer.ip().is_loopback()
        && let Some(forwarded) = request.headers().get("x-forwarded-for").and_then(|v| v.to_str().ok())
        && let Some(last) = forwarded.rsplit(',').next().and_then(|text| text.trim().parse::<std::net::IpAddr>().ok())
    {
        return last.to_string();
    }
    peer.ip().to_string()
}
