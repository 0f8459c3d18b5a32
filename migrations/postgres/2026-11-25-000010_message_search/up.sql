-- Full-text search in messages, over the same expression that the search uses. What is neither letter nor digit parts
-- words: the parser would keep addresses, paths and decimals as one word each.
create function rapport_words(text) returns text language sql immutable parallel safe strict
    return regexp_replace(rapport_plain($1), '[^[:alnum:]]+', ' ', 'g');
create index messages_search on messages using gin (to_tsvector('simple', rapport_words(body)));
