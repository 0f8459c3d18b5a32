-- Contacts carry their last words, so that a list needs no look into a million messages.
create table contacts (
    id integer primary key autoincrement not null,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    kind text not null check (kind in ('lead', 'influencer', 'ambassador')),
    name text not null,
    name_key text not null,
    company text,
    title text,
    email text,
    email_key text,
    phone text,
    phone_key text,
    timezone text,
    owner_id bigint,
    preferred_channel text,
    do_not_contact text,
    search_extra text not null default '',
    turn text not null default 'nobody' check (turn in ('ours', 'theirs', 'nobody')),
    last_in_at timestamp,
    last_out_at timestamp,
    last_words text,
    last_words_in boolean,
    touched_at timestamp not null,
    merged_into bigint,
    import_id bigint,
    created_at timestamp not null,
    updated_at timestamp not null,
    unique (workspace_id, id),
    foreign key (workspace_id, owner_id) references members (workspace_id, user_id)
);
create unique index contacts_email on contacts (workspace_id, email_key) where email_key is not null and merged_into is null;
create index contacts_phone on contacts (workspace_id, phone_key) where phone_key is not null;
create index contacts_recent on contacts (workspace_id, touched_at, id);
create index contacts_named on contacts (workspace_id, name_key, id);
create index contacts_kind on contacts (workspace_id, kind, touched_at, id);
create index contacts_owner on contacts (workspace_id, owner_id, touched_at, id);
create index contacts_turn on contacts (workspace_id, owner_id, turn, last_in_at, id);
create index contacts_import on contacts (workspace_id, import_id) where import_id is not null;

create table handles (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    contact_id bigint not null,
    channel text not null,
    key text not null,
    url text,
    username text,
    platform_id text,
    followers bigint,
    import_id bigint,
    created_at timestamp not null,
    unique (workspace_id, id),
    unique (workspace_id, channel, key),
    foreign key (workspace_id, contact_id) references contacts (workspace_id, id) on delete cascade
);
create index handles_by_contact on handles (workspace_id, contact_id);
create unique index handles_platform on handles (workspace_id, channel, platform_id) where platform_id is not null;

create table tags (
    id integer primary key autoincrement not null,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    name text not null,
    unique (workspace_id, id),
    unique (workspace_id, name)
);

create table contact_tags (
    workspace_id bigint not null,
    contact_id bigint not null,
    tag_id bigint not null,
    primary key (workspace_id, tag_id, contact_id),
    foreign key (workspace_id, contact_id) references contacts (workspace_id, id) on delete cascade,
    foreign key (workspace_id, tag_id) references tags (workspace_id, id) on delete cascade
);
create index contact_tags_by_contact on contact_tags (workspace_id, contact_id);

create table notes (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    contact_id bigint not null,
    author_id bigint not null,
    body text not null,
    created_at timestamp not null,
    unique (workspace_id, id),
    foreign key (workspace_id, contact_id) references contacts (workspace_id, id) on delete cascade,
    foreign key (workspace_id, author_id) references members (workspace_id, user_id)
);
create index notes_by_contact on notes (workspace_id, contact_id, created_at, id);

-- Merged pairs with what is needed to part them again, and pairs said to be two people.
create table merges (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    kept_id bigint not null,
    gone_id bigint not null,
    by_id bigint not null,
    undo text not null,
    created_at timestamp not null,
    undone_at timestamp,
    unique (workspace_id, id),
    foreign key (workspace_id, kept_id) references contacts (workspace_id, id) on delete cascade,
    foreign key (workspace_id, gone_id) references contacts (workspace_id, id) on delete cascade
);
create index merges_by_kept on merges (workspace_id, kept_id);

create table strangers (
    workspace_id bigint not null,
    low_id bigint not null,
    high_id bigint not null,
    by_id bigint not null,
    created_at timestamp not null,
    primary key (workspace_id, low_id, high_id),
    foreign key (workspace_id, low_id) references contacts (workspace_id, id) on delete cascade,
    foreign key (workspace_id, high_id) references contacts (workspace_id, id) on delete cascade
);

-- What happened, append-only: the timeline and the audit log read it, nothing edits it.
create table events (
    id integer primary key autoincrement not null,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    at timestamp not null,
    actor_id bigint references users (id),
    origin text not null check (origin in ('page', 'api', 'cli', 'worker', 'import')),
    verb text not null,
    noun_id bigint,
    contact_id bigint,
    before text,
    after text,
    unique (workspace_id, id)
);
create index events_by_contact on events (workspace_id, contact_id, at, id);
