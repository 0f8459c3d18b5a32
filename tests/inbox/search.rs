//! Full-text search in what was said.

use rapport::{
    access::Access,
    channels::Channel,
    contacts,
    db::{self, Address, PageRequest},
    ids::ThreadId,
    imports::{self, Choice},
    threads::{self, Filter},
};

use crate::{
    app::App,
    both,
    imports::kit::{apply, look_into_as},
};

fn found(app: &App, who: Access, words: &str) -> Vec<ThreadId> {
    let filter = Filter { search: Some(words.into()), ..Filter::default() };
    let page = app.read(who, |tx| threads::list(tx, &filter, &PageRequest::first(50)));
    page.items.iter().map(|row| row.thread.id).collect()
}

/// Brings in an old conversation on LinkedIn of this many messages, a minute apart, in which all say "Marmalade".
fn bring_marmalade(app: &App, who: Access, messages: i64) {
    let mut csv = String::from(
        "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER\n\
         c1,,Mara Me,https://www.linkedin.com/in/mara,Cy Ong,https://www.linkedin.com/in/cy,2021-11-01 09:00:00 UTC,,Hello,INBOX\n",
    );
    for n in 0..messages {
        csv += &format!(
            "c2,,Mara Me,https://www.linkedin.com/in/mara,Bo Moss,https://www.linkedin.com/in/bo,2021-11-{:02} {:02}:{:02}:00 UTC,,Marmalade {n},INBOX\n",
            n / 1440 + 1,
            n / 60 % 24,
            n % 60
        );
    }
    let looked = look_into_as(app, who, "linkedin", "messages.csv", csv.as_bytes());
    app.write(who, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
    apply(app, who, looked.id, None);
}

both! {
    fn people_are_found_by_any_word_of_an_address_or_a_firm(app) {
        let owner = app.workspace("Acme");
        let mut kate = contacts::Details::named("Kate Long", contacts::Kind::Lead);
        (kate.email, kate.company) = (Some("kate.long@house.example".into()), Some("Nord-Süd/West".into()));
        app.write(owner, |tx| contacts::create(tx, &kate));
        for typed in ["kate.long@house.example", "house", "House.ex", "west", "sud", "nord-süd"] {
            let filter = contacts::Filter { search: Some(typed.into()), ..contacts::Filter::default() };
            let found = app.read(owner, |tx| contacts::list(tx, &filter, &PageRequest::first(9))).items;
            assert_eq!(found.len(), 1, "{typed}");
        }
    }
}

both! {
    fn words_are_found_in_what_was_said_and_in_the_name_of_whom_it_was_said_to(app) {
        let (owner, other) = (app.workspace("Acme"), app.workspace("Other"));
        let [ana, bob] = ["Ana Li", "Bob Ito"].map(|name| app.contact(owner, name));
        let [first, second] = [ana, bob].map(|person| app.thread(owner, person, Channel::Instagram));
        let stranger = app.contact(other, "Ana Else");
        let theirs = app.thread(other, stranger, Channel::X);
        app.hears(other, theirs, "The café sent samples");
        let said = app.hears(owner, first, "The Café opens in March, send samples").id;
        app.says(owner, second, "Ana told me about you");
        assert_eq!(found(app, owner, "cafe"), [first]);
        assert_eq!(found(app, owner, "SAMPL caf"), [first], "beginnings of words, in any order");
        assert_eq!(found(app, owner, "samples april"), [], "every word must occur");
        app.says(owner, second, "See https://acme.com/pricing, 3.5 kg, ask bob.moss@tarn.example");
        for part in ["pricing", "acme.com", "3.5", "bob.moss@tarn.example", "tarn"] {
            assert_eq!(found(app, owner, part), [second], "{part}");
        }
        app.says(owner, first, "Viele Grüße aus der Strasse in Weißrussland");
        for part in ["grusse", "Grüße", "straße", "STRASS", "GRÜSS", "grus", "Weißrussland"] {
            assert_eq!(found(app, owner, part), [first], "{part}");
        }
        app.hears(owner, first, "Øyvind and Łukasz Małolepszy meet Jose\u{301} Müller on Ærø");
        for part in ["oyvind", "ØYV", "lukasz malolepszy", "Łukasz", "jose", "mueller", "josé", "Jose\u{301}", "aero", "ærø"] {
            assert_eq!(found(app, owner, part), [first], "{part}");
        }
        let mut both = found(app, owner, "ana");
        both.sort();
        assert_eq!(both, [first, second], "said, or their name");
        for odd in ["\"", "' OR 1", "caf* AND (", "-- ;", "%", "NEAR(", "\u{0}café:*", "हिन्दी Ⓐ"] {
            found(app, owner, odd);
        }
        let hit = app.read(owner, |tx| threads::found_in(tx, "samples", &Filter::default(), &[first, second]));
        assert_eq!(hit.iter().map(|message| message.id).collect::<Vec<_>>(), [said]);
        app.write(owner, |tx| threads::remove_message(tx, said));
        assert_eq!(found(app, owner, "cafe"), []);
        app.write(owner, |tx| contacts::erase(tx, bob));
        assert_eq!(found(app, owner, "told"), []);
        assert_eq!(found(app, other, "samples"), [theirs]);
    }
}

both! {
    fn what_an_import_brought_is_found_as_soon_as_the_worker_has_indexed_it(app) {
        let owner = app.workspace("Acme");
        let csv = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER\n\
            c1,,Ana Li,https://www.linkedin.com/in/ana-li,Mara Me,https://www.linkedin.com/in/mara,2026-11-01 09:00:00 UTC,,Marmalade for breakfast,INBOX\n\
            c1,,Mara Me,https://www.linkedin.com/in/mara,Ana Li,https://www.linkedin.com/in/ana-li,2026-11-01 10:00:00 UTC,,Gladly,INBOX\n\
            c2,,Mara Me,https://www.linkedin.com/in/mara,Bo Moss,https://www.linkedin.com/in/bo,2026-11-01 10:00:00 UTC,,Hello Bo,INBOX\n";
        let looked = look_into_as(app, owner, "linkedin", "messages.csv", csv.as_bytes());
        assert_eq!(looked.problem, None);
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
        let done = apply(app, owner, looked.id, None);
        assert_eq!(found(app, owner, "marmal").len(), 1);
        app.write(owner, |tx| imports::undo(tx, done.id));
        assert_eq!(found(app, owner, "marmalade"), []);
        app.tick();
        assert_eq!(app.tick(), 0, "nothing is left to be done");
    }
}

both! {
    fn what_was_said_last_is_found_however_late_older_words_came_in(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        app.hears(owner, thread, "Marmalade, please");
        bring_marmalade(app, owner, 600);
        assert_eq!(found(app, owner, "marmalade").first(), Some(&thread), "more than 500 older ones came later");
    }
}

both! {
    fn a_search_is_narrowed_before_it_is_bounded(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let rare = app.thread(owner, ana, Channel::Messenger);
        let said = app.hears(owner, rare, "Marmalade, please").id;
        bring_marmalade(app, owner, db::LOOKED_AT + 1);
        assert_eq!(found(app, owner, "marmalade please"), [rare]);
        assert!(!found(app, owner, "marmalade").contains(&rare), "of a common word those stored last are looked at");
        let filter = Filter { search: Some("marmalade".into()), channel: Some(Channel::Messenger), ..Filter::default() };
        let page = app.read(owner, |tx| threads::list(tx, &filter, &PageRequest::first(50)));
        assert_eq!(page.items.iter().map(|row| row.thread.id).collect::<Vec<_>>(), [rare]);
        let hit = app.read(owner, |tx| threads::found_in(tx, "marmalade", &filter, &[rare]));
        assert_eq!(hit.iter().map(|message| message.id).collect::<Vec<_>>(), [said]);
    }
}

both! {
    fn the_inbox_shows_what_was_found_and_leads_to_it(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        let early = app.hears(owner, thread, "The <b>marmalade</b> is from Seville").id;
        for n in 0..140 {
            app.says(owner, thread, &format!("Line {n}"));
        }
        let (server, slug) = (app.server(), app.slug(owner));
        let browser = app.browser_of(&server, owner);
        let list = browser.get(&format!("/w/{slug}/inbox?q=MARMA")).body;
        assert!(list.contains("The &#60;b&#62;<mark>marmalade</mark>&#60;/b&#62;"), "{list}");
        let place = format!("/w/{slug}/threads/{thread}?q=MARMA&amp;at=found#found");
        assert!(list.contains(&place) || list.contains(&place.replace("&amp;", "&#38;")), "{list}");
        let page = browser.get(&format!("/w/{slug}/threads/{thread}?q=MARMA&at=found")).body;
        assert!(page.contains(&format!("id=\"message-{early}\"><span id=\"found\">")) && page.contains("Line 40"), "with those around it");
        assert!(!page.contains("Line 139"), "and not the whole conversation");
        let newest = browser.get(&format!("/w/{slug}/threads/{thread}")).body;
        assert!(newest.contains("Line 139") && !newest.contains(&format!("id=\"message-{early}\"")));
        assert!(browser.get(&format!("/w/{slug}/inbox?q=zebra")).body.contains("has all of these words"));
    }
}

both! {
    fn one_goes_from_find_to_find_within_a_conversation(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        let first = app.hears(owner, thread, "Quince marmalade, please").id;
        for n in 0..120 {
            app.says(owner, thread, &format!("Line {n}"));
        }
        let second = app.says(owner, thread, "The MARMALADE is on its way").id;
        let other = app.thread(owner, app.contact(owner, "Bo Berg"), Channel::X);
        app.hears(owner, other, "Marmalade for me too");
        let (server, slug) = (app.server(), app.slug(owner));
        let browser = app.browser_of(&server, owner);
        let page = |query: &str| browser.get(&format!("/w/{slug}/threads/{thread}?{query}")).body;
        let way = |id: rapport::ids::MessageId| format!("?q=marmalade&#38;at={id}#message-{id}\"");
        let newest = page(&format!("q=marmalade&at={second}"));
        assert!(newest.contains("1 of 2 messages with “marmalade”") && newest.contains(&way(first)), "{newest}");
        assert!(page("q=marmalade&at=found").contains("1 of 2 messages with “marmalade”"));
        let oldest = page(&format!("q=marmalade&at={first}"));
        assert!(oldest.contains("2 of 2 messages") && oldest.contains(&way(second)), "{oldest}");
        assert!(page("q=marmalade").contains("2 messages with “marmalade”"));
        assert!(!page("q=zebra").contains("messages with") && !page("").contains("messages with"));
    }
}

both! {
    fn promise_16_what_was_erased_is_in_no_file_any_more(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        app.hears(owner, thread, "The quinces are confidential");
        app.write(owner, |tx| contacts::erase(tx, ana));
        app.is_now("2026-11-23T09:06:00Z");
        app.tick();
        let Address::Sqlite(path) = &app.config.database else { return };
        for file in [path.clone(), format!("{path}-wal")] {
            let bytes = std::fs::read(&file).unwrap_or_default();
            let words = b"quinces are confidential";
            assert!(!bytes.windows(words.len()).any(|part| part == words), "{file} still tells it");
        }
    }
}
