create table imports (
    id integer primary key autoincrement not null,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    user_id bigint not null,
    kind text not null,
    file_name text not null,
    path text,
    state text not null check (state in ('reading', 'preview', 'running', 'done', 'failed', 'undone', 'dropped')),
    owner_name text,
    owner_key text,
    rows_total bigint not null default 0,
    rows_done bigint not null default 0,
    counts text not null default '{}',
    problem text,
    created_at timestamp not null,
    finished_at timestamp,
    unique (workspace_id, id),
    foreign key (workspace_id, user_id) references members (workspace_id, user_id)
);

-- The preview: who is in the file. Deleted when the import is applied or dropped.
create table candidates (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    import_id bigint not null,
    key text not null,
    name text not null,
    detail text,
    verdict text not null check (verdict in ('new', 'updated', 'unchanged', 'duplicate', 'invalid')),
    reason text,
    contact_id bigint,
    messages bigint not null default 0,
    last_at timestamp,
    chosen boolean not null,
    unique (workspace_id, id),
    unique (workspace_id, import_id, key),
    foreign key (workspace_id, import_id) references imports (workspace_id, id) on delete cascade
);
create index candidates_listed on candidates (workspace_id, import_id, verdict, id);

-- Fields of contacts that existed before, as an import found them: what undo puts back.
create table import_changes (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    import_id bigint not null,
    contact_id bigint not null,
    field text not null,
    before text,
    after text,
    unique (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id) on delete cascade,
    foreign key (workspace_id, contact_id) references contacts (workspace_id, id) on delete cascade
);
create index import_changes_by_import on import_changes (workspace_id, import_id);
create index handles_import on handles (workspace_id, import_id) where import_id is not null;
