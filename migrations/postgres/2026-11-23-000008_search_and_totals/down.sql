drop trigger stage_totals_new on stages;
drop trigger stage_totals_keep on cards;
drop trigger events_keep on events;
drop function stage_totals_new;
drop function stage_totals_keep;
drop function events_keep;
alter table contacts drop column search;
drop index contacts_name_trgm;
drop function rapport_plain;
