"""Small adversarial event logs and configurations, the same ones for the same seed.

A log crowds the events of a few tickets into a few instants around a change of clocks and mixes
all that the contract allows: ties, events dated before the creation, creations missing or repeated,
deletions and restores, merges, automation, bots, equal neighbours, offers and ratings in odd
orders, targets and calendars that change, equal ids in two sources, redeliveries equal and
conflicting. Every event is a valid one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.calendars import Calendars, written
from tests.reference.configuration import AgentRow, Configuration, PolicyRow, TeamRow
from tests.reference.random_calendars import Change, random_calendar
from tests.reference.random_fields import with_fields

Record = dict[str, Any]

SOURCES = ("north", "south")
AGENTS = ("a1", "a2", "a3", "shared")
CUSTOMERS = ("c1", "c2", "shared")
BOTS = ("b1", "a3")
TEAMS = ("t1", "t2", "t3")
STATUSES = ("new", "open", "open", "pending", "hold", "solved", "solved", "solved", "closed")
RARELY_SOLVED = ("new", "open", "open", "pending", "pending", "hold", "open", "solved")
CHANNELS = ("email", "chat", "phone")
PRIORITIES = ("low", "normal", "high", "urgent")
CALENDARS = ("cairo", "new_york", "nowhere")
METRICS = ("first_reply", "next_reply", "requester_wait", "agent_work", "resolution")
HOURS = ("calendar", "business")
TIGHT_TARGETS = (0, 1, 60, 420, 840, 1680, 3600)
LOOSE_TARGETS = (7200, 14_400, 86_400, 604_800, 2_592_000)
ID_HEADS = ("e", "E", "_", "é", "10", "9", "ﬀ", "𝄞", "e ", "-")
HALF = timedelta(days=11)


@dataclass(frozen=True, slots=True)
class Window:
    """The weeks around a change of clocks (an instant) in a zone."""

    zone: str
    change: datetime

    @property
    def start(self) -> datetime:
        """No event is dated before."""
        return self.change - HALF

    @property
    def end(self) -> datetime:
        """No event is dated after."""
        return self.change + HALF


WINDOWS = (
    Window("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    Window("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    Window("America/Havana", datetime(2025, 11, 2, 5, tzinfo=UTC)),
    Window("America/New_York", datetime(2025, 11, 2, 6, tzinfo=UTC)),
    Window("Australia/Lord_Howe", datetime(2025, 10, 4, 15, 30, tzinfo=UTC)),
    Window("America/Havana", datetime(2026, 3, 8, 5, tzinfo=UTC)),
    Window("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
    Window("UTC", datetime(2025, 12, 31, 23, tzinfo=UTC)),
)


def window_of(seed: int) -> Window:
    """The zone and the weeks of a seed, in its log and its configuration alike."""
    return WINDOWS[seed % len(WINDOWS)]


def random_log(seed: int, tickets: int = 8) -> list[Record]:
    """Contract events of so many tickets, in the order of their arrival."""
    random = Random(f"log {seed}")
    window = window_of(seed)
    log: list[Record] = []
    for number in range(tickets):
        source = SOURCES[number % len(SOURCES)]
        log += _Ticket(random, window, source, str(100 + number // len(SOURCES))).events()
    log += _presences(random, window)
    if random.random() < 0.7:
        random.shuffle(log)
    return with_fields(log, seed)


class _Ticket:
    """Makes the events of one ticket."""

    def __init__(self, random: Random, window: Window, source: str, ticket_id: str) -> None:
        self.random = random
        self.source, self.ticket_id = source, ticket_id
        self.is_crowded = random.random() < 0.5
        self.instants = _instants(random, window, 7 if self.is_crowded else 25)
        self.automation = random.choice((0, 0.3))
        self.zone = window.zone
        self.has_seqs = random.random() < 0.6
        self.makers = _makers(random, self.instants)
        self.made = 0

    def events(self) -> list[Record]:
        """Its deliveries: creations, whatever happens, and what is delivered again."""
        random = self.random
        log = [self._creation() for _ in range(random.choices((0, 1, 2, 3), (15, 70, 10, 5))[0])]
        lengths = (0, 2, 4, 6, 9, 12, 16, 22) if self.is_crowded else (9, 15, 25)
        log += [self._anything() for _ in range(random.choice(lengths))]
        if not log:
            log.append(self._anything())
        again = [self._again(event) for event in log if random.random() < 0.1]
        return log + again

    def _creation(self) -> Record:
        random = self.random
        at = self.instants[0] if random.random() < 0.7 else random.choice(self.instants)
        given: Record = {
            "channel": random.choice((*CHANNELS, None)),
            "priority": random.choice((*PRIORITIES, None)),
            "status": random.choices((None, "new", "open", "solved", "pending"), (6, 2, 1, 2, 1))[
                0
            ],
            "team_id": random.choice((*TEAMS, None, None)),
            "assignee_id": random.choice((*AGENTS, None, None, None)),
            "requester_id": random.choice((*CUSTOMERS, None)),
            "calendar_id": random.choice((*CALENDARS, None, None)),
            "subject": random.choice(("Where is my order?", None)),
        }
        attributes = {name: value for name, value in given.items() if value is not None}
        return self._event("ticket_created", {"attributes": attributes}, at)

    def _anything(self) -> Record:
        random = self.random
        kinds, weights = zip(
            *((kind, weight) for kind, (weight, _) in self.makers.items()), strict=True
        )
        kind = random.choices(kinds, weights)[0]
        is_early = kind == "sla_target_set" and random.random() < 0.5
        instants = self.instants[: 1 + len(self.instants) // 4] if is_early else self.instants
        return self._event(kind, self.makers[kind][1](), random.choice(instants))

    def _again(self, event: Record) -> Record:
        """The same key once more, with the same content or with another."""
        if self.random.random() < 0.5:
            return dict(event)
        other = self._creation() if self.random.random() < 0.2 else self._anything()
        return {**other, "event_id": event["event_id"]}

    def _event(self, kind: str, content: Record, at: datetime) -> Record:
        self.made += 1
        event: Record = {
            "event_id": f"{self.random.choice(ID_HEADS)}{self.made}",
            "source": self.source,
            "ticket_id": self.ticket_id,
            "type": kind,
            "occurred_at": _written(at, self.random, self.zone),
            **_actor(self.random, kind, self.automation),
            **content,
        }
        if self.has_seqs and self.random.random() < 0.8:
            event["seq"] = self.random.choice((-1, 0, 1, 2, self.made))
        if self.random.random() < 0.05:
            event.setdefault("attributes", {})["tags"] = ["vip"]
        return event


def _instants(random: Random, window: Window, most: int) -> list[datetime]:
    """Up to so many instants in order: near, far apart, at midnights, full hours and the change."""
    near = window.change + timedelta(hours=random.uniform(-180, 120))
    unit = random.choice((timedelta(seconds=1), timedelta(minutes=7), timedelta(hours=1)))
    step = unit * random.randint(1, 4)
    found = {
        window.change,
        _midnight(near, window.zone),
        near.replace(minute=0, second=0, microsecond=0),
    }
    found |= {near + step * times for times in range(random.randint(1, most - 1))}
    found |= {
        near + timedelta(days=random.uniform(0, 5)) for _ in range(random.randint(0, most // 3))
    }
    if random.random() < 0.5:
        found |= {at + timedelta(microseconds=random.choice((-1, 1))) for at in tuple(found)}
    kept = random.sample(sorted(found), min(random.randint(most // 4, most), len(found)))
    if random.random() < 0.3:
        kept = [at.replace(microsecond=0) for at in kept]
    return sorted(kept)


def _midnight(at: datetime, zone: str) -> datetime:
    day = at.astimezone(ZoneInfo(zone)).date()
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _written(at: datetime, random: Random, zone: str) -> str:
    """An instant as RFC 3339, in one of several offsets."""
    offsets = (UTC, ZoneInfo(zone), timezone(-timedelta(hours=3, minutes=30)))
    text = at.astimezone(random.choice(offsets)).isoformat()
    return text.replace("+00:00", "Z") if random.random() < 0.5 else text


def _actor(random: Random, kind: str, automation: float) -> Record:
    """Who did it; sometimes nobody, sometimes automation in a person's name."""
    if kind in ("ticket_created", "csat_rated"):
        kinds, weights = ("customer", "agent", "bot", "system"), (7, 2, 1, 1)
    else:
        kinds, weights = ("customer", "agent", "bot", "system"), (4, 7, 1, 1)
    actor = random.choices(kinds, weights)[0]
    ids = {"customer": CUSTOMERS, "agent": AGENTS, "bot": BOTS, "system": (None,)}[actor]
    found: Record = {"actor_kind": actor, "actor_id": random.choice(ids)}
    if random.random() < 0.08:
        found["actor_id"] = None
    if actor == "system" and random.random() < 0.5:
        found = {}
    if random.random() < automation:
        found["via_automation"] = True
    return found


Maker = Callable[[], Record]


def _makers(random: Random, instants: list[datetime]) -> dict[str, tuple[int, Maker]]:
    """Each type with its weight in this ticket and what it carries."""
    dies, is_rated = random.random() < 0.35, random.random() < 0.5
    moves, talk = random.choice((1, 1, 8)), random.choice((40, 60, 120))
    statuses, turns = random.choice(((STATUSES, 30), (STATUSES, 30), (RARELY_SOLVED, 8)))
    aims = random.sample(METRICS, random.choice((0, 1, 2, 5, 5)))

    def change(*values: str | None) -> Maker:
        return lambda: {"to_value": random.choice(values), "from_value": random.choice(values)}

    def scored(*scores: float) -> Maker:
        return lambda: {"attributes": {"score": random.choice(scores)}}

    return {
        "public_reply": (talk, dict),
        "internal_note": (4, dict),
        "status_changed": (turns, lambda: {"to_value": random.choice(statuses)}),
        "assignee_changed": (8, change(*AGENTS, None, "a1")),
        "team_changed": (5, change(*TEAMS, None)),
        "priority_changed": (3, change(*PRIORITIES, None)),
        "channel_changed": (3, change(*CHANNELS, None)),
        "calendar_changed": (moves, change(*CALENDARS, None)),
        "tag_added": (1, change("vip")),
        "tag_removed": (1, change("vip")),
        "csat_offered": (8 if is_rated else 1, dict),
        "csat_rated": (8 if is_rated else 1, lambda: _rating(random)),
        "nps_rated": (1, scored(0, 6, 9, 10)),
        "ces_rated": (1, scored(1, 7)),
        "qa_reviewed": (
            1,
            lambda: {"attributes": {"score": 80, "agent_id": random.choice(AGENTS)}},
        ),
        "sla_target_set": (4 * len(aims), lambda: _target(random, aims, instants)),
        "sla_target_cleared": (
            1 + 3 * len(aims),
            lambda: {"attributes": {"metric": random.choice((*aims, *aims, *METRICS))}},
        ),
        "merged": (2 if dies else 0, change("100", "no such ticket")),
        "deleted": (6 if dies else 0, lambda: {"attributes": {"reason": "spam"}}),
        "restored": (12 if dies else 1, dict),
        "redacted": (1, dict),
    }


def _rating(random: Random) -> Record:
    """A score on one of several scales, often just at or beside what is still positive."""
    score, scale = random.choice(
        ((4, 5), (3.9, 5), (2.4, 3), (8, 10), (7, 10), (1, 5), (5, 5), (2, 2))
    )
    return {"attributes": {"score": score, "scale": scale}}


def _target(random: Random, metrics: list[str], instants: list[datetime]) -> Record:
    """A target, often of as many seconds as lie between two instants of the ticket."""
    first, last = sorted((random.choice(instants), random.choice(instants)))
    between = (last - first) // timedelta(seconds=1)
    aim = random.choice((TIGHT_TARGETS, LOOSE_TARGETS))
    seconds = between if random.random() < 0.3 else random.choice(aim)
    given: Record = {
        "metric": random.choice(metrics) if random.random() < 0.97 else "first_touch",
        "target_seconds": seconds,
        "hours": random.choice(HOURS),
    }
    if random.random() < 0.8:
        given["policy_id"] = random.choice(("p1", "p2"))
    return {"attributes": given}


def _presences(random: Random, window: Window) -> list[Record]:
    """Events without a ticket."""
    return [
        {
            "event_id": f"presence {number}",
            "source": random.choice(SOURCES),
            "type": "agent_state_changed",
            "occurred_at": _written(
                random.choice(_instants(random, window, 4)), random, window.zone
            ),
            "actor_id": random.choice(AGENTS),
            "actor_kind": "agent",
            "to_value": random.choice(("online", "away", "break", "offline")),
        }
        for number in range(random.randint(0, 3))
    ]


def random_configuration(seed: int) -> Configuration:
    """Persons, bots, teams, calendars and policies for the seed's log, some from a date on."""
    random = Random(f"configuration {seed}")
    window = window_of(seed)
    agents = [
        AgentRow(
            source, account, random.choice(("ann", "bob", "cay")), random.random() < 0.1, since
        )
        for source in SOURCES
        for account in (*AGENTS, "c1", "b1")
        for since in _dates(random, window)
    ]
    teams = [
        TeamRow(source, team, random.choice(("billing", "support")), since)
        for source in SOURCES
        for team in TEAMS
        for since in _dates(random, window)
    ]
    return Configuration(
        window.zone,
        tuple(agents),
        tuple(teams),
        _calendars(Random(f"calendars {seed}"), window),
        _policies(Random(f"policies {seed}"), window, teams),
    )


def _calendars(random: Random, window: Window) -> Calendars:
    """Those that the logs name, and one more, odd around the changes of clocks of their zones."""
    zones = (window.zone, *(other.zone for other in WINDOWS))
    by_id = {
        calendar_id: random_calendar(random, Change(random.choice(zones), window.change))
        for calendar_id in ("cairo", "new_york", "desk")
    }
    channels = random.sample((*CHANNELS, "unknown"), random.choice((0, 1, 2, 4)))
    return Calendars(
        default=random.choice(tuple(by_id)),
        by_id=by_id,
        channels={channel: random.choice(tuple(by_id)) for channel in channels},
    )


def _policies(random: Random, window: Window, teams: Iterable[TeamRow]) -> tuple[PolicyRow, ...]:
    """Some for each metric, in no order; the last by position mostly holds for all tickets."""
    named = [row.team for row in teams] + [f"{source}:t2" for source in SOURCES]

    def condition(*values: str) -> str | None:
        return random.choice(values) if random.random() < 0.55 else None

    def policy(metric: str, position: int) -> PolicyRow:
        return PolicyRow(
            position=position,
            policy_id=f"{metric} {position}",
            metric=metric,
            hours=random.choice(HOURS),
            target_seconds=random.choice(random.choice((TIGHT_TARGETS, LOOSE_TARGETS))),
            priority=condition(*PRIORITIES),
            channel=condition(*CHANNELS, "unknown"),
            team_id=condition(*named),
            valid_from=random.choice((None, None, *_dates(random, window))),
        )

    found: list[PolicyRow] = []
    for metric in METRICS:
        found += [
            policy(metric, number) for number in random.sample(range(20), random.randint(1, 5))
        ]
        if random.random() < 0.8:
            found.append(replace(policy(metric, 20), priority=None, channel=None, team_id=None))
    return tuple(found)


def _dates(random: Random, window: Window) -> list[date | None]:
    """From when on the rows of one account or team hold: none, always, from some date, or both."""
    days: list[date | None] = [None] if random.random() < 0.5 else []
    middle = window.change.date()
    near = [middle + timedelta(days=away) for away in range(-6, 7)]
    return days + list(random.sample(near, random.choice((0, 0, 1, 2))))


def configuration_files(configuration: Configuration) -> dict[str, str]:
    """The files of a configuration folder, by name."""
    agents = [
        (r.source, r.actor_id, r.agent_id or f"{r.source}:{r.actor_id}", "", "", "", r.is_bot,
         r.valid_from)
        for r in configuration.agents
    ]  # fmt: skip
    teams = [(r.source, r.team_id, r.team, r.team, r.valid_from) for r in configuration.teams]
    policies = [
        (r.position, r.policy_id, r.priority, r.channel, r.team_id, r.metric, r.hours,
         r.target_seconds, r.valid_from)
        for r in configuration.policies
    ]  # fmt: skip
    names = "source,actor_id,agent_id,name,email,team_id,is_bot,valid_from"
    named = "position,policy_id,priority,channel,team_id,metric,hours,target_seconds,valid_from"
    return {
        "agents.csv": _csv(names, agents),
        "teams.csv": _csv("source,team_id,team,name,valid_from", teams),
        **written(configuration.calendars),
        "sla_policies.csv": _csv(named, policies),
    }


def _csv(names: str, rows: Iterable[tuple[object, ...]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names.split(","))
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
