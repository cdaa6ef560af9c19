"""Mutants of METRICS.md § 5: targets, clocks, states."""

from tests.mutants.mutant import INSTANCES, SEGMENTS, TARGETS, Mutant

_JUDGED = "macros/sla.sql"

MUTANTS = (
    Mutant(
        "5 targets of events",
        "Policies hold beside a ticket's own targets",
        TARGETS,
        "    where nth_last = 1 and is_of_event = has_own\n",
        "    where nth_last = 1 and is_of_event <= has_own\n",
    ),
    Mutant(
        "5 targets of events",
        "A clearing alone puts the policies out of force",
        TARGETS,
        "        bool_or(is_of_event and target_seconds is not null)\n",
        "        bool_or(is_of_event)\n",
    ),
    Mutant(
        "5 policies",
        "The last match by position holds",
        TARGETS,
        "            order by q.position\n",
        "            order by q.position desc\n",
    ),
    Mutant(
        "5 policies",
        "An empty condition matches only tickets without a priority",
        TARGETS,
        "                and coalesce(q.priority = c.priority, q.priority is null)\n",
        "                and q.priority is not distinct from c.priority\n",
    ),
    Mutant(
        "5 policies",
        "A condition on a team matches the source's team",
        TARGETS,
        "        {{ team('t', 's.source', 's.team_id') }} as team_id,\n",
        "        coalesce(s.team_id, t.team_id) as team_id,\n",
    ),
    Mutant(
        "5 policies' dates",
        "A policy holds before its valid_from",
        TARGETS,
        "                and q.valid_from <= c.valid_from\n",
        "",
    ),
    Mutant(
        "5 policies' dates",
        "A policy takes effect at the ticket's next change, not at its valid_from",
        TARGETS,
        "        greatest(s.happened_at, t.valid_from, d.valid_from) as set_at\n",
        "        greatest(s.happened_at, t.valid_from) as set_at\n",
    ),
    Mutant(
        "5 values of the moment",
        "A change of priority gives no other target",
        TARGETS,
        "        priority is distinct from last_priority\n        or channel",
        "        last_channel is null\n        or channel",
    ),
    Mutant(
        "5 values of the moment",
        "A change of team gives no other target",
        TARGETS,
        "        or team_id is distinct from last_team_id\n",
        "",
    ),
    Mutant(
        "5 from its start",
        "What elapses without a target does not count",
        SEGMENTS,
        "            when is_counting then lead(age_now) over ({{ by_number }}) - age_now\n",
        "            when is_counting and target_now is not null"
        " then lead(age_now) over ({{ by_number }}) - age_now\n",
    ),
    Mutant(
        "5 first_reply",
        "The first streak is the first reply's, also when another starts it than the first message",
        SEGMENTS,
        "        case when is_first_contact then 'first_reply' else 'next_reply' end as metric,\n",
        "        case when streak_number = 1 then 'first_reply' else 'next_reply' end as metric,\n",
    ),
    Mutant(
        "5 activation",
        "Activations are numbered as streaks are",
        SEGMENTS,
        "        row_number() over (\n"
        "            partition by ticket_key, is_first_contact order by streak_number\n"
        "        ) as activation,\n",
        "        streak_number as activation,\n",
    ),
    Mutant(
        "5 requester_wait",
        "The requester's wait counts while pending",
        SEGMENTS,
        "('requester_wait', array['new', 'open', 'hold'], l.waited)",
        "('requester_wait', array['new', 'open', 'hold', 'pending'], l.waited)",
    ),
    Mutant(
        "5 agent_work",
        "Agents' work counts while on hold",
        SEGMENTS,
        "('agent_work', array['new', 'open'], l.worked)",
        "('agent_work', array['new', 'open', 'hold'], l.worked)",
    ),
    Mutant(
        "5 resolution",
        "The time to the resolution stands still while on hold",
        SEGMENTS,
        "('resolution', array['new', 'open', 'pending', 'hold'], l.unresolved)",
        "('resolution', array['new', 'open', 'pending'], l.unresolved)",
    ),
    Mutant(
        "5 over at the last resolution",
        "A clock is over at the first resolution",
        SEGMENTS,
        "        max(happened_at) filter (where is_last_resolution) as last_resolved_at,\n",
        "        max(happened_at) filter (where is_first_resolution) as last_resolved_at,\n",
    ),
    Mutant(
        "5 a reopening resumes it",
        "A clock that was over once stays over",
        SEGMENTS,
        "        bool_or(is_last and is_resolved) as is_resolved,\n",
        "        bool_or(is_resolved) as is_resolved,\n",
    ),
    Mutant(
        "5 never ran",
        "A clock that never ran is over at the resolution",
        SEGMENTS,
        "            when m.ran = 0 then l.created_at\n"
        "            else l.last_resolved_at\n"
        "        end as over_at,\n",
        "            else l.last_resolved_at\n        end as over_at,\n",
    ),
    Mutant(
        "5 never ran",
        "A clock that never ran is none",
        SEGMENTS,
        "        happened_at = started_at or stopped_at is null or happened_at < stopped_at\n",
        "        stopped_at is null or happened_at < stopped_at\n",
    ),
    Mutant(
        "5 breached",
        "A clock that stops just at its target is breached",
        INSTANCES,
        "            and (segment_to is null or elapsed_to > target),\n",
        "            and (segment_to is null or elapsed_to >= target),\n",
    ),
    Mutant(
        "5 breached",
        "Elapsed and target are compared in whole seconds",
        INSTANCES,
        "            and (segment_to is null or elapsed_to > target),\n",
        "            and (segment_to is null or elapsed_to / 1000000 > target_seconds),\n",
    ),
    Mutant(
        "5 breached",
        "A breach is forgotten when the clock is breached anew",
        INSTANCES,
        "        min(number) filter (where is_exceeded_before or is_exceeded_within)\n",
        "        max(number) filter (where is_exceeded_before or is_exceeded_within)\n",
    ),
    Mutant(
        "5 met",
        "A clock whose target was cleared is met at the reply",
        INSTANCES,
        "                    when t.over_at is not null and t.target is not null then 'met'\n",
        "                    when t.over_at is not null then 'met'\n",
    ),
    Mutant(
        "5 cancelled",
        "A streak that a merge or a deletion ended is met",
        SEGMENTS,
        "case when ended_by in ('reply', 'resolution') then ended_at end as over_at",
        "ended_at as over_at",
    ),
    Mutant(
        "5 cancelled",
        "An instance of a merged or deleted ticket goes on",
        INSTANCES,
        "                    else 'cancelled'\n",
        "                    else 'active'\n",
    ),
    Mutant(
        "5 cancelled",
        "A clock without a target goes on",
        INSTANCES,
        "                    when t.is_tail and t.target is null then 'cancelled'\n",
        "",
    ),
    Mutant(
        "5 active",
        "A ticket that nobody touches never breaches",
        INSTANCES,
        "            and (segment_to is null or elapsed_to > target),\n",
        "            and elapsed_to > target,\n",
    ),
    Mutant(
        "5 hours",
        "Business targets count calendar hours",
        INSTANCES,
        "            when 'business' then business_microseconds_to\n"
        "            else calendar_microseconds_to\n"
        "        end as elapsed_to\n",
        "            when 'none' then business_microseconds_to\n"
        "            else calendar_microseconds_to\n"
        "        end as elapsed_to\n",
    ),
    Mutant(
        "5 hours",
        "A calendar that changes does not change when a promise is due",
        SEGMENTS,
        "                or i.calendar_id is distinct from i.last_calendar_id\n",
        "",
    ),
    Mutant(
        "5 re-targeted",
        "A new target starts the clock anew",
        SEGMENTS,
        "            sum(microseconds) over (\n"
        "                {{ by_number }} rows between unbounded preceding and 1 preceding\n",
        "            sum(microseconds) over (\n"
        "                partition by ticket_key, metric, activation, target_now order by number"
        " rows between unbounded preceding and 1 preceding\n",
    ),
    Mutant(
        "5 already exceeded",
        "A target that was exceeded when it came was breached at the start",
        INSTANCES,
        "            when is_exceeded_before then segment_from\n"
        "            else greatest(target_since, reached_at)\n"
        "        end as breached_at,\n",
        "            when is_exceeded_before then started_at\n"
        "            else greatest(target_since, reached_at)\n"
        "        end as breached_at,\n",
    ),
    Mutant(
        "5 already exceeded",
        "A breach is dated before its target",
        INSTANCES,
        "            else greatest(target_since, reached_at)\n        end as breached_at,\n",
        "            else reached_at\n        end as breached_at,\n",
    ),
    Mutant(
        "5 never one that is over",
        "A target that comes with the reply counts",
        SEGMENTS,
        "                or t.happened_at < coalesce(c.stopped_at, 'infinity')\n",
        "                or t.happened_at <= coalesce(c.stopped_at, 'infinity')\n",
    ),
    Mutant(
        "5 while resolved",
        "A target that comes while the ticket is resolved takes effect at once",
        SEGMENTS,
        "            t.is_resolved\n            and t.metric not in",
        "            false\n            and t.metric not in",
    ),
    Mutant(
        "5 while resolved",
        "A target that comes while the ticket is resolved, at a reply's clock too, waits",
        SEGMENTS,
        "            and t.metric not in ('first_reply', 'next_reply')\n",
        "",
    ),
    Mutant(
        "5 due_at",
        "A paused clock is due",
        INSTANCES,
        "            else state in ('active', 'met') and is_counting\n",
        "            else state in ('active', 'met')\n",
    ),
    Mutant(
        "5 due_at",
        "A promise that falls due as the desk closes is due at the next opening",
        "macros/calendars.sql",
        "                <= o.closes_microseconds - o.opens_microseconds\n",
        "                < o.closes_microseconds - o.opens_microseconds\n",
    ),
    Mutant(
        "5 pause",
        "Nothing pauses a clock",
        SEGMENTS,
        "        is_of_reply or status_now = any(counts) as is_counting,\n",
        "        is_of_reply or status_now not in ('solved', 'closed') as is_counting,\n",
    ),
    Mutant(
        "5 pause",
        "A clock that reached its target as it paused breaches where it runs on",
        INSTANCES,
        "            and a.elapsed_from >= a.target\n",
        "            and a.elapsed_from > a.target\n",
    ),
    Mutant(
        "5 elapsed_seconds",
        "A clock that goes on has elapsed seconds",
        INSTANCES,
        "            when over_at is null or state = 'cancelled' then null\n",
        "            when state = 'cancelled' then null\n",
    ),
    Mutant(
        "5 at as_of",
        "What has elapsed stands still after the last event",
        _JUDGED,
        "            when r.is_counting\n",
        "            when false\n",
    ),
    Mutant(
        "5 at as_of",
        "A promise is breached a microsecond before it is",
        INSTANCES,
        "                b.segment_from\n"
        "                + (b.target - b.elapsed_from) * interval '1 microsecond'\n",
        "                b.segment_from\n"
        "                + (b.target - b.elapsed_from - 1) * interval '1 microsecond'\n",
    ),
    Mutant(
        "5 at as_of",
        "A promise that falls due as the desk closes is breached while it is closed",
        "macros/calendars.sql",
        "                < o.closes_microseconds - o.opens_microseconds\n",
        "                <= o.closes_microseconds - o.opens_microseconds \n",
    ),
    Mutant(
        "5 at the last event",
        "An as_of before the ticket's last event has no instance",
        INSTANCES,
        "            when state <> 'breached' and number = tail_number then '-infinity'\n",
        "            when state <> 'breached' and number = tail_number then last_event_at\n",
    ),
    Mutant(
        "5 at risk",
        "A promise is at risk when less than a tenth is left, be that seconds",
        _JUDGED,
        "< greatest({{ target_seconds }} * 100000, 900000000)",
        "< {{ target_seconds }} * 100000",
    ),
    Mutant(
        "5 at risk",
        "A promise is at risk when less than a quarter of an hour is left, be it of days",
        _JUDGED,
        "< greatest({{ target_seconds }} * 100000, 900000000)",
        "< 900000000",
    ),
    Mutant(
        "5 credit",
        "A met promise is the assignee's",
        INSTANCES,
        "            when d.state = 'met' then coalesce(d.replier_id, s.transition_agent_id)\n",
        "            when d.state = 'met' then p.assignee_id\n",
    ),
    Mutant(
        "5 credit",
        "A breached promise is the assignee's, whoever kept it late",
        INSTANCES,
        "            else coalesce(d.replier_id, s.transition_agent_id, p.assignee_id)\n",
        "            else p.assignee_id\n",
    ),
    Mutant(
        "5 credit",
        "A promise is of the ticket's team of its last event",
        INSTANCES,
        "                when 'breached' then d.breached_at\n",
        "                when 'breached' then 'infinity'\n",
    ),
)
