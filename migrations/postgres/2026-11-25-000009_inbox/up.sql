-- A thread can be put off until a time. It stands in the list by `listed_at`: its last message, or when it came back.
alter table threads rename column status to status_before;
alter table threads add column status text not null default 'open' check (status in ('open', 'snoozed', 'closed'));
update threads set status = status_before where status_before <> 'open';
alter table threads drop column status_before;
alter table threads add column snoozed_until timestamp check ((status = 'snoozed') = (snoozed_until is not null));
alter table threads add column woken_at timestamp;
alter table threads add column listed_at timestamp not null default '1970-01-01 00:00:00';
update threads set listed_at = last_message_at;
drop index threads_recent;
drop index threads_turn;
drop index threads_channel;
create index threads_recent on threads (workspace_id, listed_at, id);
create index threads_status on threads (workspace_id, status, listed_at, id);
create index threads_turn on threads (workspace_id, turn, listed_at, id);
create index threads_channel on threads (workspace_id, channel, listed_at, id);
create index threads_assignee on threads (workspace_id, assignee_id, listed_at, id);

-- Who has not yet seen what came in on which thread; by which import, if by one.
create table unreads (
    workspace_id bigint not null,
    user_id bigint not null,
    thread_id bigint not null,
    import_id bigint,
    primary key (workspace_id, user_id, thread_id),
    foreign key (workspace_id, user_id) references members (workspace_id, user_id) on delete cascade,
    foreign key (workspace_id, thread_id) references threads (workspace_id, id) on delete cascade
);
create index unreads_by_thread on unreads (workspace_id, thread_id);
create index unreads_import on unreads (workspace_id, import_id) where import_id is not null;
