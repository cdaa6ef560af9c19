"""Resolutions and reopens, and to whom what happened is credited (METRICS.md § 2.8, § 3 "R")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tests.reference.history import UNRESOLVED, Deed, History


@dataclass(frozen=True, slots=True)
class Credit:
    """An account of the ticket's source, as of the instant at which it did what is credited."""

    account: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """A resolution, or a reopen with the credit of the resolution that it undoes."""

    kind: Literal["resolution", "reopen"]
    at: datetime
    credit: Credit | None


def turns(history: History) -> tuple[Turn, ...]:
    """The transitions of the status line between unresolved and resolved, in order.

    A ticket created resolved is resolved at its creation.
    """
    found: list[Turn] = []
    was_resolved = False
    for at, status in history.status.steps:
        is_resolved = status not in UNRESOLVED
        if is_resolved and not was_resolved:
            found.append(Turn("resolution", at, _of_resolution(history, at)))
        if was_resolved and not is_resolved:
            found.append(Turn("reopen", at, found[-1].credit))
        was_resolved = is_resolved
    return tuple(found)


def of_author(deed: Deed) -> Credit | None:
    """The credit of a reply, and of the streak it ends: its author, when it names one."""
    return Credit(deed.event.actor_id, deed.at) if deed.event.actor_id else None


def of_assignee(history: History, at: datetime) -> Credit | None:
    """The credit of the assignee at an instant, be it a bot's account."""
    account = history.assignee.at(at)
    return Credit(account, at) if account else None


def of_rating(history: History, answered: Deed) -> Credit | None:
    """The credit of a rating: the agent of the last human reply before what it answers.

    `answered` is the offer, or the rating itself when no offer came before it. With no such agent:
    the assignee at that instant.
    """
    replies = [d for d in history.deeds[: answered.place] if d.is_human_reply]
    author = of_author(replies[-1]) if replies else None
    return author or of_assignee(history, answered.at)


def _of_resolution(history: History, at: datetime) -> Credit | None:
    """The actor of the instant's last status event when a human with an id, else the assignee."""
    setting = ("ticket_created", "status_changed")
    last = [deed for deed in history.deeds if deed.at == at and deed.event.type in setting][-1]
    author = of_author(last) if last.is_human_agent else None
    return author or of_assignee(history, at)
