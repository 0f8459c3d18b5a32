//! What was sent with messages: served so that nothing in it runs, and attached by hand.

use actix_multipart::Multipart;
use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    http::header::{
        ByteRangeSpec, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue, Header as _,
        Range,
    },
    web::Path,
};

use crate::{
    access::Right,
    attachments::{self, File, Shape, thumb_name},
    db::Tx,
    error::Error,
    ids::{AttachmentId, MessageId},
    threads,
    web::{Ctx, Done, Failure, Fields, Reply, context::block, upload::receive},
};

/// The largest file that is attached by hand, in bytes.
const LARGEST: u64 = 200 << 20;

/// For whoever opens a file by itself: no scripts, no forms, nothing from elsewhere.
const NOTHING_RUNS: &str = "default-src 'none'; img-src 'self'; media-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox";

/// A content never changes, but whoever may see it does.
const KEPT: &str = "private, max-age=3600";

/// The attachment's content, or the part of it that is asked for. Pictures, videos and sound are shown; everything else is
/// only ever saved.
pub async fn show(ctx: Ctx, request: HttpRequest, path: Path<(String, AttachmentId)>) -> Result<HttpResponse, Failure> {
    let id = path.1;
    let store = ctx.app.store.clone();
    let (name, file, workspace) = ctx
        .read(move |tx| {
            let found = attachments::attachment(tx, id)?;
            Ok((found.name, found.file.ok_or(Error::NotFound)?, tx.workspace()))
        })
        .await?;
    let size = u64::try_from(file.size).unwrap_or(0);
    let part = match asked(&request, size) {
        Asked::All => None,
        Asked::Part(from, to) => Some((from, to)),
        Asked::Beyond => {
            let whole = ("Content-Range", format!("bytes */{size}"));
            return Ok(HttpResponse::RangeNotSatisfiable().insert_header(whole).content_type("text/plain").body(""));
        }
    };
    let (from, until) = part.map_or((0, size), |(from, to)| (from, to + 1));
    let pieces = store.stream(workspace, &file.hash, from, until).await?;
    let mut answer = if part.is_some() { HttpResponse::PartialContent() } else { HttpResponse::Ok() };
    if part.is_some() {
        answer.insert_header(("Content-Range", format!("bytes {from}-{}/{size}", until - 1)));
    }
    Ok(answer
        .content_type(file.media.as_str())
        .insert_header(("Accept-Ranges", "bytes"))
        .insert_header(("Content-Security-Policy", NOTHING_RUNS))
        .insert_header(("Cache-Control", KEPT))
        .insert_header(disposition(&name, &file))
        .body(SizedStream::new(until - from, pieces)))
}

/// The small picture of an attachment.
pub async fn thumb(ctx: Ctx, path: Path<(String, AttachmentId)>) -> Result<HttpResponse, Failure> {
    let id = path.1;
    let store = ctx.app.store.clone();
    let (file, workspace) = ctx
        .read(move |tx| {
            let found = attachments::attachment(tx, id)?;
            Ok((found.file.filter(|file| file.thumb == Some(true)).ok_or(Error::NotFound)?, tx.workspace()))
        })
        .await?;
    // A small picture is some ten thousand bytes.
    let small = block(move || store.get(workspace, &thumb_name(&file.hash), 10 << 20)).await?;
    let Some(bytes) = small else { return Err(Error::NotFound.into()) };
    Ok(HttpResponse::Ok()
        .content_type("image/jpeg")
        .insert_header(("Content-Security-Policy", NOTHING_RUNS))
        .insert_header(("Cache-Control", KEPT))
        .body(bytes))
}

/// Attaches a file to a message.
pub async fn attach(ctx: Ctx, path: Path<(String, MessageId)>, form: Multipart) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    let may = move |tx: &mut Tx<'_>| {
        tx.access().require(Right::Work)?;
        Ok((tx.access(), threads::message(tx, id)?.thread_id))
    };
    // Who may not write may not fill the disk either; and who is removed during a long upload no longer may.
    ctx.clone().read(may).await?;
    let words = "Keep an attachment under 200 MB.";
    let upload = receive(&ctx.app.config.data, form, 1, LARGEST, words).await;
    let (access, thread) = ctx.clone().read(may).await?;
    let (db, store) = (ctx.app.db.clone(), ctx.app.store.clone());
    let attached = block(move || {
        let Some(came) = upload?.files.pop() else { return Err(Error::invalid("file", "Choose a file first.")) };
        attachments::attach(&db, access, &store, id, &came.name, &came.path)
    })
    .await;
    ctx.act(
        Fields::default(),
        move |_, _| {
            attached?;
            Ok(Done::go(format!("/w/{slug}/threads/{thread}?at={id}#message-{id}")).say("Attached."))
        },
        move |page| super::inbox::show_view(page, thread, Fields::default()),
    )
    .await
}

/// Takes back a file that was attached by hand.
pub async fn remove(ctx: Ctx, path: Path<(String, AttachmentId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            let message = attachments::remove(tx, id)?;
            let thread = threads::message(tx, message)?.thread_id;
            Ok(Done::go(format!("threads/{thread}?at={message}#message-{message}")).say("Took the file back."))
        },
        move |page| {
            let message = attachments::attachment(page.tx, id)?.message_id;
            let thread = threads::message(page.tx, message)?.thread_id;
            super::inbox::show_view(page, thread, Fields::default())
        },
    )
    .await
}

enum Asked {
    All,
    /// From the first to the last byte, both included.
    Part(u64, u64),
    Beyond,
}

/// The one part that is asked for (RFC 9110, 14.2); several parts, or what can't be read, is all of it.
fn asked(request: &HttpRequest, size: u64) -> Asked {
    let ranges = if request.headers().contains_key("range") { Range::parse(request).ok() } else { None };
    match ranges {
        Some(Range::Bytes(parts)) => match parts.as_slice() {
            [part] => satisfied(part, size),
            _ => Asked::All,
        },
        _ => Asked::All,
    }
}

fn satisfied(part: &ByteRangeSpec, size: u64) -> Asked {
    part.to_satisfiable_range(size).map_or(Asked::Beyond, |(from, to)| Asked::Part(from, to))
}

fn disposition(name: &str, file: &File) -> ContentDisposition {
    let disposition = match file.media.shape() {
        Shape::File => DispositionType::Attachment,
        Shape::Image | Shape::Video | Shape::Audio => DispositionType::Inline,
    };
    let plain: String = name.chars().map(|c| if c.is_ascii_graphic() && c != '"' { c } else { '_' }).collect();
    let exact = ExtendedValue { charset: Charset::Ext("UTF-8".into()), language_tag: None, value: name.into() };
    ContentDisposition {
        disposition,
        parameters: vec![DispositionParam::Filename(plain), DispositionParam::FilenameExt(exact)],
    }
}
