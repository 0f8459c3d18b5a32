-- Of an archive whose dates can be read both ways: what the person said. Null: nobody said anything.
alter table imports add column day_first boolean;
