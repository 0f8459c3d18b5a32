-- What the timeline of a contact reads beside messages and notes, which tell of themselves: a person with thousands of
-- logged messages has as many events that it passes over.
create index events_told on events (workspace_id, contact_id, at, id)
    where verb <> 'message.logged' and verb <> 'note.written';
