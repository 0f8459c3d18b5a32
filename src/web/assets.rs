//! Style sheet, scripts and icons: embedded, compressed once, served under a hash of their contents for ever.

use std::{borrow::Cow, collections::HashMap, io::Write, sync::LazyLock};

use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

use crate::secrets::hex;

#[derive(rust_embed::Embed)]
#[folder = "assets/"]
#[exclude = "*.png"]
struct Files;

struct Asset {
    kind: &'static str,
    plain: Cow<'static, [u8]>,
    gzip: Vec<u8>,
}

static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| {
            let plain = Files::get(&name)?.data;
            let kind = match name.rsplit('.').next()? {
                "css" => "text/css; charset=utf-8",
                "js" => "text/javascript; charset=utf-8",
                "svg" => "image/svg+xml",
                _ => return None,
            };
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            gzip.write_all(&plain).ok()?;
            Some((name.into_owned(), Asset { kind, plain, gzip: gzip.finish().ok()? }))
        })
        .collect()
});

static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<&String> = ASSETS.keys().collect();
    names.sort();
    let mut hash = Sha256::new();
    for name in names {
        hash.update(name);
        hash.update(&ASSETS[name].plain);
    }
    hex(&hash.finalize()[..6])
});

/// The hash under which all assets are served.
pub fn hash() -> &'static str {
    &HASH
}

/// Serves an asset. Any hash leads to the file that is there: an old page still finds its scripts.
pub async fn serve(request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let Some(asset) = ASSETS.get(&path.1) else { return HttpResponse::NotFound().finish() };
    let current = path.0 == *HASH;
    let mut answer = HttpResponse::Ok();
    answer.content_type(asset.kind);
    answer.insert_header(("Cache-Control", if current { "public, max-age=31536000, immutable" } else { "no-cache" }));
    answer.insert_header(("Vary", "Accept-Encoding"));
    let zipped = request.headers().get("accept-encoding").is_some_and(|v| v.to_str().is_ok_and(|v| v.contains("gzip")));
    if zipped {
        answer.insert_header(("Content-Encoding", "gzip"));
        return answer.body(asset.gzip.clone());
    }
    answer.body(asset.plain.to_vec())
}
