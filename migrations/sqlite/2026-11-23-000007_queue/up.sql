-- Work to be done, written in the transaction that causes it. `key` makes a job unique for ever or until it is done.
create table jobs (
    id integer primary key autoincrement not null,
    workspace_id bigint references workspaces (id) on delete cascade,
    kind text not null,
    data text not null,
    key text unique,
    attempts integer not null default 0,
    run_at timestamp not null,
    leased_until timestamp,
    parked boolean not null default false,
    last_error text,
    created_at timestamp not null
);
create index jobs_due on jobs (parked, run_at, id);

-- Outgoing mail: written before it is sent, kept as the delivery log.
create table mails (
    id integer primary key autoincrement not null,
    workspace_id bigint references workspaces (id) on delete cascade,
    user_id bigint references users (id),
    kind text not null,
    key text not null unique,
    recipient text not null,
    subject text not null,
    body_text text not null,
    body_html text,
    unsubscribe text,
    message_id text not null,
    state text not null default 'queued' check (state in ('queued', 'sent', 'failed')),
    attempts integer not null default 0,
    last_error text,
    created_at timestamp not null,
    sent_at timestamp
);
create index mails_recent on mails (workspace_id, id);
create index mails_by_user on mails (user_id, id);
