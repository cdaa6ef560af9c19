"""What a user configures, as far as the metrics ask it: bots, persons, teams, calendars, policies.

A row of agents or teams with `valid_from` (a local date of the reporting zone) holds from that date
on, one without always; of those that hold, the latest does (METRICS.md § 1 "Ids"; the files of
config).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from tests.reference.calendars import ALWAYS_OPEN, Calendars


@dataclass(frozen=True, slots=True)
class AgentRow:
    """A row of `agents.csv`: the person (`agent_id`) behind an account of a source."""

    source: str
    actor_id: str
    agent_id: str | None = None
    is_bot: bool = False
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A row of `teams.csv`: the team of the house behind a team of a source."""

    source: str
    team_id: str
    team: str
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A row of `sla_policies.csv`: a target for the tickets that it matches; None matches any.

    `team_id` is the team of the house (`teams.csv`; an unmapped one is `source:team_id`). With
    `valid_from` the row is one from that local date on, beside the others.
    """

    position: int
    policy_id: str
    metric: str
    hours: str
    target_seconds: int
    priority: str | None = None
    channel: str | None = None
    team_id: str | None = None
    valid_from: date | None = None


class _Dated(Protocol):
    @property
    def valid_from(self) -> date | None: ...


Row = TypeVar("Row", bound=_Dated)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The reporting zone (an IANA name), mappings of accounts and teams, calendars, policies."""

    zone: str = "UTC"
    agents: tuple[AgentRow, ...] = ()
    teams: tuple[TeamRow, ...] = ()
    calendars: Calendars = ALWAYS_OPEN
    policies: tuple[PolicyRow, ...] = ()

    def local_date(self, at: datetime) -> date:
        """The day of an instant in the reporting zone."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def is_bot(self, source: str, actor_id: str | None, at: datetime) -> bool:
        """Whether the account is marked as a bot at the instant."""
        row = self._agent(source, actor_id, at)
        return row is not None and row.is_bot

    def person(self, source: str, actor_id: str | None, at: datetime) -> str | None:
        """The person behind an account at an instant; an unmapped one is `source:actor_id`."""
        if actor_id is None:
            return None
        row = self._agent(source, actor_id, at)
        return row.agent_id if row and row.agent_id else f"{source}:{actor_id}"

    def team(self, source: str, team_id: str | None, at: datetime) -> str | None:
        """The team of the house at an instant; an unmapped one is `source:team_id`."""
        if team_id is None:
            return None
        rows = [row for row in self.teams if (row.source, row.team_id) == (source, team_id)]
        row = _in_force(rows, self.local_date(at))
        return row.team if row else f"{source}:{team_id}"

    def dates_of_change(self) -> tuple[date, ...]:
        """The dates from which some mapping is another."""
        dates = {row.valid_from for row in self.agents} | {row.valid_from for row in self.teams}
        return tuple(sorted(day for day in dates if day is not None))

    def _agent(self, source: str, actor_id: str | None, at: datetime) -> AgentRow | None:
        rows = [row for row in self.agents if (row.source, row.actor_id) == (source, actor_id)]
        return _in_force(rows, self.local_date(at))


def _in_force(rows: Iterable[Row], day: date) -> Row | None:
    """The row that holds on a day: the latest of those that have begun."""
    begun = [row for row in rows if row.valid_from is None or row.valid_from <= day]
    begun.sort(key=lambda row: row.valid_from or date.min)
    return begun[-1] if begun else None
