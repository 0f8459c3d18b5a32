//! Roots, folders, parts and files of the wrong kind, as archives made here.

use std::io::{Cursor, Write};

use proptest::prelude::*;

use super::{super::Said, *};

fn zip(files: &[(&str, &str)]) -> Cursor<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    Cursor::new(zip.finish().unwrap().into_inner())
}

fn talk(with: &str, at: i64, text: &str) -> String {
    format!(
        r#"{{"participants": [{{"name": "{with}"}}, {{"name": "Me"}}], "messages": [{{"sender_name": "{with}", "timestamp_ms": {at}, "content": "{text}"}}]}}"#
    )
}

fn said<R: Read + Seek>(archive: &mut Archive<R>) -> (Vec<Said>, Vec<String>) {
    let (mut all, mut broken) = (Vec::new(), Vec::new());
    archive
        .read(&mut |item| {
            match item {
                Item::Said(one) => all.push(one),
                Item::Broken(words) => broken.push(words),
                Item::Party { .. } | Item::Title { .. } | Item::Unsent { .. } | Item::Guessed(_) | Item::Notices(_) => {
                }
            }
            Flow::Go
        })
        .unwrap();
    (all, broken)
}

#[test]
fn every_root_and_folder_is_found_and_parts_are_one_conversation() {
    for root in [
        "messages/inbox",
        "your_activity_across_facebook/messages/e2ee_cutover",
        "your_facebook_activity/messages/archived_threads",
        "x/your_instagram_activity/messages/message_requests",
        "your_instagram_activity/messages/broadcast",
    ] {
        let (one, two) = (format!("{root}/vera_178/message_1.json"), format!("{root}/vera_178/message_10.json"));
        let (first, second) = (talk("Vera", 2, "b"), talk("Vera", 1, "a"));
        let file = zip(&[(&one, &first), (&two, &second), (&format!("{root}/vera_178/photos/1.jpg"), "x")]);
        let said_kind = root.starts_with("messages").then_some(Kind::Instagram);
        let mut archive = Archive::open(file, "archive.zip", said_kind, chrono_tz::UTC).unwrap().expect(root);
        let (all, broken) = said(&mut archive);
        assert_eq!((all.len(), broken.len()), (2, 0), "{root}");
        assert!(all.iter().all(|one| &*one.conversation == "meta:178"), "{root}");
    }
}

#[test]
fn two_of_one_name_in_the_encrypted_download_stay_two() {
    let talk = |text: &str| {
        format!(
            r#"{{"participants": ["Me", "Alex"], "threadName": "Alex", "messages": [{{"senderName": "Alex", "text": "{text}", "timestamp": 1760000000000}}]}}"#
        )
    };
    let ids = |files: &[(&str, &str)]| {
        let mut archive = Archive::open(zip(files), "archive.zip", None, chrono_tz::UTC).unwrap().unwrap();
        said(&mut archive).0.into_iter().map(|one| one.conversation.to_string()).collect::<Vec<_>>()
    };
    let (one, two) = (talk("one"), talk("two"));
    assert_eq!(ids(&[("messages/Alex_1.json", &one), ("messages/Alex_5.json", &two)]), ["e2ee:alex:1", "e2ee:alex:5"]);
    assert_eq!(ids(&[("messages/Alex_5.json", &two)]), ["e2ee:alex"]);
}

#[test]
fn which_platform_it_is_shows_or_is_asked() {
    let open = |path: &str, name: &str, said| {
        let file = zip(&[(path, &talk("Vera", 1, "a"))]);
        Archive::open(file, name, said, chrono_tz::UTC).map(|archive| archive.map(|archive| archive.kind()))
    };
    let (facebook, bare) =
        ("your_facebook_activity/messages/inbox/v_1/message_1.json", "messages/inbox/v_1/message_1.json");
    assert_eq!(open(facebook, "a.zip", None), Ok(Some(Kind::Messenger)));
    assert_eq!(open(bare, "instagram-mara-2026.zip", None), Ok(Some(Kind::Instagram)));
    assert_eq!(open(bare, "a.zip", Some(Kind::Messenger)), Ok(Some(Kind::Messenger)));
    assert!(open(bare, "a.zip", None).unwrap_err().words.contains("which of the two"));
    assert!(open(facebook, "a.zip", Some(Kind::Instagram)).unwrap_err().words.contains("archive of Messenger"));
    assert_eq!(
        open("your_instagram_activity/messages/inbox/v_1/message_1.html", "a.zip", None),
        Ok(Some(Kind::Instagram))
    );
    assert_eq!(open("Connections.csv", "a.zip", None), Ok(None));
}

#[test]
fn one_broken_conversation_leaves_its_siblings() {
    let file = zip(&[
        ("messages/inbox/a_1/message_1.json", "{\"participants\": [], \"messages\": ["),
        ("messages/inbox/b_2/message_1.json", &talk("Vera", 1, "here")),
        ("messages/inbox/c_3/message_1.json", "\u{0}\u{0}"),
    ]);
    let (all, broken) = said(&mut Archive::open(file, "instagram.zip", None, chrono_tz::UTC).unwrap().unwrap());
    assert_eq!((all.len(), broken.len()), (1, 2));
    assert!(broken[0].starts_with("a_1/message_1.json can't be read"), "{broken:?}");
}

#[test]
fn whoever_is_in_most_conversations_owns_it() {
    let file = zip(&[
        ("messages/inbox/a_1/message_1.json", &talk("Ana", 1, "x")),
        ("messages/inbox/b_2/message_1.json", &talk("Vera", 1, "y")),
    ]);
    let mut archive = Archive::open(file, "instagram.zip", None, chrono_tz::UTC).unwrap().unwrap();
    assert_eq!(archive.owner(), Some(Owner { name: "Me".into(), key: None }));
    let alone = |text: &str| {
        let one = zip(&[("messages/inbox/a_1/message_1.json", text)]);
        Archive::open(one, "instagram.zip", None, chrono_tz::UTC).unwrap().unwrap().owner()
    };
    assert_eq!(alone(&talk("Ana", 1, "x")), None);
    let titled = talk("Ana", 1, "x").replacen('{', r#"{"title": "Ana", "#, 1);
    assert_eq!(alone(&titled), Some(Owner { name: "Me".into(), key: None }), "it is called after the other side");
}

#[test]
fn x_is_known_by_its_scripts_with_or_without_a_root() {
    let talk = r#"window.YTD.direct_messages.part0 = [{"dmConversation": {"conversationId": "1-2", "messages": [
        {"messageCreate": {"senderId": "2", "recipientId": "1", "id": "9", "text": "hi", "createdAt": "2026-01-02T09:00:00.000Z"}}]}}]"#;
    let account =
        r#"window.YTD.account.part0 = [{"account": {"accountId": "1", "username": "me", "accountDisplayName": "Me"}}]"#;
    for root in ["data", "twitter-2026/data"] {
        let file = zip(&[
            (&format!("{root}/direct-messages-part1.js"), talk),
            (&format!("{root}/account.js"), account),
            (&format!("{root}/direct-message-headers.js"), "no text"),
        ]);
        let mut archive = Archive::open(file, "a.zip", None, chrono_tz::UTC).unwrap().unwrap();
        assert_eq!(archive.owner(), Some(Owner { name: "Me".into(), key: Some("1".into()) }));
        assert_eq!(said(&mut archive).0.len(), 1);
    }
    let mut single = Archive::open(Cursor::new(talk), "direct-messages.js", None, chrono_tz::UTC).unwrap().unwrap();
    assert_eq!((single.kind(), said(&mut single).0.len()), (Kind::X, 1));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_in_words(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let starts: [&[u8]; 4] = [b"", b"PK\x03\x04", b"{\"participants\": [], \"messages\": [", b"window.YTD.direct_messages.part0 = ["];
        for start in starts {
            let file = Cursor::new([start, &bytes].concat());
            if let Ok(Some(mut archive)) = Archive::open(file, "x", Some(Kind::Instagram), chrono_tz::UTC) {
                archive.owner();
                said(&mut archive);
            }
        }
    }

    #[test]
    fn any_json_of_a_conversation_is_read_or_refused(pieces in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"messages\"", "\"participants\"", "\"sender_name\"", "\"timestamp_ms\"", "\"content\"",
        "\"share\"", "\"photos\"", "null", "true", "1e999", "-1", "\"\\u00c3\"", "\"\\ud800\"", "\"a\"",
    ]), 0..60)) {
        let file = Cursor::new(format!("{{\"messages\": {}", pieces.concat()));
        if let Ok(Some(mut archive)) = Archive::open(file, "x", Some(Kind::Messenger), chrono_tz::UTC) {
            said(&mut archive);
        }
    }
}

#[test]
fn a_chat_of_whatsapp_is_known_and_its_file_names_the_other_side() {
    let chat = "[14.11.25, 09:30:05] Vera: hi\n[14.11.25, 09:31:05] Mara: hello\n";
    let file = zip(&[("_chat.txt", chat), ("00000012-PHOTO.jpg", "x")]);
    let mut archive = Archive::open(file, "WhatsApp Chat - Vera.zip", None, chrono_tz::UTC).unwrap().unwrap();
    assert_eq!((archive.kind(), said(&mut archive).0.len()), (Kind::Whatsapp, 2));
    assert_eq!(archive.owner(), Some(Owner { name: "Mara".into(), key: None }));
    let mut single = Archive::open(Cursor::new(chat), "chat.txt", None, chrono_tz::UTC).unwrap().unwrap();
    assert_eq!((single.kind(), single.owner()), (Kind::Whatsapp, None));
}

#[test]
fn a_chat_that_was_sent_in_another_is_a_file_and_chats_of_two_owners_are_told_apart() {
    let chat = "[14.11.25, 09:30:05] Dora: hi\n[14.11.25, 09:31:05] Mara: hello\n";
    let sent = "14/11/25, 09:00 - Otto: private\n14/11/25, 09:01 - Dora: yes\n";
    let file = zip(&[("_chat.txt", chat), ("00000005-WhatsApp Chat with Otto.txt", sent)]);
    let mut archive = Archive::open(file, "WhatsApp Chat - Dora.zip", None, chrono_tz::UTC).unwrap().unwrap();
    assert_eq!(said(&mut archive).0.len(), 2);
    assert!(archive.owners().is_empty());
    let with = |other: &str| format!("14/11/25, 09:00 - Vau: hi\n14/11/25, 09:01 - {other}: hello\n");
    for (other, expected) in [("Carl", vec!["Ana".to_owned(), "Carl".to_owned()]), ("Ana", Vec::new())] {
        let (one, two) = (with("Ana"), with(other));
        let file = zip(&[("a/WhatsApp Chat with Vau.txt", &one), ("b/WhatsApp Chat with Vau.txt", &two)]);
        let mut archive = Archive::open(file, "both.zip", None, chrono_tz::UTC).unwrap().unwrap();
        assert_eq!(archive.owners(), expected);
    }
}

#[test]
fn a_file_whose_check_sum_is_wrong_is_told_and_its_words_are_not_believed() {
    let text = talk("Vera", 1, "hello");
    let mut bytes = Vec::new();
    let mut zip = zip::ZipWriter::new(Cursor::new(&mut bytes));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("your_instagram_activity/messages/inbox/vera_1/message_1.json", stored).unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap();
    let at = bytes.windows(5).position(|part| part == b"hello").unwrap();
    bytes[at] = b'j';
    let mut archive = Archive::open(Cursor::new(bytes), "x.zip", None, chrono_tz::UTC).unwrap().unwrap();
    let (all, broken) = said(&mut archive);
    assert!(all.is_empty(), "{all:?}");
    assert!(broken.len() == 1 && broken[0].contains("check sum"), "{broken:?}");
}
