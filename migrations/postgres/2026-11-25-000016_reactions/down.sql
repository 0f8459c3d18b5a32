alter table messages drop column reactions;
