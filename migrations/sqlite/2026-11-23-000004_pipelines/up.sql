create table templates (
    id integer primary key autoincrement not null,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    name text not null,
    channel text,
    body text not null,
    owner_id bigint,
    created_at timestamp not null,
    updated_at timestamp not null,
    deleted_at timestamp,
    unique (workspace_id, id),
    foreign key (workspace_id, owner_id) references members (workspace_id, user_id)
);

create table pipelines (
    id integer primary key autoincrement not null,
    workspace_id bigint not null references workspaces (id) on delete cascade,
    name text not null,
    kind text not null check (kind in ('lead', 'influencer', 'ambassador')),
    lost_reasons text not null default '[]',
    position integer not null,
    created_at timestamp not null,
    unique (workspace_id, id)
);

create table stages (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    pipeline_id bigint not null,
    name text not null,
    position integer not null,
    state text not null check (state in ('open', 'won', 'lost')),
    channel text,
    rot_days integer check (rot_days between 1 and 3650),
    deleted_at timestamp,
    unique (workspace_id, id),
    foreign key (workspace_id, pipeline_id) references pipelines (workspace_id, id) on delete cascade
);
create index stages_by_pipeline on stages (workspace_id, pipeline_id, position);

-- Kept by triggers on cards: a board's totals cost one row a column, however many cards there are.
create table stage_totals (
    workspace_id bigint not null,
    stage_id bigint not null,
    cards bigint not null default 0,
    value_cents bigint not null default 0,
    primary key (workspace_id, stage_id),
    foreign key (workspace_id, stage_id) references stages (workspace_id, id) on delete cascade
);

create table cadence_steps (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    stage_id bigint not null,
    position integer not null,
    delay_days integer not null check (delay_days between 0 and 365),
    at_time time not null,
    channel text,
    template_id bigint,
    title text not null,
    unique (workspace_id, id),
    foreign key (workspace_id, stage_id) references stages (workspace_id, id) on delete cascade,
    foreign key (workspace_id, template_id) references templates (workspace_id, id)
);
create index cadence_steps_by_stage on cadence_steps (workspace_id, stage_id, position);

create table cards (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    contact_id bigint not null,
    pipeline_id bigint not null,
    stage_id bigint not null,
    state text not null check (state in ('open', 'won', 'lost')),
    owner_id bigint,
    value_cents bigint not null default 0 check (value_cents >= 0),
    version integer not null default 1,
    next_at timestamp,
    lost_reason text,
    entered_at timestamp not null,
    created_at timestamp not null,
    closed_at timestamp,
    unique (workspace_id, id),
    foreign key (workspace_id, contact_id) references contacts (workspace_id, id) on delete cascade,
    foreign key (workspace_id, pipeline_id) references pipelines (workspace_id, id) on delete cascade,
    foreign key (workspace_id, stage_id) references stages (workspace_id, id),
    foreign key (workspace_id, owner_id) references members (workspace_id, user_id)
);
create unique index cards_open on cards (workspace_id, contact_id, pipeline_id) where state = 'open';
create index cards_by_contact on cards (workspace_id, contact_id);
create index cards_column on cards (workspace_id, stage_id, next_at, id);
create index cards_listed on cards (workspace_id, pipeline_id, state, next_at, id);
create index cards_owner on cards (workspace_id, owner_id, state, next_at, id);
create index cards_column_owner on cards (workspace_id, stage_id, owner_id, next_at, id);

create table visits (
    id integer primary key autoincrement not null,
    workspace_id bigint not null,
    card_id bigint not null,
    stage_id bigint not null,
    entered_at timestamp not null,
    left_at timestamp,
    moved_by bigint,
    evidence_id bigint,
    note text,
    undoes bigint,
    unique (workspace_id, id),
    foreign key (workspace_id, card_id) references cards (workspace_id, id) on delete cascade,
    foreign key (workspace_id, stage_id) references stages (workspace_id, id),
    foreign key (workspace_id, moved_by) references members (workspace_id, user_id),
    foreign key (workspace_id, evidence_id) references messages (workspace_id, id)
);
create index visits_by_card on visits (workspace_id, card_id, id);
create index visits_by_evidence on visits (workspace_id, evidence_id) where evidence_id is not null;

create table visit_threads (
    workspace_id bigint not null,
    visit_id bigint not null,
    thread_id bigint not null,
    stage_id bigint not null,
    first_at timestamp not null,
    last_at timestamp not null,
    primary key (workspace_id, visit_id, thread_id),
    foreign key (workspace_id, visit_id) references visits (workspace_id, id) on delete cascade,
    foreign key (workspace_id, thread_id) references threads (workspace_id, id) on delete cascade
);
create index visit_threads_by_stage on visit_threads (workspace_id, stage_id, last_at, thread_id);
create index visit_threads_by_thread on visit_threads (workspace_id, thread_id);
