//! What the pages and forms of a workspace are called with.

use rapport::{access::Role, channels::Channel, ids::PipelineId, web::routes::Route};

use super::{
    call::Call,
    world::{Actor, World},
};

const THANKS: &str = "Thank you for the call about the spring fair.";

/// The fixture of a route below `/w/{slug}`; none for other routes.
pub fn call(world: &World<'_>, route: &Route, by: &Actor) -> Option<Call> {
    let path = route.path.strip_prefix("/w/{slug}")?;
    people(world, route.method, path, by)
        .or_else(|| cards(world, route.method, path))
        .or_else(|| threads(world, route.method, path))
        .or_else(|| reminders(world, route.method, path, by))
        .or_else(|| imports(world, route.method, path))
        .or_else(|| settings(world, route.method, path, by))
        .or_else(|| arranging(world, route.method, path))
}

fn people(world: &World<'_>, method: &str, path: &str, by: &Actor) -> Option<Call> {
    Some(match (method, path) {
        ("get", "/start" | "/live" | "/today" | "/contacts" | "/contacts/new") => Call::plain(),
        ("post", "/start/close") => Call::plain(),
        // Whoever comes second is told that the demo is here already.
        ("post", "/start/demo") => Call::plain().answers(&[303, 422]),
        ("post", "/contacts/new") => {
            let call = Call::plain().with("name", world.words("Newcomer")).with("kind", "lead");
            call.naming("pipeline", world.pipeline().0)
        }
        ("get", "/contacts/{id}" | "/contacts/{id}/edit" | "/contacts/{id}/merge") => Call::at(&[&world.person()]),
        ("post", "/contacts/{id}/edit") => {
            Call::at(&[&world.person()]).with("name", world.words("Renamed")).with("kind", "ambassador")
        }
        ("post", "/contacts/{id}/notes") => Call::at(&[&world.person()]).with("note", world.words("note")),
        ("get", "/notes/{id}") | ("post", "/notes/{id}/remove") => Call::at(&[&world.note(by.access)]),
        ("post", "/notes/{id}") => Call::at(&[&world.note(by.access)]).with("note", world.words("note")),
        ("post", "/contacts/{id}/tags") => Call::at(&[&world.person()]).with("tag", world.words("tag")),
        ("post", "/contacts/{id}/tags/{tag}/remove") => {
            let (contact, tag) = world.tag();
            Call::at(&[&contact, &tag])
        }
        ("post", "/contacts/{id}/handles") => {
            Call::at(&[&world.person()]).with("handle", format!("instagram: {}_{}", world.mark, world.next()))
        }
        ("post", "/handles/{id}/remove") => Call::at(&[&world.handle()]),
        ("post", "/contacts/{id}/owner") => Call::at(&[&world.person()]).naming("owner", world.owner.id()),
        ("post", "/contacts/{id}/prefer") => Call::at(&[&world.person()]).with("channel", "x"),
        ("post", "/contacts/{id}/bar") => Call::at(&[&world.person()]).with("reason", "asked us to stop"),
        ("post", "/contacts/{id}/unbar" | "/contacts/{id}/erase") => Call::at(&[&world.person()]),
        ("get" | "post", "/contacts/{id}/merge/{other}" | "/contacts/{id}/apart/{other}") => {
            Call::at(&[&world.person(), &world.person()])
        }
        ("post", "/merges/{id}/undo") => Call::at(&[&world.merge()]),
        _ => return None,
    })
}

fn cards(world: &World<'_>, method: &str, path: &str) -> Option<Call> {
    Some(match (method, path) {
        ("get", "/board") => Call::plain(),
        ("get", "/board/{pipeline}" | "/board/{pipeline}/list") => Call::at(&[&world.pipeline()]),
        ("get", "/stages/{stage}") => Call::at(&[&world.stage("Connected")]),
        ("get", "/cards/{id}" | "/cards/{id}/move") => Call::at(&[&world.card().id]),
        ("post", "/cards") => {
            let call = Call::plain().naming("contact_id", world.person().0);
            call.naming("pipeline_id", world.pipeline().0).naming("stage_id", world.stage("Connected").0)
        }
        ("post", "/cards/{id}") => {
            Call::at(&[&world.card().id]).with("value", "120.50").naming("owner", world.owner.id())
        }
        ("post", "/cards/{id}/move") => {
            let card = world.card();
            let call = Call::at(&[&card.id]).naming("stage_id", world.stage("Talking").0);
            let call = call.with("version", card.version).with("note", "at the fair");
            call.naming("message_id", world.message_of(card.contact_id).0)
        }
        ("post", "/cards/{id}/drop") => {
            let card = world.card();
            let call = Call::at(&[&card.id]).json().naming("stage_id", world.stage("Talking").0);
            call.with("version", card.version)
        }
        ("post", "/cards/{id}/remove") => Call::at(&[&world.card().id]),
        ("post", "/visits/{id}/undo") => Call::at(&[&world.moved().visit]),
        _ => return None,
    })
}

fn threads(world: &World<'_>, method: &str, path: &str) -> Option<Call> {
    Some(match (method, path) {
        ("get", "/inbox" | "/paste") => Call::plain(),
        ("get", "/threads/{id}" | "/threads/{id}/snooze") => {
            let contact = world.person();
            world.message_of(contact);
            Call::at(&[&world.thread_with(contact)])
        }
        ("post", "/threads/{id}/messages") => {
            Call::at(&[&world.thread()]).with("direction", "in").with("body", world.words("Yes"))
        }
        ("post", "/threads/{id}/close" | "/threads/{id}/reopen") => Call::at(&[&world.thread()]),
        ("post", "/threads/{id}/seen") => {
            let contact = world.person();
            let last = world.message_of(contact);
            Call::at(&[&world.thread_with(contact)]).naming("last", last.0)
        }
        ("post", "/threads/{id}/insert") => {
            Call::at(&[&world.thread()]).with("body", "Hi").naming("template", world.template(world.who()).0)
        }
        ("post", "/threads/{id}/mark") => Call::at(&[&world.thread()]).with("read", "no"),
        ("post", "/threads/{id}/snooze") => Call::at(&[&world.thread()]).with("when", "tomorrow"),
        ("post", "/threads/{id}/assign") => Call::at(&[&world.thread()]).naming("assignee", world.owner.id()),
        ("post", "/threads/{id}/url") => Call::at(&[&world.thread()]).with("url", world.thread_url()),
        ("post", "/files/{id}/remove") => Call::at(&[&world.attachment()]),
        ("get", "/files/{id}" | "/files/{id}/thumb") => Call::at(&[&world.attachment()]),
        ("post", "/messages/{id}/files") => {
            Call::at(&[&world.message_of(world.person())]).upload().with("text", world.words("notes"))
        }
        ("post", "/messages/{id}/remove") => Call::at(&[&world.message_of(world.person())]),
        ("get", "/contacts/{id}/log") => Call::at(&[&world.person()]),
        ("post", "/contacts/{id}/log") => {
            let call = Call::at(&[&world.person()]).with("channel", Channel::Instagram.as_str());
            call.with("direction", "out").with("body", world.words("Hello"))
        }
        ("post", "/paste") => {
            let call = Call::plain().with("step", "save").naming("contact", world.person().0).with("channel", "x");
            call.with("body_0", world.words("Pasted")).with("at_0", "2026-11-20T09:00").with("side_0", "theirs")
        }
        _ => return None,
    })
}

fn reminders(world: &World<'_>, method: &str, path: &str, by: &Actor) -> Option<Call> {
    Some(match (method, path) {
        ("get", "/reminders" | "/templates" | "/templates/new") => Call::plain(),
        ("get", "/contacts/{id}/remind") => Call::at(&[&world.person()]),
        ("post", "/contacts/{id}/remind") => {
            let (card, thread) = world.engaged();
            let call = Call::at(&[&card.contact_id]).with("title", world.words("Call")).with("when", "tomorrow 9am");
            let call = call.naming("card_id", card.id.0).naming("thread_id", thread.0);
            call.naming("template_id", world.template(world.who()).0).naming("user", world.owner.id())
        }
        ("get", "/reminders/{id}" | "/reminders/{id}/snooze" | "/reminders/{id}/done") => {
            Call::at(&[&world.reminder()])
        }
        ("post", "/reminders/{id}/snooze") => Call::at(&[&world.reminder()]).with("when", "in 3 days"),
        ("post", "/reminders/{id}/done") => {
            let call = Call::at(&[&world.reminder()]).with("next", "plan").with("title", world.words("Ask again"));
            call.with("when", "in 3 days").naming("template_id", world.template(world.who()).0)
        }
        ("post", "/reminders/{id}/skip") => Call::at(&[&world.reminder()]),
        ("post", "/reminders/{id}/hand") => Call::at(&[&world.reminder()]).naming("user", world.owner.id()),
        ("post", "/reminders/{id}/draft") => Call::at(&[&world.reminder()]).with("draft", THANKS),
        ("post", "/reminders/{id}/sent") => {
            let call = Call::at(&[&world.reminder()]).with("answer", "edited").with("text", THANKS);
            call.with("override", "agreed on the phone").with("next", "nothing")
        }
        ("post", "/templates/new") => template_form(Call::plain(), world, by),
        ("get", "/templates/{id}") => Call::at(&[&world.template(world.who())]),
        ("post", "/templates/{id}") => template_form(Call::at(&[&world.template(by.access)]), world, by),
        ("post", "/templates/{id}/remove" | "/templates/{id}/restore" | "/templates/{id}/variants") => {
            Call::at(&[&world.template(by.access)])
        }
        _ => return None,
    })
}

/// Everybody's where its maker may, else their own.
fn template_form(call: Call, world: &World<'_>, by: &Actor) -> Call {
    let call = call.with("name", world.words("template")).with("body", "Hello {{ first_name }}");
    if by.access.may(rapport::access::Right::Arrange) { call.with("shared", "1") } else { call }
}

fn imports(world: &World<'_>, method: &str, path: &str) -> Option<Call> {
    Some(match (method, path) {
        ("get", "/import") => Call::plain(),
        ("post", "/import") => Call::plain().upload().with("text", world.archive()),
        ("get", "/import/{id}") => Call::at(&[&world.preview()]),
        ("post", "/import/{id}/choose") => Call::at(&[&world.preview()]).with("choice", "nobody"),
        ("post", "/import/{id}/apply") => Call::at(&[&world.preview()]).naming("stage", world.stage("Connected").0),
        ("post", "/import/{id}/discard") => Call::at(&[&world.preview()]),
        ("post", "/import/{id}/undo") => Call::at(&[&world.imported()]),
        _ => return None,
    })
}

fn settings(world: &World<'_>, method: &str, path: &str, by: &Actor) -> Option<Call> {
    Some(match (method, path) {
        ("get", "/settings" | "/settings/members" | "/settings/tokens" | "/settings/mail" | "/audit") => Call::plain(),
        ("post", "/settings") => {
            let call = Call::plain().with("workspace", world.mark).with("timezone", "Europe/Berlin");
            let call = call.with("work_from", "09:00").with("work_to", "17:00").with("work_days", "mon");
            call.with("currency", "EUR")
        }
        // It is no demo: told so, and nothing is removed.
        ("post", "/settings/demo/remove") => Call::plain().answers(&[422]),
        ("post", "/settings/members") => {
            Call::plain().with("email", format!("new{}@test.example", world.next())).with("role", "viewer")
        }
        ("post", "/settings/members/{id}/role") => {
            Call::at(&[&world.member(Role::Viewer).id()]).with("role", "manager")
        }
        // Owners remove somebody else, everybody else themselves.
        ("post", "/settings/members/{id}/remove") if by.access.role() == Role::Owner => {
            Call::at(&[&world.member(Role::Viewer).id()])
        }
        ("post", "/settings/members/{id}/remove") => Call::at(&[&by.id()]),
        ("post", "/settings/invitations/{id}/withdraw") => Call::at(&[&world.invitation()]),
        ("post", "/settings/tokens") => Call::plain().with("name", "a script"),
        ("post", "/settings/tokens/{id}/revoke") => Call::at(&[&world.token(by.access)]),
        ("post", "/settings/mail/test" | "/settings/mail/release") => Call::plain(),
        ("post", "/settings/mail/{id}/resend") => Call::at(&[&world.lost_mail()]),
        _ => return None,
    })
}

fn arranging(world: &World<'_>, method: &str, path: &str) -> Option<Call> {
    let stage_form = |call: Call| call.with("name", world.words("stage")).with("state", "open");
    let pipeline = || -> PipelineId { world.arranged().0 };
    Some(match (method, path) {
        ("get", "/settings/pipelines") => Call::plain(),
        ("post", "/settings/pipelines") => Call::plain().with("name", world.words("way")).with("kind", "influencer"),
        ("get", "/settings/pipelines/{id}") => Call::at(&[&world.pipeline()]),
        ("post", "/settings/pipelines/{id}") => {
            Call::at(&[&pipeline()]).with("name", world.words("way")).with("lost_reasons", "too dear\nno time")
        }
        ("post", "/settings/pipelines/{id}/stages") => stage_form(Call::at(&[&pipeline()])),
        ("get", "/settings/stages/{id}") => Call::at(&[&world.stage("Connected")]),
        ("post", "/settings/stages/{id}") => stage_form(Call::at(&[&world.arranged().1])),
        ("post", "/settings/stages/{id}/move") => Call::at(&[&world.arranged().1]).with("direction", "up"),
        ("post", "/settings/stages/{id}/remove") => Call::at(&[&world.arranged().1]),
        ("post", "/settings/stages/{id}/steps") => {
            let call = Call::at(&[&world.arranged().1]).with("title", world.words("step")).with("delay_days", 2);
            call.with("time", "09:00:00").naming("template", world.template(world.who()).0)
        }
        ("post", "/settings/steps/{id}") => {
            let call = Call::at(&[&world.step()]).with("title", world.words("step")).with("delay_days", "5");
            call.with("time", "09:30")
        }
        ("post", "/settings/steps/{id}/remove") => Call::at(&[&world.step()]),
        _ => return None,
    })
}
