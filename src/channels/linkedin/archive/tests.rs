//! Whole archives: what is found in them, what is refused, and with which words.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::channels::linkedin::{ConversationKind, Conversations, RowProblem};

const CONNECTIONS: &str = "Notes:\n\"When exporting, you may notice\"\n\n\
    First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
    Vera,Moss,https://www.linkedin.com/in/vera,,Tarn,Buyer,03 Nov 2025\n,,,,,,21 Feb 2026";
const MESSAGES: &str = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER\n\
    2-a==,,Vera Moss,https://www.linkedin.com/in/vera,Me Too,https://www.linkedin.com/in/me,2025-11-04 09:00:00 UTC,,Hello,INBOX\n\
    2-a==,,Me Too,https://www.linkedin.com/in/me,Vera Moss,https://www.linkedin.com/in/vera,2025-11-04 10:00:00 UTC,,Hi,INBOX\n\
    2-b==,,Me Too,https://www.linkedin.com/in/me,Al,https://www.linkedin.com/in/al,never,,Ho,INBOX\n\
    2-b==,,Me Too,https://www.linkedin.com/in/me,Al,https://www.linkedin.com/in/al,2025-11-05 10:00:00 UTC,,Ho,INBOX";
const INVITATIONS: &str = "From,To,Sent At,Message,Direction\nMe Too,Al,\"11/5/25, 4:15 PM\",Hello,OUTGOING";
const PROFILE: &str = "First Name,Last Name,Maiden Name\nMe,Too,\n";

fn zipped(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in entries {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn open(bytes: &[u8]) -> Result<Archive<Cursor<Vec<u8>>>, ArchiveError> {
    Archive::open(Cursor::new(bytes.to_vec()), "export.zip", Limits::default())
}

fn words(bytes: &[u8], limits: Limits) -> String {
    match Archive::open(Cursor::new(bytes.to_vec()), "C:\\Users\\me\\export.zip", limits) {
        Ok(mut archive) => archive.messages(&mut |_| Flow::Go).expect_err("it should be refused").words,
        Err(error) => error.words,
    }
}

type Read = (Vec<Connection>, Vec<MessageRow>, Vec<Invitation>, Vec<RowProblem>);

fn read_all(archive: &mut Archive<Cursor<Vec<u8>>>) -> Read {
    let (mut people, mut messages, mut invitations, mut bad) = (vec![], vec![], vec![], vec![]);
    fn sort<T>(row: Row<T>, good: &mut Vec<T>, bad: &mut Vec<RowProblem>) -> Flow {
        match row {
            Row::Good { value, .. } => good.push(value),
            Row::Bad(problem) => bad.push(problem),
        }
        Flow::Go
    }
    archive.connections(&mut |row| sort(row, &mut people, &mut bad)).unwrap();
    archive.messages(&mut |row| sort(row, &mut messages, &mut bad)).unwrap();
    archive.invitations(&mut |row| sort(row, &mut invitations, &mut bad)).unwrap();
    (people, messages, invitations, bad)
}

#[test]
fn a_whole_archive_is_read() {
    for folder in ["", "Basic_LinkedInDataExport/", "me\\"] {
        let entry = |name: &str| format!("{folder}{name}");
        let bytes = zipped(&[
            (&entry("CONNECTIONS.csv"), CONNECTIONS),
            (&entry("messages_34875879.csv"), MESSAGES),
            (&entry("guide_messages.csv"), "CONVERSATION ID,FROM,DATE,CONTENT\n"),
            (&entry("Invitations.CSV"), INVITATIONS),
            (&entry("Profile.csv"), PROFILE),
            (&entry("Ad_Targeting.csv"), "a,a\n"),
        ]);
        let mut archive = open(&bytes).unwrap();
        assert_eq!(archive.contents(), Contents { connections: true, messages: true, invitations: true });
        let owner = archive.owner().unwrap().unwrap();
        assert_eq!(
            (owner.name.as_str(), owner.key.as_deref()),
            ("Me Too", connections::profile_key("linkedin.com/in/me").as_deref())
        );
        for _again in 0..2 {
            let (people, messages, invitations, bad) = read_all(&mut archive);
            assert_eq!((people.len(), messages.len(), invitations.len()), (1, 3, 1));
            assert_eq!(archive.hidden_connections(), 1);
            assert_eq!(bad.len(), 1);
            assert_eq!((bad[0].file, bad[0].row), ("messages.csv", 4));
            let mut conversations = Conversations::default();
            messages.iter().for_each(|row| conversations.observe(row, &owner));
            let found = conversations.finish();
            assert_eq!(found.iter().map(|c| (c.incoming, c.outgoing)).collect::<Vec<_>>(), [(1, 1), (0, 1)]);
            assert!(found.iter().all(|c| c.kind == ConversationKind::Direct));
        }
    }
}

#[test]
fn a_csv_alone_is_known_by_its_columns() {
    let none = Contents::default();
    for (text, wanted) in [
        (CONNECTIONS, Contents { connections: true, ..none }),
        (MESSAGES, Contents { messages: true, ..none }),
        (INVITATIONS, Contents { invitations: true, ..none }),
    ] {
        let mut archive = open(text.as_bytes()).unwrap();
        assert_eq!(archive.contents(), wanted);
        let (people, messages, invitations, _) = read_all(&mut archive);
        assert_eq!(
            (!people.is_empty(), !messages.is_empty(), !invitations.is_empty()),
            (wanted.connections, wanted.messages, wanted.invitations)
        );
    }
    assert_eq!(open(CONNECTIONS.as_bytes()).unwrap().owner(), Ok(None));
    assert_eq!(open(MESSAGES.as_bytes()).unwrap().owner().unwrap().unwrap().name, "Me Too");
}

#[test]
fn rows_without_a_conversation_are_gathered_by_their_people() {
    let row =
        |from: &str, url: &str, to: &str| format!("2-mailbox/undefined,{from},{url},{to},2020-11-04 09:00:00 UTC,x\n");
    let (me, ana) = ("https://www.linkedin.com/in/me", "https://www.linkedin.com/in/ana");
    let rows = [row("Ana", ana, "Me Too"), row("Me Too", me, "Ana"), row("Me Too", me, "Bob")].concat();
    for columns in ["CONVERSATION ID", "OTHER"] {
        let text = format!("{columns},FROM,SENDER PROFILE URL,TO,DATE,CONTENT\n{rows}");
        let mut archive = open(text.as_bytes()).unwrap();
        let owner = archive.owner().unwrap().unwrap();
        let mut conversations = Conversations::default();
        read_all(&mut archive).1.iter().for_each(|row| conversations.observe(row, &owner));
        let found = conversations.finish();
        assert_eq!(
            found.iter().map(|c| (c.counterpart.name.as_str(), c.incoming, c.outgoing)).collect::<Vec<_>>(),
            [("Ana", 1, 1), ("Bob", 0, 1)]
        );
    }
}

#[test]
fn of_two_files_of_a_name_the_one_at_the_top_is_read() {
    let bytes = zipped(&[("old/more/messages.csv", "x"), ("messages.csv", MESSAGES), ("__MACOSX/._messages.csv", "x")]);
    assert_eq!(read_all(&mut open(&bytes).unwrap()).1.len(), 3);
}

#[test]
fn an_archive_can_be_read_on_another_thread() {
    let mut archive = open(&zipped(&[("messages.csv", MESSAGES)])).unwrap();
    let count = std::thread::spawn(move || read_all(&mut archive).1.len()).join().unwrap();
    assert_eq!(count, 3);
}

/// A sample from another project's tests, where the shared folder is there to be read.
#[test]
fn a_foreign_sample_is_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples/linkedin-kawsay/");
    let Ok(messages) = std::fs::read(format!("{folder}messages.csv")) else { return };
    let (_, messages, _, bad) = read_all(&mut open(&messages).unwrap());
    assert_eq!((messages.len(), bad.len(), bad[0].row), (2, 1, 4));
    let people = std::fs::read(format!("{folder}Connections.csv")).unwrap();
    assert_eq!(
        read_all(&mut open(&people).unwrap()).0.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(),
        ["José García", "Æsop Fontaine"]
    );
    let other = std::fs::read(format!("{folder}Rich_Media.csv")).unwrap();
    assert!(open(&other).is_err());
}

#[test]
fn a_reading_ends_when_it_is_enough() {
    let mut seen = 0;
    let mut archive = open(MESSAGES.as_bytes()).unwrap();
    archive
        .messages(&mut |_| {
            seen += 1;
            Flow::Stop
        })
        .unwrap();
    assert_eq!(seen, 1);
}

#[test]
fn files_of_another_kind_are_refused_with_words() {
    let refused: [(&[u8], &str); 9] = [
        (b"", "is empty"),
        (b"%PDF-1.7", "is a PDF"),
        (b"<!DOCTYPE html><p>", "is a web page"),
        (b"Rar!\x1a", "in another way than ZIP"),
        (b"{\"a\":1}", "is a JSON file"),
        (b"\x00\x01\x02", "not a text file"),
        (b"hello", "not one of the files we know"),
        (b"First Name,Last Name,URL\nVera,Moss,", "Connections.csv lacks the column “Connected On”"),
        (b"CONVERSATION ID,FROM,DATE\na,b,c", "messages.csv lacks the column “Content”"),
    ];
    for (bytes, wanted) in refused {
        let said = words(bytes, Limits::default());
        assert!(said.contains(wanted), "{said}");
        assert!(!said.contains("Users"), "{said}");
    }
}

#[test]
fn a_wrong_or_damaged_zip_is_refused_with_words() {
    let sound = zipped(&[("messages.csv", &MESSAGES.repeat(200))]);
    assert!(words(&sound[..sound.len() / 2], Limits::default()).contains("export.zip is damaged or cut short"));
    let mut bent = sound.clone();
    for byte in &mut bent[60..90] {
        *byte ^= 0x5a;
    }
    assert!(words(&bent, Limits::default()).contains("messages.csv is damaged or cut short"));
    assert!(
        words(&zipped(&[("Profile.csv", PROFILE)]), Limits::default()).contains("neither connections nor messages")
    );
    assert!(words(&zipped(&[("inner.zip", "PK")]), Limits::default()).contains("another ZIP"));
    assert!(
        words(&zipped(&[("messages.csv", "FROM,TO\n")]), Limits::default())
            .contains("lacks the columns “Date”, “Content”")
    );
    assert!(words(&zipped(&[]), Limits::default()).contains("holds neither"));
}

#[test]
fn bombs_and_crowds_are_refused() {
    let bomb = zipped(&[("messages.csv", &format!("{MESSAGES}{}", "a".repeat(12 << 20)))]);
    assert!(words(&bomb, Limits::default()).contains("ZIP bomb"));
    let elsewhere = zipped(&[("messages.csv", MESSAGES), ("Other.csv", &"a".repeat(12 << 20))]);
    assert!(words(&elsewhere, Limits::default()).contains("ZIP bomb"));
    let large = zipped(&[("messages.csv", MESSAGES), ("Connections.csv", CONNECTIONS)]);
    let total = MESSAGES.len() as u64 + 10;
    assert!(words(&large, Limits { total, ..Limits::default() }).contains("unpacks to more than"));
    assert!(words(MESSAGES.as_bytes(), Limits { total: 500, ..Limits::default() }).contains("more than 500 bytes"));
    assert!(words(&large, Limits { entries: 1, ..Limits::default() }).contains("holds 2 files"));
    assert!(words(MESSAGES.as_bytes(), Limits { rows: 2, ..Limits::default() }).contains("more than 2 rows"));
}

#[test]
fn a_zip_that_lies_about_a_size_gains_nothing_by_it() {
    let mut bytes = zipped(&[("messages.csv", &format!("{MESSAGES}{}", "a".repeat(12 << 20)))]);
    let at = bytes.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    bytes[at + 24..at + 28].copy_from_slice(&1_000_u32.to_le_bytes());
    let said = words(&bytes, Limits::default());
    assert!(said.contains("damaged") || said.contains("ZIP bomb"), "{said}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), start in 0..3_usize) {
        let start: &[u8] = [&b""[..], b"PK\x03\x04", b"CONVERSATION ID,FROM,DATE,CONTENT\n"][start];
        if let Ok(mut archive) = open(&[start, &bytes].concat()) {
            let _ = (archive.owner(), archive.messages(&mut |_| Flow::Go), archive.connections(&mut |_| Flow::Go));
        }
    }

    #[test]
    fn a_zip_with_bytes_changed_is_read_or_refused_without_panic(changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..6)) {
        let mut bytes = zipped(&[("messages.csv", MESSAGES), ("Connections.csv", CONNECTIONS)]);
        for (at, byte) in changes {
            let at = usize::from(at) % bytes.len();
            bytes[at] = byte;
        }
        if let Ok(mut archive) = open(&bytes) {
            let _ = (archive.owner(), archive.messages(&mut |_| Flow::Go), archive.connections(&mut |_| Flow::Go));
        }
    }
}
