drop table thread_names;
