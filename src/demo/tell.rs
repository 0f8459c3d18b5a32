//! Replays the story: every step is done by the verb that people use, with the clock set back to when it happened.

use std::collections::HashMap;

use super::story::{self, Person, Reminder, story};
use crate::{
    access::{Access, Origin, Role},
    accounts::{self, NewUser, hash_password},
    attachments,
    calendar::{When, local, resolve},
    channels::{Direction, parse_handle},
    contacts::{self, Details, Kind},
    db::{self, Clock, Db, Instant},
    error::{Error, Result},
    ids::{CardId, ContactId, MessageId, StageId},
    outreach,
    pipelines::{self, Move, NewCard, presets},
    reminders::{self, NewReminder},
    threads::{self, NewMessage},
    worker::Worker,
    workspaces::{self, Details as WorkspaceDetails},
};
use chrono::{Days, NaiveTime};

/// A demo workspace that is ready to be looked at.
#[derive(Debug, Clone)]
pub struct Made {
    /// Its name in URLs.
    pub slug: String,
    /// Its owner's address.
    pub email: String,
    /// Everybody's password.
    pub password: String,
}

const ZONE: &str = "Europe/Berlin";

/// One thing that happens in the story.
enum Scene {
    Meet,
    Note(usize),
    Say(usize, usize),
    Step(usize),
    Plan(usize),
    Finish(usize),
    Bar,
}

struct Teller<'a> {
    db: &'a Db,
    passes: HashMap<&'static str, Access>,
    stages: HashMap<(Kind, &'static str), StageId>,
    pipelines: HashMap<Kind, crate::ids::PipelineId>,
    now: Instant,
    zone: chrono_tz::Tz,
    contacts: HashMap<&'static str, ContactId>,
    cards: HashMap<&'static str, CardId>,
    said: HashMap<(&'static str, usize), MessageId>,
    planned: HashMap<(&'static str, usize), crate::ids::ReminderId>,
}

/// Makes the demo workspace with its story, back-dated from now. Its addresses are at example.com, to which nothing
/// can be sent.
pub fn tell(worker: &Worker) -> Result<Made> {
    let now = worker.db.clock().now();
    let clock = Clock::at(now);
    let db = worker.db.with_clock(clock.clone());
    let password = format!("{}-{}", &crate::secrets::key()[..8], &crate::secrets::key()[..8]);
    let zone = crate::calendar::parse_zone(ZONE).map_err(Error::internal)?;
    let mut teller = Teller {
        db: &db,
        passes: HashMap::new(),
        stages: HashMap::new(),
        pipelines: HashMap::new(),
        now,
        zone,
        contacts: HashMap::new(),
        cards: HashMap::new(),
        said: HashMap::new(),
        planned: HashMap::new(),
    };
    clock.set(now.plus(-chrono::TimeDelta::days(400)));
    let (slug, email) = teller.found(&password)?;
    let told = story();
    let mut scenes: Vec<(Instant, usize, usize, Scene)> = Vec::new();
    for (nth, person) in told.people.iter().enumerate() {
        teller.plan_scenes(nth, person, &mut scenes);
    }
    scenes.sort_by_key(|scene| (scene.0, scene.1, scene.2));
    for (at, nth, _, scene) in scenes {
        clock.set(at.min(now));
        teller.play(&told.people[nth], &scene)?;
    }
    clock.set(now);
    let owner = teller.pass("mara")?;
    for kind in Kind::ALL {
        db.write(owner, |tx| {
            let stages: Vec<(&'static str, StageId)> =
                teller.stages.iter().filter(|((of, _), _)| of == kind).map(|((_, key), id)| (*key, *id)).collect();
            presets::plan_steps(tx, *kind, &stages)
        })?;
    }
    db.write(owner, workspaces::close_checklist)?;
    teller.illustrate(worker)?;
    teller.read_up()?;
    Ok(Made { slug, email, password })
}

impl Teller<'_> {
    fn found(&mut self, password: &str) -> Result<(String, String)> {
        let hashed = hash_password(password, &[])?;
        let told = story();
        self.db.write_system(|sys| {
            let mut owner: Option<Access> = None;
            for colleague in told.colleagues {
                let user = match accounts::user_by_email(sys, colleague.email)? {
                    Some(_) => {
                        return Err(Error::invalid(
                            "",
                            "The demo is here already, and there is room for one. Whoever opened it can remove it, in its own settings.",
                        ));
                    }
                    None => accounts::create_user(
                        sys,
                        NewUser {
                            email: colleague.email.into(),
                            name: colleague.name.into(),
                            timezone: ZONE.into(),
                            password: Some(hashed.clone()),
                        },
                    )?,
                };
                let role: Role = colleague.role.parse().map_err(Error::internal)?;
                let access = match owner {
                    None => workspaces::found(
                        sys,
                        user,
                        &WorkspaceDetails::named("Fernweh Goods", ZONE),
                        true,
                        Origin::Cli,
                    )?,
                    Some(owner) => {
                        workspaces::join(sys, owner.workspace(), user, role)?;
                        accounts::on_behalf(sys, owner.workspace(), user, Origin::Cli)?
                    }
                };
                owner = owner.or(Some(access));
                self.passes.insert(colleague.key, access);
            }
            let owner = owner.ok_or_else(|| Error::internal("a story without people"))?;
            let tx = &mut sys.enter(owner);
            for kind in Kind::ALL {
                let laid = presets::lay_out(tx, *kind)?;
                self.pipelines.insert(*kind, laid.pipeline);
                self.stages.extend(laid.stages.into_iter().map(|(key, id)| ((*kind, key), id)));
            }
            Ok((workspaces::workspace(tx)?.slug, told.colleagues.first().map_or("", |c| c.email).to_owned()))
        })
    }

    fn pass(&self, key: &str) -> Result<Access> {
        self.passes.get(key).copied().ok_or_else(|| Error::internal(format!("the story knows no colleague {key}")))
    }

    /// The instant of a local time so many days ago.
    fn ago(&self, days: i64, at: NaiveTime) -> Instant {
        let today = local(self.now.utc(), self.zone).date();
        let date =
            if days >= 0 { today - Days::new(days.unsigned_abs()) } else { today + Days::new(days.unsigned_abs()) };
        resolve(date, at, self.zone).into()
    }

    fn clock_time(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M").unwrap_or_default()
    }

    fn plan_scenes(&self, nth: usize, person: &Person, scenes: &mut Vec<(Instant, usize, usize, Scene)>) {
        let morning = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
        let before = scenes.len();
        for (n, note) in person.notes.iter().enumerate() {
            scenes.push((self.ago(note.days_ago, morning(16, 40)), nth, 3, Scene::Note(n)));
        }
        for (t, thread) in person.threads.iter().enumerate() {
            for (m, message) in thread.messages.iter().enumerate() {
                scenes.push((self.ago(message.days_ago, Self::clock_time(message.at)), nth, 1, Scene::Say(t, m)));
            }
        }
        for (n, step) in person.card.iter().flat_map(|card| card.path).enumerate() {
            scenes.push((self.ago(step.days_ago, morning(17, 5)), nth, 2, Scene::Step(n)));
        }
        for (n, reminder) in person.reminders.iter().enumerate() {
            // Planned some days before it is due, or the day before yesterday at the latest.
            let planned = (-reminder.days + 4).max(2);
            scenes.push((self.ago(planned, morning(17, 30)), nth, 4, Scene::Plan(n)));
            if reminder.done {
                scenes.push((self.ago(-reminder.days, Self::clock_time(reminder.at)), nth, 5, Scene::Finish(n)));
            }
        }
        if person.do_not_contact.is_some() {
            scenes.push((self.ago(1, morning(12, 0)), nth, 6, Scene::Bar));
        }
        let first = scenes[before..].iter().map(|scene| scene.0).min().unwrap_or(self.now);
        scenes.push((first.plus(-chrono::TimeDelta::minutes(10)), nth, 0, Scene::Meet));
    }

    fn contact(&self, person: &Person) -> Result<ContactId> {
        self.contacts
            .get(person.key)
            .copied()
            .ok_or_else(|| Error::internal(format!("{} is not there yet", person.key)))
    }

    fn play(&mut self, person: &Person, scene: &Scene) -> Result<()> {
        match scene {
            Scene::Meet => self.meet(person),
            Scene::Note(n) => {
                let (id, note) = (self.contact(person)?, &person.notes[*n]);
                self.db.write(self.pass(note.by)?, |tx| contacts::note(tx, id, note.text).map(drop))
            }
            Scene::Say(thread, message) => self.say(person, *thread, *message),
            Scene::Step(n) => self.step(person, *n),
            Scene::Plan(n) => self.plan(person, *n),
            Scene::Finish(n) => {
                let Some(id) = self.planned.get(&(person.key, *n)).copied() else { return Ok(()) };
                self.db.write(self.pass(person.reminders[*n].for_)?, |tx| {
                    // A reply or the card's end may have closed it first, as it would for anybody.
                    match reminders::reminder(tx, id)?.state {
                        reminders::State::Open => reminders::done(tx, id).map(drop),
                        _ => Ok(()),
                    }
                })
            }
            Scene::Bar => {
                let (id, reason) = (self.contact(person)?, person.do_not_contact.unwrap_or_default());
                self.db.write(self.pass(person.owner)?, |tx| outreach::bar(tx, id, reason).map(drop))
            }
        }
    }

    fn meet(&mut self, person: &Person) -> Result<()> {
        let mut details = Details::named(person.name, kind_of(person.kind));
        details.company = person.company.map(Into::into);
        details.title = person.title.map(Into::into);
        details.email = person.email.map(Into::into);
        details.phone = person.phone.map(Into::into);
        details.timezone = person.zone.map(Into::into);
        for handle in person.handles {
            details.handles.push(parse_handle(handle.channel, handle.username).map_err(Error::internal)?);
        }
        let id = self.db.write(self.pass(person.owner)?, |tx| {
            let id = contacts::create(tx, &details)?;
            for tag in person.tags {
                contacts::tag(tx, id, tag)?;
            }
            if let Some(city) = person.city {
                contacts::tag(tx, id, city)?;
            }
            for handle in contacts::handles(tx, id)? {
                let followers = person.handles.iter().find(|h| h.channel == handle.channel).and_then(|h| h.followers);
                contacts::set_followers(tx, handle.id, followers)?;
            }
            Ok(id)
        })?;
        self.contacts.insert(person.key, id);
        Ok(())
    }

    fn say(&mut self, person: &Person, thread: usize, message: usize) -> Result<()> {
        let id = self.contact(person)?;
        let (talk, said) = (&person.threads[thread], &person.threads[thread].messages[message]);
        let (pass, direction) = match said.from {
            story::From::Them => (self.pass(person.owner)?, Direction::In),
            story::From::Colleague(key) => (self.pass(key)?, Direction::Out),
        };
        let logged = self.db.write(pass, |tx| {
            let thread = threads::on_channel(tx, id, talk.channel)?;
            let new = NewMessage { automatic: said.automatic, ..NewMessage::now(direction, said.text) };
            threads::log_message(tx, thread, &new)
        })?;
        if thread == 0 {
            self.said.insert((person.key, message), logged.id);
        }
        Ok(())
    }

    fn step(&mut self, person: &Person, n: usize) -> Result<()> {
        let Some(card) = person.card else { return Ok(()) };
        let (id, kind, step) = (self.contact(person)?, kind_of(person.kind), &card.path[n]);
        let stage = *self
            .stages
            .get(&(kind, step.stage))
            .ok_or_else(|| Error::internal(format!("the story knows no stage {}", step.stage)))?;
        let evidence = step.evidence.and_then(|m| self.said.get(&(person.key, m)).copied());
        let there = self.cards.get(person.key).copied();
        let pipeline = self.pipelines[&kind];
        let value_cents = card.value_cents.unwrap_or(0);
        let opened = self.db.write(self.pass(step.by)?, |tx| match there {
            None => {
                let card =
                    pipelines::open_card(tx, NewCard { contact: id, pipeline, stage: Some(stage), value_cents })?;
                Ok(card.id)
            }
            Some(there) => {
                let present = pipelines::card(tx, there)?;
                let wanted = Move {
                    card: there,
                    to: stage,
                    version: present.version,
                    evidence,
                    note: step.note.map(Into::into),
                    lost_reason: card.lost_reason.map(Into::into),
                };
                pipelines::move_card(tx, &wanted)?;
                Ok(there)
            }
        })?;
        self.cards.insert(person.key, opened);
        Ok(())
    }

    /// Gwen sends a picture from the coast path.
    fn illustrate(&self, worker: &Worker) -> Result<()> {
        let Some(message) = self.said.get(&("gwen", 7)).copied() else { return Ok(()) };
        let drawn = super::picture::ridges().map_err(|error| Error::internal(error.to_string()))?;
        let mut file = tempfile::NamedTempFile::new()?;
        std::io::Write::write_all(&mut file, &drawn)?;
        let name = "from the coast path.png";
        attachments::attach(self.db, self.pass("june")?, &worker.store, message, name, file.path()).map(drop)
    }

    /// Everybody has read what is older than two days.
    fn read_up(&self) -> Result<()> {
        let recent = self.now.plus(-chrono::TimeDelta::days(2));
        for pass in self.passes.values() {
            self.db.write(*pass, |tx| {
                let me = pass.person()?;
                let unread = threads::Filter { unread_by: Some(me), ..threads::Filter::default() };
                let listed = threads::list(tx, &unread, &db::PageRequest::first(200))?;
                for row in listed.items.iter().filter(|row| row.thread.last_in_at.is_none_or(|at| at < recent)) {
                    threads::mark(tx, row.thread.id, true)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn plan(&mut self, person: &Person, n: usize) -> Result<()> {
        let (id, reminder): (ContactId, &Reminder) = (self.contact(person)?, &person.reminders[n]);
        let pass = self.pass(reminder.for_)?;
        let date = local(self.ago(-reminder.days, NaiveTime::MIN).utc(), self.zone).date();
        let when = When { date, time: Self::clock_time(reminder.at) };
        let user = pass.person()?;
        let planned = self.db.write(pass, |tx| {
            let new = NewReminder {
                channel: reminder.channel,
                draft: reminder.draft.map(Into::into),
                ..NewReminder::by_hand(id, user, reminder.title, when, ZONE)
            };
            reminders::plan(tx, &new)
        })?;
        self.planned.insert((person.key, n), planned);
        Ok(())
    }
}

fn kind_of(kind: story::Kind) -> Kind {
    match kind {
        story::Kind::Lead => Kind::Lead,
        story::Kind::Influencer => Kind::Influencer,
        story::Kind::Ambassador => Kind::Ambassador,
    }
}
