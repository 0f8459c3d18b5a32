//! The first minutes: the checklist closes by what people do, and once it has, stays away.

use rapport::{
    channels::Channel,
    contacts, onboarding,
    queue::{self, Job},
};

use crate::{app::App, both};

fn steps(app: &App, who: rapport::access::Access) -> Option<usize> {
    app.read(who, onboarding::checklist).map(|items| items.iter().filter(|item| item.done).count())
}

both! {
    fn the_checklist_closes_from_what_is_there_and_never_returns(app) {
        let owner = app.workspace("Acme");
        assert_eq!(steps(app, owner), Some(0));
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        app.hears(owner, thread, "Hello");
        let card = app.card(owner, ana, "Connected");
        app.move_card(owner, &card, "Talking");
        app.reminder(owner, ana, "Call back", "2026-12-01T09:00");
        assert_eq!(steps(app, owner), Some(4));
        app.member(owner, "June Park", rapport::access::Role::Member);
        assert_eq!(steps(app, owner), None, "all five were taken");
        app.db.write_system(|sys| { let now = sys.now(); queue::enqueue(sys, None, &Job::Sweep, now) }).expect("a plan");
        app.tick();
        app.write(owner, |tx| contacts::erase(tx, ana));
        assert_eq!(steps(app, owner), None, "what is removed brings it back to nobody");
    }
}
