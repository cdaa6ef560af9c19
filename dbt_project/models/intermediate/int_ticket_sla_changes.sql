{{ config(materialized='view') }}
{% set in_order = 'partition by ticket_key order by valid_from' %}
-- One row per build and ticket that sla_policies.csv gives another target than before
-- it, at a moment when a target counts for the ticket.
with

-- A target counts while a ticket is unresolved, also at a midnight on which it happens
-- to be deleted, and as it begins to be resolved: a ticket may be created so.
intervals as (
    select
        *,
        case
            when status in ('solved', 'closed') then valid_from
            else
                coalesce(lead(valid_from) over ({{ in_order }}), valid_to, 'infinity')
        end as counts_to
    from {{ ref('fct_ticket_intervals') }}
),

-- A team of a source may become part of another team in the midst of it.
with_teams as (
    select
        i.ticket_key,
        i.priority,
        i.channel,
        coalesce(t.team_id, i.source || ':' || i.team_id) as team_id,
        greatest(i.valid_from, t.valid_from) as counts_from,
        least(i.counts_to, t.valid_to) as counts_to
    from intervals as i
    left join {{ ref('stg_teams') }} as t
        on
            i.source = t.source
            and i.team_id = t.source_team_id
            and i.counts_to >= t.valid_from
            and i.valid_from < t.valid_to
),

-- What a ticket does not have is in no list.
final as (
    select distinct
        c.build_id,
        i.ticket_key
    from with_teams as i
    inner join {{ ref('stg_sla_changes') }} as c
        on
            i.counts_from < c.valid_to
            and i.counts_to >= c.valid_from
            and coalesce(i.priority = any(c.priorities), false)
            <> c.is_all_but_priorities
            and (i.channel = any(c.channels)) <> c.is_all_but_channels
            and coalesce(i.team_id = any(c.teams), false) <> c.is_all_but_teams
)

select * from final
