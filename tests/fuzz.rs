//! Fuzz targets, one for each reader of foreign bytes: whatever comes, it ends, in bounded memory, with words or with
//! items whose promises hold. `RAPPORT_FUZZ` names the target; the rest is libFuzzer's command line.
#![no_main]

use std::{io::Cursor, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use rapport::{
    calendar::parse_phrase,
    channels::{
        archives::Flow,
        chats::{self, Archive, Item},
        email_key, excerpt,
        linkedin::{self, Limits, Row},
        name_key, parse_profile, phone_key, plain, safe_text,
    },
    drafts::{Facts, check_template, fill},
    threads::paste::{self, Context},
};

type Target = fn(&[u8]);

/// Every target by its name; `.ci/run` runs each of them for a minute.
const TARGETS: [(&str, Target); 6] = [
    ("chats", of_chats),
    ("linkedin", of_linkedin),
    ("paste", of_paste),
    ("text", of_text),
    ("template", of_template),
    ("picture", of_picture),
];

static CHOSEN: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("RAPPORT_FUZZ").unwrap_or_default();
    let names = TARGETS.map(|(name, _)| name).join(", ");
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("RAPPORT_FUZZ must be one of {names}, not “{name}”")).1
});

fuzz_target!(|bytes: &[u8]| CHOSEN(bytes));

/// What Meta's pages begin with, which no fuzzer finds by itself.
const PAGE: &[u8] = b"<div class=\"_a6-g uiBoxWhite\"><div class=\"_a6-o\">May 1, 2025 1:00 pm</div>";

/// The first byte says which platform is named, and whether it is a page; else the file is a ZIP, a JSON, a script or a
/// chat, by what it begins with.
fn of_chats(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let said = chats::Kind::ALL.get(usize::from(*first % 128)).copied();
    let page = [PAGE, bytes].concat();
    let bytes = if *first < 128 { bytes } else { &page };
    let name = if first % 2 == 0 { "instagram-mara.zip" } else { "WhatsApp Chat with Ana.txt" };
    let Ok(Some(mut archive)) = Archive::open(Cursor::new(bytes), name, said, chrono_tz::Europe::Berlin) else {
        return;
    };
    archive.owner();
    let read = |archive: &mut Archive<Cursor<&[u8]>>| {
        let mut all = Vec::new();
        let mut total = 0;
        let _ = archive.read(&mut |item| {
            if let Item::Said(said) = &item {
                assert!(!said.body.is_empty() && !said.id.is_empty() && !said.conversation.is_empty());
                total += said.body.len();
            }
            all.push(item);
            if total > 1 << 20 { Flow::Stop } else { Flow::Go }
        });
        all
    };
    assert_eq!(read(&mut archive), read(&mut archive), "every reading tells the same");
    let files = archive.files::<std::io::Error>(&mut |ends| Ok(!ends.is_empty()), &mut |_, open| {
        open(&mut |source| std::io::copy(source, &mut std::io::sink()).map(drop)).or(Ok(()))
    });
    assert!(files.is_ok());
}

fn of_linkedin(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let name = ["messages.csv", "Connections.csv", "Invitations.csv", "archive.zip"][usize::from(first % 4)];
    let Ok(mut archive) = linkedin::Archive::open(Cursor::new(bytes), name, Limits::default()) else { return };
    let _ = archive.owner();
    let _ = archive.connections(&mut |_| Flow::Go);
    let _ = archive.invitations(&mut |_| Flow::Go);
    let _ = archive.messages(&mut |row| {
        if let Row::Good { value, .. } = row {
            assert!(!value.conversation_id.is_empty());
        }
        Flow::Go
    });
}

fn of_paste(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 25).unwrap_or_default();
    let now = chrono::NaiveTime::from_hms_opt(10, 0, 0).unwrap_or_default();
    let context = Context { contact: "Ana Li", us: &["Mara Lindqvist"], today: date, now };
    if let Ok(messages) = paste::split(text, &context) {
        assert!(messages.iter().all(|message| !message.body.trim().is_empty() || text.trim().is_empty()));
    }
}

fn of_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let safe = safe_text(&plain(&text), 2_000);
    assert_eq!(safe_text(&safe, 2_000), safe);
    let _ = (name_key(&text), email_key(&text), phone_key(&text, None), parse_profile(&text));
    excerpt(&text, &["ana".to_owned(), "é".to_owned()], 80);
    let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
    let nine = chrono::NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default();
    let _ = parse_phrase(&text, now, chrono_tz::America::New_York, nine);
}

fn of_template(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let facts = Facts { name: "Ana Li".into(), first_name: "Ana".into(), ..Facts::default() };
    let draft = fill(text, &facts);
    assert!(draft.text.chars().count() <= rapport::drafts::LONGEST_DRAFT);
    if check_template(text).is_err() {
        assert!(!draft.flaws.is_empty(), "what can't be saved can't be ready to send");
    }
}

fn of_picture(bytes: &[u8]) {
    rapport::attachments::media::media_of(bytes);
    if let Some(small) = rapport::attachments::thumb(bytes) {
        assert!(small.starts_with(b"\xff\xd8"), "a JPEG");
    }
}
