"""The marts as the plain reference would have them: each function gives (found, expected)."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.integration.warehouse.desk import Desk, Row
from tests.reference.aggregates import (
    NONE,
    Group,
    Hours,
    csat,
    promises,
    speed,
    touches,
    up_to,
    volume,
    work,
)
from tests.reference.backlog import backlog_at, standing_at, time_by_bucket
from tests.reference.buckets import Grain, bucket_end, bucket_of
from tests.reference.configuration import Configuration
from tests.reference.events import read
from tests.reference.facts import Facts, facts_of
from tests.reference.fields import fields as fields_of
from tests.reference.measurements import Measurement, measurements
from tests.reference.sla import Instance
from tests.reference.sla import sla_instances as judged
from tests.reference.tickets import Ticket, ticket

Pair = tuple[list[Row], list[Row]]
Values = dict[str, Any]
Cells = Mapping[Hashable, Any]

# Kept by the reference alone, or compared as a stock.
_MOVES = {"backlog_entered", "backlog_left"}
_ELSEWHERE = {"internal_note", *_MOVES}


class Reference:
    """What the reference makes of a log and a configuration."""

    def __init__(self, log: Iterable[Mapping[str, Any]], configuration: Configuration) -> None:
        self.configuration = configuration
        self.known: tuple[Facts, ...] = facts_of(read(log), configuration)
        self._measured: dict[datetime, tuple[Measurement, ...]] = {}

    def until(self, as_of: datetime) -> tuple[Measurement, ...]:
        """What is measured up to an instant, with the SLA as it is judged then."""
        if as_of not in self._measured:
            known = measurements(self.known, self.configuration, as_of)
            self._measured[as_of] = _without_idle_moves(up_to(known, as_of))
        return self._measured[as_of]


def _without_idle_moves(dated: tuple[Measurement, ...]) -> tuple[Measurement, ...]:
    """Less what left a group and entered it again at once: it did not move.

    The reference cuts a stretch wherever an account or a mapping is another, also where the
    person and the team behind it stay the same.
    """
    moves = Counter(_place(m) for m in dated if m.metric in _MOVES)
    return tuple(m for m in dated if m.metric not in _MOVES or moves[_place(m)] != 2)


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
        'select metric_type, "timestamp", round(value, 12), business_value, ticket_key, created_at,'
        " agent_id, team_id, channel, priority, status, metadata ->> 'sla_metric'"
        " from marts.metrics_raw where metric_type !~ '^(backlog|age_band)_'"
    )
    expected = [
        (m.metric, m.at, _exact(m.value), m.business_value, m.ticket_key, m.created_at,
         m.agent_id or NONE, m.team_id or NONE, m.channel, m.priority or NONE, m.status,
         m.sla_metric)
        for m in reference.until(as_of)
        if m.metric not in _ELSEWHERE
    ]  # fmt: skip
    return sorted(found), sorted(expected)


def cohorts(desk: Desk, reference: Reference, as_of: datetime) -> Pair:
    """metrics_raw, whatever is measured: the cohort of each is its ticket's creation."""
    found = desk.rows("select distinct ticket_key, created_at from marts.metrics_raw")
    expected = {(m.ticket_key, m.created_at) for m in reference.until(as_of)}
    return sorted(found), sorted(expected)


def channels(desk: Desk, reference: Reference, as_of: datetime, grain: Grain) -> Pair:
    """channel_metrics: counts, means, percentiles and shares; the backlog at each bucket's end."""
    zone = reference.configuration.zone
    dated = reference.until(as_of)

    def group(m: Measurement) -> Row:
        return (bucket_of(m.at, grain, zone), m.channel, m.team_id or NONE)

    parts = (
        Part(volume(dated, group), VOLUMES),
        *_speed_parts(dated, group, CHANNEL_SPEEDS),
        Part(touches(dated, group), TOUCHES),
        Part(csat(dated, group), RATINGS | UNCREDITED, RATES),
        Part(promises(dated, group), PROMISES, ACHIEVEMENT),
    )
    expected = []
    for cell, inside in _cells(dated, group).items():
        values = dict(zip(('"timestamp"', "channel_type", "team_id"), cell, strict=True))
        for part in parts:
            values |= part.of(cell)
        values["round(csat_score, 12)"] = _csat_score(inside)
        values["backlog"] = _standing(dated, bucket_end(cell[0], grain, zone), cell[1:])
        expected.append(values)
    return _rows_of(desk, f"channel_metrics_{_suffix(grain)}", expected)


def agents(desk: Desk, reference: Reference, as_of: datetime, grain: Grain) -> Pair:
    """agent_performance: what an agent did, and what else the agent is credited with."""
    zone = reference.configuration.zone
    dated = tuple(m for m in reference.until(as_of) if m.agent_id and m.metric not in _MOVES)

    def group(m: Measurement) -> Row:
        return (bucket_of(m.at, grain, zone), m.agent_id, m.team_id or NONE)

    parts = (
        Part(work(dated, group), WORK),
        *_speed_parts(dated, group, AGENT_SPEEDS),
        Part(touches(dated, group), TOUCHES),
        Part(csat(dated, group), RATINGS, RATES),
        Part(promises(dated, group), PROMISES, ACHIEVEMENT),
    )
    expected = []
    for cell, inside in _cells(dated, group).items():
        values = dict(zip(('"timestamp"', "agent_id", "team_id"), cell, strict=True))
        for part in parts:
            values |= part.of(cell)
        values["round(csat_score, 12)"] = _csat_score(inside)
        expected.append(values)
    return _rows_of(desk, f"agent_performance_{_suffix(grain)}", expected)


def backlogs(desk: Desk, reference: Reference, as_of: datetime, grain: Grain) -> Pair:
    """backlog: at the end of every bucket, by everything it is told apart by; and for how long."""
    zone = reference.configuration.zone
    found = desk.rows(
        'select "timestamp", channel_type, team_id, assignee_id, priority, status, age_band,'
        f" backlog, unresolved_calendar_seconds from marts.backlog_{_suffix(grain)}"
    )
    known = time_by_bucket(reference.known, grain, as_of, reference.configuration)
    times = {(start, *_banded(place)): time for (start, place), time in known.items()}
    places: dict[Row, int] = dict.fromkeys(times, 0)
    bucket = min(
        (bucket_of(f.history.created_at, grain, zone) for f in reference.known), default=None
    )
    before: Counter[Row] = Counter()
    while bucket is not None and bucket <= as_of:
        end = bucket_end(bucket, grain, zone)
        judged = end if end <= as_of else as_of + timedelta(microseconds=1)
        at_end = Counter(
            _banded((s.channel, s.team_id, s.agent_id, s.priority, s.status, s.age_band))
            for s in standing_at(reference.known, judged, reference.configuration)
        )
        # What came down to none has a row that says so.
        places |= {(bucket, *place): at_end[place] for place in {*at_end, *before}}
        bucket, before = end, at_end
    expected = [
        (
            *cell,
            count,
            Decimal(times.get(cell, timedelta()) // timedelta(microseconds=1)) / 1_000_000,
        )
        for cell, count in places.items()
    ]
    return sorted(found), sorted(expected)


def _banded(place: Row) -> Row:
    """A place with the name that the marts have for its age band."""
    *others, band = place
    return (*others, band.removeprefix("< ").replace(" ", ""))


def _place(m: Measurement) -> Row:
    return (m.ticket_key, m.at, m.channel, m.team_id, m.agent_id, m.priority, m.status)


def _standing(dated: Iterable[Measurement], instant: datetime, cell: Row) -> int:
    found = backlog_at(dated, instant, lambda m: (m.channel, m.team_id or NONE))
    return found.get(cell, 0)


def _cells(dated: Iterable[Measurement], group: Group) -> dict[Row, list[Measurement]]:
    """What is measured, by cell; the reference alone counts notes."""
    cells: dict[Row, list[Measurement]] = {}
    for m in dated:
        if m.metric != "internal_note":
            cell = group(m)
            assert isinstance(cell, tuple)
            cells.setdefault(cell, []).append(m)
    return cells


def _rows_of(desk: Desk, mart: str, expected: list[Values]) -> Pair:
    """The mart's columns that are expected, and the values expected of them."""
    columns = list(expected[0]) if expected else ["*"]
    found = desk.rows(f"select {', '.join(columns)} from marts.{mart}")
    return sorted(found), sorted(tuple(values.values()) for values in expected)


# Columns


@dataclass(frozen=True)
class Part:
    """Cells of the reference, and which attribute of them a column of a rollup shows.

    Where a cell has nothing of it a count is 0 and everything else NULL.
    """

    cells: Cells
    counts: Mapping[str, str]
    others: Mapping[str, str] = field(default_factory=dict)

    def of(self, cell: Row) -> Values:
        """The columns of a cell."""
        found = self.cells.get(cell)
        if found is None:
            return dict.fromkeys(self.counts, 0) | dict.fromkeys(self.others)
        return {
            column: getattr(found, name) for column, name in {**self.counts, **self.others}.items()
        }


VOLUMES = {
    "volume": "volume",
    "tickets_resolved": "tickets_resolved",
    "resolution_count": "resolution_events",
    "reopen_count": "reopens",
    "net_flow": "net_flow",
    "customer_message_count": "customer_messages",
    "agent_reply_count": "agent_replies",
    "automated_reply_count": "automated_replies",
    "merged_count": "merged",
    "deleted_count": "deleted",
}
WORK = {
    "tickets_handled": "tickets_handled",
    "tickets_resolved": "tickets_resolved",
    "agent_reply_count": "replies",
    "resolution_count": "resolutions",
    "reopen_count": "reopens",
}
TOUCHES = {f"{name}_touch_count": name for name in ("zero", "one", "two", "multi")}
RATINGS = {
    "csat_offered_count": "offered",
    "csat_rated_count": "rated",
    "csat_positive_count": "positive",
    "csat_bad_to_good_count": "bad_to_good",
    "csat_good_to_bad_count": "good_to_bad",
}
UNCREDITED = {"csat_uncredited_count": "rated_without_credit"}
RATES = {
    "csat_response_rate": "response_rate",
    "csat_positive_rate": "positive_rate",
    "csat_positive_rate_low": "positive_rate_low",
    "csat_positive_rate_high": "positive_rate_high",
    "avg_csat_score": "mean_normalised_score",
}
PROMISES = {"sla_met_count": "met", "sla_breached_count": "breached"}
ACHIEVEMENT = {"sla_achievement": "achievement"}


@dataclass(frozen=True)
class Speed:
    """A speed of the reference by the name that its columns have.

    Readers know some means of calendar seconds by another name; not all have percentiles.
    """

    what: str
    name: str
    mean: str | None = None
    has_percentiles: bool = True


CHANNEL_SPEEDS = (
    Speed("first_reply", "first_reply", "avg_response_time"),
    Speed("next_reply", "next_reply"),
    Speed("first_resolution", "first_resolution"),
    Speed("full_resolution", "full_resolution", "avg_resolution_time"),
)
AGENT_SPEEDS = (
    Speed("first_reply", "first_reply", has_percentiles=False),
    Speed("reply_wait", "response", "avg_response_time"),
    Speed("full_resolution", "full_resolution", "avg_resolution_time"),
)


def _speed_parts(
    dated: Iterable[Measurement], group: Group, speeds: Iterable[Speed]
) -> Iterator[Part]:
    """Each speed in all hours and in opening hours."""
    bases: tuple[Hours, ...] = ("calendar", "business")
    for one in speeds:
        for hours in bases:
            seconds = f"{one.name}_{hours}_seconds"
            mean = one.mean if one.mean and hours == "calendar" else f"avg_{seconds}"
            others = {mean: "mean"}
            if one.has_percentiles:
                others |= {f"p50_{seconds}": "median"}
                others |= {f"p{n}_{seconds}": f"p{n}" for n in (75, 90, 95)}
            counts = {f"{one.name}_count": "count", seconds: "total"}
            yield Part(speed(dated, one.what, group, hours), counts, others)


def _csat_score(inside: Iterable[Measurement]) -> Decimal:
    """The normalised scores, summed."""
    return _exact(sum((Fraction(m.value) for m in inside if m.metric == "csat_score"), Fraction()))


def _exact(value: Any) -> Decimal:
    return round(Decimal(value.numerator) / Decimal(value.denominator), 12)


def _suffix(grain: Grain) -> str:
    return "hourly" if grain == "hour" else "daily"
