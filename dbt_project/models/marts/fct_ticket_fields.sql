{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook="{{ bind_changed({
        'changed_events': ref('stg_ticket_events'),
        'changed_tickets_facts': ref('fct_tickets'),
    }) }}",
    indexes=[
        {'columns': ['ticket_key'], 'unique': true},
        {'columns': ['tags'], 'type': 'gin'},
        {'columns': ['custom_fields'], 'type': 'gin'},
    ],
    meta={'secured_by': 'ticket'},
) }}
{% do ref('int_tickets_changed') %}
{% set in_order = (
    'partition by ticket_key order by happened_at, creation_last, seq, event_id'
) %}
{% set before = in_order ~ ' rows between unbounded preceding and 1 preceding' %}
-- One row per ticket, with its tags and custom fields as of the last event that counts.
with

-- What says something of them, and what decides which events count: the order and the
-- life of int_ticket_events_ordered, of the few events that it takes.
telling as (
    select
        e.*,
        greatest(e.occurred_at, f.created_at) as happened_at,
        (e.type <> 'ticket_created')::integer as creation_last,
        row_number() over (
            partition by e.ticket_key
            order by e.type <> 'ticket_created', e.occurred_at, e.seq, e.event_id
        ) as creation_rank
    from {{ bound('changed_events', ref('stg_ticket_events')) }} as e
    inner join {{ bound('changed_tickets_facts', ref('fct_tickets')) }} as f
        on e.ticket_key = f.ticket_key
    where
        e.tags is not null
        or e.custom_fields is not null
        or e.type in (
            'ticket_created',
            'tag_added', 'tag_removed',
            'merged', 'deleted', 'restored'
        )
),

-- A second creation is none.
placed as (
    select
        *,
        row_number() over ({{ in_order }}) as place
    from telling
    where type <> 'ticket_created' or creation_rank = 1
),

lived as (
    select
        *,
        coalesce(
            max(2 * place + (type = 'deleted')::integer)
            filter (where type in ('deleted', 'restored')) over ({{ before }})
            % 2 = 1,
            false
        ) as is_while_deleted
    from placed
),

-- Nothing counts while deleted, and nothing after a merge that met the ticket alive.
alive as (
    select
        *,
        min(place) filter (where type = 'merged' and not is_while_deleted)
            over (partition by ticket_key) as merged_place
    from lived
    where not is_while_deleted or type = 'restored'
),

counted as (
    select
        *,
        max(place) filter (where tags is not null)
            over (partition by ticket_key) as tags_set
    from alive
    where merged_place is null or place <= merged_place
),

-- A set of tags takes the place of all before it; a field's value of that field's.
steps as (
    select
        c.ticket_key,
        c.place,
        s.kind,
        s.name,
        s.value
    from counted as c
    cross join
        lateral (
            select
                'tag' as kind,
                t.name,
                'true'::jsonb as value
            from jsonb_array_elements_text(c.tags) as t (name)
            where c.place = c.tags_set
            union all
            select
                'tag' as kind,
                c.to_value as name,
                case when c.type = 'tag_added' then 'true'::jsonb end as value
            where
                c.type in ('tag_added', 'tag_removed')
                and c.place > coalesce(c.tags_set, 0)
            union all
            select
                'custom' as kind,
                f.name,
                nullif(f.value, 'null'::jsonb) as value
            from jsonb_each(c.custom_fields) as f (name, value)
        ) as s
),

last_steps as (
    select distinct on (ticket_key, kind, name) *
    from steps
    order by ticket_key asc, kind asc, name asc, place desc
),

gathered as (
    select
        ticket_key,
        jsonb_agg(name order by name collate "C") filter (where kind = 'tag') as tags,
        jsonb_object_agg(name, value) filter (where kind = 'custom') as custom_fields
    from last_steps
    where value is not null
    group by ticket_key
),

final as (
    select
        f.ticket_key,
        f.source,
        f.ticket_id,
        coalesce(g.tags, '[]') as tags,
        coalesce(g.custom_fields, '{}') as custom_fields
    from {{ bound('changed_tickets_facts', ref('fct_tickets')) }} as f
    left join gathered as g on f.ticket_key = g.ticket_key
)

select * from final
