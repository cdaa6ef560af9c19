"""Named metrics computed plainly, with pandas, from the marts' rows: no SQL but `select *`.

What each is, is said here a second time, from docs/METRICS.md § 4, and shares nothing with the
catalog. `flows` and `stock` go by measurements, cell by cell; `of_facts` by tickets, streaks and
ratings, where these say the same.
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
from tests.reference.distribution import mean, percentile, share

Cell = tuple[Any, ...]
Values = dict[str, Any]

_IDS = {"channel": "channel_id", "team": "team_id", "agent": "agent_id"}
_BANDS = {"0–1h": 1, "1–4h": 4, "4–8h": 8, "8–24h": 24, "days 1–3": 72, "days 3–7": 168}
_LASTING = ("first_reply", "next_reply_wait", "full_resolution")


@dataclass(frozen=True)
class Plain:
    """The rows of a desk's marts: measurements with the names that people know things by."""

    measured: pd.DataFrame
    tickets: pd.DataFrame
    streaks: pd.DataFrame
    ratings: pd.DataFrame
    as_of: datetime
    zone: str

    def chosen(
        self,
        filters: Mapping[str, tuple[str, ...]],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> pd.DataFrame:
        """The measurements of a range whose dimensions, or ids, are among the values."""
        rows = self.measured
        for name, values in filters.items():
            is_one = rows[name].isin(values)
            if name in _IDS:
                is_one |= rows[_IDS[name]].isin(values)
            rows = rows[is_one]
        if since:
            rows = rows[rows["timestamp"] >= since]
        return rows[rows["timestamp"] < until] if until else rows


def read_plain(rows: Callable[[str, str], pd.DataFrame], as_of: datetime, zone: str) -> Plain:
    """All there is, by a function that gives columns of a mart."""
    measured = rows("metrics_raw", "*").rename(columns={"channel": "channel_id"})
    for name, key, since, nobody in (
        ("channel", "channel_type", "0", ""),
        ("team", "team_id", "extract(epoch from valid_from)::float8", "No team"),
        ("agent", "agent_id", "extract(epoch from valid_from)::float8", "No agent"),
    ):
        named = rows(f"dim_{name}s", f"{key} as id, name, {since} as since")
        labels = _labels(named, nobody) | {"none": nobody}
        measured[name] = [labels.get(one, one) for one in measured[_IDS[name]]]
    measured["duration_band"] = [
        _band(kind, value)
        for kind, value in zip(measured["metric_type"], measured["value"], strict=True)
    ]
    measured["hour"] = _hours(measured["timestamp"], zone)
    measured["day"] = [at.astimezone(ZoneInfo(zone)).date() for at in _each(measured["timestamp"])]
    return Plain(
        measured,
        rows("fct_tickets", "*"),
        rows("fct_reply_streaks", "*"),
        rows("customer_satisfaction", "*"),
        as_of,
        zone,
    )


def flows(plain: Plain, rows: pd.DataFrame, by: tuple[str, ...], grain: str) -> dict[Cell, Values]:
    """Every metric that is no stock, of each cell in which anything was measured."""
    cells: dict[Cell, list[Any]] = defaultdict(list)
    buckets = [
        bucket(day, hour, grain) for day, hour in zip(rows["day"], rows["hour"], strict=True)
    ]
    keys = [buckets] if grain != "none" else []
    keys += [list(rows[name]) for name in by]
    places = list(zip(*keys, strict=True)) if keys else [()] * len(rows)
    columns = ("metric_type", "value", "ticket_key", "agent_id", "metadata")
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
    kinds = {"backlog_entered": 1, "backlog_left": -1}
    moves = rows[rows["metric_type"].isin(kinds)].sort_values("timestamp")
    steps = [
        (at, tuple(cell), kinds[kind])
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


def of_facts(plain: Plain, grain: str) -> dict[str, dict[Cell, Any]]:
    """What tickets, streaks and ratings say of a metric, by bucket: dated up to as_of."""
    countable = plain.tickets[plain.tickets["is_countable"]]
    alive = plain.streaks.merge(countable[["ticket_key"]], on="ticket_key")
    waits = alive[(alive["ended_by"] == "reply") & ~alive["is_first_contact"]]
    rated = plain.ratings[plain.ratings["rated_at"].notna()]

    def dated(rows: pd.DataFrame, at: str, of: str = "ticket_key") -> dict[Cell, list[Any]]:
        cells: dict[Cell, list[Any]] = defaultdict(list)
        rows = rows[rows[at].notna() & (rows[at] <= plain.as_of)]
        hours = _hours(rows[at], plain.zone)
        for instant, hour, value in zip(_each(rows[at]), hours, rows[of], strict=True):
            day = instant.astimezone(ZoneInfo(plain.zone)).date()
            cells[(bucket(day, hour, grain),)].append(value)
        return cells

    def each(cells: dict[Cell, list[Any]], sum_up: Callable[[list[Any]], Any]) -> dict[Cell, Any]:
        return {cell: sum_up(values) for cell, values in cells.items()}

    first = dated(countable, "first_reply_at", "first_reply_calendar_seconds")
    following = dated(waits, "ended_at", "wait_calendar_seconds")
    full = dated(countable, "resolved_at", "full_resolution_calendar_seconds")
    found: dict[str, dict[Cell, Any]] = {
        "tickets": each(dated(countable, "created_at"), len),
        "tickets_first_resolved": each(dated(countable, "first_resolved_at"), len),
        "csat_offered": each(dated(plain.ratings, "timestamp"), len),
        "csat_rated": each(dated(rated, "timestamp"), len),
        "csat": each(dated(rated, "timestamp", "is_positive"), lambda v: share(sum(v), len(v))),
    }
    for name, count, seconds in (
        ("first_reply", "first_replies", first),
        ("next_reply", "next_replies", following),
        ("resolution", "full_resolutions", full),
    ):
        found[count] = each(seconds, len)
        whole = {cell: [int(value) for value in values] for cell, values in seconds.items()}
        found[f"{name}_mean"] = each(whole, mean)
        found[f"{name}_median"] = each(whole, lambda v: percentile(v, Fraction(1, 2)))
        found[f"{name}_p90"] = each(whole, lambda v: percentile(v, Fraction(9, 10)))
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


def _computed(rows: list[Any], as_of: datetime) -> Values:
    """Each metric of the measurements of one cell."""
    values: dict[str, list[int]] = defaultdict(list)
    tickets: dict[str, set[str]] = defaultdict(set)
    reopened = 0
    for kind, value, ticket, agent, metadata in rows:
        values[kind].append(int(value))
        tickets[kind].add(ticket)
        if kind in ("agent_reply", "resolution") and agent != "none":
            tickets["handled"].add(ticket)
        told = metadata.get("reopened_at") if kind == "first_resolution" else None
        reopened += told is not None and datetime.fromisoformat(told) <= as_of
    count = {kind: len(found) for kind, found in values.items()}
    first, rated = count.get("first_resolution", 0), count.get("csat_rated", 0)
    offered, positive = count.get("csat_offered", 0), count.get("csat_positive", 0)
    found: Values = {
        "tickets": count.get("created", 0),
        "tickets_resolved": len(tickets["resolution"]),
        "resolutions": count.get("resolution", 0),
        "reopens": count.get("reopen", 0),
        "tickets_first_resolved": first,
        "tickets_reopened": reopened,
        "reopen_rate": share(reopened, first),
        "customer_messages": count.get("customer_message", 0),
        "agent_replies": count.get("agent_reply", 0),
        "tickets_handled": len(tickets["handled"]),
        "csat_offered": offered,
        "csat_rated": rated,
        "csat_positive": positive,
        "csat_response_rate": share(rated, offered),
        "csat": share(positive, rated),
    }
    names = {
        "first_reply": "first_replies",
        "next_reply": "next_replies",
        "resolution": "full_resolutions",
    }
    for (name, counted), kind in zip(names.items(), _LASTING, strict=True):
        found[counted] = len(values[kind])
        found[f"{name}_mean"] = mean(values[kind])
        found[f"{name}_median"] = percentile(values[kind], Fraction(1, 2))
        found[f"{name}_p90"] = percentile(values[kind], Fraction(9, 10))
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


def _band(kind: str, value: Any) -> str | None:
    if kind not in _LASTING:
        return None
    return next((name for name, hours in _BANDS.items() if value < 3600 * hours), "days 7+")


def _hours(instants: "pd.Series[Any]", zone: str) -> list[datetime]:
    """The start of the hour of each, looked up once for each quarter of an hour."""
    floors = instants.dt.floor("15min")
    known = {at: bucket_of(at.to_pydatetime(), "hour", zone) for at in floors.unique()}
    return [known[at] for at in floors]
