-- Who answered a message with a sign instead of words, as the archive that brought it tells: a JSON list.
alter table messages add column reactions text;
