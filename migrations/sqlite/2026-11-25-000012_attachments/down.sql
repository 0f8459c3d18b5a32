drop table attachments;
drop table files;
