"""One ticket as it unfolds: where it stands, and every event that it has left so far.

The steps of the plot move a `Story` on; its verbs record what happens at its present instant,
`at`. `seq` counts the ticket's events in the order in which they are told, so that of two at one
instant the cause comes first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from ingestion.delivery import NOTHING, EventRow
from ingestion.sample.arrivals import PHONE, Arrival, Incident
from ingestion.sample.chance import Dice
from ingestion.sample.clock import instant
from ingestion.sample.desk import Desk
from ingestion.sample.people import BY_ACCOUNT, BY_VOICE, SOURCE, Actor, Agent, Team

Told: TypeAlias = tuple[int, EventRow]
"""An event, and before it the millisecond at which it happened."""


class Step(Enum):
    """What may come next in a ticket's life."""

    ARRIVE = "arrive"
    QUEUE = "queue"
    ANSWER = "answer"
    CONVERSE = "converse"
    AWAIT_CUSTOMER = "await_customer"
    GO_QUIET = "go_quiet"
    HOLD = "hold"
    ESCALATE = "escalate"
    HAND_ON = "hand_on"
    SOLVE = "solve"
    AFTERMATH = "aftermath"
    REOPEN = "reopen"
    CLOSE = "close"
    END = "end"


@dataclass(frozen=True, slots=True)
class World:
    """What all tickets of a sample share; `mark` leads every id."""

    mark: str
    desk: Desk
    dice: Dice
    incident: Incident | None

    def ticket_id(self, number: int) -> str:
        """The id of a ticket in the source."""
        return f"{self.mark}-{number}"


class Story:
    """A ticket; its state is what its events so far have made it."""

    __slots__ = (
        "agent", "arrival", "at", "calendar", "channel", "customer", "desk", "dice",
        "escalations", "is_disappointing", "is_first_answered", "is_left_to_rules", "is_tagged",
        "priority", "reopens", "replier", "rounds", "solved_at", "status", "team", "ticket_id",
        "told", "world",
    )  # fmt: skip

    def __init__(self, arrival: Arrival, world: World) -> None:
        self.world, self.desk, self.dice = world, world.desk, world.dice
        self.arrival = arrival
        self.ticket_id = world.ticket_id(arrival.number)
        self.customer = Actor(arrival.requester.requester_id, "customer")
        self.at = arrival.at
        self.told: list[Told] = []
        self.channel = arrival.channel
        self.status = "new"
        self.priority: str | None = None
        self.calendar: str | None = None
        self.team: Team | None = None
        self.agent: Agent | None = None
        self.replier: Agent | None = None
        self.solved_at = self.rounds = self.reopens = self.escalations = 0
        self.is_first_answered = False
        self.is_tagged = False  # as escalated
        self.is_left_to_rules = False  # solved by an automation, not by a person
        self.is_disappointing = world.incident is not None and world.incident.spoils(
            arrival.topic.team, arrival.at
        )

    def record(
        self,
        kind: str,
        by: Actor,
        *,
        before: str | None = None,
        after: str | None = None,
        attributes: Mapping[str, Any] = NOTHING,
        at: int | None = None,
    ) -> None:
        """Tell an event that happens now, or at another instant."""
        if at is None:
            at = self.at
        seq = len(self.told) + 1
        row = EventRow(
            f"{self.ticket_id}-{seq}",
            SOURCE,
            self.ticket_id,
            kind,
            instant(at),
            seq,
            by.actor_id,
            by.actor_kind,
            by.via_automation,
            before,
            after,
            attributes,
        )
        self.told.append((at, row))

    @property
    def assignee(self) -> Agent:
        """The agent it is with; only asked once somebody has taken it."""
        assert self.agent is not None
        return self.agent

    @property
    def its_team(self) -> Team:
        """The team it is with; only asked once it is with one."""
        assert self.team is not None
        return self.team

    def account(self, agent: Agent) -> Actor:
        """The agent, as they act on this ticket's channel."""
        return (BY_VOICE if self.channel == PHONE else BY_ACCOUNT)[agent]

    def says(self, by: Actor) -> None:
        """A message that the customer sees, or is from them."""
        self.record("public_reply", by)

    def notes(self, by: Actor) -> None:
        """A note for colleagues."""
        self.record("internal_note", by)

    def becomes(self, status: str, by: Actor) -> None:
        """The ticket takes on a status, if it does not have it already."""
        if status != self.status:
            self.record("status_changed", by, before=self.status, after=status)
            self.status = status

    def goes_to(self, agent: Agent | None, by: Actor) -> None:
        """The ticket is given to an agent, or to nobody."""
        before = self.account(self.agent).actor_id if self.agent else None
        after = self.account(agent).actor_id if agent else None
        self.record("assignee_changed", by, before=before, after=after)
        self.agent = agent

    def moves_to(self, team: Team, by: Actor) -> None:
        """The ticket is given to a team, if it is not there already."""
        if team is not self.team:
            before = self.team.value if self.team else None
            self.record("team_changed", by, before=before, after=team.value)
            self.team = team

    def is_timed_by(self, calendar: str | None, by: Actor) -> None:
        """The ticket is given a calendar, or that of its channel again, if that is another."""
        if calendar != self.calendar:
            self.record("calendar_changed", by, before=self.calendar, after=calendar)
            self.calendar = calendar

    def is_now(self, priority: str, by: Actor) -> None:
        """The ticket takes on a priority, if it does not have it already."""
        if priority != self.priority:
            self.record("priority_changed", by, before=self.priority, after=priority)
            self.priority = priority
