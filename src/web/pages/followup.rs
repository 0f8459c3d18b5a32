//! One follow-up: who and why, the last words, the draft with its flaws, the gate's verdict, and what became of it.
//!
//! Putting it off, skipping and handing it over are in `reminders`.

use actix_web::web::Path;
use askama::Template;

use super::{
    cards::way_back,
    reminders::{Offer, offer, read_next, said},
};
use crate::{
    access::Right,
    calendar::NextStep,
    channels::{Channel, Direction, compose_url},
    contacts::{self, Contact},
    db::{PageRequest, Tx},
    drafts,
    error::{Error, Result},
    ids::{ReminderId, UserId},
    outreach::{self, Answer, Attempt, Next, Verdict},
    pipelines,
    reminders::{self, Reminder, State},
    threads::{self, Message},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell},
    workspaces::{self, Member, Names},
};

/// The fields that the page shows problems beside.
pub const SHOWN: &[&str] =
    &["draft", "answer", "text", "override", "next", "title", "when", "reason", "template_id", "user"];

/// How many messages before the draft are shown.
const SAID: i64 = 6;

#[derive(Template)]
#[template(path = "reminders/followup.html")]
struct FollowPage {
    shell: Shell,
    form: Form,
    reminder: Reminder,
    contact: Contact,
    /// Pipeline and stage of its card.
    place: Option<String>,
    /// The oldest first.
    messages: Vec<Message>,
    channel: Channel,
    draft: String,
    flaws: Vec<String>,
    verdict: Verdict,
    /// Where the message is written.
    write_to: Option<String>,
    offer: Offer,
    members: Vec<Member>,
    names: Names,
}

impl FollowPage {
    fn is_open(&self) -> bool {
        self.reminder.state == State::Open
    }

    fn next(&self) -> NextStep {
        self.shell.day.next_step(Some(self.reminder.due_at.utc()))
    }

    /// Whether the draft may leave: nothing hollow, and no refusal.
    fn may_go(&self) -> bool {
        self.flaws.is_empty() && !self.draft.trim().is_empty() && !self.verdict.refused()
    }

    /// Whether to ask what became of it.
    fn asks(&self) -> bool {
        self.may_go() || self.form.failed()
    }

    fn is_out(&self, message: &Message) -> bool {
        message.direction == Direction::Out
    }

    fn has_others(&self) -> bool {
        self.members.iter().any(|member| !self.is_mine(&member.user.id))
    }

    fn is_mine(&self, user: &UserId) -> bool {
        self.reminder.user_id == *user
    }

    /// The words that were sent, where the answer came too late to be written down.
    fn unsaved(&self) -> Option<String> {
        let sent = match self.form.value("answer", "").as_str() {
            "as_is" => self.form.value("draft", ""),
            "edited" => self.form.value("text", ""),
            _ => String::new(),
        };
        let is_here = |message: &Message| message.direction == Direction::Out && message.body.trim() == sent.trim();
        (self.shell.works() && !sent.trim().is_empty() && !self.messages.iter().any(is_here)).then_some(sent)
    }

    fn limit(&self) -> Option<String> {
        let limit = i64::try_from(self.channel.text_limit()?).ok()?;
        Some(crate::calendar::thousands(limit))
    }
}

/// A follow-up's page; also shown again, with the problem, when one of its forms is refused.
pub(super) fn show_view(page: Page<'_, '_>, id: ReminderId) -> Result<String> {
    let Page { tx, shell, form } = page;
    let reminder = reminders::reminder(tx, id)?;
    let contact = contacts::contact(tx, reminder.contact_id)?;
    let channel = outreach::channel_of(tx, &reminder)?;
    // What was typed is judged, not what is stored: else a refusal could not be mended.
    let typed = Some(form.value("draft", "")).filter(|text| !text.trim().is_empty());
    let written = typed.as_deref().or(reminder.draft.as_deref());
    let me = Some(shell.user.id);
    let mut draft = drafts::draft_for(tx, &contact, Some(channel), me, reminder.template_id, written)?;
    draft.text = draft.text.trim().to_owned();
    let verdict = if reminder.state == State::Open {
        let (sender, at) = (shell.user.id, tx.now());
        outreach::may_reach(
            tx,
            Attempt { contact: contact.id, channel, text: &draft.text, sender, at, answers: Some(id) },
        )?
    } else {
        Verdict::default()
    };
    let mut messages = match reminder.thread_id {
        Some(thread) => threads::messages(tx, thread, &PageRequest::first(SAID))?.items,
        None => threads::newest_of_contact(tx, contact.id, SAID)?,
    };
    messages.reverse();
    let page = FollowPage {
        place: place(tx, &reminder)?,
        write_to: write_to(tx, &reminder, &contact, channel)?,
        offer: offer(tx, &reminder, &contact)?,
        members: workspaces::workers(tx)?,
        names: workspaces::names(tx)?,
        flaws: draft.flaws.iter().map(drafts::Flaw::words).collect(),
        draft: draft.text,
        shell,
        form,
        reminder,
        contact,
        messages,
        channel,
        verdict,
    };
    Ok(page.render()?)
}

fn place(tx: &mut Tx<'_>, reminder: &Reminder) -> Result<Option<String>> {
    let Some(card) = reminder.card_id else { return Ok(None) };
    let card = pipelines::card(tx, card)?;
    let pipeline = pipelines::pipeline(tx, card.pipeline_id)?;
    let stages = pipelines::stages(tx, card.pipeline_id)?;
    let stage = stages.iter().find(|stage| stage.id == card.stage_id).map_or("a removed stage", |s| s.name.as_str());
    Ok(Some(format!("{}, {stage}", pipeline.name)))
}

/// The page nearest to writing: the thread itself, or else a new message to the contact.
fn write_to(tx: &mut Tx<'_>, reminder: &Reminder, contact: &Contact, channel: Channel) -> Result<Option<String>> {
    let threads = threads::threads_of_contact(tx, contact.id)?;
    let named = threads.iter().find(|thread| Some(thread.id) == reminder.thread_id);
    let latest = || threads.iter().find(|thread| thread.channel == channel);
    if let Some(url) = named.or_else(latest).and_then(|thread| thread.address()) {
        return Ok(Some(url));
    }
    let handles = contacts::handles(tx, contact.id)?;
    let page = handles.iter().find_map(|handle| compose_url(channel, &handle.address()));
    let mail = contact.email.as_ref().filter(|_| channel == Channel::Email).map(|email| format!("mailto:{email}"));
    Ok(page.or(mail))
}

/// A follow-up.
pub async fn show(ctx: Ctx, path: Path<(String, ReminderId)>) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| show_view(page, id)).await
}

/// Keeps the draft's words; with `ready`, marks them ready to send.
pub async fn draft(ctx: Ctx, path: Path<(String, ReminderId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let ready = fields.some("ready").is_some();
            let Some(text) = fields.some("draft") else {
                return Err(Error::invalid("draft", "There is no text yet."));
            };
            outreach::mark_ready(tx, id, text, ready)?;
            let words = if ready { "The draft is ready to send." } else { "The draft is saved." };
            Ok(Done::go(format!("reminders/{id}")).say(words))
        },
        move |page| show_view(page, id),
    )
    .await
}

/// Says what became of the draft, and what comes next.
pub async fn sent(ctx: Ctx, path: Path<(String, ReminderId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    ctx.make(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let reminder = reminders::open_reminder(tx, id)?;
            let answer = read_answer(fields)?;
            if matches!(answer, Answer::NotSent) {
                let words = "Nothing was sent, and the reminder stays.";
                return Ok(Done::go(format!("reminders/{id}")).say(words));
            }
            let next: Next = read_next(tx, fields, &reminder)?;
            outreach::answer_send(tx, id, &answer, fields.some("override"), &next)?;
            let words = format!("Written down as sent. {}", said(tx, &next, &reminder));
            Ok(Done::go(way_back(fields, &slug, "today".into())).say(words.trim_end()))
        },
        move |page| show_view(page, id),
    )
    .await
}

/// Reads what became of the draft. The words on the page are what was copied: they count, saved or not.
fn read_answer(fields: &Fields) -> Result<Answer> {
    let words = |name: &str| fields.some(name).map(|text| Answer::Edited(text.to_owned()));
    match fields.get("answer") {
        "as_is" => Ok(words("draft").unwrap_or(Answer::AsIs)),
        "edited" => words("text").ok_or_else(|| Error::invalid("text", "Paste the words that you sent.")),
        "not_sent" => Ok(Answer::NotSent),
        _ => Err(Error::invalid("answer", "Say whether you sent it.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Answer> {
        read_answer(&Fields::parse(query))
    }

    #[test]
    fn sent_as_is_means_the_words_on_the_page() {
        assert!(matches!(read("answer=as_is"), Ok(Answer::AsIs)));
        assert!(matches!(read("answer=as_is&draft=Hi+Ana"), Ok(Answer::Edited(text)) if text == "Hi Ana"));
    }

    #[test]
    fn an_edited_message_needs_its_words_and_an_answer_must_be_given() {
        assert!(matches!(read("answer=edited&draft=Hi&text=Hey+Ana"), Ok(Answer::Edited(text)) if text == "Hey Ana"));
        assert!(read("answer=edited&draft=Hi&text=+").is_err());
        assert!(matches!(read("answer=not_sent"), Ok(Answer::NotSent)));
        assert!(read("").is_err());
    }
}
