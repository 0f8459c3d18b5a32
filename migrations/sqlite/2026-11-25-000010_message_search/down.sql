drop trigger messages_fts_insert;
drop trigger messages_fts_delete;
drop table messages_fts;
