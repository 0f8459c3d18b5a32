-- Words as those of messages: the parser kept an email address, or a name with a slash, as one.
drop index contacts_search;
alter table contacts drop column search;
alter table contacts add column search tsvector generated always as (
    to_tsvector('simple', rapport_words(
        name || ' ' || coalesce(company, '') || ' ' || coalesce(title, '') || ' ' || coalesce(email, '') || ' ' || search_extra
    ))
) stored;
create index contacts_search on contacts using gin (search);
