//! People and things that most tests need: an owner with a workspace, a contact, a card, a thread.

use rapport::{
    access::{Access, Origin, Role},
    accounts::{self, NewUser},
    channels::{Channel, Direction},
    contacts::{self, Details, Kind},
    db::Instant,
    ids::{ContactId, PipelineId, ReminderId, ThreadId, UserId},
    onboarding::{self, Founding},
    pipelines::{self, Card, NewCard, Stage},
    reminders::{self, NewReminder},
    threads::{self, Logged, NewMessage},
    workspaces,
};

use super::App;

/// Everybody's zone in tests.
pub const ZONE: &str = "Europe/Berlin";

impl App {
    /// Somebody with an account and no workspace; the address is made from the name.
    pub fn person(&self, name: &str) -> UserId {
        let email = format!("{}@test.example", name.to_lowercase().replace(' ', "."));
        let new = NewUser { email, name: name.into(), timezone: ZONE.into(), password: None };
        self.db.write_system(|sys| accounts::create_user(sys, new)).expect("a person")
    }

    /// A workspace with its owner and the three pipelines.
    pub fn workspace(&self, name: &str) -> Access {
        let owner = self.person(&format!("{name} Owner"));
        let founding = Founding { details: workspaces::Details::named(name, ZONE), kinds: Kind::ALL.to_vec() };
        self.db.write_system(|sys| onboarding::found(sys, owner, &founding, Origin::Page)).expect("a workspace")
    }

    /// A further member.
    pub fn member(&self, of: Access, name: &str, role: Role) -> Access {
        let user = self.person(name);
        self.db.write_system(|sys| workspaces::join(sys, of.workspace(), user, role)).expect("a member");
        let slug = self.slug(of);
        self.db.read_system(|sys| accounts::enter(sys, user, &slug, Origin::Page)).expect("a pass")
    }

    /// The workspace's name in URLs.
    pub fn slug(&self, of: Access) -> String {
        self.read(of, workspaces::workspace).slug
    }

    /// A lead.
    pub fn contact(&self, who: Access, name: &str) -> ContactId {
        self.write(who, |tx| contacts::create(tx, &Details::named(name, Kind::Lead)))
    }

    /// The pipeline of a kind.
    pub fn pipeline(&self, who: Access, kind: Kind) -> PipelineId {
        let all = self.read(who, pipelines::pipelines);
        all.iter().find(|pipeline| pipeline.kind == kind).expect("a pipeline").id
    }

    /// A stage of the leads' pipeline by name.
    pub fn stage(&self, who: Access, name: &str) -> Stage {
        let pipeline = self.pipeline(who, Kind::Lead);
        let stages = self.read(who, |tx| pipelines::stages(tx, pipeline));
        stages.into_iter().find(|stage| stage.name == name).expect("a stage of this name")
    }

    /// A card of a lead in the stage of this name.
    pub fn card(&self, who: Access, contact: ContactId, stage: &str) -> Card {
        let (pipeline, stage) = (self.pipeline(who, Kind::Lead), self.stage(who, stage).id);
        self.write(who, |tx| {
            pipelines::open_card(tx, NewCard { contact, pipeline, stage: Some(stage), value_cents: 0 })
        })
    }

    /// Moves a card to the stage of this name; it must succeed.
    pub fn move_card(&self, who: Access, card: &Card, stage: &str) -> pipelines::Moved {
        let to = self.stage(who, stage);
        let wanted = pipelines::Move {
            card: card.id,
            to: to.id,
            version: card.version,
            evidence: None,
            note: None,
            lost_reason: (to.state == pipelines::StageState::Lost).then(|| "no budget".to_owned()),
        };
        self.write(who, |tx| pipelines::move_card(tx, &wanted))
    }

    /// A thread with a contact.
    pub fn thread(&self, who: Access, contact: ContactId, channel: Channel) -> ThreadId {
        self.write(who, |tx| threads::on_channel(tx, contact, channel))
    }

    /// A message of theirs, now.
    pub fn hears(&self, who: Access, thread: ThreadId, words: &str) -> Logged {
        self.write(who, |tx| threads::log_message(tx, thread, &NewMessage::now(Direction::In, words)))
    }

    /// A message of ours, now.
    pub fn says(&self, who: Access, thread: ThreadId, words: &str) -> Logged {
        self.write(who, |tx| threads::log_message(tx, thread, &NewMessage::now(Direction::Out, words)))
    }

    /// A reminder of one's own by hand, at a local date and time like 2026-11-25T09:00.
    pub fn reminder(&self, who: Access, contact: ContactId, title: &str, due: &str) -> ReminderId {
        let when: chrono::NaiveDateTime = format!("{due}:00").parse().expect("a local time");
        let when = rapport::calendar::When { date: when.date(), time: when.time() };
        let user = who.user().expect("a person");
        self.write(who, |tx| reminders::plan(tx, &NewReminder::by_hand(contact, user, title, when, ZONE)))
    }

    /// The instant of the app's clock.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }
}
