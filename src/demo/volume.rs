//! Much data, made fast and the same for the same seed: what the benchmarks run on.
//!
//! Written in bulk, past the verbs: a million messages one by one would take longer than the benchmark they serve.

use chrono::{TimeDelta, Timelike};
use diesel::prelude::*;

use super::Made;
use crate::{
    access::{Access, Origin},
    accounts::{self, NewUser, hash_password},
    channels::{Channel, Direction, name_key},
    contacts::{Kind, Turn},
    db::{
        self, Instant, Tx, cards as k, contacts as c, handles as h, messages as m, reminders as r, threads as t,
        visit_threads as vt, visits as v,
    },
    drafts::text_key,
    each,
    error::Result,
    ids::{CardId, ContactId, MessageId, PipelineId, ReminderId, ThreadId, UserId, VisitId},
    pipelines::{self, StageState, presets},
    worker::Worker,
    workspaces::{self, Details},
};

const FIRST: &[&str] = &[
    "Ana", "Ben", "Chloe", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Luca", "Mei", "Nuno",
    "Olga", "Pia", "Quentin", "Rosa", "Sami", "Tara", "Uwe", "Vera", "Wim", "Xenia", "Yara", "Zoe", "Amir", "Bea",
    "Cem", "Dina",
];
const LAST: &[&str] = &[
    "Adler", "Bianchi", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova", "Jansen", "Kowalski",
    "Li", "Moreau", "Nakamura", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tanaka", "Ueda", "Vogel", "Weber",
    "Xu", "Yilmaz", "Zimmer", "Andersen", "Brandt", "Conti", "Diaz",
];
const COMPANY: &[&str] =
    &["Nordwind", "Hafenkante", "Bergblick", "Solvang", "Ponte", "Kestrel", "Lumen", "Marisol", "Tide", "Umber"];
const LINES: &[&str] = &[
    "Thanks for writing, that sounds interesting. Could you send me the price list for the spring season?",
    "We had a look at the sample and the straps are lovely. What would a first order of forty cost?",
    "I am travelling until Thursday. May we speak on Friday morning?",
    "Happy to try the jacket on the next trip and show it, if the colour is right for the hills.",
    "My team asked whether you could deliver to two addresses. Would that be possible before Easter?",
    "It was good to meet you at the fair. I have put our sizes in the note below.",
];

/// A small generator of our own, since the data must stay the same over versions of any library: xorshift64*.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides.max(1)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.roll(from.len() as u64)).unwrap_or(0)]
    }
}

struct Plan {
    stages: Vec<(PipelineId, Kind, Vec<pipelines::Stage>)>,
    user: UserId,
    now: Instant,
    /// The first id that is free in each table, so that children can name parents that are written with them.
    next: i64,
}

/// Makes a workspace with so many contacts and messages. A second call makes a second workspace.
pub fn fill(worker: &Worker, contacts: u32, messages: u32, seed: u64) -> Result<Made> {
    let password = format!("{}-{}", &crate::secrets::key()[..8], &crate::secrets::key()[..8]);
    let hashed = hash_password(&password, &[])?;
    let email = format!("volume-{}@example.com", crate::secrets::key()[..6].to_lowercase().replace(['-', '_'], "x"));
    let (access, slug) = worker.db.write_system(|sys| {
        let new = NewUser {
            email: email.clone(),
            name: "Vera Volume".into(),
            timezone: "Europe/Berlin".into(),
            password: Some(hashed),
        };
        let user = accounts::create_user(sys, new)?;
        let access = workspaces::found(sys, user, &Details::named("Volume", "Europe/Berlin"), true, Origin::Cli)?;
        let tx = &mut sys.enter(access);
        for kind in Kind::ALL {
            presets::lay_out(tx, *kind)?;
        }
        workspaces::close_checklist(tx)?;
        Ok((access, workspaces::workspace(tx)?.slug))
    })?;
    let plan = worker.db.read(access, |tx| plan(tx, access))?;
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (all, mut said) = (i64::from(contacts), 0i64);
    for from in (0..all).step_by(2_000) {
        let until = (from + 2_000).min(all);
        // Messages are spread evenly: as many by the end of this chunk as its share of the contacts.
        let target = i64::from(messages) * until / all.max(1);
        worker.db.write(access, |tx| chunk(tx, &plan, &mut dice, from..until, said..target))?;
        said = target;
    }
    worker.db.write(access, db::reset_sequences)?;
    worker.db.checkpoint()?;
    worker.db.analyze()?;
    Ok(Made { slug, email, password })
}

fn plan(tx: &mut Tx<'_>, access: Access) -> Result<Plan> {
    let mut stages = Vec::new();
    for pipeline in pipelines::pipelines(tx)? {
        stages.push((pipeline.id, pipeline.kind, pipelines::stages(tx, pipeline.id)?));
    }
    let top = db::highest_id(tx)?;
    Ok(Plan { stages, user: access.person()?, now: tx.now(), next: top + 1 })
}

fn chunk(
    tx: &mut Tx<'_>,
    plan: &Plan,
    dice: &mut Dice,
    people: std::ops::Range<i64>,
    said: std::ops::Range<i64>,
) -> Result<()> {
    let (mine, now, user) = (tx.workspace(), plan.now, Some(plan.user));
    let count = people.end - people.start;
    let (mut contacts, mut handles, mut threads, mut messages) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut cards, mut visits, mut carriers, mut reminders) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut at = said.start;
    for n in people.clone() {
        let id = plan.next + n;
        let name = format!("{} {} {n}", dice.pick(FIRST), dice.pick(LAST));
        let (pipeline, kind, stages) = &plan.stages[usize::try_from(n).unwrap_or(0) % plan.stages.len()];
        let channel = match kind {
            Kind::Lead => Channel::Linkedin,
            Kind::Influencer => Channel::Instagram,
            Kind::Ambassador => dice.pick(&[Channel::Messenger, Channel::X]),
        };
        let share = said.start + (said.end - said.start) * (n + 1 - people.start) / count.max(1);
        let touched = now.plus(-TimeDelta::minutes(i64::try_from(dice.roll(60 * 24 * 300)).unwrap_or(0) + 60));
        let (mut last_in, mut last_out, mut words) = (None, None, None);
        while at < share {
            let sent_at = touched.plus(-TimeDelta::minutes((share - at) * 37));
            let inbound = dice.roll(2) == 0;
            let body = format!("{} ({at})", dice.pick(LINES));
            if inbound {
                last_in = Some(sent_at)
            } else {
                last_out = Some(sent_at)
            }
            messages.push((
                (m::id.eq(MessageId(plan.next + at)), m::workspace_id.eq(mine)),
                m::thread_id.eq(ThreadId(id)),
                m::contact_id.eq(ContactId(id)),
                m::direction.eq(if inbound { Direction::In } else { Direction::Out }),
                m::author_id.eq(if inbound { None } else { user }),
                m::author_name.eq(if inbound { name.clone() } else { "Vera Volume".into() }),
                m::body_key.eq(if inbound { String::new() } else { text_key(&body) }),
                m::body.eq(body.clone()),
                m::sent_at.eq(sent_at),
                m::created_at.eq(sent_at),
            ));
            words = Some((body, inbound));
            at += 1;
        }
        let turn = Turn::of(last_in, last_out);
        let (last_words, last_words_in) =
            words.clone().map_or((None, None), |(body, inbound)| (Some(body), Some(inbound)));
        contacts.push((
            (c::id.eq(ContactId(id)), c::workspace_id.eq(mine), c::kind.eq(*kind)),
            c::name_key.eq(name_key(&name)),
            c::name.eq(name),
            c::company.eq(dice.pick(COMPANY)),
            c::owner_id.eq(user),
            c::search_extra.eq(format!("volume-{n}")),
            c::turn.eq(turn),
            (c::last_in_at.eq(last_in), c::last_out_at.eq(last_out)),
            (c::last_words.eq(last_words.clone()), c::last_words_in.eq(last_words_in)),
            (c::touched_at.eq(touched), c::created_at.eq(touched), c::updated_at.eq(touched)),
        ));
        handles.push((
            h::workspace_id.eq(mine),
            h::contact_id.eq(ContactId(id)),
            h::channel.eq(channel),
            h::key.eq(format!("volume-{id}")),
            h::username.eq(format!("volume-{id}")),
            h::created_at.eq(touched),
        ));
        threads.push((
            (t::id.eq(ThreadId(id)), t::workspace_id.eq(mine), t::contact_id.eq(ContactId(id))),
            t::channel.eq(channel),
            t::assignee_id.eq(user),
            t::turn.eq(turn),
            (
                t::last_message_at.eq(last_in.max(last_out).unwrap_or(touched)),
                t::listed_at.eq(last_in.max(last_out).unwrap_or(touched)),
            ),
            (t::last_in_at.eq(last_in), t::last_out_at.eq(last_out)),
            (t::last_words.eq(last_words), t::last_words_in.eq(last_words_in)),
            t::created_at.eq(touched),
        ));
        let stage = &stages[usize::try_from(dice.roll(stages.len() as u64)).unwrap_or(0)];
        let open = stage.state == StageState::Open;
        // Whole minutes, as people plan: else each would be worked out anew when the server first starts.
        let past = TimeDelta::microseconds(now.utc().timestamp_micros().rem_euclid(60_000_000));
        let minute = now.plus(-past);
        let due = (open && dice.roll(3) > 0).then(|| {
            minute.plus(TimeDelta::minutes(i64::try_from(dice.roll(60 * 24 * 60)).unwrap_or(0) - 60 * 24 * 2))
        });
        cards.push((
            (k::id.eq(CardId(id)), k::workspace_id.eq(mine), k::contact_id.eq(ContactId(id))),
            k::pipeline_id.eq(*pipeline),
            k::stage_id.eq(stage.id),
            k::state.eq(stage.state),
            k::owner_id.eq(user),
            k::value_cents.eq(i64::try_from(dice.roll(500_000)).unwrap_or(0)),
            k::next_at.eq(due),
            (k::entered_at.eq(touched), k::created_at.eq(touched), k::closed_at.eq((!open).then_some(touched))),
        ));
        visits.push((
            v::id.eq(VisitId(id)),
            v::workspace_id.eq(mine),
            v::card_id.eq(CardId(id)),
            v::stage_id.eq(stage.id),
            v::entered_at.eq(touched),
            v::moved_by.eq(user),
        ));
        carriers.push((
            vt::workspace_id.eq(mine),
            vt::visit_id.eq(VisitId(id)),
            vt::thread_id.eq(ThreadId(id)),
            vt::stage_id.eq(stage.id),
            vt::first_at.eq(touched),
            vt::last_at.eq(touched),
        ));
        if let Some(due) = due {
            let here = crate::calendar::local(due.utc(), chrono_tz::Europe::Berlin);
            reminders.push((
                (r::id.eq(ReminderId(id)), r::workspace_id.eq(mine), r::contact_id.eq(ContactId(id))),
                r::card_id.eq(Some(CardId(id))),
                r::user_id.eq(plan.user),
                r::title.eq("Follow up"),
                (r::due_date.eq(here.date()), r::due_time.eq(here.time().with_nanosecond(0).unwrap_or(here.time()))),
                r::timezone.eq("Europe/Berlin"),
                r::due_at.eq(due),
                r::why.eq("made for benchmarks"),
                r::created_at.eq(touched),
            ));
        }
    }
    let conn = tx.conn();
    macro_rules! store {
        ($door:expr, $rows:expr) => {
            for rows in $rows.chunks(500) {
                let rows: Vec<_> = rows.to_vec();
                each!(&mut *conn, c => db::insert_rows($door, &rows).execute(c))?;
            }
        };
    }
    store!(db::Contacts, contacts);
    store!(db::Handles, handles);
    store!(db::Threads, threads);
    store!(db::Messages, messages);
    store!(db::Cards, cards);
    store!(db::Visits, visits);
    store!(db::VisitThreads, carriers);
    store!(db::Reminders, reminders);
    Ok(())
}
