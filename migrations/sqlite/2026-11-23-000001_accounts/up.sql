-- People and workspaces. A member row is never deleted: history names people who have left.
create table instance (
    key text primary key not null,
    value text not null
);

create table users (
    id integer primary key autoincrement not null,
    email text not null unique,
    name text not null,
    password_hash text,
    timezone text not null,
    digest_on boolean not null default true,
    digest_time time not null default '08:00:00',
    digest_days smallint not null default 31,
    digest_key text not null unique,
    created_at timestamp not null
);

create table sessions (
    id integer primary key autoincrement not null,
    user_id bigint not null references users (id) on delete cascade,
    key_hash text not null unique,
    agent text not null,
    address text not null,
    flash text,
    created_at timestamp not null,
    seen_at timestamp not null,
    expires_at timestamp not null
);
create index sessions_by_user on sessions (user_id, seen_at);

-- Failed sign-ins, counted per key (an address or an account) in a window.
create table throttles (
    key text primary key not null,
    failures integer not null,
    since timestamp not null
);

create table workspaces (
    id integer primary key autoincrement not null,
    slug text not null unique,
    name text not null,
    timezone text not null,
    work_from time not null default '09:00:00',
    work_to time not null default '17:30:00',
    work_days smallint not null default 31,
    currency text not null default 'EUR',
    demo boolean not null default false,
    checklist_done boolean not null default false,
    created_at timestamp not null
);

create table members (
    workspace_id bigint not null references workspaces (id) on delete cascade,
    user_id bigint not null references users (id),
    role text not null check (role in ('owner', 'manager', 'member', 'viewer')),
    left_at timestamp,
    created_at timestamp not null,
    primary key (workspace_id, user_id)
);
create index members_by_user on members (user_id);

-- One-time links: set-up, password reset, invitation. Only a hash of the secret is kept.
create table links (
    id integer primary key autoincrement not null,
    kind text not null check (kind in ('setup', 'reset', 'invite')),
    key_hash text not null unique,
    email text,
    workspace_id bigint references workspaces (id) on delete cascade,
    role text,
    made_by bigint references users (id),
    created_at timestamp not null,
    expires_at timestamp not null,
    used_at timestamp
);

create table tokens (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    user_id bigint not null,
    name text not null,
    key_hash text not null unique,
    created_at timestamp not null,
    used_at timestamp,
    revoked_at timestamp,
    unique (workspace_id, id),
    foreign key (workspace_id, user_id) references members (workspace_id, user_id) on delete cascade
);

-- Answers to POSTs that carried an Idempotency-Key, so that a repeat gets the same answer.
create table idempotency (
    workspace_id bigint not null references workspaces (id) on delete cascade,
    user_id bigint not null,
    key text not null,
    request_hash text not null,
    status integer not null,
    body text not null,
    created_at timestamp not null,
    primary key (workspace_id, user_id, key)
);
