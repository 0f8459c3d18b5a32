-- Other names of conversations: Meta calls one differently in its standard and in its encrypted download.
create table thread_names (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    thread_id bigint not null,
    channel text not null,
    external_id text not null,
    import_id bigint not null,
    unique (workspace_id, id),
    foreign key (workspace_id, thread_id) references threads (workspace_id, id) on delete cascade
);
create unique index thread_names_external on thread_names (workspace_id, channel, external_id);
create index thread_names_by_thread on thread_names (workspace_id, thread_id);
create index thread_names_import on thread_names (workspace_id, import_id);
