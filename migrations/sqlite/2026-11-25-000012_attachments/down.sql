alter table messages add column attachments text not null default '[]';
drop table attachments;
drop table files;
