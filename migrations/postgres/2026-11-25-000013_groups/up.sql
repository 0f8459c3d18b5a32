-- A group belongs to one contact of it. What the others of it say stands aside: it is no answer of the contact's.
alter table threads add column counterpart text;
alter table messages add column aside boolean not null default false;
