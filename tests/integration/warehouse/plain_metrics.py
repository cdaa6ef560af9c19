"""Named metrics computed plainly, with pandas, from the marts' rows: no SQL but `select *`.

What each is, is said here a second time, from docs/METRICS.md § 4, and shares nothing with the
catalog. `flows`, `stock` and `times` go by measurements, cell by cell; `of_facts` by tickets,
streaks, ratings and SLA instances, where these say the same. Cells and ranges go by what happened,
or, with the basis `creation`, by the ticket's creation.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from tests.reference.buckets import Grain, bucket_end, bucket_of
from tests.reference.distribution import mean, percentile, share, wilson

Cell = tuple[Any, ...]
Values = dict[str, Any]

_IDS = {
    "channel": "channel_id",
    "team": "team_id",
    "agent": "agent_id",
    "age_band": "age_band_id",
}
_BANDS = {"0–1h": 1, "1–4h": 4, "4–8h": 8, "8–24h": 24, "days 1–3": 72, "days 3–7": 168}
_LASTING = ("first_reply", "next_reply_wait", "full_resolution")
# The measurements that a speed is of, and what they are called where they are counted.
_SPEEDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "first_reply": ("first_replies", ("first_reply",)),
    "next_reply": ("next_replies", ("next_reply_wait",)),
    "response": ("responses", ("opening_reply_wait", "next_reply_wait")),
    "first_resolution": ("tickets_first_resolved", ("first_resolution",)),
    "resolution": ("full_resolutions", ("full_resolution",)),
}
_TOUCHES = ("zero_touch", "one_touch", "two_touch", "multi_touch")
# What a movement in the backlog is, and how much later a ticket is of the other age than is seen.
_MOVES = {
    "backlog_entered": (1, timedelta()),
    "backlog_left": (-1, timedelta()),
    "age_band_entered": (1, timedelta(microseconds=1)),
    "age_band_left": (-1, timedelta(microseconds=1)),
}
_PLACE = ("ticket_key", "channel", "team", "agent", "priority", "status", "age_band")
# The columns that say when: the instant, its hour, its day.
_DATES = {
    "event": ("timestamp", "hour", "day"),
    "creation": ("created_at", "created_hour", "created_day"),
}


@dataclass(frozen=True)
class Plain:
    """The rows of a desk's marts: measurements with the names that people know things by."""

    measured: pd.DataFrame
    tickets: pd.DataFrame
    streaks: pd.DataFrame
    ratings: pd.DataFrame
    promises: pd.DataFrame
    as_of: datetime
    zone: str

    def chosen(
        self,
        filters: Mapping[str, tuple[str, ...]],
        since: datetime | None = None,
        until: datetime | None = None,
        basis: str = "event",
    ) -> pd.DataFrame:
        """The measurements of a range whose dimensions, or ids, are among the values."""
        rows = self.measured
        for name, values in filters.items():
            is_one = rows[name].isin(values)
            if name in _IDS:
                is_one |= rows[_IDS[name]].isin(values)
            rows = rows[is_one]
        at, _, _ = _DATES[basis]
        if since:
            rows = rows[rows[at] >= since]
        return rows[rows[at] < until] if until else rows


def read_plain(
    rows: Callable[[str, str], pd.DataFrame],
    as_of: datetime,
    zone: str,
    fields: Mapping[str, tuple[str, str]],
) -> Plain:
    """All there is, by a function that gives columns of a mart.

    `fields` are dimensions by name: a column of fct_ticket_fields, and a custom field or tag in it.
    """
    measured = rows("metrics_raw", "*").rename(columns={"channel": "channel_id"})
    for name, key, since, nobody in (
        ("channel", "channel_type", "0", ""),
        ("team", "team_id", "extract(epoch from valid_from)::float8", "No team"),
        ("agent", "agent_id", "extract(epoch from valid_from)::float8", "No agent"),
    ):
        named = rows(f"dim_{name}s", f"{key} as id, name, {since} as since")
        labels = _labels(named, nobody) | {"none": nobody}
        measured[name] = [labels.get(one, one) for one in measured[_IDS[name]]]
    measured["age_band_id"] = measured["age_band"]
    measured["age_band"] = [
        one and ("30d or more" if one == "more" else f"under {one}") for one in measured["age_band"]
    ]
    measured["duration_band"] = [
        _band(kind, value)
        for kind, value in zip(measured["metric_type"], measured["value"], strict=True)
    ]
    measured["sla_metric"] = [metadata.get("sla_metric") for metadata in measured["metadata"]]
    of_tickets = rows("fct_ticket_fields", "*").set_index("ticket_key")
    for name, (column, field) in fields.items():
        told = {key: _told(said, field) for key, said in of_tickets[column].items()}
        measured[name] = [told[key] for key in measured["ticket_key"]]
    for at, hour, day in _DATES.values():
        measured[hour] = _hours(measured[at], zone)
        measured[day] = [one.astimezone(ZoneInfo(zone)).date() for one in _each(measured[at])]
    return Plain(
        measured,
        rows("fct_tickets", "*"),
        rows("fct_reply_streaks", "*"),
        rows("customer_satisfaction", "*"),
        rows("fct_sla_instances", "*"),
        as_of,
        zone,
    )


def flows(
    plain: Plain, rows: pd.DataFrame, by: tuple[str, ...], grain: str, basis: str = "event"
) -> dict[Cell, Values]:
    """Every metric that is no stock, of each cell in which anything was measured."""
    cells: dict[Cell, list[Any]] = defaultdict(list)
    _, of_hour, of_day = _DATES[basis]
    buckets = [
        bucket(day, hour, grain) for day, hour in zip(rows[of_day], rows[of_hour], strict=True)
    ]
    keys = [buckets] if grain != "none" else []
    keys += [list(rows[name]) for name in by]
    places = list(zip(*keys, strict=True)) if keys else [()] * len(rows)
    columns = ("metric_type", "value", "business_value", "ticket_key", "agent_id", "metadata")
    for place, *row in zip(places, *(rows[name] for name in columns), strict=True):
        if None not in place:
            cells[place].append(row)
    if not keys and not cells:
        cells[()] = []
    return {place: _computed(inside, plain.as_of) for place, inside in cells.items()}


def stock(
    plain: Plain, rows: pd.DataFrame, by: tuple[str, ...], grain: str, until: datetime | None
) -> dict[Cell, int]:
    """The backlog at the end of each bucket from the first movement on, where there is any.

    Without a grain, at the range's end.
    """
    moves = rows[rows["metric_type"].isin(_MOVES)].sort_values("timestamp")
    steps = [
        (at, tuple(cell), _MOVES[kind][0])
        for at, kind, *cell in zip(
            _each(moves["timestamp"]),
            moves["metric_type"],
            *(moves[name] for name in by),
            strict=True,
        )
    ]
    if not steps:
        return {}
    last = until or plain.as_of + timedelta(microseconds=1)
    if grain == "none":
        ends: list[tuple[Cell, datetime]] = [((), last)]
    else:
        ends = [
            ((name,), min(end, last)) for name, end in _ends(steps[0][0], last, grain, plain.zone)
        ]
    found: dict[Cell, int] = {}
    standing: dict[Cell, int] = defaultdict(int)
    place = 0
    for name, end in ends:
        while place < len(steps) and steps[place][0] < end:
            _, cell, sign = steps[place]
            standing[cell] += sign
            place += 1
        found |= {(*name, *cell): count for cell, count in standing.items() if count}
    return found


def times(
    plain: Plain,
    rows: pd.DataFrame,
    by: tuple[str, ...],
    grain: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[Cell, Fraction]:
    """Seconds that tickets stood unresolved within each bucket, of each ticket's stays cut at them.

    A stay is from entering a place to leaving it, or to the range's end; merged tickets have none.
    """
    last = min(until or plain.as_of, plain.as_of)
    moves = rows[rows["metric_type"].isin(_MOVES) & (rows["value"] == 1)]
    steps: list[tuple[datetime, int, Cell]] = []
    names = tuple(dict.fromkeys((*_PLACE, *by)))
    for at, kind, *told_by in zip(
        _each(moves["timestamp"]),
        moves["metric_type"],
        *(moves[name] for name in names),
        strict=True,
    ):
        sign, later = _MOVES[kind]
        steps.append((at + later, -sign, tuple(told_by)))
    entered: dict[Cell, datetime] = {}
    found: dict[Cell, Fraction] = defaultdict(Fraction)
    ends: dict[datetime, datetime] = {}

    def stayed(place: Cell, start: datetime, end: datetime) -> None:
        told = dict(zip(names, place, strict=True))
        cell = tuple(told[name] for name in by)
        fine: Grain = "hour" if grain == "hour" else "day"
        start, end = max(start, since or start), min(end, last)
        while start < end:
            opens = bucket_of(start, fine, plain.zone)
            if opens not in ends:
                ends[opens] = bucket_end(opens, fine, plain.zone)
            piece = min(end, ends[opens])
            day = opens.astimezone(ZoneInfo(plain.zone)).date()
            named = () if grain == "none" else (bucket(day, opens, grain),)
            passed = (piece - start) // timedelta(microseconds=1)
            found[(*named, *cell)] += Fraction(passed, 1_000_000)
            start = piece

    for at, sign, place in sorted(steps, key=lambda step: step[:2]):
        if sign < 0:
            entered[place] = at
        else:
            stayed(place, entered.pop(place), at)
    for place, at in entered.items():
        stayed(place, at, last)
    return found


def of_facts(plain: Plain, grain: str, basis: str) -> dict[str, dict[Cell, Any]]:
    """What tickets, streaks, ratings and SLA instances say of a metric, by bucket: up to as_of."""
    countable = plain.tickets[plain.tickets["is_countable"]]
    born = countable[["ticket_key", "created_at"]]
    waits = plain.streaks[plain.streaks["ended_by"] == "reply"].merge(born, on="ticket_key")
    promises = plain.promises.merge(born, on="ticket_key")
    rated = plain.ratings[plain.ratings["rated_at"].notna()].copy()
    rated["is_uncredited"] = rated["agent_id"] == "none"
    rated["normalised"] = rated["score"].map(_above_least) / rated["scale"].map(_above_least)

    def dated(rows: pd.DataFrame, at: str, of: str = "ticket_key") -> dict[Cell, list[Any]]:
        cells: dict[Cell, list[Any]] = defaultdict(list)
        rows = rows[rows[at].notna() & (rows[at] <= plain.as_of)]
        when = rows[at if basis == "event" else "created_at"]
        for instant, hour, value in zip(
            _each(when), _hours(when, plain.zone), rows[of], strict=True
        ):
            day = instant.astimezone(ZoneInfo(plain.zone)).date()
            cells[(bucket(day, hour, grain),)].append(value)
        return cells

    def each(cells: dict[Cell, list[Any]], sum_up: Callable[[list[Any]], Any]) -> dict[Cell, Any]:
        return {cell: sum_up(values) for cell, values in cells.items()}

    good = dated(rated, "timestamp", "is_positive")
    bounds = each(good, lambda values: wilson(sum(values), len(values)))
    met = dated(promises[promises["state"] == "met"], "over_at")
    breached = dated(promises[promises["state"] == "breached"], "breached_at")
    ended = plain.tickets
    found: dict[str, dict[Cell, Any]] = {
        "tickets": each(dated(countable, "created_at"), len),
        "merged_tickets": each(dated(ended[ended["is_merged"]], "ended_at"), len),
        "deleted_tickets": each(dated(ended[ended["is_deleted"]], "ended_at"), len),
        "csat_offered": each(dated(plain.ratings, "timestamp"), len),
        "csat_rated": each(dated(rated, "timestamp"), len),
        "csat": each(good, lambda values: share(sum(values), len(values))),
        "csat_low": {cell: bound[0] for cell, bound in bounds.items() if bound},
        "csat_high": {cell: bound[1] for cell, bound in bounds.items() if bound},
        "csat_score": each(dated(rated, "timestamp", "normalised"), mean),
        "csat_bad_to_good": each(dated(rated, "timestamp", "is_bad_to_good"), sum),
        "csat_good_to_bad": each(dated(rated, "timestamp", "is_good_to_bad"), sum),
        "csat_uncredited": each(dated(rated, "timestamp", "is_uncredited"), sum),
        "sla_met": each(met, len),
        "sla_breached": each(breached, len),
        "sla_achievement": {
            cell: share(len(kept := met.get(cell, [])), len(kept) + len(breached.get(cell, [])))
            for cell in met.keys() | breached.keys()
        },
    }
    classed = countable[countable["is_zero_touch"].notna()]
    for name in _TOUCHES:
        is_one = dated(classed, "resolved_at", f"is_{name}")
        found[name] = each(is_one, sum)
        if name in ("zero_touch", "one_touch"):
            found[f"{name}_rate"] = each(is_one, lambda values: share(sum(values), len(values)))
    lasting = {
        "first_reply": (countable, "first_reply_at", "first_reply"),
        "next_reply": (waits[~waits["is_first_contact"]], "ended_at", "wait"),
        "response": (waits, "ended_at", "wait"),
        "first_resolution": (countable, "first_resolved_at", "first_resolution"),
        "resolution": (countable, "resolved_at", "full_resolution"),
    }
    for name, (rows, at, column) in lasting.items():
        calendar, business = (
            each(dated(rows, at, f"{column}_{hours}_seconds"), _whole)
            for hours in ("calendar", "business")
        )
        found[_SPEEDS[name][0]] = each(calendar, len)
        for infix, seconds in (("", calendar), ("_business", business)):
            told = each(seconds, _speed)
            for stat in _speed([]):
                found[f"{name}{infix}_{stat}"] = {cell: of[stat] for cell, of in told.items()}
    return found


def bucket(day: date, hour: datetime, grain: str) -> Any:
    """What names the bucket of an hour and its day."""
    return {
        "none": None,
        "hour": hour,
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": day.replace(month=1, day=1),
    }[grain]


def _ends(first: datetime, last: datetime, grain: str, zone: str) -> Iterable[tuple[Any, datetime]]:
    """The buckets from one instant to another with the instants at which they end."""
    fine: Grain = "hour" if grain == "hour" else "day"
    found: dict[Any, datetime] = {}
    start = bucket_of(first, fine, zone)
    while start < last:
        end = bucket_end(start, fine, zone)
        found[bucket(start.astimezone(ZoneInfo(zone)).date(), start, grain)] = end
        start = end
    return found.items()


def _above_least(score: Any) -> Fraction:
    return Fraction(score) - 1


def _whole(values: list[Any]) -> list[int]:
    return [int(value) for value in values]


def _speed(values: list[int]) -> Values:
    """What a speed is told by, of seconds."""
    return {
        "mean": mean(values),
        "median": percentile(values, Fraction(1, 2)),
        "p75": percentile(values, Fraction(3, 4)),
        "p90": percentile(values, Fraction(9, 10)),
        "p95": percentile(values, Fraction(19, 20)),
    }


def _computed(rows: list[Any], as_of: datetime) -> Values:
    """Each metric of the measurements of one cell."""
    values: dict[str, list[Any]] = defaultdict(list)
    opened: dict[str, list[int]] = defaultdict(list)
    tickets: dict[str, set[str]] = defaultdict(set)
    reopened = 0
    for kind, value, business, ticket, agent, metadata in rows:
        values[kind].append(Fraction(value) if kind == "csat_score" else int(value))
        if business is not None:
            opened[kind].append(int(business))
        tickets[kind].add(ticket)
        if kind in ("agent_reply", "resolution") and agent != "none":
            tickets["handled"].add(ticket)
        told = metadata.get("reopened_at") if kind == "first_resolution" else None
        reopened += told is not None and datetime.fromisoformat(told) <= as_of
    return {
        **_counted({kind: len(found) for kind, found in values.items()}, tickets, reopened),
        **_timed(values, opened),
        "csat_score": mean(values["csat_score"]),
    }


def _counted(count: Mapping[str, int], tickets: Mapping[str, set[str]], reopened: int) -> Values:
    """The metrics that are counts, or made of them."""

    def of(kind: str) -> int:
        return count.get(kind, 0)

    created, resolved = of("created"), len(tickets.get("resolution", ()))
    first, rated, positive = of("first_resolution"), of("csat_rated"), of("csat_positive")
    low, high = wilson(positive, rated) or (None, None)
    classed = sum(map(of, _TOUCHES))
    return {
        "tickets": created,
        "tickets_resolved": resolved,
        "net_flow": created - resolved,
        "resolutions": of("resolution"),
        "reopens": of("reopen"),
        "tickets_reopened": reopened,
        "reopen_rate": share(reopened, first),
        "customer_messages": of("customer_message"),
        "agent_replies": of("agent_reply"),
        "automated_replies": of("automated_reply"),
        "tickets_handled": len(tickets.get("handled", ())),
        "merged_tickets": of("merged"),
        "deleted_tickets": of("deleted"),
        **{name: of(name) for name in _TOUCHES},
        "zero_touch_rate": share(of("zero_touch"), classed),
        "one_touch_rate": share(of("one_touch"), classed),
        "csat_offered": of("csat_offered"),
        "csat_rated": rated,
        "csat_positive": positive,
        "csat_response_rate": share(rated, of("csat_offered")),
        "csat": share(positive, rated),
        "csat_low": low,
        "csat_high": high,
        "csat_bad_to_good": of("csat_bad_to_good"),
        "csat_good_to_bad": of("csat_good_to_bad"),
        "csat_uncredited": of("csat_uncredited"),
        "csat_uncredited_share": share(of("csat_uncredited"), rated),
        "sla_met": of("sla_met"),
        "sla_breached": of("sla_breached"),
        "sla_achievement": share(of("sla_met"), of("sla_met") + of("sla_breached")),
    }


def _timed(values: Mapping[str, list[int]], opened: Mapping[str, list[int]]) -> Values:
    """The metrics of what lasts, of all seconds and of those of opening hours."""
    found: Values = {}
    for name, (counted, kinds) in _SPEEDS.items():
        for infix, seconds in (("", values), ("_business", opened)):
            lasted = [value for kind in kinds for value in seconds.get(kind, ())]
            found |= {f"{name}{infix}_{stat}": told for stat, told in _speed(lasted).items()}
        found[counted] = sum(len(values.get(kind, ())) for kind in kinds)
    for name in ("first_response_any", "first_assignment"):
        told = _speed(values.get(name, []))
        found |= {f"{name}_{stat}": told[stat] for stat in ("mean", "median", "p90")}
    return found


def _labels(rows: pd.DataFrame, nobody: str) -> dict[str, str]:
    """The last name of each, with the id where another has the same or it says `nobody`."""
    rows = rows.sort_values("since").drop_duplicates("id", keep="last")
    shared = rows["name"].duplicated(keep=False) | (rows["name"] == nobody)
    return {
        one: f"{name} ({one})" if is_shared else name
        for one, name, is_shared in zip(rows["id"], rows["name"], shared, strict=True)
    }


def _each(instants: "pd.Series[Any]") -> list[datetime]:
    return [at.to_pydatetime() for at in instants]


def _told(said: Any, field: str) -> str:
    """What the tags of a ticket, or its custom fields, say of one."""
    if isinstance(said, list):
        return "yes" if field in said else "no"
    value = said.get(field)
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _band(kind: str, value: Any) -> str | None:
    if kind not in _LASTING:
        return None
    return next((name for name, hours in _BANDS.items() if value < 3600 * hours), "days 7+")


def _hours(instants: "pd.Series[Any]", zone: str) -> list[datetime]:
    """The start of the hour of each, looked up once for each quarter of an hour."""
    floors = instants.dt.floor("15min")
    known = {at: bucket_of(at.to_pydatetime(), "hour", zone) for at in floors.unique()}
    return [known[at] for at in floors]
