-- Full-text search over people. unaccent is only stable, so an immutable wrapper names its dictionary.
create extension if not exists pg_trgm;
create extension if not exists unaccent;
create function rapport_plain(text) returns text language sql immutable parallel safe strict
    return public.unaccent('public.unaccent'::regdictionary, $1);
alter table contacts add column search tsvector generated always as (
    to_tsvector('simple', rapport_plain(
        name || ' ' || coalesce(company, '') || ' ' || coalesce(title, '') || ' ' || coalesce(email, '') || ' ' || search_extra
    ))
) stored;
create index contacts_search on contacts using gin (search);
create index contacts_name_trgm on contacts using gin (name gin_trgm_ops);

create function stage_totals_new() returns trigger language plpgsql as $$
begin
    insert into stage_totals (workspace_id, stage_id) values (new.workspace_id, new.id);
    return null;
end $$;
create trigger stage_totals_new after insert on stages for each row execute function stage_totals_new();

-- Both rows in id order, so that two moves in opposite directions can't lock each other out.
create function stage_totals_keep() returns trigger language plpgsql as $$
begin
    perform 1 from stage_totals
        where (tg_op <> 'INSERT' and workspace_id = old.workspace_id and stage_id = old.stage_id)
           or (tg_op <> 'DELETE' and workspace_id = new.workspace_id and stage_id = new.stage_id)
        order by workspace_id, stage_id for update;
    if tg_op <> 'INSERT' then
        update stage_totals set cards = cards - 1, value_cents = value_cents - old.value_cents
        where workspace_id = old.workspace_id and stage_id = old.stage_id;
    end if;
    if tg_op <> 'DELETE' then
        update stage_totals set cards = cards + 1, value_cents = value_cents + new.value_cents
        where workspace_id = new.workspace_id and stage_id = new.stage_id;
    end if;
    return null;
end $$;
create trigger stage_totals_keep after insert or delete or update of stage_id, value_cents on cards
    for each row execute function stage_totals_keep();

create function events_keep() returns trigger language plpgsql as $$
begin
    raise exception 'events are append-only';
end $$;
create trigger events_keep before update on events for each row execute function events_keep();
