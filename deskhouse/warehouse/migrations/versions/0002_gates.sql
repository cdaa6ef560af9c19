-- The gates: what they found in batches and in marts, and whether the marts are fit to read.
alter table raw.batches add column newest_at timestamptz;
comment on column raw.batches.newest_at is 'The latest instant at which an event of the batch happened.';
create index on raw.batches (received_at);

-- A key as it may be shown: as it is if it looks like one, else hashed. What should be a ticket's id
-- may be anybody's text where columns were mixed up.
create function ops.key_shown(key text) returns text
language sql immutable parallel safe
return case
    when key ~ '^[A-Za-z0-9_.:#/-]{1,80}$' then key else 'md5 ' || left(md5(key), 12)
end;

-- Labels, and what events are like, are kept as hashes: enough to tell what is new, and nobody's text.
create table raw.batch_profiles (
    batch_id bigint primary key,
    source_key text not null,
    judged_at timestamptz not null default clock_timestamp(),
    line_count bigint not null,
    event_count bigint not null,
    ticket_count bigint not null,
    channel_event_count bigint not null,
    status_event_count bigint not null,
    team_event_count bigint not null,
    channels text [] not null,
    statuses text [] not null,
    teams text [] not null,
    kinds jsonb not null,
    found jsonb not null default '{}',
    allowed jsonb not null default '{}',
    examples jsonb not null default '{}'
);
create index on raw.batch_profiles (source_key, batch_id desc);
comment on table raw.batch_profiles is 'One row per judged batch: its shape in counts, and of each expectation how many rows break it, how many may, and up to five keys.';

-- What holds, or breaks alike, is one row however often it is judged.
create table ops.judgements (
    suite text not null,
    expectation text not null,
    first_build_id bigint not null,
    first_judged_at timestamptz not null,
    last_build_id bigint not null,
    last_judged_at timestamptz not null,
    passed boolean not null,
    refuses boolean not null,
    found bigint not null,
    allowed bigint not null,
    examples text [] not null,
    primary key (suite, expectation, first_judged_at)
);
comment on table ops.judgements is 'One row per stretch of time in which an expectation of the marts was found alike.';

create table ops.fitness (
    only_row boolean primary key default true check (only_row),
    state text not null check (state in ('unjudged', 'fit', 'unfit')),
    since timestamptz not null,
    reasons text [] not null,
    build_id bigint,
    to_position bigint not null,
    judged_at timestamptz,
    suspect_days timestamptz [] not null
);
comment on table ops.fitness is 'One row: whether the marts are fit to read. suspect_days are those whose sums disagreed: they are looked at until they agree.';
insert into ops.fitness values (true, 'unjudged', clock_timestamp(), '{}', null, 0, null, '{}');

create view ops.data_state as
select state, since, reasons, build_id, judged_at from ops.fitness;
comment on view ops.data_state is 'One row: whether the marts are fit to read.';
comment on column ops.data_state.state is 'fit, unfit, or unjudged where no build was judged yet.';
comment on column ops.data_state.since is 'Since when it is so.';
comment on column ops.data_state.reasons is 'Why it is unfit, an expectation a line, with up to five keys.';
comment on column ops.data_state.build_id is 'The build that was judged last.';
comment on column ops.data_state.judged_at is 'When it was judged last.';

create view ops.verdicts as
select
    'delivery' as suite,
    p.source_key as subject,
    p.batch_id as first_id,
    p.batch_id as last_id,
    f.key as expectation,
    f.value::bigint <= (p.allowed ->> f.key)::bigint as passed,
    true as refuses,
    f.value::bigint as found,
    (p.allowed ->> f.key)::bigint as allowed,
    coalesce(array(select jsonb_array_elements_text(p.examples -> f.key)), '{}') as examples,
    p.judged_at as first_judged_at,
    p.judged_at as last_judged_at
from raw.batch_profiles as p cross join jsonb_each_text(p.found) as f
where p.allowed ? f.key
union all
select
    suite, 'marts', first_build_id, last_build_id, expectation, passed, refuses, found, allowed,
    examples, first_judged_at, last_judged_at
from ops.judgements;
comment on view ops.verdicts is 'One row per verdict of a gate: counts and keys.';
comment on column ops.verdicts.suite is 'delivery or marts.';
comment on column ops.verdicts.subject is 'What was judged: deliveries of a source (its name), or the marts.';
comment on column ops.verdicts.first_id is 'The batch or build that was judged, the first of those found alike.';
comment on column ops.verdicts.last_id is 'The last of them.';
comment on column ops.verdicts.expectation is 'Which expectation.';
comment on column ops.verdicts.passed is 'Whether it held.';
comment on column ops.verdicts.refuses is 'Whether a breach refuses the delivery or makes the marts unfit; else it is a warning.';
comment on column ops.verdicts.found is 'How many rows break it.';
comment on column ops.verdicts.allowed is 'How many may.';
comment on column ops.verdicts.examples is 'Up to five keys of rows that break it.';
comment on column ops.verdicts.first_judged_at is 'When it was first found so.';
comment on column ops.verdicts.last_judged_at is 'When it was last found so.';

create view ops.freshness as
select
    coalesce(source, 'several') as source,
    max(received_at) filter (where state = 'accepted') as received_at,
    least(
        max(newest_at) filter (where state = 'accepted'),
        max(received_at) filter (where state = 'accepted')
    ) as newest_at,
    max(batch_id) filter (where state = 'accepted') as batch_id,
    coalesce(array_agg(batch_id order by batch_id) filter (where state = 'refused'), '{}')
        as refused_batches
from raw.batches group by 1;
comment on view ops.freshness is 'One row per source: how old its news is.';
comment on column ops.freshness.source is 'The source; several: deliveries of more than one.';
comment on column ops.freshness.received_at is 'When its last delivery was received.';
comment on column ops.freshness.newest_at is 'When the newest of its events happened.';
comment on column ops.freshness.batch_id is 'Its last accepted batch.';
comment on column ops.freshness.refused_batches is 'Its batches that were refused and wait.';

create view ops.quarantine_counts as
select
    coalesce(source, 'several') as source,
    date_trunc('day', received_at, 'UTC') as received_on,
    count(*) as batch_count,
    sum(event_count)::bigint as event_count,
    sum(quarantined_count)::bigint as quarantined_count
from raw.batches group by 1, 2;
comment on view ops.quarantine_counts is 'One row per source and day: how many lines were taken, and how many were no events.';
comment on column ops.quarantine_counts.source is 'The source; several: deliveries of more than one.';
comment on column ops.quarantine_counts.received_on is 'The day of receipt, in UTC.';
comment on column ops.quarantine_counts.batch_count is 'How many deliveries.';
comment on column ops.quarantine_counts.event_count is 'How many events they brought.';
comment on column ops.quarantine_counts.quarantined_count is 'How many of their lines are in quarantine.';

-- What is left of the verdicts after a while: of each source the 20 that the next is held against,
-- of each expectation its last finding, and what broke for longer than what held.
create function ops.purge_verdicts(keep interval, keep_broken interval) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
with ranked as (
    select
        p.batch_id,
        row_number() over (partition by p.source_key order by p.batch_id desc) as place
    from raw.batch_profiles as p
    inner join raw.batches as b on p.batch_id = b.batch_id and b.state = 'accepted'
),
gone_profiles as (
    delete from raw.batch_profiles as p
    using raw.batches as b
    where
        p.batch_id = b.batch_id
        and b.state <> 'landed'
        and p.judged_at < clock_timestamp() - case when b.reasons = '{}' then keep else keep_broken end
        and not exists (
            select from ranked as r where r.batch_id = p.batch_id and r.place <= 20
        )
    returning 1
),
gone_judgements as (
    delete from ops.judgements as j
    where
        j.last_judged_at < clock_timestamp() - case when j.passed then keep else keep_broken end
        and exists (
            select from ops.judgements as l
            where
                l.suite = j.suite and l.expectation = j.expectation
                and l.first_judged_at > j.first_judged_at
        )
    returning 1
)
select (select count(*) from gone_profiles) + (select count(*) from gone_judgements);
end;
revoke execute on function ops.purge_verdicts from public;
