//! What was sent with messages: kept once, shown by what it is, found in archives, gone with its contact.

use std::collections::BTreeSet;

use rapport::{
    access::Access,
    attachments::{self, Attachment, Media},
    channels::Channel,
    contacts,
    ids::ThreadId,
    imports::{self, Choice, Import},
    threads,
};

use crate::{
    app::{App, picture},
    both,
    imports::kit::{apply, look_into_as, state, zip},
};

/// A voice note as phones record them: an MP4 without a picture.
fn voice() -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypisom\0\0\0\0isommp42".to_vec();
    bytes.extend(b"\0\0\0\x20hdlr\0\0\0\0\0\0\0\0soun\0\0\0\0");
    bytes.extend((0..5_000_u32).map(|n| (n % 251) as u8));
    bytes
}

const INBOX: &str = "your_instagram_activity/messages/inbox";

/// Two conversations in which one photo was sent twice, a voice note, a page that is called a photo, and a video that the
/// archive doesn't hold.
fn instagram() -> Vec<u8> {
    let uri = |rest: &str| serde_json::json!([{"uri": format!("{INBOX}/{rest}"), "creation_timestamp": 1}]);
    let talk = |name: &str, messages: serde_json::Value| {
        serde_json::json!({"participants": [{"name": name}, {"name": "Mara"}], "messages": messages}).to_string()
    };
    let at = 1_760_000_000_000_i64;
    let vera = talk(
        "Vera",
        serde_json::json!([
            {"sender_name": "Vera", "timestamp_ms": at + 4, "photos": uri("vera_1/photos/1.jpg")},
            {"sender_name": "Vera", "timestamp_ms": at + 3, "audio_files": uri("vera_1/audio/2.mp4")},
            {"sender_name": "Vera", "timestamp_ms": at + 2, "photos": uri("vera_1/photos/page.jpg")},
            {"sender_name": "Mara", "timestamp_ms": at + 1, "content": "see", "videos": uri("vera_1/videos/3.mp4")},
        ]),
    );
    let bo =
        talk("Bo", serde_json::json!([{"sender_name": "Bo", "timestamp_ms": at, "photos": uri("bo_2/photos/9.png")}]));
    let (photo, voice) = (picture(), voice());
    let path = |rest: &str| format!("download/{INBOX}/{rest}");
    let files = [
        (path("vera_1/message_1.json"), vera.into_bytes()),
        (path("bo_2/message_1.json"), bo.into_bytes()),
        (path("vera_1/photos/1.jpg"), photo.clone()),
        (path("bo_2/photos/9.png"), photo),
        (path("vera_1/audio/2.mp4"), voice),
        (path("vera_1/photos/page.jpg"), b"<!doctype html><script>alert(document.domain)</script>".to_vec()),
        (path("nobody_3/photos/other.jpg"), b"not asked for".to_vec()),
    ];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    zip(&files)
}

fn bring(app: &App, who: Access, bytes: &[u8]) -> Import {
    let looked = look_into_as(app, who, imports::UNTOLD, "instagram-mara.zip", bytes);
    assert_eq!(looked.problem, None);
    app.write(who, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
    apply(app, who, looked.id, None)
}

fn with(app: &App, who: Access, name: &str) -> ThreadId {
    app.read(who, |tx| {
        let filter = contacts::Filter { search: Some(name.into()), ..contacts::Filter::default() };
        let person = contacts::list(tx, &filter, &rapport::db::PageRequest::first(1))?.items.remove(0);
        Ok(threads::threads_of_contact(tx, person.id)?.remove(0).id)
    })
}

/// Everything sent in a thread, the newest message first.
fn sent(app: &App, who: Access, thread: ThreadId) -> Vec<Attachment> {
    app.read(who, |tx| {
        let all = threads::messages(tx, thread, &rapport::db::PageRequest::first(50))?.items;
        let ids: Vec<_> = all.iter().map(|message| message.id).collect();
        let mut of = attachments::of_messages(tx, &ids)?;
        Ok(ids.iter().flat_map(|id| of.remove(id).unwrap_or_default()).collect())
    })
}

/// The names of everything in the store.
fn kept(app: &App, who: Access) -> BTreeSet<String> {
    let folder = app.config.data.join("files").join(who.workspace().to_string());
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

both! {
    fn an_archives_files_are_kept_once_and_told_apart_by_their_bytes(app) {
        let owner = app.workspace("Acme");
        let before = state(app, owner);
        let done = bring(app, owner, &instagram());
        let vera = sent(app, owner, with(app, owner, "Vera"));
        let told: Vec<(&str, Option<Media>)> =
            vera.iter().map(|one| (one.name.as_str(), one.file.as_ref().map(|file| file.media))).collect();
        assert_eq!(told, [
            ("1.jpg", Some(Media::Png)),
            ("2.mp4", Some(Media::Mp4Audio)),
            ("page.jpg", Some(Media::Other)),
            ("3.mp4", None),
        ]);
        let of_bo = sent(app, owner, with(app, owner, "Bo"));
        assert_eq!(of_bo[0].file, vera[0].file, "the same photo twice is one content");
        let photo = vera[0].file.clone().expect("a photo");
        assert!(photo.thumb, "the worker made it small");
        assert_eq!(kept(app, owner).len(), 4, "a photo, its small picture, a voice note, a page; nothing else");
        // The same archive once more changes nothing.
        let stored = kept(app, owner);
        let again = look_into_as(app, owner, imports::UNTOLD, "instagram-mara.zip", &instagram());
        assert_eq!(again.count("new"), 0);
        app.write(owner, |tx| imports::choose(tx, again.id, &Choice::Everybody));
        app.write(owner, |tx| imports::start(tx, again.id, None));
        app.tick();
        assert_eq!((kept(app, owner), sent(app, owner, with(app, owner, "Vera")).len()), (stored, 4));
        app.write(owner, |tx| imports::undo(tx, done.id));
        app.tick();
        assert_eq!(state(app, owner), before);
        assert_eq!(kept(app, owner), BTreeSet::new(), "what it brought is gone from the store");
    }
}

both! {
    fn contents_go_with_their_contact_unless_somebody_else_has_them_too(app) {
        let owner = app.workspace("Acme");
        bring(app, owner, &instagram());
        let thread = with(app, owner, "Vera");
        let vera = app.read(owner, |tx| threads::thread(tx, thread)).contact_id;
        app.write(owner, |tx| contacts::erase(tx, vera));
        app.tick();
        let photo = sent(app, owner, with(app, owner, "Bo"))[0].file.clone().expect("a photo");
        let left = BTreeSet::from([photo.hash.clone(), attachments::thumb_name(&photo.hash)]);
        assert_eq!(kept(app, owner), left, "Bo’s photo is the same as Vera’s was");
    }
}

both! {
    fn a_file_is_served_so_that_nothing_in_it_runs(app) {
        let (owner, other) = (app.workspace("Acme"), app.workspace("Other"));
        bring(app, owner, &instagram());
        let thread = with(app, owner, "Vera");
        let all = sent(app, owner, thread);
        let (server, slug) = (app.server(), app.slug(owner));
        let browser = app.browser_of(&server, owner);
        let at = |n: usize| format!("/w/{slug}/files/{}", all[n].id);
        let header = |answer: &crate::app::web::Answer, name: &str| {
            answer.headers.get(name).map_or(String::new(), |value| value.to_str().expect("text").to_owned())
        };
        let page = browser.get(&at(2));
        assert_eq!(header(&page, "content-type"), "application/octet-stream", "whatever its name says");
        assert!(header(&page, "content-disposition").starts_with("attachment;"), "{:?}", page.headers);
        assert!(header(&page, "content-security-policy").contains("sandbox"));
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        let photo = browser.get(&at(0));
        assert_eq!((photo.status, header(&photo, "content-type").as_str()), (200, "image/png"));
        assert!(header(&photo, "content-disposition").starts_with("inline;"));
        assert!(header(&photo, "cache-control").starts_with("private"));
        assert_eq!(header(&browser.get(&format!("{}/thumb", at(0))), "content-type"), "image/jpeg");
        let voice = voice();
        let part = browser.get_part(&at(1), "bytes=10-19");
        assert_eq!((part.status, header(&part, "content-range")), (206, format!("bytes 10-19/{}", voice.len())));
        assert_eq!(header(&part, "content-length"), "10");
        assert_eq!(browser.get_part(&at(1), "bytes=99999-").status, 416);
        assert_eq!(browser.get(&at(3)).status, 404, "the archive didn’t hold it");
        assert_eq!(app.browser_of(&server, other).get(&at(0).replace(&slug, &app.slug(other))).status, 404);
        let shown = browser.get(&format!("/w/{slug}/threads/{thread}")).body;
        assert!(shown.contains("<audio controls") && shown.contains("3.mp4: not in the archive"), "{shown}");
        assert!(!shown.contains("<div class=\"bubble\">(a photo)</div>"), "the picture speaks for itself");
    }
}

both! {
    fn a_file_is_attached_by_hand_and_an_empty_one_is_refused(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Other);
        let message = app.hears(owner, thread, "Here is the contract").id;
        let (server, slug) = (app.server(), app.slug(owner));
        let browser = app.browser_of(&server, owner);
        let to = format!("/w/{slug}/messages/{message}/files");
        let done = browser.post_file(&to, "..\\evil/contract.pdf", b"%PDF-1.7 text");
        assert_eq!(done.status, 303, "{}", done.body);
        let attached = sent(app, owner, thread);
        assert_eq!(attached[0].name, ".. evil contract.pdf");
        assert_eq!(attached[0].file.as_ref().map(|file| file.media), Some(Media::Pdf));
        let refused = browser.post_file(&to, "nothing.txt", b"");
        assert!(refused.status == 422 && refused.body.contains("not empty"), "{}", refused.status);
        let left = std::fs::read_dir(app.config.data.join("uploads")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "nothing stays in the uploads");
        app.write(owner, |tx| threads::remove_message(tx, message));
        app.write(owner, |tx| contacts::erase(tx, ana));
        app.tick();
        assert_eq!(kept(app, owner), BTreeSet::new());
    }
}

both! {
    fn a_content_that_was_cut_off_while_it_was_written_is_tidied_away(app) {
        use diesel::prelude::*;
        use rapport::db::{self, files as f};
        let owner = app.workspace("Acme");
        app.worker.store.put(owner.workspace(), "abc", &mut &b"half"[..]).expect("a half of a file");
        app.write(owner, |tx| {
            let row = (f::hash.eq("abc"), f::size.eq(9_i64), f::kind.eq(Media::Other), f::created_at.eq(tx.now()));
            tx.insert(db::Files, row).execute(tx.conn())?;
            Ok(())
        });
        app.worker.prepare().expect("the plan");
        app.tick();
        assert_eq!(kept(app, owner).len(), 1, "it may still be being written");
        app.is_now("2026-11-25T10:00:00Z");
        app.tick();
        app.tick();
        assert_eq!(kept(app, owner), BTreeSet::new());
    }
}
