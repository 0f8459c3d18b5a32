//! Events as sentences, for timelines and the audit log.

use serde_json::Value;

use crate::{
    ids::{UserId, VisitId},
    timeline::{Event, Verb},
    workspaces::Names,
};

/// The class of an event on a timeline.
pub fn class(verb: &Verb) -> &'static str {
    match verb.as_str().split('.').next() {
        Some("card") => "event-move",
        Some("reminder" | "gate") => "event-reminder",
        _ => "event-edit",
    }
}

/// The symbol of an event.
pub fn icon(verb: &Verb) -> &'static str {
    match verb {
        Verb::CardMoved | Verb::CardOpened => "board",
        Verb::CardMoveUndone => "undo",
        Verb::ReminderDone => "check",
        Verb::ReminderSnoozed | Verb::ThreadSnoozed | Verb::ThreadWoken => "snooze",
        Verb::ReminderSkipped => "skip",
        Verb::ReminderStopped | Verb::WarningOverridden => "stop",
        Verb::ReminderPlanned | Verb::ReminderEdited | Verb::ReminderResumed => "clock",
        Verb::ContactMerged | Verb::ContactParted | Verb::NotSame => "merge",
        Verb::ContactImported
        | Verb::ImportStarted
        | Verb::ImportBrokenOff
        | Verb::ImportApplied
        | Verb::ImportTakenBack
        | Verb::ImportUndone => "import",
        Verb::ContactTagged => "tag",
        Verb::NoteWritten | Verb::NoteCorrected | Verb::NoteRemoved => "note",
        Verb::MessageLogged | Verb::ThreadStarted => "reply",
        _ => "edit",
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

/// A local date and time as people write it.
fn due(value: &Value) -> String {
    let text = text(value, "due");
    chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
        .map_or_else(|_| text.to_owned(), |at| at.format("%a %-d %b %Y, %H:%M").to_string())
}

fn channel(value: &Value) -> &'static str {
    text(value, "channel").parse().map_or("a channel", crate::channels::Channel::label)
}

/// What happened, as a sentence without a full stop.
pub fn sentence(event: &Event, names: &Names) -> String {
    let who = names.of(event.actor_id);
    let (before, after) = (event.before(), event.after());
    let what = match event.verb {
        Verb::CardOpened => format!("opened a card in “{}”, {}", text(&after, "pipeline"), text(&after, "stage")),
        Verb::CardMoved => format!("moved the card from {} to {}", text(&before, "stage"), text(&after, "stage")),
        Verb::CardMoveUndone => format!("took the move back, to {}", text(&after, "stage")),
        Verb::CardEdited => "changed the card’s value or owner".into(),
        Verb::CardRemoved => "removed the card".into(),
        Verb::ReminderPlanned => {
            format!("planned “{}” for {}", text(&after, "title"), due(&after))
        }
        Verb::ReminderDone => format!("finished “{}”", text(&after, "title")),
        Verb::ReminderSkipped => format!("skipped “{}”", text(&after, "title")),
        Verb::ReminderSnoozed => {
            format!("put “{}” off to {}", text(&before, "title"), due(&after))
        }
        Verb::ReminderStopped => format!("stopped “{}”: {}", text(&after, "title"), text(&after, "because")),
        Verb::ReminderEdited => match (after.get("for").and_then(Value::as_i64), after.get("ready")) {
            (Some(id), _) => format!("gave “{}” to {}", text(&before, "title"), names.of(Some(UserId(id)))),
            (None, Some(Value::Bool(true))) => {
                format!("checked the draft of “{}”: ready to send", text(&after, "title"))
            }
            _ => format!("changed the draft of “{}”", text(&after, "title")),
        },
        Verb::ReminderResumed => format!("took “{}” up again: what had stopped it was undone", text(&after, "title")),
        Verb::ContactCreated => "added this contact".into(),
        Verb::ContactImported => "brought this contact in by import".into(),
        Verb::ContactEdited => changed(&before, &after),
        Verb::ContactTagged if after.is_string() => format!("tagged “{}”", after.as_str().unwrap_or("")),
        Verb::ContactTagged => format!("took off “{}”", before.as_str().unwrap_or("")),
        Verb::ContactMerged => format!("merged {} into this contact", text(&after, "name")),
        Verb::ContactParted => "undid a merge".into(),
        Verb::NotSame => "said that two contacts are two people".into(),
        Verb::HandleAdded => format!("added the profile {}", text(&after, "key")),
        Verb::HandleRemoved => format!("removed the profile {}", text(&before, "key")),
        Verb::HandleEdited => format!("noted how many follow {}", text(&after, "key")),
        Verb::ThreadStarted => format!("started a thread on {}", channel(&after)),
        Verb::MessageRemoved => "removed a message that was logged by mistake".into(),
        Verb::FileAttached => format!("attached “{}” to a message", text(&after, "name")),
        Verb::FileRemoved => format!("took back the file “{}”", text(&before, "name")),
        Verb::WarningOverridden => format!("wrote all the same: “{}”", text(&after, "note")),
        Verb::ContactErased => "erased a contact".into(),
        Verb::NoteWritten => "wrote a note".into(),
        Verb::NoteCorrected => "corrected a note".into(),
        Verb::NoteRemoved => "removed a note".into(),
        Verb::MessageLogged if text(&after, "direction") == "in" => {
            format!("logged a message from them on {}", channel(&after))
        }
        Verb::MessageLogged => format!("logged a message to them on {}", channel(&after)),
        Verb::ThreadClosed => format!("closed the conversation on {}", channel(&after)),
        Verb::ThreadReopened => format!("opened the conversation on {} again", channel(&after)),
        Verb::ThreadSnoozed => format!("put the conversation on {} off to {}", channel(&after), due(&after)),
        Verb::ThreadWoken => format!("brought the conversation on {} back, as it was put off to now", channel(&after)),
        Verb::ThreadAssigned => match after.get("assignee").and_then(Value::as_i64) {
            Some(id) => format!("gave a conversation to {}", names.of(Some(UserId(id)))),
            None => "took a conversation from whoever looked after it".into(),
        },
        Verb::ThreadEdited => format!("set the address of the conversation on {}", channel(&after)),
        Verb::TemplateSaved => format!("saved the template “{}”", text(&after, "name")),
        Verb::TemplateRemoved => format!("removed the template “{}”", text(&before, "name")),
        Verb::PipelineSaved => format!("saved the pipeline “{}”", text(&after, "name")),
        Verb::StageSaved => format!("saved the stage “{}”", text(&after, "name")),
        Verb::StageRemoved => format!("removed the stage “{}”", text(&before, "name")),
        Verb::StepSaved if after.is_null() => format!("removed the cadence step “{}”", text(&before, "title")),
        Verb::StepSaved if !before.is_null() => {
            format!("changed the cadence step “{}” of “{}”", text(&after, "title"), text(&after, "stage"))
        }
        Verb::StepSaved => format!("added the cadence step “{}” to “{}”", text(&after, "title"), text(&after, "stage")),
        Verb::ImportStarted => format!("began to bring in {}", text(&after, "file")),
        Verb::ImportBrokenOff => format!("the import of {} broke off", text(&after, "file")),
        Verb::ImportApplied => format!("brought in {}", text(&after, "file")),
        Verb::ImportTakenBack => format!("began to undo the import of {}", text(&after, "file")),
        Verb::ImportUndone => format!("undid the import of {}", text(&after, "file")),
        Verb::WorkspaceSaved => "changed the workspace’s settings".into(),
        Verb::MemberInvited => format!("invited {}", text(&after, "email")),
        Verb::InvitationWithdrawn => format!("took the invitation of {} back", text(&before, "email")),
        Verb::MemberChanged if before.is_null() => format!("joined as {}", after.as_str().unwrap_or("member")),
        Verb::MemberChanged => {
            format!("changed a role from {} to {}", before.as_str().unwrap_or("?"), after.as_str().unwrap_or("?"))
        }
        Verb::MemberLeft => "ended a membership".into(),
        Verb::WorkHandedOver => "gave the work of a colleague to somebody else".into(),
        Verb::TokenIssued => "made an API token".into(),
        Verb::TokenRevoked => "revoked an API token".into(),
        Verb::MailResent => format!("had the mail to {} tried again", text(&after, "to")),
        Verb::SendingReleased => "released all sending, which a restored backup had held".into(),
        Verb::DemoRemoved => "removed the demo".into(),
    };
    format!("{who} {what}")
}

fn changed(before: &Value, after: &Value) -> String {
    let Some(fields) = after.as_object() else { return "changed this contact".into() };
    let names: Vec<String> = fields
        .iter()
        .filter(|(name, value)| before.get(name.as_str()) != Some(value))
        .map(|(name, _)| name.replace('_', " "))
        .collect();
    if names.is_empty() { "saved this contact unchanged".into() } else { format!("changed {}", names.join(", ")) }
}

/// The words that go with it: a note, a reason.
pub fn words(event: &Event) -> Option<String> {
    let after = event.after();
    let note = text(&after, "note");
    let because = if event.verb == Verb::CardMoved { text(&after, "because") } else { "" };
    let why = if event.verb == Verb::ReminderPlanned { text(&after, "why") } else { "" };
    let parts: Vec<&str> = [note, because, why].into_iter().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty() && event.verb != Verb::WarningOverridden).then(|| parts.join(" · "))
}

/// Whether the event is the move that began this stay.
pub fn is_visit(event: &Event, visit: &VisitId) -> bool {
    event.after().get("visit").and_then(Value::as_i64) == Some(visit.0)
}
