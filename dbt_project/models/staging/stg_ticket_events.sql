{{ config(
    materialized='incremental',
    incremental_strategy='keep_first',
    pre_hook="{{ bind_arrived_events() }}",
    indexes=[
        {'columns': ['ticket_key', 'event_id'], 'unique': true},
        {'columns': ['batch_position']},
    ],
) }}
{% do source('raw', 'ticket_events') %}{% do source('raw', 'batches') %}
-- One row per ticket event: of several deliveries of one event, the first received.
with

source as (
    select * from {{ bound('arrived_events', source('raw', 'ticket_events')) }}
),

renamed as (
    select distinct on (ticket_key, event_id)
        -- ids
        ticket_key,
        event_id,
        source,
        ticket_id,
        actor_id,

        -- order
        occurred_at,
        seq,

        -- what happened
        type,
        actor_kind,
        via_automation,
        to_value,

        -- what the ticket was created with
        attributes ->> 'channel' as channel,
        attributes ->> 'priority' as priority,
        attributes ->> 'status' as status,
        attributes ->> 'requester_id' as requester_id,

        -- lines that an event sets, at the creation or by a change
        case type
            when 'ticket_created' then attributes ->> 'assignee_id'
            when 'assignee_changed' then to_value
        end as assignee_id,
        case type
            when 'ticket_created' then attributes ->> 'team_id'
            when 'team_changed' then to_value
        end as team_id,
        case type
            when 'ticket_created' then attributes ->> 'calendar_id'
            when 'calendar_changed' then to_value
        end as calendar_id,

        -- ratings
        case when type = 'csat_rated' then (attributes ->> 'score')::numeric end
            as score,
        case when type = 'csat_rated' then (attributes ->> 'scale')::numeric end
            as scale,

        -- targets
        case
            when type in ('sla_target_set', 'sla_target_cleared')
                then attributes ->> 'metric'
        end as sla_metric,
        case
            when type = 'sla_target_set'
                then (attributes ->> 'target_seconds')::bigint
        end as sla_target_seconds,
        case when type = 'sla_target_set' then attributes ->> 'hours' end as sla_hours,
        case when type = 'sla_target_set' then attributes ->> 'policy_id' end
            as sla_policy_id,

        -- what any event may say of the ticket
        attributes -> 'tags' as tags,
        attributes -> 'custom' as custom_fields,

        -- the record whole, to tell a redelivery with other content
        {{ event_content() }} as content,
        batch_position,
        batch_id,
        line_number
    from source
    order by ticket_key, event_id, batch_position, line_number
)

select * from renamed
