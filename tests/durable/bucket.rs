//! Attachments in a bucket: a small server that speaks as much of S3 as is asked of it, and the real program against it.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::place::{Place, number, start};
use crate::{imports::kit::zip, places};

const BUCKET: &str = "attic";

/// What lies in the bucket, by key; what is on its way in pieces, by upload and number.
#[derive(Default)]
struct Attic {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    parts: Mutex<BTreeMap<(String, usize), Vec<u8>>>,
    begun: AtomicUsize,
    /// Whether every piece after the first waits, and whether one does.
    holds: AtomicBool,
    held: AtomicBool,
}

/// The server; its thread ends with the test process.
struct Bucket {
    endpoint: String,
    attic: Arc<Attic>,
}

impl Bucket {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let attic = Arc::new(Attic::default());
        let shared = attic.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let attic = shared.clone();
                std::thread::spawn(move || while answer(&stream, &attic).is_some() {});
            }
        });
        Self { endpoint, attic }
    }

    fn keys(&self) -> Vec<String> {
        self.attic.objects.lock().expect("the objects").keys().cloned().collect()
    }

    /// The program with its attachments here, under a folder of the bucket.
    fn used_by(&self, place: &Place, folder: &str, arguments: &[&str]) -> Command {
        let mut command = place.command(arguments);
        command.env("RAPPORT_FILES", format!("s3://{BUCKET}/{folder}")).env("AWS_ENDPOINT", &self.endpoint);
        command.env("AWS_ACCESS_KEY_ID", "ours").env("AWS_SECRET_ACCESS_KEY", "secret").env("AWS_REGION", "eu-test-1");
        command
    }
}

/// Answers one request of a connection; none when it ends.
fn answer(stream: &TcpStream, attic: &Attic) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|n| *n > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (method, target) = first.split_once(' ')?;
    let target = target.split(' ').next()?;
    let signed = headers.get("authorization").is_some_and(|text| text.starts_with("AWS4-HMAC-SHA256 Credential=ours/"));
    let (status, content) = if signed { act(method, target, &headers, body, attic) } else { (403, Vec::new()) };
    let length = content.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nETag: \"e\"\r\nLast-Modified: Wed, 25 Nov 2026 10:00:00 GMT\r\n\r\n"
    );
    let mut out = stream;
    out.write_all(head.as_bytes()).ok()?;
    if method != "HEAD" {
        out.write_all(&content).ok()?;
    }
    Some(())
}

fn act(method: &str, target: &str, headers: &BTreeMap<String, String>, body: Vec<u8>, attic: &Attic) -> (u16, Vec<u8>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let key = path.trim_start_matches('/').strip_prefix(BUCKET).unwrap_or_default().trim_start_matches('/').to_owned();
    let field = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    if let (Some(upload), Some(number)) = (field("uploadId"), field("partNumber")) {
        let number: usize = number.parse().expect("a number");
        while number > 1 && attic.holds.load(Ordering::Relaxed) {
            attic.held.store(true, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(10));
        }
        attic.parts.lock().expect("the parts").insert((upload.to_owned(), number), body);
        return (200, Vec::new());
    }
    let mut objects = attic.objects.lock().expect("the objects");
    match (method, query) {
        ("POST", query) if query.starts_with("uploads") => {
            let id = attic.begun.fetch_add(1, Ordering::Relaxed);
            (200, format!("<InitiateMultipartUploadResult><Bucket>{BUCKET}</Bucket><Key>{key}</Key><UploadId>{id}</UploadId></InitiateMultipartUploadResult>").into_bytes())
        }
        ("POST", _) if field("uploadId").is_some() => {
            let mut parts = attic.parts.lock().expect("the parts");
            let upload = field("uploadId").unwrap_or_default();
            let whole: Vec<u8> =
                parts.iter().filter(|((of, _), _)| of == upload).flat_map(|(_, part)| part.clone()).collect();
            parts.retain(|(of, _), _| of != upload);
            objects.insert(key, whole);
            (200, b"<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>".to_vec())
        }
        ("PUT", "") => {
            objects.insert(key, body);
            (200, Vec::new())
        }
        ("GET" | "HEAD", "") => match (objects.get(&key), headers.get("range")) {
            (None, _) => (404, Vec::new()),
            (Some(bytes), None) => (200, bytes.clone()),
            (Some(bytes), Some(range)) => {
                let (from, to) = range.trim_start_matches("bytes=").split_once('-').expect("a range");
                let (from, to): (usize, usize) = (from.parse().expect("a start"), to.parse().expect("an end"));
                (206, bytes[from..=to.min(bytes.len() - 1)].to_vec())
            }
        },
        ("GET", query) if query.contains("list-type=2") => {
            let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or_default();
            let prefix = prefix.replace("%2F", "/");
            let listed: String = objects
                .iter()
                .filter(|(key, _)| key.starts_with(&prefix))
                .map(|(key, bytes)| {
                    format!(
                        "<Contents><Key>{key}</Key><Size>{}</Size><LastModified>2026-11-25T10:00:00.000Z</LastModified><ETag>e</ETag></Contents>",
                        bytes.len()
                    )
                })
                .collect();
            let all = format!("<ListBucketResult><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>");
            (200, all.into_bytes())
        }
        ("DELETE", "") => {
            objects.remove(&key);
            (204, Vec::new())
        }
        ("POST", "delete") => {
            let text = String::from_utf8(body).expect("XML");
            let gone: Vec<String> =
                text.split("<Key>").skip(1).filter_map(|rest| Some(rest.split_once("</Key>")?.0.to_owned())).collect();
            let told: String = gone.iter().map(|key| format!("<Deleted><Key>{key}</Key></Deleted>")).collect();
            for key in gone {
                objects.remove(&key);
            }
            (200, format!("<DeleteResult>{told}</DeleteResult>").into_bytes())
        }
        other => panic!("the bucket was asked for {other:?} {target}"),
    }
}

places! {
    fn attachments_lie_in_a_bucket_when_a_setting_says_so(place) {
        let bucket = Bucket::open();
        let run = |place: &Place, folder: &str, arguments: &[&str]| {
            let said = place.run_with(bucket.used_by(place, folder, arguments), "");
            assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
            said.out
        };
        run(place, "first", &["demo", "--no-serve"]);
        run(place, "first", &["tick"]);
        let keys = bucket.keys();
        assert_eq!(keys.len(), 2, "the story’s picture, and a small one: {keys:?}");
        assert!(keys.iter().all(|key| key.starts_with("first/")), "{keys:?}");
        assert!(!place.data.join("files").exists(), "nothing of it lies in the data folder");
        let file = place.data.join("backup.zip");
        run(place, "first", &["backup", file.to_str().expect("a path")]);
        let there = place.another();
        let refused = there.run_with(bucket.used_by(&there, "first", &["restore", file.to_str().expect("a path")]), "");
        assert!(refused.code != 0 && refused.err.contains("empty place"), "the live bucket is left alone: {refused:?}");
        run(&there, "second", &["restore", file.to_str().expect("a path")]);
        let copied: Vec<String> = bucket.keys().into_iter().filter(|key| key.starts_with("second/")).collect();
        assert_eq!(copied.len(), 2);
        let objects = bucket.attic.objects.lock().expect("the objects").clone();
        for key in &copied {
            assert_eq!(objects[key], objects[&key.replace("second/", "first/")]);
        }
        assert_eq!(number(&mut there.conn(), "SELECT count(*) AS n FROM attachments WHERE hash IS NOT NULL"), 1);
    }
}

#[test]
fn a_bucket_that_is_no_bucket_is_told_before_anything_starts() {
    let place = Place::sqlite();
    let mut command = place.command(&["doctor"]);
    command.env("RAPPORT_FILES", "attic");
    let said = place.run_with(command, "");
    assert!(said.code != 0 && said.out.contains("MEND attachments") && said.out.contains("s3://bucket"), "{said:?}");
}

/// A download with one video of more than a piece.
fn with_a_video(video: &[u8]) -> Vec<u8> {
    let talk = serde_json::json!({
        "participants": [{"name": "Vera"}, {"name": "Mara"}],
        "messages": [{
            "sender_name": "Vera", "timestamp_ms": 1_760_000_000_000_i64,
            "videos": [{"uri": "your_instagram_activity/messages/inbox/vera_1/videos/1.mp4"}],
        }],
    });
    zip(&[
        ("your_instagram_activity/messages/inbox/vera_1/message_1.json", talk.to_string().as_bytes()),
        ("your_instagram_activity/messages/inbox/vera_1/videos/1.mp4", video),
    ])
}

places! {
    fn promise_16_a_kill_while_a_file_is_stored_leaves_rows_and_files_agreeing_and_the_next_run_ends_it(place) {
        let bucket = Bucket::open();
        place.founded();
        let mut video = b"\0\0\0\x18ftypisom\0\0\0\0isommp42".to_vec();
        video.extend((0..20_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8));
        let file = place.data.join("instagram-mara.zip");
        std::fs::write(&file, with_a_video(&video)).expect("the archive");
        let import = [
            "import", "instagram", file.to_str().expect("a path"), "--workspace", "acme", "--as", "ana@acme.test",
            "--owner", "Mara",
        ];
        bucket.attic.holds.store(true, Ordering::Relaxed);
        let mut child = start(bucket.used_by(place, "kept", &import));
        let patience = std::time::Instant::now();
        while !bucket.attic.held.load(Ordering::Relaxed) {
            assert!(patience.elapsed() < Duration::from_secs(60), "{:?}", child.try_wait());
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill().expect("killed");
        child.wait().expect("an end");
        bucket.attic.holds.store(false, Ordering::Relaxed);
        let count = |sql: &str| number(&mut place.conn(), sql);
        assert_eq!(count("SELECT count(*) AS n FROM messages"), 1, "the words are there");
        assert_eq!(count("SELECT count(*) AS n FROM attachments WHERE hash IS NULL"), 1);
        assert_eq!(count("SELECT count(*) AS n FROM files WHERE state = 'writing'"), 1);
        assert_eq!(bucket.keys(), [""; 0]);
        let later = chrono::Utc::now() + chrono::TimeDelta::hours(1);
        let said = place.run_with(bucket.used_by(place, "kept", &["tick", "--at", &later.to_rfc3339()]), "");
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(count("SELECT count(*) AS n FROM files WHERE state = 'kept' AND kind = 'video/mp4'"), 1);
        assert_eq!(count("SELECT count(*) AS n FROM attachments WHERE hash IS NULL"), 0);
        let objects = bucket.attic.objects.lock().expect("the objects").clone();
        assert!(objects.values().any(|bytes| *bytes == video), "whole, piece by piece: {:?}", objects.keys());
    }
}
