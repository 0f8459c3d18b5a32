-- SQLite has a table of its own for the words, messages_fts.
select 1;
