-- Full-text search in messages. The index keeps no second copy of the words. What an import brings is indexed after it,
-- in pieces, by a job: it would halve the import's speed.
create virtual table messages_fts using fts5(
    body, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);
insert into messages_fts (rowid, body) select id, body from messages;
create trigger messages_fts_insert after insert on messages when new.import_id is null begin
    insert into messages_fts (rowid, body) values (new.id, new.body);
end;
create trigger messages_fts_delete after delete on messages begin
    delete from messages_fts where rowid = old.id;
end;
