create table reminders (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    contact_id bigint not null,
    card_id bigint,
    thread_id bigint,
    visit_id bigint,
    user_id bigint not null,
    title text not null,
    channel text,
    due_date date not null,
    due_time time not null,
    timezone text not null,
    due_at timestamp not null,
    occurrence integer not null default 1,
    state text not null default 'open' check (state in ('open', 'done', 'skipped', 'stopped')),
    stopped_because text,
    template_id bigint,
    draft text,
    ready boolean not null default false,
    step_id bigint,
    why text not null,
    made_by bigint,
    closed_by bigint,
    closed_at timestamp,
    created_at timestamp not null,
    unique (workspace_id, id),
    foreign key (workspace_id, contact_id) references contacts (workspace_id, id) on delete cascade,
    foreign key (workspace_id, card_id) references cards (workspace_id, id) on delete cascade,
    foreign key (workspace_id, thread_id) references threads (workspace_id, id) on delete cascade,
    foreign key (workspace_id, visit_id) references visits (workspace_id, id) on delete cascade,
    foreign key (workspace_id, user_id) references members (workspace_id, user_id),
    foreign key (workspace_id, template_id) references templates (workspace_id, id)
);
create index reminders_owed on reminders (workspace_id, user_id, state, due_at, id);
create index reminders_by_contact on reminders (workspace_id, contact_id, state, due_at);
create index reminders_by_card on reminders (workspace_id, card_id, state, due_at);
create index reminders_due on reminders (workspace_id, state, due_at, id);

-- Promise 3: a recipient hears of an occurrence of a reminder once.
create table notices (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    reminder_id bigint not null,
    occurrence integer not null,
    user_id bigint not null,
    late boolean not null,
    created_at timestamp not null,
    read_at timestamp,
    unique (workspace_id, id),
    unique (workspace_id, reminder_id, occurrence, user_id),
    foreign key (workspace_id, reminder_id) references reminders (workspace_id, id) on delete cascade
);
create index notices_by_user on notices (workspace_id, user_id, read_at, id);

-- Human overrides of a warning by the gate, with their note.
create table overrides (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    contact_id bigint not null,
    user_id bigint not null,
    reasons text not null,
    note text not null,
    created_at timestamp not null,
    unique (workspace_id, id),
    foreign key (workspace_id, contact_id) references contacts (workspace_id, id) on delete cascade
);
