drop table mails;
drop table jobs;
