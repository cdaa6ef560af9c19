"""`sla_policies.csv`: targets of SLA metrics, by what a ticket is at a moment.

Of the policies of a metric that are valid at a moment, the first by position that matches holds;
an empty priority, channel or team matches any, and having none. A team is named as `teams.csv`
names it, or `source:team_id` where that has no row for it. With `valid_from`, a date in the
reporting zone, a row counts from then on; it does not take the place of rows behind it.
"""

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from deskhouse.configuration.tables import Row, read_table, require_unique
from deskhouse.configuration.teams import FILE as TEAMS_FILE

FILE = "sla_policies.csv"

METRICS = ("first_reply", "next_reply", "requester_wait", "agent_work", "resolution")
PRIORITIES = ("low", "normal", "high", "urgent")
HOURS = ("calendar", "business")

_COLUMNS = (
    "position", "policy_id", "priority", "channel", "team_id", "metric", "hours", "target_seconds",
)  # fmt: skip
_LAST_POSITION = 2**31 - 1
_LONGEST_TARGET = 100 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class Policy:
    """From `valid_from` on (None: always) a target of tickets that match; None matches any."""

    position: int
    policy_id: str
    priority: str | None
    channel: str | None
    team_id: str | None
    metric: str
    hours: str
    target_seconds: int
    valid_from: date | None


def read_policies(folder: Path, teams: Iterable[str]) -> tuple[Policy, ...]:
    """The policies of the folder's `sla_policies.csv`; `teams` are those of `teams.csv`.

    Raises:
        WrongConfiguration: names the row and the column.
    """
    known = frozenset(teams)
    rows = read_table(folder / FILE, _COLUMNS, optional=("valid_from",))
    policies = [(row, _policy(row, known)) for row in rows]
    require_unique(
        ((row, (policy.metric, policy.position)) for row, policy in policies),
        "position",
        "this position of the same metric",
    )
    return tuple(policy for _, policy in policies)


def _policy(row: Row, teams: Collection[str]) -> Policy:
    return Policy(
        position=row.whole("position", _LAST_POSITION),
        policy_id=row.identifier("policy_id"),
        priority=_priority(row),
        channel=row.optional("channel"),
        team_id=_team(row, teams),
        metric=_one_of(row, "metric", METRICS),
        hours=_one_of(row, "hours", HOURS),
        target_seconds=row.whole("target_seconds", _LONGEST_TARGET),
        valid_from=row.date("valid_from"),
    )


def _priority(row: Row) -> str | None:
    return None if row.optional("priority") is None else _one_of(row, "priority", PRIORITIES)


def _team(row: Row, teams: Collection[str]) -> str | None:
    """A team that tickets can be with; `source:team_id` may be one that no file names."""
    team = row.optional("team_id")
    if team is None or team in teams or ":" in team:
        return team
    meant = _meant(team, teams)
    raise row.wrong(
        "team_id",
        f"{team!r} is no team of {TEAMS_FILE}" + (f"; did you mean {meant}?" if meant else ""),
    )


def _one_of(row: Row, column: str, known: tuple[str, ...]) -> str:
    text = row.identifier(column)
    if text in known:
        return text
    meant = _meant(text, known)
    raise row.wrong(
        column,
        f"must be one of {', '.join(known)}, not {text!r}"
        + (f"; did you mean {meant}?" if meant else ""),
    )


def _meant(text: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(text.lower(), list(known), n=1, cutoff=0.5)
    return near[0] if near else ""
