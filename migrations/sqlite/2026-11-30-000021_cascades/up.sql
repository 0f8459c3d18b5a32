-- What is removed together with a person, a stay or a conversation is found by them: without these each removal read the whole
-- table, and removing a demo of 100,000 people never ended.
create index reminders_by_visit on reminders (workspace_id, visit_id) where visit_id is not null;
create index reminders_by_thread on reminders (workspace_id, thread_id) where thread_id is not null;
create index import_changes_by_contact on import_changes (workspace_id, contact_id);
-- Whose a conversation was that an undone import took back, when its archive comes again.
create index import_changes_left on import_changes (workspace_id, after) where field = 'left talk';
create index overrides_by_contact on overrides (workspace_id, contact_id);
create index merges_by_gone on merges (workspace_id, gone_id);
create index strangers_by_high on strangers (workspace_id, high_id);
