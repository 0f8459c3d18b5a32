//! Pastes as people make them, and what should come of them.

use proptest::prelude::*;

use super::*;

fn context<'a>(contact: &'a str, us: &'a [&'a str]) -> Context<'a> {
    let today = NaiveDate::from_ymd_opt(2025, 11, 14).unwrap();
    Context { contact, us, today, now: NaiveTime::from_hms_opt(16, 0, 0).unwrap() }
}

/// Each message as "side author@time[?]: body".
fn shown(text: &str) -> Vec<String> {
    show(split(text, &context("Ana Li", &["Tom Berg", "Northwind"])).unwrap())
}

fn show(messages: Vec<Pasted>) -> Vec<String> {
    messages
        .into_iter()
        .map(|message| {
            let side = if message.side == Side::Ours { ">" } else { "<" };
            let author = message.author.unwrap_or_else(|| "-".to_owned());
            let at = message.sent_at.map_or_else(String::new, |at| at.format("%m-%d %H:%M").to_string());
            let guessed = if message.guessed { "?" } else { "" };
            format!("{side} {author} {at}{guessed}: {}", message.body)
        })
        .collect()
}

#[test]
fn linkedin_with_announcements() {
    let text = "TODAY\nAna Li sent the following message at 3:15 PM\nView Ana’s profile\nAna Li  (She/Her) 3:15 PM\n\nHello Tom,\n\nnice to meet you\n\
                Tom Berg sent the following messages at 3:20 PM\nView Tom’s profileTom Berg\nTom Berg   3:20 PM\nLikewise!\nMonday?\n";
    assert_eq!(
        shown(text),
        ["< Ana Li 11-14 15:15: Hello Tom,\n\nnice to meet you", "> Tom Berg 11-14 15:20: Likewise!\nMonday?"]
    );
}

#[test]
fn linkedin_with_name_and_time_under_day_headings() {
    let text = "NOV 3\nAna Li 15:15\nWhen do we meet?\nTom Berg 15:16\nMonday\nMONDAY\nAna Li\n 3:15 PM\nHere now\nNov 14, 2024\nAna 9:05 AM\nEarlier";
    assert_eq!(
        shown(text),
        [
            "< Ana Li 11-03 15:15: When do we meet?",
            "> Tom Berg 11-03 15:16: Monday",
            "< Ana Li 11-10 15:15: Here now",
            "< Ana 11-14 09:05: Earlier",
        ]
    );
}

#[test]
fn a_day_below_a_name_is_when_it_was_said() {
    let text = "Ana Li\nMonday 10:22 AM\nHey, is this still available?\nYou\n10:25 AM\nYes it is!\nAna Li\nTuesday\n👍";
    assert_eq!(
        shown(text),
        [
            "< Ana Li 11-10 10:22: Hey, is this still available?",
            "> You 11-10 10:25?: Yes it is!",
            "< Ana Li 11-11 12:00?: 👍",
        ]
    );
}

#[test]
fn the_head_of_a_profile_is_no_message() {
    let text = "Ana Li (She/Her) • 1st\nHead of Growth at Acme\nNOV 3\nAna Li 3:15 PM\nHello";
    assert_eq!(shown(text), ["< Ana Li 11-03 15:15: Hello"]);
}

#[test]
fn what_stands_before_the_first_day_was_said_before_it() {
    let text = "Ana Li sent the following message at 9:12 AM\nHello\nTom Berg sent the following message at 5:00 PM\nHi\nNOV 14\n\
                Ana Li sent the following message at 11:00 AM\nShall we?";
    let days: Vec<String> = shown(text)
        .iter()
        .map(|line| line.split_whitespace().find(|word| word.contains("-1")).unwrap_or_default().to_owned())
        .collect();
    assert_eq!(days, ["11-13", "11-13", "11-14"], "{:?}", shown(text));
    let messenger = "Ana\nHello\nYou sent\nHi\nNov 12, 2025, 3:12 PM\nAna\nAnd now?";
    assert!(shown(messenger).iter().all(|line| line.contains("11-12")), "{:?}", shown(messenger));
    let evening = messenger.replace("Hello", "Hello\n5:00 PM");
    assert!(shown(&evening).len() == 3, "{:?}", shown(&evening));
}

#[test]
fn linkedin_without_a_day_is_guessed() {
    assert_eq!(
        shown("Ana Li 3:15 PM\nHello\nTom Berg 3:20 PM\nHi"),
        ["< Ana Li 11-14 15:15?: Hello", "> Tom Berg 11-14 15:20?: Hi"]
    );
    assert_eq!(
        shown("Ana Li 11:15 PM\nHello"),
        ["< Ana Li 11-13 23:15?: Hello"],
        "a quarter past eleven was yesterday's"
    );
}

#[test]
fn an_unknown_second_name_on_linkedin_is_ours() {
    let text = "TODAY\nAna Li sent the following message at 3:15 PM\nHello\nThomas B. sent the following message at 3:20 PM\nHi";
    assert_eq!(shown(text), ["< Ana Li 11-14 15:15: Hello", "> Thomas B. 11-14 15:20?: Hi"]);
}

#[test]
fn whatsapp_exports() {
    let text = "[13/11/2025, 15:14:00] Ana: \u{200e}Messages are secret\n[14/11/2025, 15:15:02] Ana: Hello\nsecond line\nTom: not a new one\n\n[14/11/2025, 15:16:02] Tom Berg: Hi: there";
    assert_eq!(
        shown(text),
        [
            "< Ana 11-13 15:14: Messages are secret",
            "< Ana 11-14 15:15: Hello\nsecond line\nTom: not a new one",
            "> Tom Berg 11-14 15:16: Hi: there",
        ]
    );
    let text = "14.11.25, 15:14 - Messages and calls are end-to-end encrypted.\n14.11.25, 15:15 - Ana: Hello\n14.11.25, 15:16 - +44 7700 900123: Hi";
    assert_eq!(shown(text), ["< Ana 11-14 15:15: Hello", "> +44 7700 900123 11-14 15:16?: Hi"]);
}

#[test]
fn whatsapp_copies_from_the_page_in_american_order() {
    assert_eq!(
        shown("[3:15\u{202f}PM, 10/13/2025] Ana: Hello\n[3:16\u{202f}PM, 11/2/2025] Tom: Hi"),
        ["< Ana 10-13 15:15: Hello", "> Tom 11-02 15:16: Hi"]
    );
}

#[test]
fn a_date_that_reads_both_ways_is_guessed() {
    assert_eq!(shown("[3/4/2025, 15:15] Ana: Hello"), ["< Ana 04-03 15:15?: Hello"]);
}

#[test]
fn names_in_front_of_the_text() {
    assert_eq!(
        shown("Yesterday\nAna Li: Hello\nNote: bring cups\nMe: Hi\n\nToday 9:00\nYou: Morning\nana: Hey"),
        [
            "< Ana Li 11-13 12:00?: Hello\nNote: bring cups",
            "> Me 11-13 12:00?: Hi",
            "> You 11-14 09:00: Morning",
            "< ana 11-14 09:00?: Hey",
        ]
    );
}

#[test]
fn messenger_and_instagram_copies() {
    let text = "Nov 13, 2025, 3:15 PM\nYou sent\nHello Ana\nEnter\nAna\nAna Li\nHi Tom\nSeen\n9:05 AM\nYou replied to Ana\nOriginal message:\nHi Tom\nEnter\nAna sent\nOh";
    assert_eq!(
        shown(text),
        [
            "> You 11-13 15:15: Hello Ana",
            "< Ana Li 11-13 15:15?: Hi Tom",
            "> You 11-13 09:05: Hi Tom",
            "< Ana 11-13 09:05?: Oh",
        ]
    );
}

#[test]
fn the_title_of_a_chat_is_no_message() {
    assert_eq!(
        shown("Ana Li\nSep 3, 2025, 10:01 AM\nYou sent\nHello\nAna Li\nSure\nTue 9:01 PM\nYou sent\nok"),
        ["> You 09-03 10:01: Hello", "< Ana Li 09-03 10:01?: Sure", "> You 11-11 21:01: ok"]
    );
}

#[test]
fn bare_names_on_their_own_lines() {
    assert_eq!(
        shown("Ana Li\nHello\n\nTom Berg\nHi\nBest,\nTom\n\nNov 13\nAna Li\nMonday"),
        ["< Ana Li 11-12 12:00?: Hello", "> Tom Berg 11-12 12:00?: Hi\nBest,\nTom", "< Ana Li 11-13 12:00?: Monday"]
    );
    assert_eq!(
        shown("Ana Li\n3:15 PM\nHello\n\nTom Berg\n3:16 PM\nHi\nAna"),
        ["< Ana Li 11-14 15:15?: Hello", "> Tom Berg 11-14 15:16?: Hi\nAna"]
    );
}

#[test]
fn mail_threads() {
    let text = "Works for me.\nTom\n\nOn Thu, Nov 13, 2025 at 3:15 PM Ana Li <ana@example.org>\nwrote:\n\n> Shall we?\n\nBest,\nAna\n\nFrom: Tom Berg <tom@example.org>\nSent: Wednesday, 12 November 2025 09:00\nTo: Ana Li\nSubject: Plan\n\nA plan";
    assert_eq!(
        shown(text),
        [
            "> - 11-14 16:00?: Works for me.\nTom",
            "< Ana Li 11-13 15:15: > Shall we?\n\nBest,\nAna",
            "> Tom Berg 11-12 09:00: A plan",
        ]
    );
    assert_eq!(
        shown(
            "Ana Li <ana@example.org> Thu, Nov 13, 2025 at 3:15 PM\nHello\nOn 12 Nov 2025, at 15:15, Tom Berg <tom@example.org> wrote:\nHi"
        ),
        ["< Ana Li 11-13 15:15: Hello", "> Tom Berg 11-12 15:15: Hi"]
    );
}

#[test]
fn anything_else_is_one_message_from_them() {
    let letter = "Hi Tom,\n\nOn Monday she wrote: no.\nMeet at 15:15\nBest,\nAna";
    assert_eq!(shown(letter), [format!("< - 11-14 16:00?: {letter}")]);
    assert_eq!(shown("TODAY\nAna Li"), ["< - 11-14 16:00?: TODAY\nAna Li"]);
}

#[test]
fn a_first_name_both_share_is_the_contacts_unless_written_in_full() {
    let context = context("Ana Li", &["Ana Berg"]);
    assert_eq!(
        show(split("Ana: one\nAna Berg: two", &context).unwrap()).iter().map(|line| &line[..1]).collect::<String>(),
        "<>"
    );
}

#[test]
fn accents_pronouns_and_initials_belong_to_the_name() {
    let context = context("Zoë Ångström", &[]);
    let text = "Zoë Å.: one\nZoë Ångström (She/Her): two\nZoë Quist: three";
    assert_eq!(split(text, &context).unwrap().len(), 2, "Zoë Quist is somebody else");
}

#[test]
fn too_much_and_nothing_are_refused_in_words() {
    let ctx = context("Ana", &[]);
    assert!(split(" \n\n", &ctx).unwrap_err().contains("nothing"));
    assert!(split(&"x".repeat(LONGEST_PASTE + 1), &ctx).unwrap_err().contains("200,000"));
    assert!(split(&"Ana: hi\n".repeat(MOST_MESSAGES + 1), &ctx).unwrap_err().contains("2,000"));
    assert_eq!(split(&"Ana: hi\n".repeat(MOST_MESSAGES), &ctx).unwrap().len(), MOST_MESSAGES);
}

#[test]
fn hostile_pastes_are_read_in_reasonable_time() {
    let ctx = context("Ana", &["Me"]);
    for unit in ["TODAY\n", "\n", "Ana\n", "On \n", "From: a\n", "[", "Ana 15:15\n", "Enter\nYou sent\n", "3:15 PM\n"] {
        let text: String = unit.repeat(LONGEST_PASTE / unit.len());
        drop(split(&format!("{}x", &text[1..]), &ctx));
    }
}

proptest! {
    #[test]
    fn no_word_is_lost(bodies in proptest::collection::vec("[a-z]{1,8}( [a-z]{1,8}){0,3}", 1..12)) {
        let text: String = bodies.iter().enumerate()
            .map(|(n, body)| format!("{}: x{body}\n", if n % 2 == 0 { "Ana Li" } else { "Me" })).collect();
        let messages = split(&text, &context("Ana Li", &[])).unwrap();
        prop_assert_eq!(messages.len(), bodies.len());
        for (message, body) in messages.iter().zip(&bodies) {
            prop_assert_eq!(&message.body[1..], body.as_str());
        }
    }

    #[test]
    fn no_paste_is_too_strange(text in "(\\PC{0,20}|\n|Ana: |You sent\n|TODAY\n|3:15 PM|\\[1/2/25, 3:15\\] |On |wrote:|From: ){0,20}") {
        for message in split(&text, &context("Ana Li", &["Tom"])).unwrap_or_default() {
            prop_assert!(!message.body.trim().is_empty());
            prop_assert!(message.sent_at.is_some());
        }
    }
}

#[test]
fn a_day_that_does_not_exist_opens_a_message_whose_date_is_a_guess() {
    let text = "[13/11/2025, 15:15:02] Ana Li: one\n[31/02/2025, 15:16:00] Tom Berg: two\n[14/11/2025, 15:17:00] Ana Li: three";
    assert_eq!(
        shown(text),
        ["< Ana Li 11-13 15:15: one", "> Tom Berg 11-13 15:16?: two", "< Ana Li 11-14 15:17: three"]
    );
}

#[test]
fn a_line_that_begins_with_their_name_and_ends_with_a_time_is_what_was_said() {
    let ctx = context("Quentin", &["Olga Brandt"]);
    let read = |text: &str| -> Vec<String> { show(split(text, &ctx).unwrap()) };
    assert_eq!(
        read("Olga Brandt: when?\nQuentin: Call me at 10:30"),
        ["> Olga Brandt 11-14 16:00?: when?", "< Quentin 11-14 16:00?: Call me at 10:30"]
    );
    assert_eq!(
        read("Quentin 9:15 AM\nHi\nOlga Brandt 9:20 AM\nQuentin, call me at 10:30\nbye"),
        ["< Quentin 11-14 09:15?: Hi", "> Olga Brandt 11-14 09:20?: Quentin, call me at 10:30\nbye"]
    );
    assert_eq!(
        read("Quentin van Dam 9:15 AM\nHi\nOlga Brandt 9:20 AM\nquentin call me at 10:30"),
        ["< Quentin van Dam 11-14 09:15?: Hi", "> Olga Brandt 11-14 09:20?: quentin call me at 10:30"]
    );
}
