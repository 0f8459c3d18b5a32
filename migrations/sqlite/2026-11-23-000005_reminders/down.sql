drop table overrides;
drop table notices;
drop table reminders;
