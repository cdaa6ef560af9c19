"""The facts of one ticket: its row, its streaks, its intervals, and what they are read from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tests.reference.configuration import Configuration
from tests.reference.credit import Turn, turns
from tests.reference.events import TicketLog
from tests.reference.history import Deed, History, first, history
from tests.reference.intervals import Interval, intervals
from tests.reference.satisfaction import Satisfaction, satisfaction
from tests.reference.spans import whole_seconds
from tests.reference.streaks import Streak, streaks


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known of one ticket.

    `turns` are the resolutions and reopens of the status line; a merged ticket has them too (its
    streaks and reopens keep what was), though its row has no resolution."""

    history: History
    turns: tuple[Turn, ...]
    streaks: tuple[Streak, ...]
    intervals: tuple[Interval, ...]
    satisfaction: Satisfaction | None

    @property
    def ticket_key(self) -> str:
        """`source:ticket_id`."""
        return f"{self.history.log.source}:{self.history.log.ticket_id}"

    @property
    def first_message(self) -> Deed | None:
        """c₀, the first customer message."""
        return first(self.history.deeds, lambda deed: deed.is_customer_message)

    @property
    def after_first_message(self) -> tuple[Deed, ...]:
        """What comes after c₀ in order; nothing without one."""
        message = self.first_message
        return self.history.deeds[message.place + 1 :] if message else ()

    @property
    def first_reply(self) -> Deed | None:
        """The first human reply after c₀."""
        return first(self.after_first_message, lambda deed: deed.is_human_reply)

    @property
    def first_response(self) -> Deed | None:
        """The first public reply after c₀ of an agent, a bot or the system."""
        return first(self.after_first_message, lambda deed: deed.is_response)

    @property
    def first_assigned_at(self) -> datetime | None:
        """The first instant with an assignee."""
        return next((at for at, who in self.history.assignee.steps if who is not None), None)

    @property
    def resolutions(self) -> tuple[Turn, ...]:
        """R of § 3; a merged ticket has none."""
        if self.history.merged_at is not None:
            return ()
        return tuple(turn for turn in self.turns if turn.kind == "resolution")

    @property
    def reopens(self) -> tuple[Turn, ...]:
        """The transitions back to unresolved."""
        return tuple(turn for turn in self.turns if turn.kind == "reopen")

    @property
    def standing_resolution(self) -> Turn | None:
        """The last of R, while the ticket is resolved."""
        is_resolved = bool(self.turns) and self.turns[-1].kind == "resolution"
        return self.resolutions[-1] if is_resolved and self.resolutions else None

    @property
    def touches(self) -> int:
        """Runs of human replies after c₀ that no customer message interrupts."""
        count, is_in_run = 0, False
        for deed in self.after_first_message:
            if deed.is_human_reply and not is_in_run:
                count, is_in_run = count + 1, True
            elif deed.is_customer_message:
                is_in_run = False
        return count

    def seconds_between(self, start: datetime, end: datetime) -> int:
        """Whole calendar seconds of the ticket's life between two instants."""
        return whole_seconds(self.history.elapsed(start, end))

    def business_seconds_between(self, start: datetime, end: datetime) -> int:
        """Whole business seconds of the ticket's life between two instants."""
        return whole_seconds(self.history.business(start, end))


def facts_of(logs: Iterable[TicketLog], configuration: Configuration) -> tuple[Facts, ...]:
    """The facts of all tickets, in the logs' order."""
    return tuple(facts(log, configuration) for log in logs)


def facts(log: TicketLog, configuration: Configuration) -> Facts:
    """Work out one ticket from all of its events."""
    told = history(log, configuration)
    turned = turns(told)
    return Facts(told, turned, streaks(told, turned), intervals(told), satisfaction(told))
