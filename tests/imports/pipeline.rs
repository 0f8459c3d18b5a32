//! Bringing people straight into a pipeline.

use rapport::{
    contacts::Kind,
    imports::{self, Choice},
    reminders,
};

use super::{
    kit::{MARA, apply, archive, knows, look_into, said},
    person,
};
use crate::both;

both! {
    fn whoever_is_talked_to_already_gets_no_first_message_planned(app) {
        let owner = app.workspace("Acme");
        let people = [knows("Ana Li", "", "", ""), knows("Bo Berg", "", "", "")].concat();
        let talk = said("2-a", "Ana Li", MARA, "2024-05-01 09:00:00", "Hello");
        let looked = look_into(app, owner, "archive.zip", &archive(&people, &talk));
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
        let leads = app.pipeline(owner, Kind::Lead);
        apply(app, owner, looked.id, Some(leads));
        let planned = ["Ana Li", "Bo Berg"].map(|name| {
            let contact = person(app, owner, name).id;
            let cards = app.read(owner, |tx| rapport::pipelines::cards_of_contact(tx, contact));
            assert_eq!(cards.len(), 1, "{name}");
            app.read(owner, |tx| reminders::of_contact(tx, contact)).0.len()
        });
        assert_eq!(planned[0], 0, "Ana knows us");
        assert!(planned[1] > 0, "Bo is new");
    }
}
