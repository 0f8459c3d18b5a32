//! A long conversation opens at its newest end and is read both ways.

use rapport::{
    channels::{Channel, Direction},
    db::Instant,
    threads::{self, NewMessage},
};

use crate::both;

/// The address that a link with these words leads to.
fn link(page: &str, words: &str) -> Option<String> {
    let before = page.split(words).next().filter(|before| before.len() < page.len())?;
    let address = before.rsplit("href=\"").find(|rest| rest.starts_with("/w/"))?.split('"').next()?;
    Some(address.replace("&amp;", "&").replace("&#38;", "&"))
}

both! {
    fn a_long_conversation_is_read_back_and_forth_and_from_a_day_on(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        let first: Instant = "2026-01-01T12:00:00Z".parse().expect("an instant");
        app.write(owner, |tx| {
            for day in 0..230 {
                let sent_at = Some(first.plus(chrono::TimeDelta::days(day)));
                let new = NewMessage { sent_at, ..NewMessage::now(Direction::Out, &format!("Line {day}.")) };
                threads::log_message(tx, thread, &new)?;
            }
            Ok(())
        });
        let (server, slug) = (app.server(), app.slug(owner));
        let browser = app.browser_of(&server, owner);
        let shows = |page: &str| {
            let page = page.split("<ol class=\"messages\"").nth(1).and_then(|rest| rest.split("</ol>").next()).expect("messages");
            let all: Vec<i64> = (0..230).filter(|day| page.contains(&format!("Line {day}."))).collect();
            (*all.first().expect("a line"), *all.last().expect("a line"), all.len())
        };
        let newest = browser.get(&format!("/w/{slug}/threads/{thread}")).body;
        assert_eq!(shows(&newest), (130, 229, 100));
        assert_eq!(link(&newest, "Newer</a>"), None);
        let older = browser.get(&link(&newest, "Older</a>").expect("a way back")).body;
        assert_eq!(shows(&older), (30, 129, 100));
        let oldest = browser.get(&link(&older, "Older</a>").expect("a way further back")).body;
        assert_eq!((shows(&oldest), link(&oldest, "Older</a>")), ((0, 29, 30), None));
        let newer = browser.get(&link(&oldest, "Newer</a>").expect("a way forth")).body;
        assert_eq!(shows(&newer), (30, 129, 100));
        let end = browser.get(&link(&newer, "Newer</a>").expect("a way further forth")).body;
        assert_eq!((shows(&end), link(&end, "Newer</a>"), link(&end, "Newest</a>")), ((130, 229, 100), None, None));
        let day = browser.get(&format!("/w/{slug}/threads/{thread}?day=2026-02-20")).body;
        let (from, to, many) = shows(&day);
        assert!(from < 50 && to > 50 && many == 100, "{from} to {to}");
        let jump = day.split("data-jump=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a place");
        let there = day.split(&format!("id=\"{jump}\"")).nth(1).expect("the message");
        assert!(there.find("Line 50.").is_some_and(|at| Some(at) < there.find("Line 51.")), "the first of that day");
        let beyond = browser.get(&format!("/w/{slug}/threads/{thread}?day=2030-01-01")).body;
        assert_eq!(shows(&beyond), (130, 229, 100));
    }
}
