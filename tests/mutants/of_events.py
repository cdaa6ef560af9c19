"""Mutants of METRICS.md § 2.1 to 2.4 and 2.7: what an event is, and what of it counts."""

from tests.mutants.mutant import EVENTS, INTERVALS, MEASUREMENTS, STREAKS, TICKETS, Mutant

MUTANTS = (
    Mutant(
        "2.1 order",
        "Events of one instant are ordered by their ids, whatever their seq",
        EVENTS,
        "order by happened_at, creation_last, seq, event_id'",
        "order by happened_at, creation_last, event_id'",
    ),
    Mutant(
        "2.1 order",
        "Events of one instant and seq are ordered as they were received",
        EVENTS,
        "order by happened_at, creation_last, seq, event_id'",
        "order by happened_at, creation_last, seq, batch_position, line_number'",
    ),
    Mutant(
        "2.1 creation first",
        "The creation has its place by seq, as any event",
        EVENTS,
        "order by happened_at, creation_last, seq, event_id'",
        "order by happened_at, seq, event_id'",
    ),
    Mutant(
        "2.1 before the creation",
        "What is dated before the creation stays there",
        EVENTS,
        "greatest(occurred_at, created_at) as happened_at",
        "occurred_at as happened_at",
    ),
    Mutant(
        "2.1 before the creation",
        "What is dated before the creation is dropped",
        EVENTS,
        "    where type <> 'ticket_created' or creation_rank = 1\n",
        "    where creation_rank = 1 or (type <> 'ticket_created' and occurred_at >= created_at)\n",
    ),
    Mutant(
        "2.1 several creations",
        "Of several creations the last in order stands",
        EVENTS,
        "order by type <> 'ticket_created', occurred_at, seq, event_id\n",
        "order by type <> 'ticket_created', occurred_at desc, seq desc, event_id desc\n",
    ),
    Mutant(
        "2.1 no creation",
        "A ticket whose creation was never received begins as open",
        EVENTS,
        "            'new'\n        ) as status_now",
        "            'open'\n        ) as status_now",
    ),
    Mutant(
        "2.1 no creation",
        "A ticket whose creation was never received is of the channel email",
        EVENTS,
        "            'unknown'\n        ) as channel_now",
        "            'email'\n        ) as channel_now",
    ),
    Mutant(
        "2.2 last set at the instant",
        "A status is the first one set at its instant",
        EVENTS,
        "max(position) filter (where sets_status) over ({{ at_instant }}) as status_set",
        (
            "min(position) filter (where sets_status) over"
            " (partition by ticket_key, happened_at) as status_set"
        ),
    ),
    Mutant(
        "2.2 last set at the instant",
        "Before it is set within an instant, a team is the one of before",
        EVENTS,
        "            over ({{ at_instant }}) as team_set",
        "            over ({{ in_order }}) as team_set",
    ),
    Mutant(
        "2.2 transitions",
        "From solved to closed is a resolution",
        EVENTS,
        "                and coalesce(status_before not in ('solved', 'closed'), true)\n",
        "                and status_before is distinct from status_now\n",
    ),
    Mutant(
        "2.2 transitions",
        "A change of status within one instant is a transition for each of its events",
        EVENTS,
        "            when not is_last_of_instant then null\n",
        "",
    ),
    Mutant(
        "2.2 resolved",
        "A closed ticket is unresolved",
        EVENTS,
        "        status_now in ('solved', 'closed') as is_resolved,\n",
        "        status_now = 'solved' as is_resolved,\n",
    ),
    Mutant(
        "2.2 resolved",
        "A ticket that goes on hold is not reopened",
        EVENTS,
        "                status_now not in ('solved', 'closed')\n",
        "                status_now not in ('solved', 'closed', 'hold')\n",
    ),
    Mutant(
        "2.2 messages before the status",
        "At one instant the change of status comes before messages",
        STREAKS,
        "            (1, e.transition),\n",
        "            (-1, e.transition),\n",
    ),
    Mutant(
        "2.2 stays resolved",
        "A ticket stays resolved at a message when it is resolved after it",
        EVENTS,
        "        status_before in ('solved', 'closed') and status_now in ('solved', 'closed')\n",
        "        status_now in ('solved', 'closed')\n",
    ),
    Mutant(
        "2.2 stays resolved",
        "A ticket stays resolved at a message when it was resolved before it",
        EVENTS,
        "        status_before in ('solved', 'closed') and status_now in ('solved', 'closed')\n",
        "        status_before in ('solved', 'closed')\n",
    ),
    Mutant(
        "2.3 seconds",
        "Seconds are rounded, not truncated",
        TICKETS,
        "        first_reply_microseconds / 1000000 as first_reply_calendar_seconds,\n",
        (
            "        round(first_reply_microseconds / 1000000.0)::bigint"
            " as first_reply_calendar_seconds,\n"
        ),
    ),
    Mutant(
        "2.3 seconds",
        "Each stretch of a sum is truncated to seconds",
        "macros/times_in_status.sql",
        "    coalesce(sum({{ to_next }}) filter",
        "    coalesce(sum({{ to_next }} / 1000000 * 1000000) filter",
    ),
    Mutant(
        "2.3 seconds",
        "An interval is told to the millisecond",
        INTERVALS,
        "round(microseconds::numeric / 1000000, 6)",
        "round(microseconds::numeric / 1000000, 3)",
    ),
    Mutant(
        "2.3 never entered",
        "A state that was never entered is NULL",
        "macros/times_in_status.sql",
        "    coalesce(sum({{ to_next }}) filter (where status in ({{ statuses }})), 0)::bigint",
        "    (sum({{ to_next }}) filter (where status in ({{ statuses }})))::bigint",
    ),
    Mutant(
        "2.4 human",
        "A reply by a rule in an agent's name is human",
        EVENTS,
        "        and kind = 'agent'\n        and not via_automation as is_human_reply",
        "        and kind = 'agent' as is_human_reply",
    ),
    Mutant(
        "2.4 human",
        "A bot's reply is human",
        EVENTS,
        "        and kind = 'agent'\n        and not via_automation as is_human_reply",
        "        and kind in ('agent', 'bot')\n        and not via_automation as is_human_reply",
    ),
    Mutant(
        "2.4 human",
        "A change by a rule in an agent's name is credited to the agent",
        EVENTS,
        "        kind = 'agent' and not via_automation as is_human,\n",
        "        kind = 'agent' as is_human,\n",
    ),
    Mutant(
        "2.4 bots of the configuration",
        "An account marked as a bot is what its events say",
        EVENTS,
        "        case when a.is_bot then 'bot' else e.actor_kind end as kind,\n",
        "        e.actor_kind as kind,\n",
    ),
    Mutant(
        "2.4 customer message",
        "An automated message of a customer counts",
        EVENTS,
        "        kind = 'customer'\n        and not via_automation\n",
        "        kind = 'customer'\n",
    ),
    Mutant(
        "2.4 customer message",
        "The creation by a customer is no message",
        EVENTS,
        "        and (is_creation or type = 'public_reply') as is_customer_message,\n",
        "        and type = 'public_reply' as is_customer_message,\n",
    ),
    Mutant(
        "2.4 automated",
        "A reply by a rule in an agent's name is not counted as automated",
        EVENTS,
        "        and (kind in ('bot', 'system') or (kind = 'agent' and via_automation))\n",
        "        and kind in ('bot', 'system')\n",
    ),
    Mutant(
        "2.7 merged",
        "What comes after a merge counts",
        EVENTS,
        "    where merged_place is null or place <= merged_place\n",
        "",
    ),
    Mutant(
        "2.7 merged",
        "A deletion after a merge counts",
        EVENTS,
        "    where merged_place is null or place <= merged_place\n",
        "    where merged_place is null or place <= merged_place or type = 'deleted'\n",
    ),
    Mutant(
        "2.7 merged",
        "A status set at the instant of the merge counts",
        EVENTS,
        "        or (type = 'status_changed' and happened_at is distinct from merged_at)\n",
        "        or type = 'status_changed'\n",
    ),
    Mutant(
        "2.7 merged",
        "A merged ticket keeps its first resolution",
        TICKETS,
        "        case when not is_merged then first_resolved_at end as first_resolved_at,\n",
        "        first_resolved_at,\n",
    ),
    Mutant(
        "2.7 merged",
        "A merged ticket keeps its count of resolutions",
        TICKETS,
        "        case when is_merged then 0 else resolution_count end as resolution_count,\n",
        "        resolution_count,\n",
    ),
    Mutant(
        "2.7 merged",
        "A merged ticket never stood in the backlog",
        MEASUREMENTS,
        "    where i.status not in ('solved', 'closed') and not f.is_deleted\n",
        "    where i.status not in ('solved', 'closed') and f.is_countable\n",
    ),
    Mutant(
        "2.7 countable",
        "A merged ticket is countable",
        TICKETS,
        "        not s.is_merged and not s.is_deleted as is_countable,\n",
        "        not s.is_deleted as is_countable,\n",
    ),
    Mutant(
        "2.7 countable",
        "A deleted ticket is countable",
        TICKETS,
        "        not s.is_merged and not s.is_deleted as is_countable,\n",
        "        not s.is_merged as is_countable,\n",
    ),
    Mutant(
        "2.7 deleted",
        "What happens while deleted counts",
        EVENTS,
        "    where not is_while_deleted or type = 'restored'\n",
        "",
    ),
    Mutant(
        "2.7 deleted",
        "A merge while deleted counts",
        EVENTS,
        "    where not is_while_deleted or type = 'restored'\n",
        "    where not is_while_deleted or type in ('restored', 'merged')\n",
    ),
    Mutant(
        "2.7 deleted",
        "The time from a deletion to its restoration counts",
        EVENTS,
        "                    when is_restoration then instant_microseconds\n"
        "                    when type = 'deleted' then -instant_microseconds\n"
        "                end\n"
        "            ) over ({{ in_order }}),\n"
        "            0\n"
        "        )::bigint\n"
        "        - case when type = 'deleted' then instant_microseconds else 0 end\n",
        "                    when is_restoration then 0\n"
        "                end\n"
        "            ) over ({{ in_order }}),\n"
        "            0\n"
        "        )::bigint\n",
    ),
    Mutant(
        "2.7 deleted",
        "The open time from a deletion to its restoration counts",
        EVENTS,
        "                    when is_restoration then open_microseconds\n"
        "                    when type = 'deleted'\n"
        "                        then -coalesce(other_open_microseconds, open_microseconds)\n"
        "                    else open_microseconds - other_open_microseconds\n",
        "                    when true then open_microseconds - other_open_microseconds\n",
    ),
    Mutant(
        "2.7 deleted",
        "A deletion that is restored ends a streak",
        STREAKS,
        "                    when e.type = 'deleted' and e.is_last then 'deletion'\n",
        "                    when e.type = 'deleted' then 'deletion'\n",
    ),
    Mutant(
        "2.7 deleted",
        "A restored ticket is deleted",
        TICKETS,
        "        bool_or(type = 'deleted' and is_last) as is_deleted,\n",
        "        bool_or(type = 'deleted') as is_deleted,\n",
    ),
    Mutant(
        "2.7 deleted",
        "A deleted ticket stood in the backlog",
        MEASUREMENTS,
        "    where i.status not in ('solved', 'closed') and not f.is_deleted\n",
        "    where i.status not in ('solved', 'closed')\n",
    ),
    Mutant(
        "2.7 deleted",
        "A deleted ticket loses its resolution",
        TICKETS,
        "        case when not is_merged then first_resolved_at end as first_resolved_at,\n",
        "        case when is_countable then first_resolved_at end as first_resolved_at,\n",
    ),
)
