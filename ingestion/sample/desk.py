"""The desk: who is there to take a ticket, when work on it gets done, and how busy it is."""

from bisect import bisect_right

from ingestion.sample.arrivals import Incident
from ingestion.sample.chance import Dice
from ingestion.sample.clock import DAY, HOUR
from ingestion.sample.people import AGENTS, Agent, Team
from ingestion.sample.shifts import AFTERWARDS, WorkingLife, team_at
from ingestion.sample.spec import SampleSpec

LIKELY_LOAD = (0.75, 1.35)
A_YEAR = 365 * DAY
COVERING = (Team.NIGHT, Team.ORDERS, Team.TECHNICAL)
"""Who takes the calls and chats of a team that has gone home, the first that is there."""


class Desk:
    """Answers from the shifts: by hour for a team, to the millisecond for an agent."""

    def __init__(
        self, spec: SampleSpec, lives: tuple[WorkingLife, ...], incident: Incident | None
    ) -> None:
        self._incident = incident
        self._starts = {life.agent: [part.start for part in life.online] for life in lives}
        self._ends = {life.agent: [part.end for part in life.online] for life in lives}
        self._first_hour = spec.begin // HOUR - 24
        hours = (spec.end + AFTERWARDS) // HOUR - self._first_hour + 1
        self._there = {team: _crew(spec, lives, team, self._first_hour, hours) for team in Team}
        self._next_open = {team: _next_open(crew) for team, crew in self._there.items()}
        self._first_day = spec.begin // DAY
        self._load = _loads(spec)

    def is_open(self, team: Team, at: int) -> bool:
        """Whether anybody of the team is there in this hour."""
        return bool(self._there[team][self._hour(at)])

    def covering(self, team: Team, at: int) -> Team:
        """The team if anybody of it is there, else one that covers for it; else the team."""
        if self.is_open(team, at):
            return team
        return next((other for other in COVERING if self.is_open(other, at)), team)

    def open_from(self, team: Team, at: int) -> int:
        """The first instant from `at` on at which somebody of the team is there."""
        hour = self._hour(at)
        opens = self._next_open[team][hour]
        return at if opens == hour else (self._first_hour + opens) * HOUR

    def after_open_time(self, team: Team, at: int, amount: int) -> int:
        """When `amount` of the team's open time has gone by since `at`."""
        at = self.open_from(team, at)
        left = (at // HOUR + 1) * HOUR - at
        while amount > left:
            amount -= left
            at = self.open_from(team, at + left)
            left = HOUR
            if self._hour(at) == len(self._there[team]) - 1:
                break
        return at + amount

    def someone(self, team: Team, at: int, dice: Dice, other_than: Agent | None = None) -> Agent:
        """An agent of the team who is there or next, if possible another than the one named."""
        hour = self._next_open[team][self._hour(at)]
        crew = self._there[team][hour]
        soon = (self._first_hour + hour + 1) * HOUR
        # Who was there in the middle of the hour may have gone home by its end.
        there = [agent for agent in crew if self.online_from(agent, at) < soon]
        if not there and hour < len(self._there[team]) - 1:
            return self.someone(team, soon, dice, other_than)
        agent = dice.pick(there or crew)
        if agent is other_than and len(there) > 1:
            agent = there[there.index(agent) - 1]
        return agent

    def online_from(self, agent: Agent, at: int) -> int:
        """The first instant from `at` on at which the agent is online.

        Of one who has left, and after the last shift that is known, that is a year later.
        """
        part = bisect_right(self._ends[agent], at)
        if part == len(self._ends[agent]):
            return at + A_YEAR
        return max(at, self._starts[agent][part])

    def after_work(self, agent: Agent, at: int, amount: int) -> int:
        """When the agent, beginning at `at` or when next online, has worked `amount` on it.

        On the last day before they leave for good, they stay until it is done.
        """
        starts, ends = self._starts[agent], self._ends[agent]
        part = bisect_right(ends, at)
        while part < len(ends):
            at = max(at, starts[part])
            if at + amount <= ends[part]:
                break
            amount -= ends[part] - at
            part += 1
        return at + amount

    def load(self, team: Team, at: int) -> float:
        """How much longer than usual a ticket waits for the team on that day (1 is usual)."""
        load = self._load[team][at // DAY - self._first_day]
        return load * self._incident.load(team, at) if self._incident else load

    def _hour(self, at: int) -> int:
        hour = at // HOUR - self._first_hour
        last = len(self._there[Team.NIGHT]) - 1
        return min(hour, last)


def _crew(
    spec: SampleSpec, lives: tuple[WorkingLife, ...], team: Team, first_hour: int, hours: int
) -> list[tuple[Agent, ...]]:
    """For each hour from the first: who of the team is online in the middle of it.

    The last hour has the whole team in it, so that there is always a next one that is open.
    """
    crew: list[tuple[Agent, ...]] = [()] * hours
    for life in lives:
        for part in life.online:
            if team_at(life.agent, part.start, spec) is not team:
                continue
            first = -(-(part.start - HOUR // 2) // HOUR) - first_hour
            last = (part.end - HOUR // 2) // HOUR - first_hour
            for hour in range(max(first, 0), min(last + 1, hours)):
                crew[hour] += (life.agent,)
    crew[-1] = tuple(agent for agent in AGENTS if agent.team is team and agent.leaves == 1.0)
    return crew


def _next_open(crew: list[tuple[Agent, ...]]) -> list[int]:
    """For each hour: itself if it is staffed, else the next that is."""
    following = [len(crew) - 1] * len(crew)
    for hour in range(len(crew) - 2, -1, -1):
        following[hour] = hour if crew[hour] else following[hour + 1]
    return following


def _loads(spec: SampleSpec) -> dict[Team, list[float]]:
    """For each team: the load of each day; Mondays, after the weekend, are the fullest."""
    dice = Dice(f"{spec.seed}/load")
    low, high = LIKELY_LOAD
    days = range(spec.begin // DAY, (spec.end + AFTERWARDS) // DAY + 1)
    return {
        team: [
            (low + (high - low) * dice.roll()) * (1.25 if _is_monday(day) else 1.0) for day in days
        ]
        for team in Team
    }


def _is_monday(day: int) -> bool:
    return day % 7 == 4  # 1970-01-01 was a Thursday
