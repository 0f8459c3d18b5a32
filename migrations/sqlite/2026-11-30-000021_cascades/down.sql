drop index reminders_by_visit;
drop index reminders_by_thread;
drop index import_changes_by_contact;
drop index import_changes_left;
drop index overrides_by_contact;
drop index merges_by_gone;
drop index strangers_by_high;
