//! Whatever people, browsers and scripts send over HTTP: refused in words that say what to do, or taken as the text it
//! is. Every route at once is in `everywhere`; archives are in `imports`.

mod everywhere;
mod sample;

use rapport::{
    channels::Channel,
    drafts::{self, TemplateForm},
    pipelines,
};
use serde_json::json;

use crate::{
    app::web::{Answer, Speaker},
    both,
};
use everywhere::{MARKUP, TAKEN};

/// What is said beside a field, or of the whole form.
#[track_caller]
fn assert_refused(answer: &Answer, status: u16, words: &str) {
    let body = answer.body.replace("&#39;", "'").replace("&#60;", "<").replace("&#34;", "\"");
    assert_eq!(answer.status, status, "{}", main_of(&body));
    assert!(body.contains(words), "no “{words}” in {}", main_of(&body));
}

/// The part of a page that is not its frame.
fn main_of(body: &str) -> &str {
    body.split_once("<main").map_or(body, |(_, rest)| rest)
}

both! {
    fn a_zone_that_is_none_is_refused_with_an_example(app) {
        let owner = app.workspace("Acme");
        let server = app.server();
        let (page, script, slug) = (app.browser_of(&server, owner), app.script_of(&server, owner), app.slug(owner));
        for zone in ["Mars/Base", "Europe/Berlin; --", "+02:00", "../../etc/passwd", "\u{0}", &"Europe/".repeat(2000)] {
            let contact = page
                .post(&format!("/w/{slug}/contacts/new"), &[("name", "Ana Li"), ("kind", "lead"), ("timezone", zone)]);
            assert_refused(&contact, if zone == "\u{0}" { 303 } else { 422 }, "");
            let me = [
                ("part", "profile"),
                ("name", "Me"),
                ("timezone", zone),
                ("digest_time", "07:30"),
                ("digest_days", "Mon"),
            ];
            assert_refused(&page.post("/me", &me), 422, "Europe/");
            let settings = [
                ("workspace", "Acme"),
                ("timezone", zone),
                ("work_from", "09:00"),
                ("work_to", "17:00"),
                ("work_days", "mon"),
                ("currency", "EUR"),
            ];
            assert_refused(&page.post(&format!("/w/{slug}/settings"), &settings), 422, "Europe/");
            let told =
                script.post_json("/api/v1/contacts", &json!({"name": "Bob Ito", "kind": "lead", "timezone": zone}));
            if zone != "\u{0}" {
                assert_refused(&told, 422, "Europe/");
                assert_eq!(told.json()["errors"][0]["field"], "timezone");
            }
        }
        let ana = app.contact(owner, "Cleo Fox");
        let plan = json!({"contact_id": ana, "title": "Call", "due": "2026-12-01T09:00", "timezone": "Mars/Base"});
        assert_refused(&script.post_json("/api/v1/reminders", &plan), 422, "Mars/Base");
    }
}

both! {
    fn text_is_shown_as_it_was_written_and_never_run(app) {
        let owner = app.workspace("Acme");
        let server = app.server();
        let (page, slug) = (app.browser_of(&server, owner), app.slug(owner));
        let form = [("name", MARKUP), ("kind", "lead"), ("company", MARKUP), ("title", MARKUP), ("pipeline", "")];
        let made = page.post(&format!("/w/{slug}/contacts/new"), &form);
        assert_eq!(made.status, 303, "{}", main_of(&made.body));
        let contact = made.location.rsplit('/').next().expect("an id").to_owned();
        let id = rapport::ids::ContactId(contact.parse().expect("a number"));
        let card = app.card(owner, id, "Connected");
        let at = |rest: &str| format!("/w/{slug}/{rest}");
        for (path, fields) in [
            (at(&format!("contacts/{contact}/notes")), vec![("note", MARKUP)]),
            (at(&format!("contacts/{contact}/tags")), vec![("tag", "<script>alert(1)</script>{{ 1337*7331 }}")]),
            (
                at(&format!("contacts/{contact}/log")),
                vec![("channel", "linkedin"), ("direction", "in"), ("body", MARKUP)],
            ),
            (at(&format!("contacts/{contact}/remind")), vec![("title", MARKUP), ("when", "tomorrow 9am")]),
            (at("settings/pipelines"), vec![("name", "<script>alert(1)</script>"), ("kind", "lead")]),
        ] {
            let answer = page.post(&path, &fields);
            assert_eq!(answer.status, 303, "{path}: {}", main_of(&answer.body));
        }
        // Their words and names are text in a draft, too: no template is made of them.
        let form = TemplateForm {
            name: MARKUP.chars().take(80).collect(),
            channel: None,
            body: "{{ name }} said: {{ last_words }}".into(),
            shared: true,
        };
        let template = app.write(owner, |tx| drafts::save_template(tx, None, &form));
        let thread = app.thread(owner, id, Channel::Linkedin);
        let pages = [
            "today",
            &format!("board/{}", card.pipeline_id),
            "contacts",
            "inbox",
            "reminders",
            "templates",
            "import",
            "audit",
            "settings",
            "settings/pipelines",
            &format!("contacts/{contact}"),
            &format!("contacts/{contact}/edit"),
            &format!("contacts/{contact}/remind"),
            &format!("contacts/{contact}/log"),
            &format!("threads/{thread}"),
            &format!("cards/{}", card.id),
            &format!("cards/{}/move", card.id),
            &format!("templates/{template}?contact={contact}"),
            &format!("contacts?{}", url::form_urlencoded::Serializer::new(String::new()).append_pair("q", MARKUP).finish()),
        ]
        .map(at);
        let mut seen = 0;
        for path in pages {
            let answer = page.get(&path);
            assert_eq!(answer.status, 200, "{path}");
            for taken in TAKEN {
                assert!(!answer.body.contains(taken), "{taken} is in {path}");
            }
            seen += usize::from(answer.body.contains("&#60;script&#62;alert(1)"));
        }
        assert!(seen > 12, "it was hardly shown at all: {seen}");
        let drafted = page.get(&at(&format!("templates/{template}?contact={contact}"))).body;
        assert!(drafted.contains("{{ 1337*7331 }}"), "a value is not read as a template");
    }
}

both! {
    fn a_template_without_end_is_refused_in_words(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let server = app.server();
        let (page, script, slug) = (app.browser_of(&server, owner), app.script_of(&server, owner), app.slug(owner));
        let doubling = format!("{{% set x = name %}}{}{{{{ x }}}}", "{% set x = x ~ x %}".repeat(60));
        let lists = format!("{}{{{{ a }}}}{}", "{% for a in [[a, a, a, a]] %}".repeat(40), "{% endfor %}".repeat(40));
        let nested = format!("{}{{{{ name }}}}{}", "{% if name %}".repeat(2000), "{% endif %}".repeat(2000));
        let deep = format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000));
        for body in [
            "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}x{% endfor %}{% endfor %}{% endfor %}",
            "{% for a in range(99999999999) %}x{% endfor %}",
            "{{ 'x' * 99999999999 }}",
            "{{ ('x' * 9999)|replace('x', 'x' * 9999)|replace('x', 'x' * 9999)|replace('x', 'x' * 9999) }}",
            "{{ ['x' * 9999] * 9999999 }}",
            "{{ 9 ** 99999999 }}",
            "{{ '%99999999999d'|format(1) }}",
            "{{ name|indent(99999999999) }}",
            "{{ name|batch(99999999999)|list }}{{ range(99999999)|list|join('x') }}",
            "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
            "{% include '/etc/passwd' %}",
            "{{ self }}{{ nobody.__class__ }}",
            "{{ ['}}'] * 99999999 }}",
            "{{ [{'a': {'b': 1}}] * 99999999 }}",
            "{# {{ ' #}{{ ['x'] * 99999999 }}{# ' }} #}",
            "{% for",
            &doubling,
            &lists,
            &nested,
            &deep,
        ] {
            let words = format!("{:.40}", body);
            let answer = page.post(&format!("/w/{slug}/templates/new"), &[("name", "Endless"), ("body", body)]);
            assert_eq!(answer.status, 422, "{words}: {}", main_of(&answer.body));
            let told = script.post_json("/api/v1/templates", &json!({"name": "Endless", "body": body}));
            assert_eq!(told.status, 422, "{words}: {}", told.body);
            let detail = told.json()["detail"].as_str().unwrap_or_default().to_owned();
            assert!(detail.chars().count() > 10 && !detail.contains("minijinja"), "{words}: {detail}");
        }
        assert!(page.get(&format!("/w/{slug}/templates/new?contact={ana}")).status == 200, "and it still answers");
        assert_eq!(app.read(owner, drafts::templates).iter().filter(|one| one.name == "Endless").count(), 0);
    }
}

both! {
    fn a_stale_or_senseless_version_moves_nothing(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let card = app.card(owner, ana, "Connected");
        let server = app.server();
        let (page, script, slug) = (app.browser_of(&server, owner), app.script_of(&server, owner), app.slug(owner));
        let (talking, move_path) = (app.stage(owner, "Talking").id.0, format!("/w/{slug}/cards/{}/move", card.id));
        let move_to =
            |version: &str| page.post(&move_path, &[("stage_id", &talking.to_string()), ("version", version)]);
        for version in ["0", "-1", "2", "2147483647"] {
            assert_refused(&move_to(version), 409, "");
        }
        for version in ["", "one", "99999999999999", "1.5"] {
            assert_refused(&move_to(version), 422, "");
        }
        let told = |version: serde_json::Value| {
            script.post_json(
                &format!("/api/v1/cards/{}/move", card.id),
                &json!({"stage_id": talking, "version": version}),
            )
        };
        let stale = told(json!(7));
        assert_eq!((stale.status, stale.json()["current"]["version"].as_i64()), (409, Some(1)), "{}", stale.body);
        for version in [json!("1"), json!(null), json!(1.5), json!(99_999_999_999_i64)] {
            let answer = told(version);
            assert!([400, 422].contains(&answer.status), "{}", answer.body);
        }
        assert_eq!(app.read(owner, |tx| pipelines::card(tx, card.id)).version, 1);
        // The same form sent twice is one move.
        assert_eq!(move_to("1").status, 303);
        assert_refused(&move_to("1"), 409, "Talking");
        assert_eq!(app.read(owner, |tx| pipelines::visits(tx, card.id)).len(), 2);
    }
}

both! {
    fn a_form_that_is_sent_twice_is_done_once(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let id = app.reminder(owner, ana, "Call", "2026-11-24T09:00");
        let server = app.server();
        let (page, script, slug) = (app.browser_of(&server, owner), app.script_of(&server, owner), app.slug(owner));
        let next = [("next", "plan"), ("title", "Ask again"), ("when", "in 3 days")];
        assert_eq!(page.post(&format!("/w/{slug}/reminders/{id}/done"), &next).status, 303);
        assert_eq!(page.post(&format!("/w/{slug}/reminders/{id}/done"), &next).status, 303, "an impatient hand");
        let other = [("next", "plan"), ("title", "Send the list"), ("when", "in 5 days")];
        let late = page.post(&format!("/w/{slug}/reminders/{id}/done"), &other);
        assert!(late.status == 409 && late.body.contains("value=\"Send the list\""), "words are kept: {}", late.body);
        let open = app.read(owner, |tx| rapport::reminders::of_contact(tx, ana)).0;
        assert_eq!(open.iter().map(|one| one.title.as_str()).collect::<Vec<_>>(), ["Ask again"], "planned once");
        // The same words about another are another: so it is when several are finished in a row on Today.
        let ben = app.contact(owner, "Ben Ito");
        let second = app.reminder(owner, ben, "Call", "2026-11-24T09:00");
        assert_eq!(page.post(&format!("/w/{slug}/reminders/{second}/done"), &next).status, 303);
        assert_eq!(app.read(owner, |tx| rapport::reminders::of_contact(tx, ben)).0[0].title, "Ask again");
        let thread = app.thread(owner, ana, rapport::channels::Channel::Instagram);
        let forms: [(String, &[(&str, &str)]); 4] = [
            (format!("/w/{slug}/threads/{thread}/messages"), &[("direction", "out"), ("body", "Two samples are on their way.")]),
            (format!("/w/{slug}/contacts/{ana}/remind"), &[("title", "Ask for the number"), ("when", "in 3 days")]),
            (format!("/w/{slug}/contacts/{ana}/notes"), &[("note", "Likes tea.")]),
            (format!("/w/{slug}/contacts/new"), &[("name", "Cy Dee"), ("kind", "lead")]),
        ];
        let many = || {
            let said = app.read(owner, |tx| rapport::threads::newest_of_contact(tx, ana, 9)).len();
            let planned = app.read(owner, |tx| rapport::reminders::of_contact(tx, ana)).0.len();
            let people = rapport::contacts::Filter::default();
            let people = app.read(owner, |tx| rapport::contacts::list(tx, &people, &rapport::db::PageRequest::first(9)));
            let told = app.read(owner, |tx| rapport::timeline::audit(tx, &rapport::db::PageRequest::first(50), Some(ana)));
            (said, planned, people.items.len(), told.items.len())
        };
        for (path, fields) in &forms {
            let first = page.post(path, fields);
            assert_eq!(first.status, 303, "{path}: {}", first.body);
            let made = many();
            assert_eq!(page.post(path, fields).status, 303, "{path}");
            assert_eq!(many(), made, "{path}");
        }
        app.is_now("2026-11-23T09:00:30Z");
        let before = many();
        page.post(&forms[0].0, forms[0].1);
        assert_eq!(many().0, before.0 + 1, "later it is meant");
        let person = json!({"name": "Bob Ito", "kind": "lead", "email": "bob@ito.example"});
        let keyed = |body: &serde_json::Value| {
            script.send(script.request("post", "/api/v1/contacts").header("Idempotency-Key", "k1").json(body))
        };
        let (first, second) = (keyed(&person), keyed(&person));
        assert_eq!((first.status, second.status, first.json()["id"].clone()), (201, 201, second.json()["id"].clone()));
        let other = keyed(&json!({"name": "Somebody else", "kind": "lead"}));
        assert!([409, 422].contains(&other.status), "a key is for one request: {}", other.body);
        let third = script.post_json("/api/v1/contacts", &person);
        assert_eq!((third.status, third.json()["current"]["id"].clone()), (409, first.json()["id"].clone()));
    }
}

both! {
    fn a_body_of_three_megabytes_is_refused_in_words(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let server = app.server();
        let (page, script, slug) = (app.browser_of(&server, owner), app.script_of(&server, owner), app.slug(owner));
        let large = "x".repeat(3 << 20);
        assert_refused(&page.post(&format!("/w/{slug}/contacts/{ana}/notes"), &[("note", &large)]), 413, "too large");
        assert_refused(&page.post(&format!("/w/{slug}/paste"), &[("text", &large)]), 413, "too large");
        assert_refused(&server.stranger().post("/login", &[("email", &large), ("password", "x")]), 413, "too large");
        let told = script.post_json("/api/v1/contacts", &json!({"name": large, "kind": "lead"}));
        assert_refused(&told, 413, "larger than 1 MB");
        assert_eq!(told.json()["status"], 413);
        let card = app.card(owner, ana, "Connected");
        let drop = json!({"stage_id": 1, "version": 1, "x": large});
        assert_eq!(page.post_json(&format!("/w/{slug}/cards/{}/drop", card.id), &drop).status, 413);
        let nested = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let request =
            script.request("post", "/api/v1/contacts").header("Content-Type", "application/json").body(nested);
        assert!([400, 422].contains(&script.send(request).status));
        let request = script
            .request("post", "/api/v1/contacts")
            .header("Content-Type", "application/json")
            .body(vec![0xff_u8, 0xfe]);
        assert_eq!(script.send(request).status, 400);
    }
}

both! {
    fn what_is_too_long_is_refused_beside_its_field(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let server = app.server();
        let (page, script, slug) = (app.browser_of(&server, owner), app.script_of(&server, owner), app.slug(owner));
        let (long, longer, longest) = ("x".repeat(10_000), "x".repeat(20_001), "x".repeat(100_001));
        let pipeline = app.pipeline(owner, rapport::contacts::Kind::Lead);
        let at = |rest: &str| format!("/w/{slug}/{rest}");
        for (path, fields, words) in [
            (at("contacts/new"), vec![("name", long.as_str()), ("kind", "lead")], "200"),
            (at(&format!("contacts/{ana}/edit")), vec![("name", &long), ("kind", "lead")], "200"),
            (at(&format!("contacts/{ana}/tags")), vec![("tag", &long)], ""),
            (at(&format!("contacts/{ana}/handles")), vec![("handle", &long)], ""),
            (at(&format!("contacts/{ana}/remind")), vec![("title", &long), ("when", "tomorrow")], ""),
            (at(&format!("contacts/{ana}/remind")), vec![("title", "Call"), ("when", &long)], ""),
            (at("templates/new"), vec![("name", &long), ("body", "Hello")], "80"),
            (at(&format!("contacts/{ana}/notes")), vec![("note", &longer)], "20,000"),
            (
                at(&format!("contacts/{ana}/log")),
                vec![("channel", "x"), ("direction", "in"), ("body", &longest)],
                "100,000",
            ),
            (
                at("settings"),
                vec![
                    ("workspace", &long),
                    ("timezone", "Europe/Berlin"),
                    ("work_from", "09:00"),
                    ("work_to", "17:00"),
                    ("work_days", "mon"),
                    ("currency", "EUR"),
                ],
                "80",
            ),
            (at("settings/tokens"), vec![("name", &long)], "80"),
            (at("settings/pipelines"), vec![("name", &long), ("kind", "lead")], ""),
            (at(&format!("settings/pipelines/{pipeline}/stages")), vec![("name", &long), ("state", "open")], ""),
            (at("settings/members"), vec![("email", &long), ("role", "viewer")], ""),
            (
                "/me".to_owned(),
                vec![
                    ("part", "profile"),
                    ("name", &long),
                    ("timezone", "Europe/Berlin"),
                    ("digest_time", "07:30"),
                    ("digest_days", "Mon"),
                ],
                "",
            ),
        ] {
            let answer = page.post(&path, &fields);
            assert_eq!(answer.status, 422, "{path}");
            assert_refused(&answer, 422, words);
            let told = main_of(&answer.body).replace(&long, "");
            assert!(
                told.contains("class=\"error") || told.contains("problem") || told.contains("notice"),
                "{path}: {told}"
            );
        }
        let told = script.post_json("/api/v1/contacts", &json!({"name": long, "kind": "lead"}));
        assert_refused(&told, 422, "200");
        assert_eq!(told.json()["errors"][0]["field"], "name");
    }
}

fn shown_name(page: &Speaker, path: &str) -> String {
    let body = page.get(path).body;
    body.split_once("<h1")
        .and_then(|(_, rest)| rest.split_once("</h1>"))
        .map_or(String::new(), |(name, _)| name.to_owned())
}

both! {
    fn invisible_and_turning_characters_are_taken_out(app) {
        let owner = app.workspace("Acme");
        let server = app.server();
        let (page, script, slug) = (app.browser_of(&server, owner), app.script_of(&server, owner), app.slug(owner));
        let tricky = "Ana\u{202e}\u{2066}\u{0}\u{7}\u{feff} Li\r\n";
        let made =
            page.post(&format!("/w/{slug}/contacts/new"), &[("name", tricky), ("kind", "lead"), ("company", tricky)]);
        assert_eq!(made.status, 303, "{}", main_of(&made.body));
        assert!(shown_name(&page, &made.location).ends_with(">Ana Li"), "{}", shown_name(&page, &made.location));
        let told = script.post_json("/api/v1/contacts", &json!({"name": tricky, "kind": "lead"}));
        assert_eq!((told.status, told.json()["name"].as_str()), (201, Some("Ana Li")), "{}", told.body);
        let id = told.json()["id"].clone();
        let thread =
            script.post_json("/api/v1/threads", &json!({"contact_id": id, "channel": "x"})).json()["id"].clone();
        let message = json!({"direction": "in", "body": "A\u{202e}B\u{0}C\n\tD", "external_id": "a\u{0}b"});
        let said = script.post_json(&format!("/api/v1/threads/{thread}/messages"), &message);
        assert!(said.status < 500, "{}", said.body);
        let plain = json!({"direction": "in", "body": "A\u{202e}B\u{0}C\n\tD"});
        let said = script.post_json(&format!("/api/v1/threads/{thread}/messages"), &plain);
        assert_eq!((said.status, said.json()["body"].as_str()), (201, Some("ABC\n\tD")), "{}", said.body);
        for query in [
            "contacts?q=%00",
            "contacts?q=a%00b",
            "contacts?q=%25_%5C",
            "contacts?q=%FF%FE",
            "inbox?q=%00",
            "contacts?after=%00",
        ] {
            let answer = page.get(&format!("/w/{slug}/{query}"));
            assert!(answer.status < 500, "{query}: {}", answer.status);
        }
        for path in
            ["/w/%00/today", "/w/%FF/today", "/w/../today", "/w/acme%2F..%2Fx/today", "/%00", "/assets/%00/%00", "/w/"]
        {
            let answer = page.get(path);
            assert!([303, 404, 400].contains(&answer.status), "{path}: {}", answer.status);
        }
    }
}

both! {
    fn a_search_or_a_list_of_any_size_is_answered(app) {
        let server = app.server();
        let sample = sample::Sample::new(app, &server, "Umbra");
        let (page, slug) = (&sample.page, sample.slug.clone());
        let import = sample.id("import");
        let long = "a".repeat(60_000);
        for path in [
            format!("/w/{slug}/contacts?q={long}"),
            format!("/w/{slug}/import/{import}?q={long}"),
            format!("/w/{slug}/contacts?after={long}"),
        ] {
            let answer = page.get(&path);
            assert!(answer.status < 500, "{:.40}: {}", path, answer.status);
        }
        let words = "a ".repeat(20_000).replace(' ', "+");
        assert!(page.get(&format!("/w/{slug}/contacts?q={words}")).status < 500);
        // More ticks than a statement takes.
        let ticks: Vec<(&str, String)> = (0..70_000).map(|n| ("shown", n.to_string())).collect();
        let answer = page.send(page.request("post", &format!("/w/{slug}/import/{import}/choose")).form(&ticks));
        assert_eq!(answer.status, 303, "{}", main_of(&answer.body));
    }
}
