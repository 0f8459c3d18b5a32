alter table imports drop column day_first;
