alter table messages drop column aside;
alter table threads drop column counterpart;
