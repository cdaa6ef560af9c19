"""What of a ticket's log counts: its life, its lines, who did what (METRICS.md § 2.2, 2.4, 2.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from tests.reference.calendars import Calendars
from tests.reference.configuration import Configuration
from tests.reference.events import UNKNOWN_CHANNEL, Event, Step, TicketLog, in_order
from tests.reference.spans import Span, measure, pieces

UNRESOLVED = frozenset({"new", "open", "pending", "hold"})

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Line(Generic[Value]):
    """A value over time: (instant, value from then on); neighbours differ."""

    steps: tuple[tuple[datetime, Value], ...]

    def at(self, instant: datetime) -> Value:
        """The value at an instant of the ticket's life: the last one set up to it."""
        return [value for since, value in self.steps if since <= instant][-1]

    def before(self, instant: datetime) -> Value | None:
        """The value just before an instant; None where the ticket had not begun."""
        earlier = [value for since, value in self.steps if since < instant]
        return earlier[-1] if earlier else None

    @property
    def last(self) -> Value:
        """The value as of the last event."""
        return self.steps[-1][1]


@dataclass(frozen=True, slots=True)
class Deed:
    """An event that counts: its place in order, its instant and what its actor is taken for."""

    place: int
    at: datetime
    event: Event
    actor_kind: str

    @property
    def is_human_agent(self) -> bool:
        """Done by an agent, not by automation in the agent's name."""
        return self.actor_kind == "agent" and not self.event.via_automation

    @property
    def is_customer_message(self) -> bool:
        """A message of a human customer; the creation by one is the first."""
        is_message = self.event.type in ("ticket_created", "public_reply")
        return is_message and self.actor_kind == "customer" and not self.event.via_automation

    @property
    def is_response(self) -> bool:
        """A public reply of an agent, a bot or the system, automated or not."""
        return self.event.type == "public_reply" and self.actor_kind != "customer"

    @property
    def is_human_reply(self) -> bool:
        """A public reply that a human agent wrote."""
        return self.is_response and self.is_human_agent


@dataclass(frozen=True, slots=True)
class History:
    """One ticket: the deeds that count in order, its lines, and the bounds of its life.

    `gaps` are the deletions that were restored. At most one of `merged_at` and `deleted_at` is set.
    `last_at` is the instant of its last event, be it a deletion or a restore; `calendars` are what
    its business time is measured by.
    """

    log: TicketLog
    created_at: datetime
    creation: Event | None
    deeds: tuple[Deed, ...]
    gaps: tuple[Span, ...]
    merged_at: datetime | None
    deleted_at: datetime | None
    status: Line[str]
    channel: Line[str]
    assignee: Line[str | None]
    team: Line[str | None]
    priority: Line[str | None]
    calendar: Line[str | None]
    last_at: datetime
    calendars: Calendars

    @property
    def ended_at(self) -> datetime | None:
        """The merge or the lasting deletion; None while the ticket lives."""
        return self.merged_at or self.deleted_at

    @property
    def requester_id(self) -> str | None:
        """Who asked, as the creation names it."""
        return self.creation.attributes.get("requester_id") if self.creation else None

    @property
    def is_countable(self) -> bool:
        """Neither merged nor deleted."""
        return self.ended_at is None

    def alive(self, start: datetime, end: datetime) -> tuple[Span, ...]:
        """The parts of [start, end) in which the ticket was not deleted."""
        return pieces(start, end, self.gaps)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The measure of [start, end) without deletions that were restored."""
        return measure(self.alive(start, end))

    def open_within(self, start: datetime, end: datetime) -> tuple[Span, ...]:
        """The parts of [start, end) that are business time of the ticket."""
        return self.calendars.open_within(self, start, end)

    def business(self, start: datetime, end: datetime) -> timedelta:
        """Business time of [start, end) without deletions that were restored."""
        return measure(self.open_within(start, end))


def history(log: TicketLog, configuration: Configuration) -> History:
    """Read one ticket's log: what counts, from when to when."""
    steps = in_order(log)
    created_at = steps[0].at
    creation = steps[0].event if steps[0].event.type == "ticket_created" else None
    life = _life(steps)
    deeds = tuple(
        Deed(place, step.at, step.event, _kind(step, configuration))
        for place, step in enumerate(life.kept)
    )
    given = creation.attributes if creation else {}

    def line(changes: str, start: str | None) -> Line[str | None]:
        changed = [(deed.at, deed.event.to_value) for deed in deeds if deed.event.type == changes]
        return line_of([(created_at, start), *changed])

    return History(
        log=log,
        created_at=created_at,
        creation=creation,
        deeds=deeds,
        gaps=life.gaps,
        merged_at=life.merged_at,
        deleted_at=life.deleted_at,
        status=_never_null(line("status_changed", given.get("status")), "new"),
        channel=_never_null(line("channel_changed", given.get("channel")), UNKNOWN_CHANNEL),
        assignee=line("assignee_changed", given.get("assignee_id")),
        team=line("team_changed", given.get("team_id")),
        priority=line("priority_changed", given.get("priority")),
        calendar=line("calendar_changed", given.get("calendar_id")),
        last_at=steps[-1].at,
        calendars=configuration.calendars,
    )


@dataclass(frozen=True, slots=True)
class _Life:
    kept: tuple[Step, ...]
    gaps: tuple[Span, ...]
    merged_at: datetime | None
    deleted_at: datetime | None


def _life(steps: Iterable[Step]) -> _Life:
    """Walk the log: leave out what happened while deleted and after the merge (§ 2.7).

    The first restore ends a deletion, however often it was deleted. A deletion of no length is no
    gap, though what comes within it in order is left out.
    """
    kept: list[Step] = []
    gaps: list[Span] = []
    merged_at: datetime | None = None
    deleted_at: datetime | None = None
    for step in steps:
        if deleted_at is not None:
            if step.event.type == "restored":
                gaps.append(Span(deleted_at, step.at))
                deleted_at = None
        elif step.event.type == "deleted":
            deleted_at = step.at
        elif step.event.type == "merged":
            merged_at = step.at
            break
        else:
            kept.append(step)
    # A status set at the merge's instant is the merge's own doing, not a resolution.
    kept = [s for s in kept if not (s.event.type == "status_changed" and s.at == merged_at)]
    return _Life(tuple(kept), tuple(g for g in gaps if g.start < g.end), merged_at, deleted_at)


def _kind(step: Step, configuration: Configuration) -> str:
    """Who the actor counts as: an account marked as a bot is one whatever its events say."""
    is_bot = configuration.is_bot(step.event.source, step.event.actor_id, step.at)
    return "bot" if is_bot else step.event.actor_kind


def line_of(settings: Iterable[tuple[datetime, Value]]) -> Line[Value]:
    """A line from values set in order: the last of an instant holds, equal neighbours melt."""
    last_set = dict(settings)
    melted: list[tuple[datetime, Value]] = []
    for at in sorted(last_set):
        if not melted or melted[-1][1] != last_set[at]:
            melted.append((at, last_set[at]))
    return Line(tuple(melted))


def _never_null(line: Line[str | None], default: str) -> Line[str]:
    """The line with a default where nothing, or null, is set: a channel of null is `unknown`."""
    return line_of([(at, value or default) for at, value in line.steps])


def first(deeds: Iterable[Deed], wanted: Callable[[Deed], bool]) -> Deed | None:
    """The first deed of a kind, in order."""
    return next((deed for deed in deeds if wanted(deed)), None)
