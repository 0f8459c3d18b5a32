drop table messages;
drop table threads;
