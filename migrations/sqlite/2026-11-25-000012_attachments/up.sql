-- Contents that are kept, each once in a workspace, under the SHA-256 of their bytes. Only what is kept is referred to:
-- one that is being written may not be whole yet, one that is dying may be gone already.
create table files (
    workspace_id bigint not null references workspaces (id) on delete cascade,
    hash text not null,
    size bigint not null,
    kind text not null,
    state text not null check (state in ('writing', 'kept', 'dying')),
    thumb boolean,
    created_at timestamp not null,
    primary key (workspace_id, hash)
);
create index files_unseen on files (workspace_id, created_at, hash) where thumb is null;

-- What was sent with a message. `source` is where an archive has it; `hash` is empty until it was found there, by the
-- import that is named in `wanted_by`, which need not be the one that made the row.
create table attachments (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    message_id bigint not null,
    name text not null,
    source text,
    hash text,
    import_id bigint,
    wanted_by bigint,
    created_at timestamp not null,
    unique (workspace_id, id),
    unique (workspace_id, message_id, source),
    foreign key (workspace_id, message_id) references messages (workspace_id, id) on delete cascade,
    foreign key (workspace_id, hash) references files (workspace_id, hash)
);
create index attachments_wanted on attachments (workspace_id, wanted_by, source);
create index attachments_import on attachments (workspace_id, import_id) where import_id is not null;
create index attachments_of_file on attachments (workspace_id, hash);

-- Never used.
alter table messages drop column attachments;
