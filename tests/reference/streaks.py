"""Waiting streaks: a customer waits for a human reply (METRICS.md § 3 `fct_reply_streaks`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tests.reference.credit import Turn
from tests.reference.history import UNRESOLVED, Deed, History
from tests.reference.spans import whole_seconds


@dataclass(frozen=True, slots=True)
class Streak:
    """A row of `fct_reply_streaks`; `replier_id` is an account of the source.

    `is_first` says that the streak was started by the ticket's first customer message. `reply` is
    the deed that ended it, where one did.
    """

    streak_number: int
    waiting_since: datetime
    is_first: bool
    ended_at: datetime | None = None
    ended_by: str | None = None
    replier_id: str | None = None
    wait_calendar_seconds: int | None = None
    wait_business_seconds: int | None = None
    reply: Deed | None = None


@dataclass(slots=True)
class _Walk:
    """Where the walk through a ticket stands."""

    history: History
    done: list[Streak]
    running_since: datetime | None = None
    running_is_first: bool = False
    has_seen_customer: bool = False
    is_owed_since_resolved: bool = False

    def message(self, deed: Deed) -> None:
        """A customer writes: starts a streak, unless one runs or the ticket stays resolved."""
        is_first = not self.has_seen_customer
        self.has_seen_customer = True
        if self.running_since is not None:
            return
        if _stays_resolved(self.history, deed.at):
            self.is_owed_since_resolved = True
        else:
            self._start(deed.at, is_first)

    def reply(self, deed: Deed) -> None:
        """A human answers: ends the running streak and whatever is owed."""
        self.is_owed_since_resolved = False
        self._end(deed.at, "reply", deed)

    def turn(self, turn: Turn) -> None:
        """The ticket is resolved, or reopens with a customer still unanswered."""
        if turn.kind == "resolution":
            self._end(turn.at, "resolution")
        elif self.is_owed_since_resolved and self.running_since is None:
            self._start(turn.at, is_first=False)

    def finish(self) -> None:
        """The ticket's life ends, or the streak stays open."""
        if self.history.merged_at is not None:
            self._end(self.history.merged_at, "merge")
        elif self.history.deleted_at is not None:
            self._end(self.history.deleted_at, "deletion")
        elif self.running_since is not None:
            self.done.append(Streak(len(self.done) + 1, self.running_since, self.running_is_first))

    def _start(self, at: datetime, is_first: bool) -> None:
        self.running_since, self.running_is_first = at, is_first
        self.is_owed_since_resolved = False

    def _end(self, at: datetime, by: str, reply: Deed | None = None) -> None:
        if self.running_since is None:
            return
        waited = whole_seconds(self.history.elapsed(self.running_since, at))
        waited_open = whole_seconds(self.history.business(self.running_since, at))
        self.done.append(
            Streak(
                streak_number=len(self.done) + 1,
                waiting_since=self.running_since,
                is_first=self.running_is_first,
                ended_at=at,
                ended_by=by,
                replier_id=reply.event.actor_id if reply else None,
                wait_calendar_seconds=waited if reply else None,
                wait_business_seconds=waited_open if reply else None,
                reply=reply,
            )
        )
        self.running_since = None


def streaks(history: History, turns: tuple[Turn, ...]) -> tuple[Streak, ...]:
    """Walk through the ticket, instant by instant: messages first, then the change of status.

    What is owed for a message on a resolved ticket starts a streak at the next reopening alone. At
    the creation's instant nothing was resolved before, so a message there always starts one.
    """
    walk = _Walk(history, [])
    instants = {deed.at for deed in history.deeds} | {turn.at for turn in turns}
    for instant in sorted(instants):
        for deed in history.deeds:
            if deed.at == instant and deed.is_customer_message:
                walk.message(deed)
            elif deed.at == instant and deed.is_human_reply:
                walk.reply(deed)
        for turn in turns:
            if turn.at == instant:
                walk.turn(turn)
    walk.finish()
    return tuple(walk.done)


def _stays_resolved(history: History, at: datetime) -> bool:
    """Resolved just before the instant and at it."""
    before = history.status.before(at)
    was_resolved = before is not None and before not in UNRESOLVED
    return was_resolved and history.status.at(at) not in UNRESOLVED
