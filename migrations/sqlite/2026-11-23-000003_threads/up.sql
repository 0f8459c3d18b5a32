create table threads (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    contact_id bigint not null,
    channel text not null,
    external_id text,
    url text,
    title text,
    kind text not null default 'direct' check (kind in ('direct', 'group', 'sponsored')),
    status text not null default 'open' check (status in ('open', 'closed')),
    assignee_id bigint,
    turn text not null default 'nobody' check (turn in ('ours', 'theirs', 'nobody')),
    last_message_at timestamp not null,
    last_in_at timestamp,
    last_out_at timestamp,
    last_words text,
    last_words_in boolean,
    import_id bigint,
    created_at timestamp not null,
    unique (workspace_id, id),
    foreign key (workspace_id, contact_id) references contacts (workspace_id, id) on delete cascade,
    foreign key (workspace_id, assignee_id) references members (workspace_id, user_id)
);
create unique index threads_external on threads (workspace_id, channel, external_id) where external_id is not null;
create index threads_by_contact on threads (workspace_id, contact_id, last_message_at, id);
create index threads_recent on threads (workspace_id, last_message_at, id);
create index threads_turn on threads (workspace_id, turn, last_message_at, id);
create index threads_channel on threads (workspace_id, channel, last_message_at, id);

create table messages (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    thread_id bigint not null,
    contact_id bigint not null,
    direction text not null check (direction in ('in', 'out')),
    author_id bigint,
    author_name text not null,
    body text not null,
    body_key text not null,
    attachments text not null default '[]',
    external_id text,
    automatic boolean not null default false,
    sent_at timestamp not null,
    import_id bigint,
    created_at timestamp not null,
    unique (workspace_id, id),
    foreign key (workspace_id, thread_id) references threads (workspace_id, id) on delete cascade,
    foreign key (workspace_id, contact_id) references contacts (workspace_id, id) on delete cascade,
    foreign key (workspace_id, author_id) references members (workspace_id, user_id)
);
create index messages_by_thread on messages (workspace_id, thread_id, sent_at, id);
create index messages_by_contact on messages (workspace_id, contact_id, sent_at, id);
create unique index messages_external on messages (workspace_id, thread_id, external_id) where external_id is not null;
create index messages_import on messages (workspace_id, import_id) where import_id is not null;
create index threads_import on threads (workspace_id, import_id) where import_id is not null;
