//! One workspace as the walk sees it: its owner, further members on demand, and a fresh thing for every call.

use std::{cell::Cell, io::Write, path::PathBuf};

use rapport::{
    access::{Access, Role},
    accounts::{self, Hashed},
    attachments,
    channels::Channel,
    contacts::{self, Kind, parse_handle_line},
    drafts::{self, TemplateForm},
    ids::{
        AttachmentId, ContactId, HandleId, ImportId, LinkId, MailId, MergeId, MessageId, NoteId, PipelineId,
        ReminderId, SessionId, StageId, StepId, TagId, TemplateId, ThreadId, TokenId,
    },
    imports, mail,
    pipelines::{self, Card, Moved, NewStep, StageForm, StageState},
};

use crate::app::{
    App, picture,
    web::{Server, Speaker},
};

/// A password that everybody has who needs one.
pub const PASSWORD: &str = "violet harbour lantern 27";

/// A member with a browser and a script.
pub struct Actor {
    pub access: Access,
    pub page: Speaker,
    pub script: Speaker,
}

impl Actor {
    /// Whichever of the two calls this path.
    pub fn speaker(&self, path: &str) -> &Speaker {
        if path.starts_with("/api/") { &self.script } else { &self.page }
    }

    /// The person, as an id in a form.
    pub fn id(&self) -> i64 {
        self.access.user().expect("a person").0
    }
}

/// A workspace. Everything in it that people write carries its mark, so that it is noticed elsewhere.
pub struct World<'a> {
    pub app: &'a App,
    pub server: &'a Server,
    pub mark: &'static str,
    pub slug: String,
    pub owner: Actor,
    secret: Hashed,
    count: Cell<u32>,
}

impl<'a> World<'a> {
    pub fn new(app: &'a App, server: &'a Server, mark: &'static str) -> Self {
        let access = app.workspace(mark);
        let secret = accounts::hash_password(PASSWORD, &[]).expect("a good password");
        let owner = actor(app, server, access);
        let world = Self { app, server, mark, slug: app.slug(access), owner, secret, count: Cell::new(0) };
        world.person();
        world
    }

    /// Who acts for the fixtures.
    pub fn who(&self) -> Access {
        self.owner.access
    }

    /// A number that was not used before.
    pub fn next(&self) -> u32 {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }

    /// Words with the workspace's mark.
    pub fn words(&self, what: &str) -> String {
        format!("{} {what} {}", self.mark, self.next())
    }

    /// A new member.
    pub fn member(&self, role: Role) -> Actor {
        let name = self.words(role.as_str());
        let access = self.app.member(self.who(), &name, role);
        self.app
            .db
            .write_system(|sys| accounts::change_password(sys, access.person()?, self.secret.clone(), None))
            .expect("a password");
        actor(self.app, self.server, access)
    }

    /// A new contact.
    pub fn person(&self) -> ContactId {
        let name = self.words("Person");
        self.app.contact(self.who(), &name)
    }

    pub fn pipeline(&self) -> PipelineId {
        self.app.pipeline(self.who(), Kind::Lead)
    }

    pub fn stage(&self, name: &str) -> StageId {
        self.app.stage(self.who(), name).id
    }

    /// A new card in “Connected”.
    pub fn card(&self) -> Card {
        self.app.card(self.who(), self.person(), "Connected")
    }

    /// A new card that was moved once.
    pub fn moved(&self) -> Moved {
        self.app.move_card(self.who(), &self.card(), "Talking")
    }

    pub fn thread_with(&self, contact: ContactId) -> ThreadId {
        self.app.thread(self.who(), contact, Channel::Linkedin)
    }

    pub fn thread(&self) -> ThreadId {
        self.thread_with(self.person())
    }

    /// A new message of a contact.
    pub fn message_of(&self, contact: ContactId) -> MessageId {
        let thread = self.thread_with(contact);
        let words = self.words("says hello");
        self.app.hears(self.who(), thread, &words).id
    }

    /// A picture that was sent with a message.
    pub fn attachment(&self) -> AttachmentId {
        let message = self.message_of(self.person());
        let path = self.app.folder.path().join(format!("{}-{}.png", self.mark, self.next()));
        std::fs::write(&path, picture()).expect("a file");
        let (app, name) = (self.app, self.words("picture"));
        let id = attachments::attach(&app.db, self.who(), &app.worker.store, message, &name, &path).expect("a file");
        self.app.tick();
        id
    }

    /// A new reminder to write on a channel that its contact doesn't like: the gate warns.
    pub fn reminder(&self) -> ReminderId {
        let title = self.words("Write again");
        let contact = self.person();
        self.thread_with(contact);
        self.app.write(self.who(), |tx| contacts::prefer(tx, contact, Some(Channel::X)));
        self.app.reminder(self.who(), contact, &title, "2026-12-01T09:00")
    }

    pub fn tag(&self) -> (ContactId, TagId) {
        let (contact, name) = (self.person(), self.words("tag"));
        self.app.write(self.who(), |tx| {
            contacts::tag(tx, contact, &name)?;
            Ok((contact, contacts::tags_of(tx, &[contact])?[0].1.id))
        })
    }

    /// A new note: of `by`, if they may write one.
    pub fn note(&self, by: Access) -> NoteId {
        let (contact, words) = (self.person(), self.words("note"));
        let author = if by.may(rapport::access::Right::Work) { by } else { self.who() };
        self.app.write(author, |tx| contacts::note(tx, contact, &words))
    }

    pub fn handle(&self) -> HandleId {
        let contact = self.person();
        let address = parse_handle_line(&format!("instagram: {}_{}", self.mark, self.next())).expect("a profile");
        self.app.write(self.who(), |tx| contacts::add_handle(tx, contact, &address))
    }

    pub fn merge(&self) -> MergeId {
        let (kept, gone) = (self.person(), self.person());
        self.app.write(self.who(), |tx| rapport::pipelines::merge(tx, kept, gone, &[]))
    }

    /// A new template: everybody's if its maker may, else their own.
    pub fn template(&self, by: Access) -> TemplateId {
        let shared = by.may(rapport::access::Right::Arrange);
        let form = TemplateForm { name: self.words("text"), channel: None, body: self.words("Hello"), shared };
        self.app.write(by, |tx| drafts::save_template(tx, None, &form))
    }

    /// A new pipeline to be arranged, and a further open stage of it.
    pub fn arranged(&self) -> (PipelineId, StageId) {
        let (name, form) = (
            self.words("way"),
            StageForm { name: self.words("stage"), state: StageState::Open, channel: None, rot_days: None },
        );
        self.app.write(self.who(), |tx| {
            let pipeline = pipelines::create_pipeline(tx, &name, Kind::Influencer)?;
            Ok((pipeline, pipelines::add_stage(tx, pipeline, &form)?))
        })
    }

    pub fn step(&self) -> StepId {
        let (_, stage) = self.arranged();
        let at_time = "09:00:00".parse().expect("a time");
        let step = NewStep { title: self.words("step"), delay_days: 1, at_time, channel: None, template: None };
        self.app.write(self.who(), |tx| pipelines::add_step(tx, stage, &step))
    }

    /// A contact with an open card and a thread, for calls that name all three.
    pub fn engaged(&self) -> (Card, ThreadId) {
        let card = self.card();
        (card.clone(), self.thread_with(card.contact_id))
    }

    /// What an archive with one person in it says.
    pub fn archive(&self) -> String {
        let n = self.next();
        format!(
            "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
             {0},Moss{n},https://www.linkedin.com/in/{0}-{n},,Tarn,Buyer,03 Nov 2025\n",
            self.mark
        )
    }

    /// An import whose preview waits, everybody chosen.
    pub fn preview(&self) -> ImportId {
        let path: PathBuf = self.app.folder.path().join(format!("{}-{}.csv", self.mark, self.next()));
        let text = self.archive();
        std::fs::File::create(&path).and_then(|mut file| file.write_all(text.as_bytes())).expect("a file");
        let id = self.app.write(self.who(), |tx| imports::begin(tx, "linkedin", "Connections.csv", &path));
        self.app.tick();
        self.app.write(self.who(), |tx| imports::choose(tx, id, &imports::Choice::Everybody));
        id
    }

    /// An import that is done.
    pub fn imported(&self) -> ImportId {
        let id = self.preview();
        self.app.write(self.who(), |tx| imports::start(tx, id, None));
        self.app.tick();
        id
    }

    /// A token of this member.
    pub fn token(&self, of: Access) -> TokenId {
        let name = self.words("script");
        self.app.write(of, |tx| {
            accounts::issue_token(tx, &name)?;
            Ok(accounts::tokens(tx)?[0].id)
        })
    }

    /// An invitation that nobody has followed.
    pub fn invitation(&self) -> LinkId {
        let email = format!("guest{}@test.example", self.next());
        let invited = self.app.db.write_system(|sys| {
            accounts::write_invitation(sys, self.who(), &email, Role::Viewer)?;
            accounts::invited(sys, self.who())
        });
        invited.expect("an invitation")[0].id
    }

    /// A further device of this person.
    pub fn session(&self, of: Access) -> SessionId {
        self.app
            .db
            .write_system(|sys| {
                let user = of.person()?;
                let key = accounts::start_session(sys, user, "elsewhere", "127.0.0.1")?;
                Ok(accounts::session(sys, &key)?.expect("the session").id)
            })
            .expect("a session")
    }

    /// A mail of the log that was given up.
    pub fn lost_mail(&self) -> MailId {
        let (access, key) = (self.who(), self.words("key"));
        self.app
            .db
            .write_system(|sys| {
                let letter = mail::test_mail(access.workspace(), access.person()?, "lost@test.example", &key)?;
                mail::post(sys, letter)
            })
            .expect("a mail");
        let id = self.app.read(access, mail::log)[0].id;
        self.app.db.write_system(|sys| mail::mark_failed(sys, id, "no such place", true)).expect("a note");
        id
    }

    /// An address of the channel for a thread.
    pub fn thread_url(&self) -> String {
        format!("https://www.linkedin.com/messaging/thread/2-{}{}==/", self.mark, self.next())
    }
}

fn actor(app: &App, server: &Server, access: Access) -> Actor {
    Actor { access, page: app.browser_of(server, access), script: app.script_of(server, access) }
}
