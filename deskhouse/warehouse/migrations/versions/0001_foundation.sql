-- The foundation: what `raw` takes in, and what `ops` knows of builds and access.
create schema raw;
create schema live;
comment on schema raw is 'What was received, as it was received. Read by staging models alone.';
comment on schema live is 'Live windows.';
comment on schema ops is 'How the warehouse runs: builds, access policy.';

-- A batch is one delivery. Ids come from a sequence and order nothing; `position` orders what was
-- accepted: it is given out under the batches' lock just before commit, so that a reader who holds
-- the lock shared, and reads up to a position, has all that will ever be there up to it.
create sequence raw.batch_ids;
create table raw.batches (
    batch_id bigint primary key,
    position bigint unique,
    source text,
    origin text not null,
    state text not null check (state in ('landed', 'accepted', 'refused')),
    reasons text[] not null default '{}',
    event_count bigint not null,
    quarantined_count bigint not null,
    received_at timestamptz not null,
    accepted_at timestamptz,
    check ((state = 'accepted') = (position is not null))
);
comment on table raw.batches is 'One row per delivery; dbt sees those with a position.';

create table raw.ticket_events (
    ticket_key text not null,
    source text not null,
    ticket_id text not null,
    event_id text not null collate "C",
    type text not null,
    occurred_at timestamptz not null,
    seq bigint not null,
    actor_id text,
    actor_kind text not null,
    via_automation boolean not null,
    from_value text,
    to_value text,
    attributes jsonb not null,
    payload jsonb not null,
    received_at timestamptz not null,
    batch_id bigint not null,
    line_number bigint not null,
    primary key (ticket_key, batch_id, line_number, received_at)
) partition by range (received_at);
create index on raw.ticket_events (batch_id);
comment on table raw.ticket_events is 'One row per received ticket event, redeliveries included; append-only; a partition a month of receipt.';

create table raw.agent_events (
    source text not null,
    actor_id text not null,
    event_id text not null collate "C",
    type text not null,
    occurred_at timestamptz not null,
    seq bigint not null,
    actor_kind text not null,
    via_automation boolean not null,
    from_value text,
    to_value text,
    attributes jsonb not null,
    payload jsonb not null,
    received_at timestamptz not null,
    batch_id bigint not null,
    line_number bigint not null,
    primary key (source, actor_id, batch_id, line_number)
);
create index on raw.agent_events (batch_id);
comment on table raw.agent_events is 'One row per received event of an agent that belongs to no ticket; append-only.';

create table raw.landing (
    ticket_key text,
    source text not null,
    ticket_id text,
    event_id text not null collate "C",
    type text not null,
    occurred_at timestamptz not null,
    seq bigint not null,
    actor_id text,
    actor_kind text not null,
    via_automation boolean not null,
    from_value text,
    to_value text,
    attributes jsonb not null,
    payload jsonb not null,
    received_at timestamptz not null,
    batch_id bigint not null,
    line_number bigint not null,
    primary key (batch_id, line_number)
);
comment on table raw.landing is 'Events of batches that are not accepted: while a gate judges them, and after it refused them.';

create table raw.quarantine (
    batch_id bigint not null,
    line_number bigint not null,
    origin text not null,
    reason text not null,
    line text not null,
    received_at timestamptz not null,
    primary key (batch_id, line_number)
);
comment on table raw.quarantine is 'One row per line that is no event: where it stood, why it was refused, and the line whole.';

create table raw.taken_files (
    source text not null,
    path text not null,
    size_bytes bigint not null,
    modified_at timestamptz not null,
    sha256 text not null,
    batch_id bigint not null,
    taken_at timestamptz not null,
    primary key (source, path, sha256, modified_at)
);
create index on raw.taken_files (source, sha256);
comment on table raw.taken_files is 'One row per file that a folder source has taken, or found to be a copy of one; known by its content, and at a glance by path, size and time.';

create table raw.source_states (
    source text primary key,
    first_at timestamptz not null,
    taken_at timestamptz
);
comment on table raw.source_states is 'One row per source of sources.yml: when it was first begun, and last taken to its end.';

create table raw.config_agents (
    source text not null,
    actor_id text not null,
    agent_id text not null,
    name text,
    email text,
    team_id text,
    is_bot boolean not null,
    valid_from date,
    unique nulls not distinct (source, actor_id, valid_from)
);
comment on table raw.config_agents is 'agents.csv: accounts and the person each belongs to, dated.';

create table raw.config_teams (
    source text not null,
    team_id text not null,
    team text not null,
    name text,
    valid_from date,
    unique nulls not distinct (source, team_id, valid_from)
);
comment on table raw.config_teams is 'teams.csv: teams of the sources and the team each belongs to, dated.';

-- What a change of configuration touches, for the build that found it.
create table raw.config_changes (
    build_id bigint not null,
    kind text not null check (kind in ('agent', 'team')),
    source text not null,
    id text not null,
    primary key (build_id, kind, source, id)
);
comment on table raw.config_changes is 'One row per account or team whose meaning changed between two builds.';

create table ops.builds (
    build_id bigint primary key,
    to_position bigint not null,
    as_of timestamptz not null,
    time_zone text not null,
    project_hash text not null,
    aside boolean not null,
    state text not null default 'running' check (state in ('running', 'done', 'failed')),
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz
);
comment on table ops.builds is 'One row per build: the batches it reads up to, the instant it is judged at, the reporting zone.';

create table ops.access_policy (
    person text not null,
    team text not null,
    primary key (person, team)
);
comment on table ops.access_policy is 'Which login sees which team; * is every team. The only truth of access.';

-- Run once a query by the secured views, as (select ops.my_teams()). `session_user` is who logged in;
-- no `set role` changes it.
create function ops.sees_all() returns boolean
language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
return exists (
    select 1 from ops.access_policy as p where p.person = session_user and p.team = '*'
);
create function ops.my_teams() returns text []
language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
return (
    select coalesce(array_agg(p.team), '{}') from ops.access_policy as p
    where p.person = session_user
);

-- The partition of a month of receipt, made at need. Owned by the owner: a loader cannot make tables.
create function raw.make_room(instant timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    month timestamp := date_trunc('month', instant at time zone 'UTC');
    part text := 'ticket_events_' || to_char(month, 'YYYYMM');
begin
    if to_regclass('raw.' || part) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(4713);
    execute format(
        'create table if not exists raw.%I partition of raw.ticket_events for values from (%L) to (%L)',
        part, month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC'
    );
end
$$;

-- Makes those of `months` (instants in them) that a partitioned table lacks; what waited for them in
-- the default partition moves in. Runs as its caller, who owns the table.
create function ops.ensure_months(parent regclass, key text, months timestamptz []) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    schema_name text;
    table_name text;
    month timestamptz;
    next_month timestamptz;
    part text;
    made integer := 0;
begin
    select n.nspname, c.relname into schema_name, table_name
    from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace where c.oid = parent;
    for month in select distinct date_trunc('month', m, 'UTC') from unnest(months) as m loop
        part := table_name || to_char(month at time zone 'UTC', '_YYYYMM');
        continue when to_regclass(format('%I.%I', schema_name, part)) is not null;
        next_month := (month at time zone 'UTC' + interval '1 month') at time zone 'UTC';
        execute format('create table %I.%I (like %s including all)', schema_name, part, parent);
        execute format(
            'with gone as (delete from %I.%I where %I >= %L and %I < %L returning *)'
            ' insert into %I.%I select * from gone',
            schema_name, table_name || '_default', key, month, key, next_month, schema_name, part);
        execute format(
            'alter table %s attach partition %I.%I for values from (%L) to (%L)',
            parent, schema_name, part, month, next_month);
        made := made + 1;
    end loop;
    return made;
end
$$;

-- The first instant of the local hour that an instant is in: back by the minutes since the hour, or,
-- where the clock moved half-way, as far as it did. (Single expressions without sub-selects: only
-- such functions are inlined where they are used, and these run for every measurement.)
create function ops.hour_start(instant timestamptz, zone text) returns timestamptz
language sql stable parallel safe
return case date_trunc('hour', instant at time zone zone)
    when (date_trunc('hour', instant at time zone zone) - (instant at time zone zone) + instant)
        at time zone zone
    then date_trunc('hour', instant at time zone zone) - (instant at time zone zone) + instant
    when (date_trunc('hour', instant at time zone zone) - (instant at time zone zone) + instant
        + interval '15 minutes') at time zone zone - interval '15 minutes'
    then date_trunc('hour', instant at time zone zone) - (instant at time zone zone) + instant
        + interval '15 minutes'
    when (date_trunc('hour', instant at time zone zone) - (instant at time zone zone) + instant
        + interval '30 minutes') at time zone zone - interval '30 minutes'
    then date_trunc('hour', instant at time zone zone) - (instant at time zone zone) + instant
        + interval '30 minutes'
    else date_trunc('hour', instant at time zone zone) - (instant at time zone zone) + instant
        + interval '45 minutes'
end;

-- The first instant of the local day that an instant is in. A midnight that the clock skips is the
-- instant of the change; of one that occurs twice, Postgres takes the second and we the first.
create function ops.day_start(instant timestamptz, zone text) returns timestamptz
language sql stable parallel safe
return case date_trunc('day', instant at time zone zone)
    when date_trunc(
        'day',
        (date_trunc('day', instant at time zone zone) at time zone zone - interval '1 hour')
        at time zone zone)
    then date_trunc('day', instant at time zone zone) at time zone zone - interval '1 hour'
    when date_trunc(
        'day',
        (date_trunc('day', instant at time zone zone) at time zone zone - interval '30 minutes')
        at time zone zone)
    then date_trunc('day', instant at time zone zone) at time zone zone - interval '30 minutes'
    else date_trunc('day', instant at time zone zone) at time zone zone
end;
