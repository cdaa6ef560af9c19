"""The marts as the plain reference would have them: each function gives (found, expected)."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.integration.warehouse.desk import Desk, Row
from tests.reference.aggregates import NONE, csat, speed, up_to, volume, work
from tests.reference.backlog import backlog_at
from tests.reference.buckets import Grain, bucket_end, bucket_of
from tests.reference.configuration import Configuration
from tests.reference.events import read
from tests.reference.facts import Facts, facts_of
from tests.reference.fields import fields as fields_of
from tests.reference.measurements import TOUCH_CLASSES, Measurement, measurements
from tests.reference.sla import Instance
from tests.reference.sla import sla_instances as judged
from tests.reference.tickets import Ticket, ticket

Pair = tuple[list[Row], list[Row]]

# Kept by the reference alone, or compared as a stock.
_MOVES = {"backlog_entered", "backlog_left"}
_ELSEWHERE = {"internal_note", *_MOVES}
# Not in the marts.
_MISSING = {*TOUCH_CLASSES, "csat_uncredited", "sla_met", "sla_breached"}


class Reference:
    """What the reference makes of a log and a configuration."""

    def __init__(self, log: Iterable[Mapping[str, Any]], configuration: Configuration) -> None:
        self.configuration = configuration
        self.known: tuple[Facts, ...] = facts_of(read(log), configuration)
        self.measured: tuple[Measurement, ...] = tuple(
            m for m in measurements(self.known, configuration) if m.metric not in _MISSING
        )
        self._drop_idle_moves()

    def _drop_idle_moves(self) -> None:
        """Drop what left a group and entered it again at once: it did not move.

        The reference cuts a stretch wherever an account or a mapping is another, also where the
        person and the team behind it stay the same.
        """
        moves = Counter(_place(m) for m in self.measured if m.metric in _MOVES)
        self.measured = tuple(
            m for m in self.measured if m.metric not in _MOVES or moves[_place(m)] != 2
        )

    def until(self, as_of: datetime) -> tuple[Measurement, ...]:
        """What is dated up to an instant."""
        return up_to(self.measured, as_of)


def tickets(desk: Desk, reference: Reference) -> Pair:
    """fct_tickets: every column that the reference has."""
    names = list(Ticket.__dataclass_fields__)
    found = desk.rows(f"select {', '.join(names)} from marts.fct_tickets order by ticket_key")
    expected = [tuple(asdict(ticket(facts)).values()) for facts in reference.known]
    return found, sorted(expected, key=lambda row: row[names.index("ticket_key")])


def streaks(desk: Desk, reference: Reference) -> Pair:
    """fct_reply_streaks."""
    found = desk.rows(
        "select ticket_key, streak_number, waiting_since, ended_at, ended_by, replier_id,"
        " wait_calendar_seconds, wait_business_seconds, is_first_contact"
        " from marts.fct_reply_streaks order by 1, 2"
    )
    expected = [
        (facts.ticket_key, s.streak_number, s.waiting_since, s.ended_at, s.ended_by, s.replier_id,
         s.wait_calendar_seconds, s.wait_business_seconds, s.is_first)
        for facts in reference.known
        for s in facts.streaks
    ]  # fmt: skip
    return found, sorted(expected, key=lambda row: row[:2])


def intervals(desk: Desk, reference: Reference) -> Pair:
    """fct_ticket_intervals."""
    found = desk.rows(
        "select ticket_key, valid_from, valid_to, status, assignee_id, team_id, priority, channel,"
        " duration_calendar_seconds, duration_business_seconds"
        " from marts.fct_ticket_intervals order by 1, 2"
    )
    expected = [
        (facts.ticket_key, i.valid_from, i.valid_to, i.status, i.assignee_id, i.team_id,
         i.priority, i.channel, i.duration_calendar_seconds, i.duration_business_seconds)
        for facts in reference.known
        for i in facts.intervals
    ]  # fmt: skip
    return found, sorted(expected, key=lambda row: row[:2])


def sla_instances(desk: Desk, reference: Reference, as_of: datetime | None = None) -> Pair:
    """fct_sla_instances, or marts.sla_instances at an instant: every column of the reference."""
    names = list(Instance.__dataclass_fields__)
    asked = f"marts.sla_instances('{as_of.isoformat()}')" if as_of else "marts.fct_sla_instances"
    found = desk.rows(f"select {', '.join(names)} from {asked}")
    judged_at = as_of or desk.rows("select as_of from marts.current_build")[0][0]
    expected = [
        tuple(asdict(instance).values())
        for facts in reference.known
        for instance in judged(facts, reference.configuration, judged_at)
    ]

    def place(row: Row) -> tuple[str, str, int]:
        return tuple(row[names.index(name)] for name in ("ticket_key", "metric", "activation"))

    return sorted(found, key=place), sorted(expected, key=place)


def fields(desk: Desk, reference: Reference) -> Pair:
    """fct_ticket_fields."""
    found = desk.rows(
        "select ticket_key, source, ticket_id, tags, custom_fields from marts.fct_ticket_fields"
        " order by 1"
    )
    expected = []
    for facts in reference.known:
        log, told = facts.history.log, fields_of(facts.history.log)
        expected.append(
            (facts.ticket_key, log.source, log.ticket_id, list(told.tags), told.custom_fields)
        )
    return found, sorted(expected, key=lambda row: row[0])


def measured(desk: Desk, reference: Reference, as_of: datetime) -> Pair:
    """metrics_raw, but for the backlog's movements, which are compared as a stock."""
    found = desk.rows(
        'select metric_type, "timestamp", round(value, 12), ticket_key, created_at, agent_id,'
        " team_id, channel, priority from marts.metrics_raw"
        " where metric_type not in ('backlog_entered', 'backlog_left')"
    )
    expected = [
        (m.metric, m.at, _exact(m.value), m.ticket_key, m.created_at, m.agent_id or NONE,
         m.team_id or NONE, m.channel, m.priority or NONE)
        for m in reference.until(as_of)
        if m.metric not in _ELSEWHERE
    ]  # fmt: skip
    return sorted(found), sorted(expected)


def channels(desk: Desk, reference: Reference, as_of: datetime, grain: Grain) -> Pair:
    """channel_metrics: counts, means and percentiles, and the backlog at each bucket's end."""
    zone = reference.configuration.zone
    dated = reference.until(as_of)

    def group(m: Measurement) -> Row:
        return (bucket_of(m.at, grain, zone), m.channel, m.team_id or NONE)

    volumes, ratings = volume(dated, group), csat(dated, group)
    speeds = {
        what: speed(dated, what, group)
        for what in ("first_reply", "next_reply", "first_resolution", "full_resolution")
    }
    expected = []
    for cell in {group(m) for m in dated if m.metric != "internal_note"}:
        v, c = volumes.get(cell), ratings.get(cell)
        row: Row = (*cell,)
        row += (
            (v.volume, v.tickets_resolved, v.resolution_events, v.reopens, v.net_flow,
             v.customer_messages, v.agent_replies, v.automated_replies, v.merged, v.deleted)
            if v else (0,) * 10
        )  # fmt: skip
        for by_cell in speeds.values():
            d = by_cell.get(cell)
            row += (d.count, d.mean, d.median, d.p75, d.p90, d.p95) if d else (0, *(None,) * 5)
        row += (c.offered, c.rated, c.positive, c.bad_to_good, c.good_to_bad) if c else (0,) * 5
        row += (_standing(dated, bucket_end(cell[0], grain, zone), cell[1:]),)
        expected.append(row)
    found = desk.rows(
        'select "timestamp", channel_type, team_id, volume, tickets_resolved, resolution_count,'
        " reopen_count, net_flow, customer_message_count, agent_reply_count,"
        " automated_reply_count, merged_count, deleted_count,"
        + "".join(f" {_columns(what)}," for what in speeds)
        + " csat_offered_count, csat_rated_count, csat_positive_count, csat_bad_to_good_count,"
        f" csat_good_to_bad_count, backlog from marts.channel_metrics_{_suffix(grain)}"
    )
    return sorted(found), sorted(expected)


def agents(desk: Desk, reference: Reference, as_of: datetime, grain: Grain) -> Pair:
    """agent_performance, for the cells in which an agent worked."""
    zone = reference.configuration.zone

    def group(m: Measurement) -> Row:
        return (bucket_of(m.at, grain, zone), m.agent_id or NONE, m.team_id or NONE)

    expected = [
        (*cell, w.tickets_handled, w.replies, w.resolutions, w.reopens, w.responses,
         w.avg_response_time, w.resolved_tickets, w.avg_resolution_time)
        for cell, w in work(reference.until(as_of), group).items()
        if isinstance(cell, tuple) and cell[1] != NONE
    ]  # fmt: skip
    found = desk.rows(
        'select "timestamp", agent_id, team_id, tickets_handled, agent_reply_count,'
        " resolution_count, reopen_count, response_count, avg_response_time,"
        " full_resolution_count, avg_resolution_time"
        f" from marts.agent_performance_{_suffix(grain)}"
        " where agent_reply_count + resolution_count + reopen_count > 0"
    )
    return sorted(found), sorted(expected)


def backlogs(desk: Desk, reference: Reference, as_of: datetime, grain: Grain) -> Pair:
    """backlog: at the end of every bucket, by everything it is told apart by; and where it went."""
    zone = reference.configuration.zone
    dated = reference.until(as_of)

    def group(m: Measurement) -> Row:
        return (m.channel, m.team_id or NONE, m.agent_id or NONE, m.priority or NONE, m.status)

    found = desk.rows(
        'select "timestamp", channel_type, team_id, assignee_id, priority, status, backlog'
        f" from marts.backlog_{_suffix(grain)}"
    )
    expected: list[Row] = []
    moves = [m for m in dated if m.metric in _MOVES]
    start = min((m.at for m in moves), default=None)
    bucket = bucket_of(start, grain, zone) if start else None
    before: set[Hashable] = set()
    while bucket is not None and bucket <= as_of:
        end = bucket_end(bucket, grain, zone)
        standing = backlog_at(moves, end, group)
        for cell in {*standing, *before}:
            assert isinstance(cell, tuple)
            expected.append((bucket, *cell, standing.get(cell, 0)))
        bucket, before = end, {cell for cell, count in standing.items() if count}
    return sorted(found), sorted(expected)


def _place(m: Measurement) -> Row:
    return (m.ticket_key, m.at, m.channel, m.team_id, m.agent_id, m.priority, m.status)


def _standing(dated: Iterable[Measurement], instant: datetime, cell: Row) -> int:
    found = backlog_at(dated, instant, lambda m: (m.channel, m.team_id or NONE))
    return found.get(cell, 0)


def _exact(value: Any) -> Decimal:
    return round(Decimal(value.numerator) / Decimal(value.denominator), 12)


def _columns(what: str) -> str:
    mean = {"first_reply": "avg_response_time", "full_resolution": "avg_resolution_time"}.get(
        what, f"avg_{what}_calendar_seconds"
    )
    percentiles = ", ".join(f"p{p}_{what}_calendar_seconds" for p in (50, 75, 90, 95))
    return f"{what}_count, {mean}, {percentiles}"


def _suffix(grain: Grain) -> str:
    return "hourly" if grain == "hour" else "daily"
