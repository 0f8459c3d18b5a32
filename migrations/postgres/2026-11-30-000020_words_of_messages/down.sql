drop index messages_search;
alter table messages drop column search;
create index messages_search on messages using gin (to_tsvector('simple', rapport_words(body)));
