-- Full-text search over people; external content, kept in step by triggers.
create virtual table contacts_fts using fts5(
    name, company, title, email, search_extra,
    content = 'contacts', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);
create trigger contacts_fts_insert after insert on contacts begin
    insert into contacts_fts (rowid, name, company, title, email, search_extra)
    values (new.id, new.name, new.company, new.title, new.email, new.search_extra);
end;
create trigger contacts_fts_delete after delete on contacts begin
    insert into contacts_fts (contacts_fts, rowid, name, company, title, email, search_extra)
    values ('delete', old.id, old.name, old.company, old.title, old.email, old.search_extra);
end;
create trigger contacts_fts_update after update of name, company, title, email, search_extra on contacts begin
    insert into contacts_fts (contacts_fts, rowid, name, company, title, email, search_extra)
    values ('delete', old.id, old.name, old.company, old.title, old.email, old.search_extra);
    insert into contacts_fts (rowid, name, company, title, email, search_extra)
    values (new.id, new.name, new.company, new.title, new.email, new.search_extra);
end;

create trigger stage_totals_new after insert on stages begin
    insert into stage_totals (workspace_id, stage_id) values (new.workspace_id, new.id);
end;
create trigger stage_totals_insert after insert on cards begin
    update stage_totals set cards = cards + 1, value_cents = value_cents + new.value_cents
    where workspace_id = new.workspace_id and stage_id = new.stage_id;
end;
create trigger stage_totals_delete after delete on cards begin
    update stage_totals set cards = cards - 1, value_cents = value_cents - old.value_cents
    where workspace_id = old.workspace_id and stage_id = old.stage_id;
end;
create trigger stage_totals_update after update of stage_id, value_cents on cards begin
    update stage_totals set cards = cards - 1, value_cents = value_cents - old.value_cents
    where workspace_id = old.workspace_id and stage_id = old.stage_id;
    update stage_totals set cards = cards + 1, value_cents = value_cents + new.value_cents
    where workspace_id = new.workspace_id and stage_id = new.stage_id;
end;

create trigger events_keep before update on events begin
    select raise(abort, 'events are append-only');
end;
