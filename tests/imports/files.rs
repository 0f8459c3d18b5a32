//! Files that are no archives, or mean harm, through the page people upload them on: told in clear words, nothing
//! stored, nothing left behind.

use std::io::{Cursor, Write};

use rapport::{access::Access, ids::ImportId, imports::State};
use reqwest::blocking::multipart::{Form, Part};

use super::kit::{
    CONNECTIONS, MARA, MESSAGES, again, archive, bring, candidates, facts, knows, left_over, profile, row, said, state,
    zip,
};
use crate::{
    app::{
        App,
        web::{Answer, Speaker},
    },
    both,
};

/// Somebody who uploads.
struct Desk<'a> {
    app: &'a App,
    owner: Access,
    page: Speaker,
    slug: String,
}

impl<'a> Desk<'a> {
    fn new(app: &'a App) -> Self {
        let owner = app.workspace("Acme");
        let server = app.server();
        Self { app, owner, page: app.browser_of(&server, owner), slug: app.slug(owner) }
    }

    fn path(&self, rest: &str) -> String {
        format!("/w/{}/import{rest}", self.slug)
    }

    fn send(&self, name: &str, bytes: &[u8]) -> Answer {
        let part = Part::bytes(bytes.to_vec()).file_name(name.to_owned());
        self.page.send(self.page.request("post", &self.path("")).multipart(Form::new().part("file", part)))
    }

    /// Uploads a file and has it read.
    fn look_into(&self, name: &str, bytes: &[u8]) -> ImportId {
        let answer = self.send(name, bytes);
        assert_eq!(answer.status, 303, "{name}: {}", answer.body);
        self.app.tick();
        answer.location.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an import")
    }

    /// The words of a refusal, after which nothing may have changed.
    fn refused(&self, name: &str, bytes: &[u8]) -> String {
        let before = state(self.app, self.owner);
        let id = self.look_into(name, bytes);
        let import = again(self.app, self.owner, id);
        let words = import.problem.unwrap_or_default();
        assert_eq!(import.state, State::Failed, "{name}: {words}");
        let page = self.page.get(&self.path(&format!("/{id}")));
        assert!(page.status == 200 && page.body.contains("Nothing was stored."), "{name}: {}", page.body);
        assert_eq!(left_over(self.app).len(), 1, "{name}");
        assert_eq!(self.page.post(&self.path(&format!("/{id}/discard")), &[]).status, 303);
        assert!(left_over(self.app).is_empty(), "{name}: the file is still there");
        assert_eq!(state(self.app, self.owner), before, "{name}");
        words
    }
}

/// A ZIP with one CSV of so many equal bytes.
fn bomb(megabytes: usize) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("messages.csv", zip::write::SimpleFileOptions::default()).expect("a file");
    zip.write_all(MESSAGES.as_bytes()).expect("a header");
    for _ in 0..megabytes {
        zip.write_all(&vec![b'a'; 1 << 20]).expect("bytes");
    }
    zip.finish().expect("a ZIP").into_inner()
}

/// The same, saying of itself that it is small.
fn lying_bomb(megabytes: usize) -> Vec<u8> {
    let mut bytes = bomb(megabytes);
    let size = u32::try_from(MESSAGES.len() + (megabytes << 20)).expect("a size").to_le_bytes();
    let places: Vec<usize> = bytes.windows(4).enumerate().filter(|(_, four)| *four == size).map(|(at, _)| at).collect();
    assert!(!places.is_empty(), "its size is written in it");
    for at in places {
        bytes[at..at + 4].copy_from_slice(&4_000_u32.to_le_bytes());
    }
    bytes
}

both! {
    fn a_file_that_is_no_archive_is_refused_in_words_and_nothing_changes(app) {
        let desk = Desk::new(app);
        let sound = archive(&knows("Ana Li", "", "", ""), &said("2-a", "Ana Li", MARA, "2024-05-01 09:00:00", "Hello"));
        let lost = "First Name,Last Name,URL\nAna,Li,https://www.linkedin.com/in/ana-li\n";
        let hello = said("2-a", "Ana Li", MARA, "2024-05-01 09:00:00", "Hello");
        let undated = [MESSAGES.replace("DATE", "WHEN"), hello.clone()].concat();
        let files: [(&str, &[u8], &str); 14] = [
            (
                "holiday.zip",
                &zip(&[("beach.jpg", b"\xff\xd8\xff"), ("notes.txt", b"Ana")]),
                "Upload the ZIP as the platform gave it to you",
            ),
            ("nested.zip", &zip(&[("archive.zip", &sound)]), "holds another ZIP"),
            ("empty.zip", &zip(&[]), "Upload the ZIP as the platform gave it to you"),
            ("cut.zip", &sound[..sound.len() / 2], "damaged or cut short"),
            ("tail.zip", &sound[..sound.len() - 30], "damaged or cut short"),
            ("bomb.zip", &bomb(40), "ZIP bomb"),
            ("empty.csv", b"", "is empty"),
            ("blank.csv", b" \n\n \n", "is empty"),
            ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0", "Upload the ZIP as the platform gave it to you"),
            ("paper.pdf", b"%PDF-1.7\n%stuff", "a PDF"),
            ("page.html", b"<!DOCTYPE html><p>Sign in</p>", "a web page"),
            ("words.csv", b"hello,world\n1,2\n", "Upload the ZIP as the platform gave it to you"),
            ("Connections.csv", lost.as_bytes(), "lacks the column “Connected On”"),
            ("messages.csv", undated.as_bytes(), "lacks the column “Date”"),
        ];
        for (name, bytes, expected) in files {
            let words = desk.refused(name, bytes);
            assert!(words.contains(expected), "{name}: {words}");
            assert!(words.ends_with('.') && !words.contains("Error"), "{name}: {words}");
        }
        let words = desk.refused("coach_messages.csv", [MESSAGES, &hello].concat().as_bytes());
        assert!(words.contains("LinkedIn's assistants"), "{words}");
    }
}

both! {
    fn a_bomb_that_lies_about_its_size_is_found_out_while_it_is_read(app) {
        let desk = Desk::new(app);
        let words = desk.refused("bomb.zip", &lying_bomb(60));
        assert!(words.contains("ZIP bomb") || words.contains("damaged"), "{words}");
    }
}

both! {
    fn a_folder_above_is_never_written_to_whatever_a_zip_or_a_browser_calls_its_files(app) {
        let desk = Desk::new(app);
        let people = [CONNECTIONS, &knows("Ana Li", "", "", "")].concat();
        let files = zip(&[
            ("../../../../tmp/Connections.csv", people.as_bytes()),
            ("/etc/cron.d/evil", b"* * * * * root true"),
            ("C:\\Windows\\evil.exe", b"MZ"),
        ]);
        assert!(desk.refused("evil.zip", &files).contains("leads out of it"));
        let id = desk.look_into("../../../<b>evil</b>.zip", &zip(&[("Connections.csv", people.as_bytes())]));
        let import = again(app, desk.owner, id);
        assert_eq!((import.state, import.count("new")), (State::Preview, 1), "{:?}", import.problem);
        let left = left_over(app);
        assert!(
            left.len() == 1 && left[0].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
            "{left:?}"
        );
        let entries: Vec<_> = std::fs::read_dir(&app.config.data).expect("the folder").filter_map(Result::ok).collect();
        let strange: Vec<_> = entries
            .iter()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name != "uploads" && name != "files" && !name.starts_with("rapport.db"))
            .collect();
        assert!(strange.is_empty(), "{strange:?}");
        let page = desk.page.get(&desk.path(&format!("/{id}"))).body;
        assert!(!page.contains("<b>evil"), "{page}");
    }
}

both! {
    fn rows_that_cannot_be_used_say_why_and_the_others_are_offered(app) {
        let desk = Desk::new(app);
        let people = [
            knows("Ana Li", "no address", "", "").into_bytes(),
            b"Zo\xeb,Brandt,https://www.linkedin.com/in/zoe,,M\xfcller \x80,,31 Feb 2024\n".to_vec(),
            b"only\n".to_vec(),
            format!("Long,Cell,,,{},,14 Nov 2024\n", "x".repeat(1_200_000)).into_bytes(),
            b"Evil,URL,javascript:alert(1),,,,14 Nov 2024\n".to_vec(),
        ]
        .concat();
        let talk = [
            said("2-a", "Ana Li", MARA, "31/12/2024 at noon", "no date"),
            said("2-a", "Ana Li", MARA, "2024-13-45 09:00:00", "no month"),
            said("2-a", "Ana Li", MARA, "2024-05-01 09:00:00", &"y".repeat(1_100_000)),
            said("2-a", "Ana Li", MARA, "2024-05-01 09:00:00", "Hello"),
            row([
                "2-a",
                "",
                "Ana Li",
                "https://evil.example/in/ana-li",
                MARA,
                &profile(MARA),
                "2024-05-01 10:00:00 UTC",
                "",
                "A\u{202e}B\u{0}C",
                "INBOX",
                "",
                "No",
            ]),
        ];
        let files = zip(&[
            ("Profile.csv", b"First Name,Last Name\nMara,Lindqvist\n"),
            ("Connections.csv", &[CONNECTIONS.as_bytes(), &people].concat()),
            ("messages.csv", [MESSAGES, &talk.concat()].concat().as_bytes()),
        ]);
        let id = desk.look_into("archive.zip", &files);
        let import = again(app, desk.owner, id);
        assert_eq!((import.state, import.problem.as_deref()), (State::Preview, None));
        assert_eq!((import.count("invalid"), import.count("new"), import.count("messages")), (5, 3, 2));
        let all = candidates(app, desk.owner, id);
        let told =
            |name: &str| all.iter().find(|one| one.name == name).and_then(|one| one.reason.clone()).unwrap_or_default();
        assert!(told("Ana Li").contains("“no address” is no email address"), "{all:#?}");
        assert!(told("Zoë Brandt").contains("“31 Feb 2024” is no date"), "{all:#?}");
        assert!(told("Connections.csv, row 4").contains("only 1 of 7 cells"), "{all:#?}");
        assert!(told("Connections.csv, row 5").contains("longer than 1 MB"), "{all:#?}");
        assert!(told("messages.csv, row 2").contains("“31/12/2024 at noon UTC”"), "{all:#?}");
        assert!(told("messages.csv, row 3").contains("can't be read"), "{all:#?}");
        assert!(told("messages.csv, row 4").contains("longer than 1 MB"), "{all:#?}");
        // Bytes that are not UTF-8 are what Excel writes.
        assert!(
            all.iter().any(|one| one.name == "Zoë Brandt" && one.detail.as_deref() == Some("Müller €")),
            "{all:#?}"
        );
        let page = desk.page.get(&desk.path(&format!("/{id}"))).body;
        assert!(page.contains("can&#39;t be read") || page.contains("can't be read"), "{page}");
        desk.page.post(&desk.path(&format!("/{id}/choose")), &[("choice", "everybody")]);
        assert_eq!(desk.page.post(&desk.path(&format!("/{id}/apply")), &[("stage", "")]).status, 303);
        app.tick();
        assert_eq!(again(app, desk.owner, id).state, State::Done);
        let people = facts(app, "SELECT name || '|' || coalesce(email, '-') AS fact FROM contacts");
        assert_eq!(people, ["Ana Li|-", "Evil URL|-", "Zoë Brandt|-"]);
        assert_eq!(facts(app, "SELECT body AS fact FROM messages"), ["ABC", "Hello"]);
        assert!(facts(app, "SELECT url AS fact FROM handles WHERE url LIKE 'javascript%'").is_empty());
    }
}

both! {
    fn text_of_an_archive_is_shown_and_never_run(app) {
        let desk = Desk::new(app);
        let evil = "<script>alert(1)</script>{{ 1337*7331 }}";
        let people = format!(
            "\"{evil}\",Li,https://www.linkedin.com/in/ana-li,,\"<img src=x onerror=alert(1)>\",,14 Nov 2024\n"
        );
        let from = row([
            "2-a",
            evil,
            evil,
            &profile("Ana Li"),
            MARA,
            &profile(MARA),
            "2024-05-01 09:00:00 UTC",
            "",
            "5 < 6 {{ 1337*7331 }} <img src=x onerror=alert(1)>",
            "INBOX",
            "",
            "No",
        ]);
        let id = desk.look_into("<script>alert(1)</script>.zip", &archive(&people, &from));
        let shown = |path: &str| {
            let page = desk.page.get(path);
            assert_eq!(page.status, 200, "{path}: {}", page.body);
            for markup in ["<script>alert", "<img src=x", "9801547"] {
                assert!(!page.body.contains(markup), "{markup} is in {path}");
            }
            page.body
        };
        assert!(shown(&desk.path(&format!("/{id}"))).contains("&#60;script&#62;alert(1)"));
        desk.page.post(&desk.path(&format!("/{id}/choose")), &[("choice", "talked")]);
        desk.page.post(&desk.path(&format!("/{id}/apply")), &[("stage", "")]);
        app.tick();
        assert_eq!(again(app, desk.owner, id).state, State::Done);
        let contact = facts(app, "SELECT CAST(id AS text) AS fact FROM contacts").remove(0);
        let thread = facts(app, "SELECT CAST(id AS text) AS fact FROM threads").remove(0);
        for page in
            ["contacts", "inbox", "import", "audit", &format!("contacts/{contact}"), &format!("threads/{thread}")]
        {
            shown(&format!("/w/{}/{page}", desk.slug));
        }
    }
}

both! {
    fn an_upload_without_a_file_or_cut_off_is_told_and_leaves_nothing(app) {
        let desk = Desk::new(app);
        let nothing = desk.page.send(desk.page.request("post", &desk.path("")).multipart(Form::new().text("x", "y")));
        assert_eq!(nothing.status, 422);
        assert!(nothing.body.contains("Choose a file first."), "{}", nothing.body);
        let nameless = desk.send("", b"");
        assert_eq!(nameless.status, 422, "{}", nameless.body);
        let cut = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\nPK and no end";
        let request =
            desk.page.request("post", &desk.path("")).header("Content-Type", "multipart/form-data; boundary=b");
        let answer = desk.page.send(request.body(cut));
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert!(answer.body.contains("The upload was cut off."), "{}", answer.body);
        assert!(left_over(app).is_empty(), "{:?}", left_over(app));
        let request = desk.page.request("post", &desk.path("")).header("Content-Type", "multipart/form-data");
        let boundless = desk.page.send(request.body("nothing"));
        assert!((400..500).contains(&boundless.status), "{}", boundless.status);
        assert!(facts(app, "SELECT file_name AS fact FROM imports").is_empty());
    }
}

both! {
    fn an_import_is_brought_in_once_however_often_its_button_is_pressed(app) {
        let desk = Desk::new(app);
        let id = desk.look_into("archive.zip", &archive(&knows("Ana Li", "", "", ""), ""));
        let none = desk.page.post(&desk.path(&format!("/{id}/apply")), &[("stage", "")]);
        assert_eq!(none.status, 422);
        assert!(none.body.contains("Choose at least one person"), "{}", none.body);
        desk.page.post(&desk.path(&format!("/{id}/choose")), &[("choice", "everybody")]);
        assert_eq!(desk.page.post(&desk.path(&format!("/{id}/apply")), &[("stage", "")]).status, 303);
        assert_eq!(desk.page.post(&desk.path(&format!("/{id}/apply")), &[("stage", "")]).status, 409);
        app.tick();
        assert_eq!(desk.page.post(&desk.path(&format!("/{id}/apply")), &[("stage", "")]).status, 409);
        let late = desk.page.post(&desk.path(&format!("/{id}/discard")), &[]);
        assert_eq!(late.status, 422, "what is brought in is not dropped");
        assert_eq!(desk.page.post(&desk.path(&format!("/{id}/undo")), &[]).status, 303);
        assert_eq!(desk.page.post(&desk.path(&format!("/{id}/undo")), &[]).status, 409);
        app.tick();
        assert!(facts(app, "SELECT name AS fact FROM contacts").is_empty());
    }
}

both! {
    fn promise_10_addresses_of_files_that_change_from_download_to_download_stay_one(app) {
        let owner = app.workspace("Acme");
        let sent = |key: &str| {
            let url = |n: u8| format!("https://www.linkedin.com/dms/prv/image/v2/{n}?e={key}");
            let files = format!("{},{}", url(1), url(2));
            let cells = ["2-a", "", "Ana Li", &profile("Ana Li"), MARA, &profile(MARA), "2024-05-01 09:00:00 UTC", "", "Look", "INBOX", &files, "No"];
            archive("", &row(cells))
        };
        bring(app, owner, &sent("1"));
        let named = || facts(app, "SELECT name AS fact FROM attachments");
        assert_eq!(named(), ["a file on www.linkedin.com"; 2]);
        for key in ["1", "2", "1"] {
            bring(app, owner, &sent(key));
            assert_eq!(named(), ["a file on www.linkedin.com"; 2], "{key}");
        }
    }
}
