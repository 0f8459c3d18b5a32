-- A variant is a template of its own that stands for another one: what is sent can be told apart by it.
create table variants (
    workspace_id bigint not null,
    variant_id bigint not null,
    template_id bigint not null,
    letter text not null,
    primary key (workspace_id, variant_id),
    unique (workspace_id, template_id, letter),
    foreign key (workspace_id, variant_id) references templates (workspace_id, id) on delete cascade,
    foreign key (workspace_id, template_id) references templates (workspace_id, id) on delete cascade
);

-- Which text of ours a message was written from: what reply rates are counted by.
create table template_uses (
    workspace_id bigint not null,
    message_id bigint not null,
    template_id bigint not null,
    primary key (workspace_id, message_id),
    foreign key (workspace_id, message_id) references messages (workspace_id, id) on delete cascade,
    foreign key (workspace_id, template_id) references templates (workspace_id, id) on delete cascade
);
create index template_uses_by_template on template_uses (workspace_id, template_id, message_id);
