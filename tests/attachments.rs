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
    download(true)
}

fn download(with_files: bool) -> Vec<u8> {
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
    let kept = files.iter().filter(|(name, _)| with_files || name.ends_with(".json"));
    let files: Vec<(&str, &[u8])> = kept.map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    zip(&files)
}

/// The same download without the files that were sent.
fn words_only() -> Vec<u8> {
    download(false)
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
        assert_eq!(photo.thumb, Some(true), "the worker made it small");
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
        assert!(shown.contains("<audio controls") && shown.contains("3.mp4: not brought in"), "{shown}");
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
        let listed = app.script_of(&server, owner).get(&format!("/api/v1/threads/{thread}/messages")).json();
        let told = &listed["items"][0]["attachments"][0];
        assert_eq!((&told["media_type"], &told["size"]), (&"application/pdf".into(), &13.into()), "{listed}");
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
            let what = (f::hash.eq("abc"), f::size.eq(9_i64), f::kind.eq(Media::Other));
            let row = (what, f::state.eq(attachments::State::Writing), f::created_at.eq(tx.now()));
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

both! {
    fn a_later_archive_brings_the_files_that_an_earlier_one_lacked_and_takes_only_those_back(app) {
        let owner = app.workspace("Acme");
        bring(app, owner, &words_only());
        let thread = with(app, owner, "Vera");
        assert!(sent(app, owner, thread).iter().all(|one| one.file.is_none()));
        let before = state(app, owner);
        let looked = look_into_as(app, owner, imports::UNTOLD, "instagram-mara.zip", &instagram());
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
        let done = apply(app, owner, looked.id, None);
        assert_eq!((done.count("stored"), done.count("files"), done.count("files_missing")), (0, 4, 1));
        assert!(sent(app, owner, thread)[0].file.is_some());
        let (server, slug) = (app.server(), app.slug(owner));
        let shown = app.browser_of(&server, owner).get(&format!("/w/{slug}/import/{}", done.id)).body;
        assert!(shown.contains("4 files that were sent are kept") && shown.contains("Undo the import"), "{shown}");
        app.write(owner, |tx| imports::undo(tx, done.id));
        app.tick();
        assert_eq!((state(app, owner), kept(app, owner)), (before, BTreeSet::new()));
        assert_eq!(sent(app, owner, thread).len(), 4, "the first archive’s words about them stay");
    }
}

/// Chooses the parts of a download of Messenger's all at once, and brings everybody in.
fn bring_parts(app: &App, who: Access, kind: &str, parts: &[(&str, Vec<u8>)]) {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |(name, bytes): &(&str, Vec<u8>)| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a part");
        ((*name).to_owned(), path)
    };
    let parts: Vec<_> = parts.iter().map(write).collect();
    let kept_at = imports::keep_parts(&app.config.data, &parts).expect("joined");
    let id = app.write(who, |tx| imports::begin(tx, kind, "two", &kept_at));
    app.tick();
    app.write(who, |tx| imports::set_owner(tx, id, "Mara").or(Ok::<(), rapport::error::Error>(())));
    app.tick();
    app.write(who, |tx| imports::choose(tx, id, &Choice::Everybody));
    apply(app, who, id, None);
    app.tick();
}

both! {
    fn promise_10_a_picture_in_another_part_of_an_encrypted_download_comes_with_its_words(app) {
        let owner = app.workspace("Acme");
        let talk = br#"{"participants": ["Vera", "Mara"], "threadName": "Vera_1", "messages": [{"isUnsent": false, "media": [{"uri": "./media/img1.png"}], "reactions": [], "senderName": "Vera", "text": "", "timestamp": 1760000000000, "type": "media"}, {"isUnsent": false, "media": [], "reactions": [], "senderName": "Mara", "text": "hi", "timestamp": 1760000001000, "type": "text"}]}"#;
        bring_parts(app, owner, "messenger", &[("1.zip", zip(&[("Vera_1.json", talk)])), ("2.zip", zip(&[("media/img1.png", &picture())]))]);
        assert!(sent(app, owner, with(app, owner, "Vera"))[0].file.is_some());
    }
}

both! {
    fn promise_10_a_chat_and_what_was_sent_in_it_may_be_chosen_together(app) {
        let owner = app.workspace("Acme");
        let text = "14/11/25, 09:30 - Vera: IMG-20251114-WA0001.jpg (file attached)\n14/11/25, 09:31 - Mara: Thanks\n";
        let files = [("WhatsApp Chat with Vera.txt", text.as_bytes().to_vec()), ("IMG-20251114-WA0001.jpg", picture())];
        bring_parts(app, owner, "whatsapp", &files);
        assert!(sent(app, owner, with(app, owner, "Vera"))[0].file.is_some());
    }
}

both! {
    fn two_downloads_of_encrypted_chats_chosen_at_once_keep_their_own_pictures(app) {
        let owner = app.workspace("Acme");
        let part = |with: &str, small: bool| {
            let talk = format!(
                r#"{{"participants": ["{with}", "Mara"], "threadName": "{with}_1", "messages": [{{"isUnsent": false, "media": [{{"uri": "./media/img1.png"}}], "reactions": [], "senderName": "{with}", "text": "", "timestamp": 1760000000000, "type": "media"}}, {{"isUnsent": false, "media": [], "reactions": [], "senderName": "Mara", "text": "hi", "timestamp": 1760000001000, "type": "text"}}]}}"#
            );
            let mut picture = picture();
            if small {
                let mut other = std::io::Cursor::new(Vec::new());
                image::RgbImage::new(9, 9).write_to(&mut other, image::ImageFormat::Png).expect("a picture");
                picture = other.into_inner();
            }
            zip(&[(&format!("{with}_1.json"), talk.as_bytes()), ("media/img1.png", &picture)])
        };
        bring_parts(app, owner, "messenger", &[("Vera.zip", part("Vera", true)), ("Otto.zip", part("Otto", false))]);
        let hash = |name: &str| sent(app, owner, with(app, owner, name))[0].file.clone().expect("a picture").hash;
        assert_ne!(hash("Vera"), hash("Otto"));
    }
}

both! {
    fn what_somebody_attached_to_an_imported_message_outlives_the_import(app) {
        let owner = app.workspace("Acme");
        let done = bring(app, owner, &instagram());
        let thread = with(app, owner, "Bo");
        let message = app.read(owner, |tx| threads::messages(tx, thread, &rapport::db::PageRequest::first(1))).items[0].id;
        let path = app.folder.path().join("own.txt");
        std::fs::write(&path, "our own notes").expect("a file");
        let attached = attachments::attach(&app.db, owner, &app.worker.store, message, "own.txt", &path).expect("a file");
        app.write(owner, |tx| imports::undo(tx, done.id));
        app.tick();
        let left = sent(app, owner, thread);
        assert_eq!(left.len(), 2, "the photo of that message, and our notes: {left:?}");
        assert!(left.iter().all(|one| one.file.is_some()));
        app.write(owner, |tx| attachments::remove(tx, attached));
        let brought = left.iter().find(|one| !one.by_hand).expect("the photo").id;
        assert!(app.db.write(owner, |tx| attachments::remove(tx, brought)).is_err(), "an archive’s file stays");
        app.tick();
        assert_eq!(kept(app, owner).len(), 2, "a photo and its small picture");
    }
}

#[test]
fn promise_16_a_backup_holds_the_files_and_a_restore_tells_those_it_cannot_find() {
    let app = App::sqlite();
    let owner = app.workspace("Acme");
    bring(&app, owner, &instagram());
    let all = sent(&app, owner, with(&app, owner, "Vera"));
    let [photo, voice] = [0, 1].map(|n| all[n].file.clone().expect("a file").hash);
    let file = app.folder.path().join("backup.zip");
    let written = rapport::backup::backup(&app.db, &app.config, &app.worker.store, &file).expect("a backup");
    assert_eq!(written.missing, 0);
    // Somebody alters the voice note in it.
    let mut whole = zip::ZipArchive::new(std::fs::File::open(&file).expect("it")).expect("a ZIP");
    let altered = app.folder.path().join("altered.zip");
    let mut copy = zip::ZipWriter::new(std::fs::File::create(&altered).expect("a file"));
    for n in 0..whole.len() {
        let mut entry = whole.by_index(n).expect("a file");
        let name = entry.name().expect("a name").into_owned();
        copy.start_file(name.clone(), zip::write::SimpleFileOptions::default()).expect("a file");
        let mut bytes = Vec::new();
        std::io::copy(&mut entry, &mut bytes).expect("its bytes");
        if name.ends_with(&voice) {
            bytes[100] ^= 1;
        }
        std::io::Write::write_all(&mut copy, &bytes).expect("its bytes");
    }
    copy.finish().expect("a ZIP");
    let there = tempfile::tempdir().expect("a folder");
    let mut config = (*app.config).clone();
    config.data = there.path().to_path_buf();
    config.database = rapport::db::Address::Sqlite(there.path().join("rapport.db").to_string_lossy().into());
    let store = config.store().expect("a store");
    rapport::backup::unpack(&config, &store, &altered).expect("unpacked");
    let db = rapport::db::Db::open(&config.database, 1, rapport::db::Clock::System).expect("a database");
    assert_eq!(rapport::backup::mend_files(&db, &store).expect("a look"), 1);
    assert!(store.size(owner.workspace(), &photo).expect("a look").is_some());
    let told = db.read(owner, |tx| attachments::attachment(tx, all[1].id)).expect("the attachment");
    assert_eq!(told.file, None, "what was altered is not served as if it were the voice note");
    let twice = rapport::backup::unpack(&config, &store, &altered);
    assert!(twice.is_err_and(|error| error.to_string().contains("empty place")));
    app.worker.store.remove(owner.workspace(), &photo).expect("removed behind our back");
    assert_eq!(rapport::backup::missing_files(&app.db, &app.worker.store).expect("a look"), 1);
    let later = app.folder.path().join("later.zip");
    let written = rapport::backup::backup(&app.db, &app.config, &app.worker.store, &later).expect("a backup");
    assert_eq!(written.missing, 1, "and it is said");
    let mut altered =
        app.worker.store.get(owner.workspace(), &voice, 1 << 20).expect("a look").expect("the voice note");
    altered[100] ^= 1;
    app.worker.store.put(owner.workspace(), &voice, &mut &altered[..]).expect("altered behind our back");
    let last = app.folder.path().join("last.zip");
    let written = rapport::backup::backup(&app.db, &app.config, &app.worker.store, &last).expect("a backup");
    assert_eq!(written.missing, 2, "what was altered isn’t the voice note any more");
}
