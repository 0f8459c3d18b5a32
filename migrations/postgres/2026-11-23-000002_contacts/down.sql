drop table events;
drop table strangers;
drop table merges;
drop table notes;
drop table contact_tags;
drop table tags;
drop table handles;
drop table contacts;
