//! Names in WhatsApp's chats: with colons, quotes and signs that files can't hold, and what tells conversations apart.

use super::super::*;

const BERLIN: Tz = chrono_tz::Europe::Berlin;

/// Who says what in a chat of that name, and what its conversation is called.
fn who_says(name: &str, text: &str) -> (Vec<(String, String)>, String) {
    let (mut all, mut id) = (Vec::new(), String::new());
    read(text.as_bytes(), name, Some("Mara"), None, BERLIN, None, &mut |item| {
        if let Item::Said(one) = item {
            id = one.conversation.to_string();
            all.push((one.from.name, one.body));
        }
        Flow::Go
    })
    .unwrap();
    (all, id)
}

fn lines(said: &[&str]) -> String {
    said.iter().enumerate().map(|(n, line)| format!("14/11/25, 09:{:02} - {line}\n", n + 10)).collect()
}

#[test]
fn names_may_hold_a_colon_and_a_title_in_quotes_is_nobodys_name() {
    let chat = lines(&["Vera: Acme: ho", "Mara: yes: no"]);
    let said = |name: &str, text: &str| who_says(name, text).0;
    let of = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
    for name in ["WhatsApp Chat with Vera: Acme.txt", "WhatsApp Chat with Vera_ Acme.txt"] {
        assert_eq!(said(name, &chat), of(&[("Vera: Acme", "ho"), ("Mara", "yes: no")]), "{name}");
    }
    let group = lines(&["Mara created group \"Project: Berlin\"", "Mara: hi", "Vera: say \"yes: no\"", "Otto: ho"]);
    let expected = of(&[("Mara", "hi"), ("Vera", "say \"yes: no\""), ("Otto", "ho")]);
    let german = lines(&["Mara hat die Gruppe „Projekt: Berlin“ erstellt", "Mara: hi", "Vera: so", "Otto: ho"]);
    assert_eq!(said("WhatsApp Chat mit Projekt.txt", &german).len(), 3);
    let acme = lines(&["„Acme“: they said “yes”", "Mara: ho"]);
    assert_eq!(said("WhatsApp Chat with „Acme“.txt", &acme)[0].1, "they said “yes”");
    let quoted = lines(&["Hans „Hansi“ Müller: er sagte \"nein\"", "Laden 27\": „ja“", "Mara: so"]);
    assert_eq!(said("WhatsApp Chat with Laden.txt", &quoted).len(), 3);
    assert_eq!(said("WhatsApp Chat with Project_ Berlin.txt", &group), expected);
}

#[test]
fn conversations_are_told_apart_by_all_that_their_names_are_made_of() {
    let id = |name: &str, text: &str| who_says(&format!("WhatsApp Chat with {name}.txt"), text).1;
    let two = |name: &str| id(name, &lines(&[&format!("{name}: hi"), "Mara: ho"]));
    for (one, other) in [("🌸", "🔥"), ("Rene Muller", "René Müller"), ("Dr. Emil Klug", "Emil Klug"), ("Gym +", "Gym")]
    {
        assert_ne!(two(one), two(other), "{one} {other}");
    }
    assert_eq!(two("Vera  Klug"), two("vera Klug"));
    let group = lines(&["Ana: hi", "Ben: ho", "Mara: yes"]);
    assert_ne!(two("Acme"), id("Acme", &group), "a person and a group may have one name");
}

#[test]
fn an_iphones_notices_in_the_mouth_of_a_group_are_nobodys_whatever_signs_its_name_has() {
    let said = |n: u8, line: &str| format!("[14.11.25, 09:{n}:00] {line}\n");
    let text = said(10, "R&D / Sales: \u{200e}You created this group")
        + &said(11, "Mara: hi")
        + &said(12, "Ben: ho")
        + &said(13, "Ana: yes");
    let (all, _) = who_says("WhatsApp Chat - R&D _ Sales.zip", &text);
    assert_eq!(all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Mara", "Ben", "Ana"]);
}
