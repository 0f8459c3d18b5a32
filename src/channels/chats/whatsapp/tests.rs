//! WhatsApp's chats as phones write them, by example and by chance.

use proptest::prelude::*;

use super::*;

const BERLIN: Tz = chrono_tz::Europe::Berlin;

fn said(text: &str, zone: Tz) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    read(text.as_bytes(), "WhatsApp Chat with Vera.txt", None, None, zone, None, &mut |item| {
        if let Item::Said(said) = item {
            all.push((said.at.format("%F %R").to_string(), said.from.name, said.body));
        }
        Flow::Go
    })
    .unwrap();
    all
}

#[test]
fn every_phone_writes_its_own_stamps() {
    for (line, at) in [
        ("[14.11.25, 09:30:05] Vera: hi", "2025-11-14 08:30"),
        ("\u{200e}[11/14/25, 9:30:05\u{202f}PM] Vera: hi", "2025-11-14 20:30"),
        ("14/11/2025, 09:30 - Vera: hi", "2025-11-14 08:30"),
        ("11/14/25, 12:30 AM - Vera: hi", "2025-11-13 23:30"),
        ("2025-11-14, 09:30 - Vera: hi", "2025-11-14 08:30"),
        ("14/11/25 9:30 p. m. - Vera: hi", "2025-11-14 20:30"),
        ("14.11.25, 09.30 - Vera: hi", "2025-11-14 08:30"),
        ("14/11/25, 9:30\u{a0}ÖS - Vera: hi", "2025-11-14 20:30"),
        ("١٤/١١/٢٠٢٥، ٩:٣٠ م - Vera: hi", "2025-11-14 20:30"),
        ("14/11/25, 9:30 da tarde - Vera: hi", "2025-11-14 20:30"),
        ("14/11/2025 à 09:30 - Vera: hi", "2025-11-14 08:30"),
        ("14.11.2025 klo 9.30 - Vera: hi", "2025-11-14 08:30"),
        ("2025/11/14 下午9:30 - Vera: hi", "2025-11-14 20:30"),
        ("[2025. 11. 14. 오후 9:30:05] Vera: hi", "2025-11-14 20:30"),
        ("14.11.25 г., 9:30 - Vera: hi", "2025-11-14 08:30"),
        ("2025-11-14 09 h 30 - Vera: hi", "2025-11-14 08:30"),
        ("14/11/2568 09:30 - Vera: hi", "2025-11-14 08:30"),
        ("14/11/25, 09:30: Vera: hi", "2025-11-14 08:30"),
        ("14/11/25 09:30 Vera: hi", "2025-11-14 08:30"),
        ("14/11/25, 9:30 de la tarde - Vera: hi", "2025-11-14 20:30"),
        ("2025/11/14 清晨6:30 - Vera: hi", "2025-11-14 05:30"),
        ("2025/11/14 早上6:30 - Vera: hi", "2025-11-14 05:30"),
        ("[2025/11/14 午後0:30:12] Vera: hi", "2025-11-14 11:30"),
        ("[25. 11. 14. 오후 9:30:05] Vera: hi", "2025-11-14 20:30"),
    ] {
        assert_eq!(said(line, BERLIN), [(at.to_owned(), "Vera".to_owned(), "hi".to_owned())], "{line}");
    }
}

#[test]
fn the_whole_file_tells_day_from_month() {
    let text = "3/4/25, 10:00 - Vera: one\n3/25/25, 10:00 - Vera: two";
    assert_eq!(said(text, BERLIN)[0].0, "2025-03-04 09:00");
    let text = "5/4/25, 10:00 - Vera: one\n4/5/25, 10:00 - Vera: two";
    assert_eq!(said(text, BERLIN)[0].0, "2025-04-05 08:00", "a chat never goes back in time");
    let either = "3/4/25, 10:00 - Vera: one";
    assert_eq!(said(either, BERLIN)[0].0, "2025-04-03 08:00");
    assert_eq!(said(either, chrono_tz::America::New_York)[0].0, "2025-03-04 15:00");
}

#[test]
fn what_no_date_tells_is_guessed_told_and_can_be_said() {
    let text = "3/4/25, 10:00 - Vera: one";
    let at = |day_first, text: &str| {
        let (mut at, mut guessed) = (String::new(), None);
        read(text.as_bytes(), "x.txt", None, None, BERLIN, day_first, &mut |item| {
            match item {
                Item::Said(said) => at = said.at.format("%F").to_string(),
                Item::Guessed(guess) => guessed = Some((guess.day_first, guess.torn)),
                _ => {}
            }
            Flow::Go
        })
        .unwrap();
        (at, guessed)
    };
    assert_eq!(at(None, text), ("2025-04-03".into(), Some((true, false))));
    assert_eq!(at(Some(false), text), ("2025-03-04".into(), Some((false, false))));
    assert_eq!(at(Some(false), "13/4/25, 10:00 - Vera: one"), ("2025-04-13".into(), None), "the file knows better");
    assert_eq!(at(None, "4/4/25, 10:00 - Vera: one").1, None);
    let torn = "14/10/25, 10:00 - Vera: one\n10/14/25, 10:00 - Vera: two";
    assert_eq!(at(None, torn), ("2025-10-14".into(), Some((true, true))), "no order reads them all");
    let jumbled = "7/5/25, 10:00 - Vera: one\n6/6/25, 10:00 - Vera: two\n5/7/25, 10:00 - Vera: three";
    assert_eq!(at(None, jumbled).1, None, "only the month first runs on");
    let either = "7/5/25, 10:00 - Vera: one\n6/5/25, 10:00 - Vera: two";
    assert_eq!(at(None, either).1, Some((true, false)), "time runs back either way, but no date contradicts another");
    let clock_set_back = "13/4/25, 10:00 - Vera: one\n12/4/25, 10:00 - Vera: two";
    assert_eq!(at(None, clock_set_back), ("2025-04-12".into(), None));
}

#[test]
fn of_a_line_without_end_the_beginning_is_read_and_what_follows_it() {
    let text =
        format!("{}\n14/11/25, 09:30 - Vera: {}\n14/11/25, 09:31 - Me: hi\n", "x".repeat(900_000), "ä".repeat(900_000));
    let rows = said(&text, BERLIN);
    assert_eq!(rows.len(), 2);
    assert!(rows[0].2.len() < 400_000 && rows[0].2.chars().count() > crate::threads::LONGEST, "{}", rows[0].2.len());
    assert_eq!(rows[1].2, "hi");
}

#[test]
fn lines_go_on_and_what_nobody_wrote_is_left_out() {
    let text = "14/11/25, 09:29 - Messages are end-to-end encrypted\n14/11/25, 09:30 - Vera: one\n\ntwo: three\n\
                14/11/25, 09:31 - Me: <Media omitted>\n14/11/25, 09:32 - Vera: This message was deleted.\n";
    let bodies: Vec<String> = said(text, BERLIN).into_iter().map(|row| row.2).collect();
    assert_eq!(bodies, ["one\n\ntwo: three", "(a file)"]);
}

#[test]
fn notices_that_an_iphone_puts_into_somebodys_mouth_are_left_out() {
    let text = "[14.11.25, 09:29:00] Vera: \u{200e}Messages and calls are end-to-end encrypted. Only people in this chat can read them.\n\
                [14.11.25, 09:29:01] Vera: \u{200e}Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Niemand außerhalb kann sie lesen.\n\
                \u{200e}[14.11.25, 09:30:00] Vera: \u{200e}<attached: 00000012-PHOTO-2025-11-14-with-a-long-name.jpg>\n\
                [14.11.25, 09:30:30] Vera: \u{200e}You blocked this contact.\n\
                [14.11.25, 09:30:31] Vera: \u{200e}Waiting for this message. This may take a while.\n\
                [14.11.25, 09:30:32] Vera: \u{200e}This message was deleted.\n\
                [14.11.25, 09:30:40] Vera: \u{200e}Voice call, \u{200e}2 min\n\
                [14.11.25, 09:30:41] Vera: \u{200e}Video call, \u{200e}No answer\n\
                [14.11.25, 09:30:42] Vera: \u{200e}billede udeladt\n\
                [14.11.25, 09:30:50] Vera: \u{200e}Pasted from elsewhere.\nIt goes on\n\
                [14.11.25, 09:31:00] Vera: Voice call, or do we meet.\n";
    let bodies: Vec<String> = said(text, BERLIN).into_iter().map(|row| row.2).collect();
    let told = [
        "(a photo)",
        "(a call, 2 min)",
        "(a missed call)",
        "billede udeladt",
        "Pasted from elsewhere.\nIt goes on",
        "Voice call, or do we meet.",
    ];
    assert_eq!(bodies, told);
}

#[test]
fn a_line_typed_with_a_date_is_part_of_its_message() {
    let text = "[14.01.25, 09:00:05] Otto: hello\n[14.01.25, 09:01:05] Selma: The plan:\n15.01.25 10:00 Kickoff: room 5\n\
                16.01.25, 11:00 - Review: room 6\nSee you there\n[14.01.25, 09:04:05] Selma: bye";
    let rows = said(text, BERLIN);
    assert_eq!(rows.len(), 3);
    let plan = "The plan:\n15.01.25 10:00 Kickoff: room 5\n16.01.25, 11:00 - Review: room 6\nSee you there";
    assert_eq!((rows[1].1.as_str(), rows[1].2.as_str()), ("Selma", plan));
    let text = "14/11/25, 09:30 - Vera: dates\n[14/11/25, 10:00:00] Bob: first\n14/11/25, 09:31 - Vera: bye";
    assert_eq!(said(text, BERLIN)[0].2, "dates\n[14/11/25, 10:00:00] Bob: first");
}

#[test]
fn what_looks_like_a_stamp_of_the_chats_own_stays_where_it_was_typed() {
    let bodies =
        |text: &str| said(text, BERLIN).into_iter().map(|row| format!("{}: {}", row.1, row.2)).collect::<Vec<_>>();
    // With a name before it, it may have been said: nothing of it is lost, nor put into another's mouth.
    let text = "14/11/25, 09:00 - Vera: our offer is 5000\n14/11/25, 09:01 - Ana: thanks\n14/11/25, 09:02 - Vera: Next:\n\
                20/11/25, 10:00 - Call: with legal\nok?\n14/11/25, 09:03 - Vera: sign on Friday\n";
    let told =
        ["Vera: our offer is 5000", "Ana: thanks", "Vera: Next:", "Call: with legal\nok?", "Vera: sign on Friday"];
    assert_eq!(bodies(text), told);
    // More of an agenda than of answers: nobody's answer is taken for typed.
    let text = "14/11/25, 09:00 - Ana: Agenda\n20/11/25, 10:00 - Kickoff: a\n21/11/25, 10:00 - Legal: b\n14/11/25, 09:05 - Vera: yes\n";
    assert!(bodies(text).contains(&"Vera: yes".to_owned()), "{:?}", bodies(text));
    // Who speaks once is as likely the other as who was typed.
    let text = "14/11/25, 09:00 - Vera: one\n14/11/25, 09:01 - Mara: two\n14/11/25, 09:02 - Vera: three\n14/11/25, 09:03 - Call: four\n";
    assert_eq!(bodies(text).len(), 4);
    // Without an author, but with more lines: no notice.
    let text = "14/11/25, 09:00 - Ana: Agenda\n20/11/25, 10:00 - Kickoff\nwe need your signature\n21/11/25, 09:00 - Vera: ok\n";
    assert_eq!(bodies(text), ["Ana: Agenda\n20/11/25, 10:00 - Kickoff\nwe need your signature", "Vera: ok"]);
    // Dates written otherwise turn no date of the chat.
    let text = "1/5/25, 9:00 AM - Vera: one\n3/7/25, 9:00 PM - Ana: closed:\n25.12.2025 10:00 - we are closed\n2025-12-01, 10:00 - freeze\n";
    assert_eq!(said(text, BERLIN)[1].2, "closed:\n25.12.2025 10:00 - we are closed\n2025-12-01, 10:00 - freeze");
    let text = "14/11/25, 09:00 - Ana: Agenda\n20/11/25, 10:00 - Kickoff\n20/11/25, 12:00 - Lunch\nwe need your signature\n14/11/25, 09:05 - Vera: ok\n";
    assert_eq!(
        bodies(text)[0],
        "Ana: Agenda\n20/11/25, 10:00 - Kickoff\n20/11/25, 12:00 - Lunch\nwe need your signature"
    );
    // A word behind the time that is no half of the day.
    let text = "1/5/25, 9:00 AM - Vera: plan:\n1/5/25, 12:00 noon - Lunch\n1/5/25, 9:05 AM - Ana: ok\n";
    assert_eq!(bodies(text), ["Vera: plan:\n1/5/25, 12:00 noon - Lunch", "Ana: ok"]);
    // More lines of another chat than of this one.
    let pasted = "[13/11/25, 10:00:00] Bob: I like it\n".repeat(5);
    let text = format!("14/11/25, 09:00 - Vera: look\n{pasted}14/11/25, 09:03 - Ana: thanks\n");
    assert_eq!(bodies(&text).len(), 2);
}

#[test]
fn messages_out_of_their_time_and_groups_are_left_as_they_are() {
    let text = "14/11/25, 09:00 - Vera: one\n13/11/25, 09:01 - Ana: two\n14/11/25, 09:02 - Ana: three\n14/11/25, 08:59 - Ana: four\n";
    let told = said(text, BERLIN).into_iter().map(|row| format!("{} {}", row.1, row.2)).collect::<Vec<_>>();
    assert_eq!(told, ["Vera one", "Ana two", "Ana three", "Ana four"], "a clock that was put back");
    let group: String =
        (10..40).map(|n| format!("14/11/25, 09:{n} - {}: {n}\n", ["Vera", "Ana", "Bo"][n % 3])).collect();
    assert_eq!(said(&group, BERLIN).len(), 30, "a group may be called like one of its members");
    let group: String = (10..40)
        .map(|n| {
            format!(
                "14/11/25, 09:{n} - {}: {n}\n",
                if n == 12 || n == 39 { "Bo" } else { ["Vera", "Vera", "Ana"][n % 3] }
            )
        })
        .collect();
    assert_eq!(said(&group, BERLIN).len(), 30, "also where one of it says little");
    for text in [
        // Who answers once, on time, among what came late; the other with a clock of next year; words behind a notice.
        "14/11/25, 09:00 - Vera: hello\n14/11/25, 14:00 - Ana: yes\n14/11/25, 10:00 - Vera: sent offline\n14/11/25, 15:00 - Vera: fine\n",
        "14/11/25, 09:00 - Ana: hello\n14/11/26, 09:05 - Vera: yes\n14/11/25, 09:10 - Ana: so\n14/11/25, 09:11 - Ana: so\n",
        "14/11/25, 15:00 - Calls are encrypted\n14/11/25, 15:00 - You blocked\n14/11/25, 09:00 - Vera: please\n14/11/25, 15:05 - Ana: a\n14/11/25, 15:06 - Ana: b\n14/11/25, 15:06 - Ana: c\n",
        "14/11/25, 09:00 - Bob: at 8\n14/11/25, 09:01 - Vera: a\n14/11/25, 09:02 - Vera: b\n14/11/25, 09:03 - Ana: I come too\n",
    ] {
        assert_eq!(said(text, BERLIN).len(), 4, "{text}");
    }
    let text = "[14.11.25, 09:00:00] Vera: \u{200e}You created this group\n[14.11.25, 09:01:00] Ana: one\n[14.11.25, 09:02:00] Bo: two\n";
    assert_eq!(said(text, BERLIN).len(), 2, "the group itself says nothing");
}

#[test]
fn a_chat_that_may_have_been_cut_off_before_a_typed_line_is_refused_in_words() {
    let text: String = (10..30).map(|n| format!("[14.11.25, 09:{n}:00] Vera: {n}\n")).collect();
    let text = format!("20.11.2025 10:00 Kickoff: room\n{text}");
    let refused = read(text.as_bytes(), "x.txt", None, None, BERLIN, None, &mut |_| Flow::Go).unwrap_err();
    assert!(refused.contains("other stamps"), "{refused}");
}

#[test]
fn a_folders_name_has_no_ending() {
    let names =
        ["WhatsApp Chat - Prof. Klug", "a/WhatsApp Chat with Prof. Klug.txt", "WhatsApp Chat - Prof. Klug (2).zip"];
    assert!(names.into_iter().all(|name| name_in(name).as_deref() == Some("Prof. Klug")));
}

#[test]
fn a_time_of_unknown_half_is_refused_in_words() {
    let text = "14/11/25, 9:30 XY - Vera: hi\n14/11/25, 9:30 XZ - Ana: ho\n";
    let refused = read(text.as_bytes(), "x.txt", None, None, BERLIN, None, &mut |_| Flow::Go).unwrap_err();
    assert!(refused.contains("“XY”") && refused.contains("24 hours"), "{refused}");
    let text = "2025/11/14 晚上11:58 - Vera: hi\n2025/11/15 午夜12:00 - Ana: ho\n";
    assert_eq!(said(text, BERLIN)[1].0, "2025-11-14 23:00");
    let text = "2025/11/14 晚上11:58 - Vera: hi\n2025/11/15 子時12:00 - Ana: ho\n";
    assert!(read(text.as_bytes(), "x.txt", None, None, BERLIN, None, &mut |_| Flow::Go).is_err());
}

#[test]
fn a_word_before_the_time_that_is_not_known_is_a_half_of_the_day_unless_hours_go_on_to_24() {
    let burmese = "14/11/25 ညနေ 5:30 - Vera: hi\n14/11/25 မနက် 9:30 - Ana: ho\n";
    assert!(read(burmese.as_bytes(), "x.txt", None, None, BERLIN, None, &mut |_| Flow::Go).is_err());
    let to_24 = "14/11/25 ညနေ 9:30 - Vera: hi\n14/11/25 ညနေ 17:30 - Ana: ho\n";
    assert_eq!(said(to_24, BERLIN)[1].0, "2025-11-14 16:30");
}

#[test]
fn where_chinese_is_written_the_days_tell_whether_years_come_first() {
    let hong_kong = "[14/11/2025 下午9:30:05] Vera: hi\n[2/12/2025 上午9:30:05] Ana: ho\n";
    assert_eq!(said(hong_kong, BERLIN)[1].0, "2025-12-02 08:30");
    let short = "14/11/25 下午9:30 - Vera: hi\n15/11/25 下午9:30 - Ana: ho\n";
    assert_eq!(said(short, BERLIN)[1].0, "2025-11-15 20:30");
    let one_day = "25/11/14 下午9:30 - Vera: hi\n25/11/14 下午9:40 - Ana: ho\n";
    assert_eq!(said(one_day, BERLIN)[1].0, "2025-11-14 20:40");
    let yearly = "14/11/24 下午9:30 - Vera: hi\n14/11/25 下午9:30 - Ana: ho\n";
    assert_eq!(said(yearly, BERLIN)[1].0, "2025-11-14 20:30");
    let american = "[11/14/25 오전 9:30:01] Vera: hi\n[12/15/25 오전 9:30:01] Ana: ho\n";
    assert_eq!(said(american, BERLIN)[1].0, "2025-12-15 08:30");
    let korean = "[25. 11. 14. 09:30:01] Vera: hi\n[25. 12. 3. 09:30:01] Ana: ho\n";
    assert_eq!(said(korean, BERLIN)[1].0, "2025-12-03 08:30");
    let mainland = "25/11/14 下午9:30 - Vera: hi\n25/11/15 下午9:30 - Ana: ho\n";
    assert_eq!(said(mainland, BERLIN)[1].0, "2025-11-15 20:30");
}

/// What is said in a chat, with the names of files.
fn told_of(text: &str) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    read(text.as_bytes(), "x.txt", None, None, BERLIN, None, &mut |item| {
        if let Item::Said(one) = item {
            all.push((one.body, one.files));
        }
        Flow::Go
    })
    .unwrap();
    all
}

#[test]
fn what_an_android_phone_sent_is_known_in_any_language() {
    let said = told_of(
        "14/11/25, 09:10 - Vera: IMG-20251114-WA0001.jpg (файл добавлен)\nтакой\n14/11/25, 09:11 - Mara: Signed.pdf (on Friday)\n",
    );
    assert_eq!(said[0], ("такой\n(a photo)".to_owned(), vec!["IMG-20251114-WA0001.jpg".to_owned()]));
    assert_eq!(said[1], ("Signed.pdf (on Friday)".to_owned(), Vec::new()));
}

#[test]
fn captions_of_several_lines_keep_what_was_sent_and_typed_tags_are_words() {
    let text = "[14.11.25, 09:30:00] Vera: \u{200e}audio omitted\n[14.11.25, 09:31:00] Vera: line one\nline two \u{200e}<attached: 00000011-PHOTO.jpg>\n\
                [14.11.25, 09:32:00] Vera: line one\n\u{200e}image omitted\n[14.11.25, 09:33:00] Vera: I saw <attached: a.pdf> in it\n\
                [14.11.25, 09:34:00] Vera: Signed for 5000 EUR (file attached)\n";
    let all = told_of(text);
    assert_eq!(all[1], ("line one\nline two\n(a photo)".to_owned(), vec!["00000011-PHOTO.jpg".to_owned()]));
    assert_eq!(all[2].0, "line one\n(a photo)");
    assert_eq!(all[3], ("I saw <attached: a.pdf> in it".to_owned(), Vec::new()));
    assert_eq!(told_of("[14.11.25, 09:30:00] Vera: \u{200e}audio omitted\n[14.11.25, 09:30:00] Vera: \u{200e}<attached: 00000012-Quarterly figures of 2025 final version.numbers>\n")[1].1, ["00000012-Quarterly figures of 2025 final version.numbers"]);
    assert_eq!(
        said("14/11/25, 09:30 - Vera: I saw <attached: nothing> in it", BERLIN)[0].2,
        "I saw <attached: nothing> in it"
    );
    assert_eq!(all[4], ("Signed for 5000 EUR (file attached)".to_owned(), Vec::new()));
}

#[test]
fn what_a_phone_marks_as_its_own_is_not_taken_for_typed_nor_the_other_way_round() {
    let text = "[14.11.25, 09:30:00] Vera: \u{200e}image omitted\n[14.11.25, 09:30:01] Vera: image omitted\n\
                [14.11.25, 09:30:02] Vera: This message was deleted.\n\
                [14.11.25, 09:30:03] Vera: \u{200e}Location: https://maps.google.com/?q=52.516275,13.377704\n";
    let bodies: Vec<String> = said(text, BERLIN).into_iter().map(|row| row.2).collect();
    let place = "Location: https://maps.google.com/?q=52.516275,13.377704";
    assert_eq!(bodies, ["(a photo)", "image omitted", "This message was deleted.", place]);
    let text = "14/11/25, 09:30 - Vera: \u{200e}See you tomorrow.\n14/11/25, 09:31 - Vera: <Media omitted>\n";
    let bodies: Vec<String> = said(text, BERLIN).into_iter().map(|row| row.2).collect();
    assert_eq!(bodies, ["See you tomorrow.", "(a file)"], "an Android phone marks nothing");
}

#[test]
fn with_and_without_media_a_captioned_file_is_one_message() {
    let ids = |text: &str| {
        let mut ids = Vec::new();
        read(text.as_bytes(), "x.txt", None, None, BERLIN, None, &mut |item| {
            if let Item::Said(one) = item {
                ids.push((one.id, one.body));
            }
            Flow::Go
        })
        .unwrap();
        ids
    };
    for (without, with) in [
        ("look \u{200e}image omitted", "look \u{200e}<attached: 00000011-PHOTO-2025-11-14.jpg>"),
        ("CV.pdf • \u{200e}2 pages \u{200e}document omitted", "CV.pdf • \u{200e}2 pages \u{200e}<attached: CV.pdf>"),
        ("\u{200e}obraz pominięty", "\u{200e}‹załączono: 00000011-PHOTO-2025-11-14.jpg›"),
    ] {
        let [without, with] = [without, with].map(|text| {
            ids(&format!("[14.11.25, 09:30:00] Vera: \u{200e}audio omitted\n[14.11.25, 09:31:00] Vera: {text}\n"))
        });
        assert_eq!(without[1].0, with[1].0, "{without:?} {with:?}");
    }
    let told = ids(
        "[14.11.25, 09:30:00] Vera: look \u{200e}image omitted\n[14.11.25, 09:31:00] Vera: \u{200e}obraz pominięty\n",
    );
    assert_eq!(told[0].1, "look\n(a photo)");
    assert_eq!(told[1].1, "obraz pominięty");
}

#[test]
fn text_that_is_not_utf8_is_kept_and_told() {
    let (mut told, mut said) = (Vec::new(), Vec::new());
    let text = b"14/11/25, 09:30 - Vera: Caf\xe9 at 9\n14/11/25, 09:31 - Vera: Caf\xc3\xa9\n";
    read(&text[..], "x.txt", None, None, BERLIN, None, &mut |item| {
        match item {
            Item::Broken(words) => told.push(words),
            Item::Said(one) => said.push(one.body),
            _ => {}
        }
        Flow::Go
    })
    .unwrap();
    assert_eq!(said, ["Café at 9", "Café"]);
    assert!(told.len() == 1 && told[0].starts_with("1 line holds text that is not UTF-8, first line 1."), "{told:?}");
}

#[test]
fn a_line_with_an_impossible_date_is_told() {
    let text = "14/11/25, 09:30 - Vera: one\n31/02/26, 09:31 - Vera: two\n15/11/25, 09:32 - Vera: three\n";
    let mut broken = Vec::new();
    read(text.as_bytes(), "x.txt", None, None, BERLIN, None, &mut |item| {
        if let Item::Broken(words) = item {
            broken.push(words);
        }
        Flow::Go
    })
    .unwrap();
    assert!(broken.len() == 1 && broken[0].contains("31/02/26"), "{broken:?}");
}

#[test]
fn text_without_a_message_is_refused() {
    for text in ["", "hello", "14/11/25, 09:29 - Messages are encrypted", "99/99/99, 09:30 - Vera: hi"] {
        assert!(read(text.as_bytes(), "x.txt", None, None, BERLIN, None, &mut |_| Flow::Go).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "([0-9\\[\\]/.,:\\- APMapm\u{200e}é]|\n){0,200}") {
        let _ = is_chat(&text);
        let _ = read(text.as_bytes(), "x.txt", None, None, BERLIN, None, &mut |_| Flow::Go);
    }
}
