drop table visit_threads;
drop table visits;
drop table cards;
drop table cadence_steps;
drop table stage_totals;
drop table stages;
drop table pipelines;
drop table templates;
