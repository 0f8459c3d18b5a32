//! The contract for scripts: what each command prints, what it takes from stdin, and how it fails.

use std::collections::BTreeMap;

use rapport::{
    accounts,
    db::{Clock, Instant},
};

use super::{
    archive,
    place::{PASSWORD, Place, number},
    writers,
};
use crate::{app::sink::Sink, places};

/// The `name=value` pairs of a line.
fn pairs(line: &str) -> BTreeMap<&str, &str> {
    line.split_whitespace().filter_map(|pair| pair.split_once('=')).collect()
}

fn sign_in(place: &Place, email: &str, password: &str) -> bool {
    accounts::sign_in(&place.db(), email, password.trim(), "test", "127.0.0.1").is_ok()
}

places! {
    fn the_demo_prints_how_to_get_in_and_is_of_the_size_asked_for(place) {
        let printed = place.run(&["demo", "--no-serve"]);
        let line = printed.lines().find(|line| line.starts_with("workspace=")).expect("the line");
        let told = pairs(line);
        assert_eq!(told.keys().copied().collect::<Vec<_>>(), ["email", "password", "url", "workspace"]);
        assert!(line.starts_with("workspace=") && told["url"].ends_with(&format!("/w/{}/today", told["workspace"])));
        assert!(sign_in(place, told["email"], told["password"]), "{line}");
        let large = place.another();
        let printed = large.run(&["demo", "--contacts", "60", "--messages", "300", "--seed", "7", "--no-serve"]);
        assert!(pairs(&printed).contains_key("workspace"), "{printed}");
        let mut conn = large.conn();
        assert_eq!(number(&mut conn, "SELECT count(*) AS n FROM contacts"), 60);
        assert_eq!(number(&mut conn, "SELECT count(*) AS n FROM messages"), 300);
    }
}

places! {
    fn people_are_added_with_a_password_from_stdin_or_by_invitation(place) {
        place.founded();
        assert!(sign_in(place, "ana@acme.test", PASSWORD));
        let add = ["user", "add", "bo@acme.test", "--workspace", "acme", "--role", "manager", "--name", "Bo Ek"];
        let said = place.run_saying(&add, "harbours under a loud lantern\n");
        assert_eq!(
            pairs(&said),
            BTreeMap::from([("user", "bo@acme.test"), ("workspace", "acme"), ("role", "manager")])
        );
        assert!(sign_in(place, "bo@acme.test", "harbours under a loud lantern"));
        assert!(!sign_in(place, "bo@acme.test", "harbours under a loud lantern\n."));
        let said = place.run(&["user", "add", "cy@acme.test", "--workspace", "acme"]);
        assert!(pairs(&said)["invitation"].starts_with("http://127.0.0.1:8080/invite/"), "{said}");
        let weak = place.run_with(place.command(&["user", "add", "dan@acme.test", "--workspace", "acme"]), "12345\n");
        assert!(weak.code != 0 && weak.err.contains("at least 10 characters"), "{weak:?}");
        assert!(place.refuse(&["user", "add", "dan@acme.test", "--workspace", "nowhere"]).contains("nowhere"));
        assert!(place.refuse(&["user", "add", "dan", "--workspace", "acme"]).contains("dan"));
        let users = "SELECT count(*) AS n FROM users";
        assert_eq!(number(&mut place.conn(), users), 2, "refused and invited people have no account yet");
    }
}

places! {
    fn a_token_is_printed_once_and_opens_the_workspace_only_for_its_member(place) {
        let token = place.founded();
        assert!(token.starts_with("rapport_") && !token.contains(char::is_whitespace), "{token}");
        let pass = place.db().read_system(|sys| accounts::token_access(sys, &token)).expect("a read");
        assert!(pass.is_some());
        let kept = format!("SELECT count(*) AS n FROM tokens WHERE key_hash LIKE '%{token}%'");
        assert_eq!(number(&mut place.conn(), &kept), 0, "the secret itself is nowhere");
        place.run(&["workspace", "add", "Other", "--owner", "otto@other.test"]);
        assert!(place.refuse(&["token", "add", "--user", "ana@acme.test", "--workspace", "other"]).contains("other"));
        assert!(
            place.refuse(&["token", "add", "--user", "nobody@acme.test", "--workspace", "acme"]).contains("nobody@")
        );
    }
}

places! {
    fn an_import_is_shown_first_then_done_and_the_second_time_changes_nothing(place) {
        place.founded();
        let file = place.data.join("archive.zip");
        archive::write(&file, 30, 10, 55);
        let path = file.to_str().expect("a path");
        let import = |more: &[&str]| {
            let fixed = ["import", "linkedin", path, "--workspace", "acme", "--as", "ana@acme.test"];
            place.run(&[&fixed[..], more].concat())
        };
        let stored = || {
            let mut conn = place.conn();
            ["contacts", "threads", "messages"].map(|t| number(&mut conn, &format!("SELECT count(*) AS n FROM {t}")))
        };
        let shown = import(&["--dry-run"]);
        assert!(shown.contains("archive of Mara Lindqvist"), "{shown}");
        assert_eq!((pairs(&shown)["new"], pairs(&shown)["messages"], pairs(&shown)["invalid"]), ("30", "55", "0"));
        assert_eq!(stored(), [0, 0, 0], "only shown");
        let done = import(&[]);
        assert_eq!((pairs(&done)["people"], stored()), ("10", [10, 10, 55]), "whoever was talked with");
        let done = import(&["--all"]);
        assert_eq!((pairs(&done)["unchanged"], pairs(&done)["people"], pairs(&done)["messages"]), ("10", "20", "0"));
        assert_eq!(stored(), [30, 10, 55]);
        let done = import(&["--all"]);
        assert_eq!((pairs(&done)["new"], pairs(&done)["unchanged"], stored()), ("0", "30", [30, 10, 55]));
        let left = std::fs::read_dir(place.data.join("uploads")).expect("a folder").count();
        assert_eq!(left, 0, "private files don't stay");
        std::fs::write(&file, b"not a ZIP").expect("written");
        let words = place.refuse(&["import", "linkedin", path, "--workspace", "acme", "--as", "ana@acme.test"]);
        assert!(words.contains("ZIP") || words.contains("zip"), "{words}");
        place.refuse(&["import", "carrier-pigeon", path, "--workspace", "acme", "--as", "ana@acme.test"]);
        assert_eq!(stored(), [30, 10, 55]);
    }
}

places! {
    fn a_digest_is_printed_for_any_instant_and_sent_only_when_asked(place) {
        let (token, sink) = (place.founded(), Sink::start());
        let nothing = place.run(&["digest", "--user", "ana@acme.test"]);
        assert!(nothing.contains("Nothing is due"), "{nothing}");
        let running = place.serve(&["--no-worker"]);
        let (ana, _) = writers::add(&running.base, &token, "Ana Li").expect("an answer");
        let tomorrow = Clock::System.now().plus(chrono::TimeDelta::days(1)).utc().format("%Y-%m-%d").to_string();
        let reminder = serde_json::json!({
            "contact_id": ana, "title": "Send the offer", "due": format!("{tomorrow}T12:00"), "timezone": "UTC",
        });
        let planned = running.request("POST", "/api/v1/reminders", &token).json(&reminder).send().expect("an answer");
        assert_eq!(planned.status().as_u16(), 201);
        assert!(place.run(&["digest", "--user", "ana@acme.test"]).contains("Nothing is due"), "not yet");
        let at: Instant = format!("{tomorrow}T12:30:00Z").parse().expect("an instant");
        let printed = place.run(&["digest", "--user", "ana@acme.test", "--at", &at.rfc3339()]);
        assert!(printed.starts_with("Subject: 1 follow-up for ") && printed.contains("Send the offer"), "{printed}");
        assert_eq!(number(&mut place.conn(), "SELECT count(*) AS n FROM mails"), 0, "printing sends nothing");
        let mut send = place.command(&["digest", "--user", "ana@acme.test", "--at", &at.rfc3339(), "--send"]);
        send.env("SMTP_URL", sink.url());
        let said = place.run_with(send, "");
        assert!(said.code == 0 && said.out.contains("sent to ana@acme.test"), "{said:?}");
        let to: Vec<String> = sink.letters().iter().map(|letter| letter.to.join(",")).collect();
        assert_eq!(to, ["ana@acme.test"], "this one digest, and nothing else that is due by then");
        // It was the digest of its day: due work sends no second one.
        let mut tick = place.command(&["tick", "--at", &at.rfc3339()]);
        tick.env("SMTP_URL", sink.url());
        assert_eq!(place.run_with(tick, "").code, 0);
        assert_eq!(number(&mut place.conn(), "SELECT count(*) AS n FROM mails WHERE kind = 'digest'"), 1);
        assert!(place.refuse(&["digest", "--user", "nobody@acme.test"]).contains("nobody@acme.test"));
    }
}

places! {
    fn the_doctor_finds_nothing_or_says_what_to_mend(place) {
        place.founded();
        let well = place.run(&["doctor"]);
        for what in ["data", "address", "database", "work", "clock", "mail"] {
            assert!(well.lines().any(|line| line.starts_with(&format!("ok   {what}:"))), "{what}: {well}");
        }
        assert!(!well.contains("MEND"), "{well}");
        let mut ill = place.command(&["doctor"]);
        ill.env("SMTP_URL", "smtp://127.0.0.1:1").env("RAPPORT_BASE_URL", "http://rapport.acme.test");
        let said = place.run_with(ill, "");
        assert_ne!(said.code, 0);
        assert!(said.out.contains("MEND mail:") && said.out.contains("MEND address:"), "{said:?}");
        let mut lost = place.command(&["doctor"]);
        lost.env("DATABASE_URL", "postgres://rapport@127.0.0.1:1/none?connect_timeout=1");
        let said = place.run_with(lost, "");
        assert!(said.code != 0 && said.out.contains("MEND database:"), "{said:?}");
    }
}

places! {
    fn a_served_rapport_is_ready_and_tells_how_to_set_it_up_only_before_anybody_is_there(place) {
        let running = place.serve(&[]);
        let get = |path: &str| reqwest::blocking::get(format!("{}{path}", running.base)).expect("an answer");
        assert_eq!(get("/healthz").status().as_u16(), 200);
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while get("/readyz").status().as_u16() != 200 {
            assert!(std::time::Instant::now() < deadline, "{:?}", get("/readyz").text());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert!(get("/metrics").text().expect("text").contains("\nrapport_up 1\n"));
        let said = running.end();
        assert!(said.contains("/setup/"), "{said}");
        place.founded();
        let said = place.serve(&[]).end();
        assert!(said.contains("Rapport is at") && !said.contains("/setup/"), "{said}");
    }
}
