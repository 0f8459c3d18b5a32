-- Full-text search in messages, over the same expression that the search uses.
create index messages_search on messages using gin (to_tsvector('simple', rapport_plain(body)));
