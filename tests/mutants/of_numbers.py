"""Mutants of METRICS.md § 2.5, 2.6, 2.8 to 2.11: how time, credit, days and changes are taken."""

from tests.mutants.mutant import EVENTS, MEASUREMENTS, SATISFACTION, TICKETS, Mutant

_BINDINGS = "macros/bindings.sql"
_CALENDARS = "macros/calendars.sql"
_ROLLUPS = "macros/rollups.sql"
_STRATEGIES = "macros/strategies.sql"
_STAGED = "models/staging/stg_ticket_events.sql"

MUTANTS = (
    Mutant(
        "2.5 whose calendar",
        "A ticket without a calendar has the default, not its channel's",
        EVENTS,
        "calendar_named(names, 'channel', 'e.first_channel')",
        "calendar_named(names, 'none', 'e.first_channel')",
    ),
    Mutant(
        "2.5 whose calendar",
        "A calendar that is not configured is the one of the first event",
        _CALENDARS,
        "                (select n.calendar_id from {{ names }} as n where n.kind = 'default')\n",
        "                null\n",
    ),
    Mutant(
        "2.5 whose calendar",
        "A calendar that is changed to none is the channel's, whatever the creation named",
        EVENTS,
        "                    case when is_creation then given_calendar_id end,\n",
        "",
    ),
    Mutant(
        "2.5 whose calendar",
        "A ticket whose creation was never received has the default, not that of unknown",
        EVENTS,
        "coalesce(case type when 'ticket_created' then channel end, 'unknown')",
        "case type when 'ticket_created' then coalesce(channel, 'unknown') end",
    ),
    Mutant(
        "2.5 the calendar in force",
        "The ticket's last calendar holds for all of its time",
        EVENTS,
        "            over ({{ at_instant }}) as calendar_set",
        "            over (partition by ticket_key) as calendar_set",
    ),
    Mutant(
        "2.5 the calendar in force",
        "A change adds what the calendar that comes was open for longer before",
        EVENTS,
        "                    else open_microseconds - other_open_microseconds\n",
        "                    else 0::bigint\n",
    ),
    Mutant(
        "2.5 openings",
        "Where a calendar closes, time goes on until it opens again",
        _CALENDARS,
        "            + least({{ instant }}, {{ opening }}.closes_microseconds)\n",
        "            + {{ instant }}\n",
    ),
    Mutant(
        "2.6 open clocks",
        "A clock that runs shows what has passed",
        "macros/times_in_status.sql",
        "    case when ended_at is not null or status not in ({{ statuses }})"
        " then {{ microseconds }} / 1000000 end",
        "    {{ microseconds }} / 1000000",
    ),
    Mutant(
        "2.6 open clocks",
        "A reopened ticket keeps its full resolution",
        TICKETS,
        "                is_resolved and not is_merged\n"
        "                then full_resolution_microseconds / 1000000\n",
        "                not is_merged\n"
        "                then full_resolution_microseconds / 1000000\n",
    ),
    Mutant(
        "2.6 as_of",
        "What is dated after as_of is counted",
        _ROLLUPS,
        '~ b.as_of ~ "\'" ~ only %}',
        "~ 'infinity' ~ \"'\" ~ only %}",
    ),
    Mutant(
        "2.8 resolution",
        "A resolution is always credited to the assignee",
        EVENTS,
        "            when 'resolution' then coalesce(status_actor_id, assignee_now)\n",
        "            when 'resolution' then assignee_now\n",
    ),
    Mutant(
        "2.8 resolution",
        "A resolution without a human is credited to nobody",
        EVENTS,
        "            when 'resolution' then coalesce(status_actor_id, assignee_now)\n",
        "            when 'resolution' then status_actor_id\n",
    ),
    Mutant(
        "2.8 resolution",
        "A resolution is credited to the actor of the instant's last event, whatever it is",
        EVENTS,
        "lag(case when is_human then actor_id end, (position - status_set)::integer)\n",
        "lag(case when is_human then actor_id end, 0)\n",
    ),
    Mutant(
        "2.8 reopen",
        "A reopen is credited to who reopens",
        EVENTS,
        "            when 'reopening' then undone_agent_id\n",
        "            when 'reopening' then coalesce(status_actor_id, assignee_now)\n",
    ),
    Mutant(
        "2.8 reopen",
        "A reopen is credited to whose the account is at the reopening",
        EVENTS,
        "            when 'reopening' then undone_at\n",
        "            when 'reopening' then happened_at\n",
    ),
    Mutant(
        "2.8 rating",
        "A rating is credited to who replied last before it, not before its offer",
        TICKETS,
        "            when offered_at_place is null then agent_id\n",
        "            when true then agent_id\n",
    ),
    Mutant(
        "2.8 rating",
        "A rating is credited to who replied first",
        TICKETS,
        "        max(place) filter (where is_human_reply)\n",
        "        min(place) filter (where is_human_reply)\n",
    ),
    Mutant(
        "2.8 rating",
        "A rating without a reply before is credited to nobody",
        TICKETS,
        "            assignee_id\n        ) as agent_id,\n",
        "            null\n        ) as agent_id,\n",
    ),
    Mutant(
        "2.8 at that instant",
        "A rating is credited to whose the account is when it was offered",
        SATISFACTION,
        "'a.csat_agent_id', 'a.csat_credited_at')",
        "'a.csat_agent_id', 'a.csat_offered_at')",
    ),
    Mutant(
        "2.8 at that instant",
        "A measurement's team is what the team is part of at the creation",
        MEASUREMENTS,
        "{{ join_team('t', 'n.source', 'n.team_id', 'n.measured_at') }}",
        "{{ join_team('t', 'n.source', 'n.team_id', 'n.created_at') }}",
    ),
    Mutant(
        "2.8 at that instant",
        "A reply is credited to whose the account is at the creation",
        MEASUREMENTS,
        "{{ join_person('p', 'n.source', 'n.account_id', 'n.credited_at') }}",
        "{{ join_person('p', 'n.source', 'n.account_id', 'n.created_at') }}",
    ),
    Mutant(
        "2.8 at that instant",
        "A measurement's channel is the ticket's of its last event",
        MEASUREMENTS,
        "        e.channel,\n        e.priority,\n        e.status,\n        case\n",
        "        f.channel,\n        e.priority,\n        e.status,\n        case\n",
    ),
    Mutant(
        "2.9 days of the reporting zone",
        "Days are those of UTC",
        _BINDINGS,
        '"select \'" ~ bounds().zone ~ "\'::text as name"',
        "\"select 'UTC'::text as name\"",
    ),
    Mutant(
        "2.9 days of the reporting zone",
        "The hour that clocks show twice is counted twice",
        MEASUREMENTS,
        '            and m."timestamp" at time zone z.name - m."timestamp" at time zone \'UTC\'\n'
        "            = h.utc_offset\n",
        "",
    ),
    Mutant(
        "2.9 by what happened",
        "What happens to a ticket is dated at its creation",
        MEASUREMENTS,
        "        e.happened_at as measured_at,\n",
        "        e.created_at as measured_at,\n",
    ),
    Mutant(
        "2.10 percentiles and means",
        "A percentile is a value that occurred",
        _ROLLUPS,
        "percentile_cont(array[0.5, 0.75, 0.9, 0.95]) within group (order by value)",
        "percentile_disc(array[0.5, 0.75, 0.9, 0.95]) within group (order by value)",
    ),
    Mutant(
        "2.10 percentiles and means",
        "Means are rounded to two decimals",
        _ROLLUPS,
        "    round({{ total }}::numeric / nullif({{ count }}, 0), 6)\n",
        "    round({{ total }}::numeric / nullif({{ count }}, 0), 2)\n",
    ),
    Mutant(
        "2.10 distinct counts",
        "A ticket with two resolutions in a bucket is two resolved tickets",
        "macros/channel_metrics.sql",
        "count(distinct ticket_key) filter (where metric_type = 'resolution') as tickets_resolved",
        "count(ticket_key) filter (where metric_type = 'resolution') as tickets_resolved",
    ),
    Mutant(
        "2.11 late events",
        "A late event adds rows to its ticket, and leaves the old ones",
        _STRATEGIES,
        "    delete from {{ arg_dict.target_relation }} as t using changed_tickets as c"
        " where t.ticket_key = c.ticket_key;\n",
        "",
    ),
    Mutant(
        "2.11 late events",
        "An aggregate that a ticket left keeps it",
        _STRATEGIES,
        "            select -1 as sign, {{ names }} from",
        "            select 0 as sign, {{ names }} from",
    ),
    Mutant(
        "2.11 late events",
        "An as_of that goes back takes nothing away",
        _ROLLUPS,
        "'::timestamptz > '{{ b.from_as_of }}' then 1 else -1 end,",
        "'::timestamptz > '{{ b.from_as_of }}' then 1 else 0 end,",
    ),
    Mutant(
        "2.11 repeated events",
        "Of two deliveries of an event the last stands",
        _STAGED,
        "    order by ticket_key, event_id, batch_position, line_number\n",
        "    order by ticket_key, event_id, batch_position desc, line_number desc\n",
    ),
    Mutant(
        "2.11 changed configuration",
        "Whose an account is changes nothing of what was computed",
        _BINDINGS,
        "c.kind = 'agent'",
        "c.kind = 'none'",
    ),
    Mutant(
        "2.11 changed configuration",
        "What a team is part of changes nothing of what was computed",
        _BINDINGS,
        "c.kind = 'team'",
        "c.kind = 'none'",
    ),
    Mutant(
        "2.11 changed configuration",
        "Changed calendars change nothing of what was computed",
        _BINDINGS,
        "(' union ' ~ of_calendars if of_calendars else '')",
        "''",
    ),
    Mutant(
        "2.11 changed configuration",
        "Changed SLA policies change nothing of what was computed",
        _BINDINGS,
        "(' union ' ~ of_policies if of_policies else '')",
        "''",
    ),
    Mutant(
        "4 backlog",
        "A ticket is as old as a bound in the band below",
        MEASUREMENTS,
        "        greatest(s.entered_at, s.born_at + b.from_age - interval '1 microsecond')\n"
        "            as band_entered_at,\n"
        "        least(s.left_at, s.born_at + b.to_age - interval '1 microsecond')\n"
        "            as band_left_at\n",
        "        greatest(s.entered_at, s.born_at + b.from_age) as band_entered_at,\n"
        "        least(s.left_at, s.born_at + b.to_age) as band_left_at\n",
    ),
    Mutant(
        "4 backlog",
        "A ticket grows older while it is deleted",
        MEASUREMENTS,
        "        i.valid_from - i.age_microseconds * interval '1 microsecond' as born_at,\n",
        "        f.created_at as born_at,\n",
    ),
    Mutant(
        "4 time unresolved",
        "A merged ticket's time counts",
        MEASUREMENTS,
        "        case when is_merged then 0 else 1 end::numeric as value,\n",
        "        1::numeric as value,\n",
    ),
    Mutant(
        "4 time unresolved",
        "A ticket that comes within the bucket gives all of it",
        "macros/backlog.sql",
        "        -sum(sign * direction * value * seconds_into)\n",
        "        coalesce(sum(sign * value * seconds_into) filter (where direction = -1), 0)\n",
    ),
    Mutant(
        "4 time unresolved",
        "The bucket that is not over gives all of itself",
        "macros/backlog.sql",
        'least(d.ends_at, {{ as_of }}) - d."timestamp"',
        'd.ends_at - d."timestamp"',
    ),
)
