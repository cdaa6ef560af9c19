{{ config(
    materialized='incremental',
    incremental_strategy='by_ticket',
    pre_hook="{{ bind_changed({
        'changed_ordered_events': ref('int_ticket_events_ordered'),
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
-- One row per ticket, with its tags and custom fields as of the last event that counts.
with

told as (
    select
        ticket_key,
        position,
        type,
        to_value,
        tags,
        custom_fields,
        max(position) filter (where tags is not null)
            over (partition by ticket_key) as tags_set
    from {{ bound('changed_ordered_events', ref('int_ticket_events_ordered')) }}
    where
        tags is not null
        or custom_fields is not null
        or type in ('tag_added', 'tag_removed')
),

-- A set of tags takes the place of all before it; a field's value of that field's.
steps as (
    select
        t.ticket_key,
        t.position,
        s.kind,
        s.name,
        s.value
    from told as t
    cross join
        lateral (
            select
                'tag' as kind,
                g.name,
                'true'::jsonb as value
            from jsonb_array_elements_text(t.tags) as g (name)
            where t.position = t.tags_set
            union all
            select
                'tag' as kind,
                t.to_value as name,
                case when t.type = 'tag_added' then 'true'::jsonb end as value
            where
                t.type in ('tag_added', 'tag_removed')
                and t.position > coalesce(t.tags_set, 0)
            union all
            select
                'custom' as kind,
                f.name,
                nullif(f.value, 'null'::jsonb) as value
            from jsonb_each(t.custom_fields) as f (name, value)
        ) as s
),

last_steps as (
    select distinct on (ticket_key, kind, name) *
    from steps
    order by ticket_key asc, kind asc, name asc, position desc
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
