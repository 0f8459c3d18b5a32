-- The words of a message are kept beside it. Made anew for each row that a search walks by, they took seconds, and the planner
-- takes making them for nearly free.
drop index messages_search;
alter table messages add column search tsvector generated always as (to_tsvector('simple', rapport_words(body))) stored;
create index messages_search on messages using gin (search);
