//! Promises 2, 3 and 4: one clock, on time and once, the digest.

use rapport::{
    accounts::{self, Preferences},
    calendar::{Day, Weekdays, When},
    channels::Channel,
    queue::{self, Job},
    reminders::{self, digest},
};

use crate::both;

both! {
    fn promise_2_page_counter_and_digest_agree_on_what_is_today(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        // Just before and just after midnight in Berlin, both the same day in UTC.
        app.reminder(owner, ana, "Before midnight", "2026-11-24T23:45");
        app.reminder(owner, ana, "After midnight", "2026-11-25T00:15");
        app.is_now("2026-11-24T12:00:00Z");
        let user = owner.user().unwrap();
        let day = Day::of(app.now().utc(), chrono_tz::Europe::Berlin);
        let owed = app.read(owner, |tx| reminders::owed(tx, user, &day));
        assert_eq!(owed.due.iter().map(|e| e.reminder.title.as_str()).collect::<Vec<_>>(), ["Before midnight"]);
        assert_eq!(app.read(owner, |tx| reminders::owed_count(tx, user, &day)), 1);
        let digest = app.db.write_system(|sys| {
            let person = accounts::user(sys, user)?;
            digest::compose(sys, &person, "http://x", false)
        }).unwrap().expect("a digest");
        assert!(digest.text.contains("Before midnight") && !digest.text.contains("After midnight"));
    }
}

both! {
    fn promise_2_a_missing_hour_moves_on_and_a_moved_person_keeps_local_time(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        // On 28 March 2027 clocks in Berlin go from two to three.
        let spring = app.reminder(owner, ana, "In the gap", "2027-03-28T02:30");
        let due = app.read(owner, |tx| reminders::reminder(tx, spring)).due_at;
        assert_eq!(due.rfc3339(), "2027-03-28T01:00:00Z");
        let user = owner.user().unwrap();
        app.write(owner, |tx| reminders::rezone(tx, user, "Europe/Berlin", "America/New_York"));
        let moved = app.read(owner, |tx| reminders::reminder(tx, spring));
        assert_eq!(moved.due_time.to_string(), "02:30:00");
        assert_eq!(moved.due_at.rfc3339(), "2027-03-28T06:30:00Z");
    }
}

both! {
    fn promise_3_an_occurrence_is_told_once_and_after_an_outage_late_once(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let user = owner.user().unwrap();
        let id = app.reminder(owner, ana, "Call", "2026-11-23T11:00");
        app.tick();
        assert_eq!(app.read(owner, |tx| reminders::unread(tx, user)), 0, "not before its time");
        // The worker was away for two days; it runs twice and two processes race: still one notice.
        app.is_now("2026-11-25T12:00:00Z");
        app.tick();
        app.db.write_system(|sys| {
            let now = sys.now();
            queue::enqueue(sys, Some(owner.workspace()), &Job::Notify { reminder: id, occurrence: 1 }, now)
        }).unwrap();
        app.tick();
        assert_eq!(app.read(owner, |tx| reminders::unread(tx, user)), 1);
        // Snoozed, it is a new occurrence and told anew.
        let to = When { date: "2026-11-26".parse().unwrap(), time: "09:00:00".parse().unwrap() };
        app.write(owner, |tx| reminders::snooze(tx, id, to));
        app.is_now("2026-11-26T08:00:00Z");
        app.tick();
        assert_eq!(app.read(owner, |tx| reminders::unread(tx, user)), 2);
    }
}

fn digests(app: &crate::app::App) -> usize {
    app.mails().iter().filter(|mail| mail.contains("List-Unsubscribe-Post")).count()
}

both! {
    fn promise_4_one_digest_a_day_at_the_hour_and_none_when_empty(app) {
        let owner = app.workspace("Acme");
        app.worker.prepare().unwrap();
        // Tuesday, eight o'clock in Berlin: nothing is owed, nothing is sent.
        app.is_now("2026-11-24T07:00:00Z");
        app.tick();
        assert_eq!(digests(app), 0);
        let ana = app.contact(owner, "Ana Li");
        app.reminder(owner, ana, "Call Ana", "2026-11-25T10:00");
        app.is_now("2026-11-25T06:59:00Z");
        app.tick();
        assert_eq!(digests(app), 0, "not before the hour");
        app.is_now("2026-11-25T07:00:00Z");
        app.tick();
        app.tick();
        app.worker.prepare().unwrap();
        app.tick();
        assert_eq!(digests(app), 1);
        let mail = app.mails().pop().unwrap();
        assert!(mail.contains("Call Ana"));
        // Away from Thursday to Monday: one catch-up, marked late.
        app.is_now("2026-11-30T11:00:00Z");
        app.tick();
        assert_eq!(digests(app), 2);
        assert!(app.mails().pop().unwrap().contains("Subject: Late"));
        // Saturday is not one of the chosen days.
        app.is_now("2026-12-05T12:00:00Z");
        app.tick();
        let sent = digests(app);
        assert!(sent <= 3, "{sent} digests: at most one for the missed weekdays");
    }
}

both! {
    fn promise_4_an_entry_has_their_words_the_draft_and_links_that_ask(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        app.hears(owner, thread, "Could you send the price list?");
        let id = app.reminder(owner, ana, "Send the price list", "2026-11-23T18:00");
        app.write(owner, |tx| rapport::outreach::mark_ready(tx, id, "Hi Ana, here it is.", true));
        let user = owner.user().unwrap();
        let digest = app.db.write_system(|sys| {
            let person = accounts::user(sys, user)?;
            digest::compose(sys, &person, "https://r.example", false)
        }).unwrap().expect("a digest");
        let slug = app.slug(owner);
        for wanted in [
            "Could you send the price list?".to_owned(),
            "Hi Ana, here it is.".into(),
            format!("https://r.example/w/{slug}/reminders/{id}/snooze"),
            format!("https://r.example/w/{slug}/reminders/{id}/done"),
        ] {
            assert!(digest.text.contains(&wanted), "no {wanted} in {}", digest.text);
            assert!(digest.html.contains(&wanted), "no {wanted} in the HTML");
        }
    }
}

both! {
    fn promise_4_a_digest_that_failed_until_after_midnight_is_the_evenings(app) {
        let owner = app.workspace("Acme");
        let user = owner.user().unwrap();
        let mut person = app.db.read_system(|sys| accounts::user(sys, user)).unwrap();
        person.digest_time = "23:30:00".parse().unwrap();
        let at = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        // Monday evening's, tried again one minute after midnight in Berlin.
        let (day, late) = digest::day_of_run(&person, at("2026-11-23T23:01:00Z"), at("2026-11-23T23:02:00Z"));
        assert_eq!((day.to_string().as_str(), late), ("2026-11-23", true));
        let (day, late) = digest::day_of_run(&person, at("2026-11-24T22:30:00Z"), at("2026-11-24T22:30:05Z"));
        assert_eq!((day.to_string().as_str(), late), ("2026-11-24", false));
    }
}

both! {
    fn promise_3_a_job_that_this_version_doesnt_know_keeps_no_other_waiting(app) {
        use diesel::RunQueryDsl;
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        app.worker.prepare().expect("a plan");
        app.db.write_system(|sys| {
            Ok(diesel::sql_query("UPDATE jobs SET data = '{\"job\": \"of_tomorrow\"}' WHERE kind = 'sweep'").execute(sys.conn())?)
        }).expect("a job");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        app.hears(owner, thread, "Later");
        let when = When { date: "2026-11-23".parse().unwrap(), time: "11:00:00".parse().unwrap() };
        app.write(owner, |tx| rapport::threads::snooze(tx, thread, when, chrono_tz::Europe::Berlin));
        app.is_now("2026-11-23T12:00:00Z");
        app.tick();
        assert_eq!(app.read(owner, |tx| rapport::threads::thread(tx, thread)).status, rapport::threads::Status::Open);
        let (waiting, parked) = app.db.read_system(queue::counts).expect("counts");
        assert!(waiting > 0 && parked == 0, "it is left to a worker that knows it");
    }
}

both! {
    fn promise_4_the_digest_can_be_switched_off(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        app.reminder(owner, ana, "Call", "2026-11-24T10:00");
        let user = owner.user().unwrap();
        let key = app.db.read_system(|sys| Ok(accounts::user(sys, user)?.digest_key)).unwrap();
        assert!(app.db.write_system(|sys| accounts::unsubscribe(sys, &key)).unwrap());
        app.is_now("2026-11-24T07:00:00Z");
        app.tick();
        assert_eq!(digests(app), 0);
        let preferences = Preferences {
            name: "Acme Owner".into(), timezone: "Europe/Berlin".into(), digest_on: true,
            digest_time: "08:00:00".parse().unwrap(), digest_days: Weekdays::default(),
        };
        assert!(app.db.write_system(|sys| accounts::save_preferences(sys, user, &preferences)).is_err(), "no days at all");
    }
}

both! {
    fn promise_4_an_answer_is_owed_to_who_wrote_lately_and_not_to_all_that_an_archive_brings(app) {
        let owner = app.workspace("Acme");
        for (name, at) in [("Ana Li", "2026-09-25T09:00:00Z"), ("Bo Moss", "2026-09-23T09:00:00Z")] {
            app.is_now(at);
            let contact = app.contact(owner, name);
            let thread = app.thread(owner, contact, Channel::Linkedin);
            app.hears(owner, thread, "And the price?");
        }
        app.is_now("2026-11-23T09:00:00Z");
        let user = owner.user().expect("a person");
        let (replies, count) = app.read(owner, |tx| reminders::replies_owed(tx, user, 50));
        let names: Vec<_> = replies.iter().map(|one| one.contact.name.as_str()).collect();
        assert_eq!((names, count), (vec!["Ana Li"], 1));
        assert_eq!(app.read(owner, |tx| reminders::replies_owed(tx, user, 1)).1, 1, "and is counted like that");
    }
}
