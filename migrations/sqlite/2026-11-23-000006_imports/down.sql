drop table import_changes;
drop table candidates;
drop table imports;
