"""Mutants of METRICS.md § 2.1 to 2.7: what an event is, and where it stands in its ticket."""

from tests.mutants.mutant import EVENTS, Mutant

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
        "A ticket whose creation was never received has no channel",
        EVENTS,
        "            'unknown'\n        ) as channel_now",
        "            null\n        ) as channel_now",
    ),
    Mutant(
        "2.2 last set at the instant",
        "A line's value at an instant is the first one set there",
        EVENTS,
        "max(position) filter (where sets_status) over ({{ at_instant }}) as status_set",
        (
            "min(position) filter (where sets_status) over"
            " (partition by ticket_key, happened_at) as status_set"
        ),
    ),
    Mutant(
        "2.2 last set at the instant",
        "A line is what it was set to before, not after, within one instant",
        EVENTS,
        "        max(position) filter (where is_creation or type = 'team_changed')\n"
        "            over ({{ at_instant }}) as team_set",
        "        max(position) filter (where is_creation or type = 'team_changed')\n"
        "            over ({{ in_order }}) as team_set",
    ),
)
