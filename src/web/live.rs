//! Server-sent events: tells an open page that something in its workspace has changed; the page fetches itself anew.

use std::time::Duration;

use actix_web::{HttpResponse, web::Bytes};
use tokio::signal::unix::{SignalKind, signal};

use super::{context::Ctx, reply::Failure};
use crate::{error::Error, timeline};

/// How often the database is asked, one indexed row each time.
const EVERY: Duration = Duration::from_millis(1000);
/// How long one connection lasts; browsers reconnect by themselves, and a session that has ended is noticed then.
const LASTS: Duration = Duration::from_secs(300);

/// A stream of `change` events.
pub async fn stream(ctx: Ctx) -> Result<HttpResponse, Failure> {
    let first = ctx.clone().read(timeline::pulse).await?;
    let began = std::time::Instant::now();
    // A page that listens must not keep the server from stopping.
    let stopped = signal(SignalKind::terminate()).map_err(Error::from)?;
    let hello = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from_static(b"retry: 2000\n\n"))]);
    let changes = futures_util::stream::unfold(Some((ctx, first, stopped)), move |state| async move {
        let (ctx, mut seen, mut stopped) = state?;
        if began.elapsed() > LASTS {
            return None;
        }
        let mut quiet = 0;
        loop {
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stopped.recv() => return None,
            }
            let pulse = ctx.clone().read(timeline::pulse).await.ok()?;
            if pulse != seen {
                seen = pulse;
                return Some((Ok(Bytes::from(format!("event: change\ndata: {seen}\n\n"))), Some((ctx, seen, stopped))));
            }
            quiet += 1;
            if quiet >= 15 {
                // A word now and then lets both ends notice that the other is gone.
                return Some((Ok(Bytes::from_static(b": still here\n\n")), Some((ctx, seen, stopped))));
            }
        }
    });
    use futures_util::StreamExt;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Content-Encoding", "identity"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(hello.chain(changes)))
}
