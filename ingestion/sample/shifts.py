"""When each agent is at their desk, and what the help desk records of it.

A shift is drawn day by day in the agent's own time zone, so it keeps its local hours when the
clocks change. A few days are lost to illness and some weeks to leave; breaks and meetings cut it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from ingestion.sample.chance import Dice
from ingestion.sample.clock import DAY, HOUR, MINUTE, instant, milliseconds
from ingestion.sample.people import AGENTS, Agent, Team
from ingestion.sample.spec import SampleSpec

AFTERWARDS = 14 * DAY
"""Shifts are known this far past the end, so that the last tickets wait for somebody, too."""

LEAVE = 0.05  # of weeks
ILLNESS = 0.02  # of days
AWAY = 0.4  # of shifts: a meeting, a training


@dataclass(frozen=True, slots=True)
class Presence:
    """An agent's state from an instant on: `online`, `away`, `break` or `offline`."""

    at: int
    agent: Agent
    state: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in which an agent is online, [start, end)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class WorkingLife:
    """One agent's whole history: their states in order, and the stretches online."""

    agent: Agent
    presence: tuple[Presence, ...]
    online: tuple[Stretch, ...]


def working_lives(spec: SampleSpec) -> tuple[WorkingLife, ...]:
    """Every agent's working life over the sample, in the order of `AGENTS`."""
    return tuple(_working_life(agent, spec) for agent in AGENTS)


def on_staff(agent: Agent, at: int, spec: SampleSpec) -> bool:
    """Whether the agent has joined by an instant, and not left."""
    joined = agent.joins == 0.0 or at >= turning_point(spec, agent.joins)
    return joined and (agent.leaves == 1.0 or at < turning_point(spec, agent.leaves))


def team_at(agent: Agent, at: int, spec: SampleSpec) -> Team:
    """The team the agent works in at an instant."""
    if agent.moves_to is not None and at >= turning_point(spec, agent.moves):
        return agent.moves_to
    return agent.team


def turning_point(spec: SampleSpec, share: float) -> int:
    """The start of the day, in UTC, that lies this share of the history after its begin.

    Somebody joins, leaves and moves between two days, as the configuration dates it.
    """
    return (spec.begin + int(spec.days * share) * DAY) // DAY * DAY


def _working_life(agent: Agent, spec: SampleSpec) -> WorkingLife:
    dice = Dice(f"{spec.seed}/{agent.account}")
    presence: list[Presence] = []
    online: list[Stretch] = []
    for day in _days_at_work(agent, spec, dice):
        start, end = _bounds(agent.shift.zone, day, agent.shift.opens, agent.shift.closes)
        states = _states(start, end, dice)
        if on_staff(agent, start, spec):
            presence += [Presence(at, agent, state) for at, state in states]
            online += [
                Stretch(at, until)
                for (at, state), (until, _) in pairwise(states)
                if state == "online"
            ]
    return WorkingLife(agent, tuple(presence), tuple(online))


def _days_at_work(agent: Agent, spec: SampleSpec, dice: Dice) -> Iterator[date]:
    day = instant(spec.begin).date() - timedelta(days=1)
    last = instant(spec.end + AFTERWARDS).date()
    on_leave = False
    while day <= last:
        if day.weekday() == 0:
            on_leave = dice.happens(LEAVE)
        is_ill = dice.happens(ILLNESS)
        if day.weekday() in agent.shift.weekdays and not on_leave and not is_ill:
            yield day
        day += timedelta(days=1)


def _bounds(zone: str, day: date, opens: int, closes: int) -> tuple[int, int]:
    clock = ZoneInfo(zone)
    start = datetime(day.year, day.month, day.day, opens, tzinfo=clock)
    last = day if closes > opens else day + timedelta(days=1)
    end = datetime(last.year, last.month, last.day, closes, tzinfo=clock)
    return milliseconds(start.astimezone(UTC)), milliseconds(end.astimezone(UTC))


def _states(start: int, end: int, dice: Dice) -> list[tuple[int, str]]:
    """The states of one shift, in order; the last is `offline`."""
    begin = start + dice.between(-4 * MINUTE, 9 * MINUTE)
    rest = start + 4 * HOUR + dice.between(-40 * MINUTE, 40 * MINUTE)
    back = rest + dice.between(28 * MINUTE, 47 * MINUTE)
    states = [(begin, "online"), (rest, "break"), (back, "online")]
    if dice.happens(AWAY):
        meeting = back + dice.between(15 * MINUTE, 100 * MINUTE)
        states += [
            (meeting, "away"),
            (meeting + dice.between(10 * MINUTE, 30 * MINUTE), "online"),
        ]
    states.append((end + dice.between(-3 * MINUTE, 14 * MINUTE), "offline"))
    return states
