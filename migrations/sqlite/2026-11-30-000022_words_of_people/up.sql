-- SQLite has a table of its own for the words, contacts_fts.
select 1;
