"""What judges the SQL: each judge makes builds of what it knows the answers to, and compares.

A build holds the identities of tickets over what it writes (macros/ticket_identities.sql). Marts
are held against the worked answers of tests/truth and against the plain reference.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from deskhouse.errors import BuildFailed
from tests.integration.warehouse import agreement
from tests.integration.warehouse.agreement import Pair, Reference
from tests.integration.warehouse.desk import Desk, Row
from tests.integration.warehouse.test_worked_examples import AS_OF, TRUTH, answers, as_answers
from tests.reference.buckets import Grain
from tests.reference.calendars import read_calendars
from tests.reference.random_logs import random_configuration, random_log, window_of
from tests.reference.sla import sla_instances

# What a build says where what it writes cannot be: an identity, or what a mart's contract asks.
_IMPOSSIBLE = re.compile(
    r"identity \w+ is broken|duplicate key value|could not create unique index|null value in column"
)
_LATER = (-30, 1, 3, 40, 400)
_DUES = 5
_WORKED = {"worked_example": ("tickets",), "edge_cases": ("tickets", "streaks", "sla")}


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge by name: what it finds wrong with a desk's marts, as words, in order of finding.

    The desk is empty; `zone` is its reporting zone.
    """

    name: str
    zone: str
    objections: Callable[[Desk], list[str]]

    def verdict(self, desk: Desk) -> str:
        """What it finds wrong, "" for nothing.

        Raises:
            BuildFailed: a build failed by another reason than what it wrote.
        """
        try:
            return ", ".join(self.objections(desk))
        except BuildFailed as failed:
            found = _IMPOSSIBLE.search(str(failed))
            if not found:
                raise
            return f"the build itself: {found[0]}"


def judges() -> tuple[Judge, ...]:
    """All of them, those that see most first."""
    seed = 8
    alone = (_of_random_log(seed) for seed in (9, 1, 6, 3))
    return (
        Judge("worked examples and seed 8", window_of(seed).zone, lambda desk: _worked(desk, seed)),
        *alone,
        Judge("seed 2, kept up to date", window_of(2).zone, lambda desk: _kept(desk, 2)),
    )


def _worked(desk: Desk, seed: int) -> list[str]:
    """The worked examples among random tickets, by the examples' calendars, in one build."""
    configuration = replace(random_configuration(seed), calendars=read_calendars(TRUTH))
    log = random_log(seed, tickets=200)
    for name in _WORKED:
        lines = (TRUTH / f"{name}.ndjson").read_text(encoding="utf-8").splitlines()
        log += [json.loads(line) for line in lines]
    desk.configure(configuration)
    desk.deliver(log)
    desk.build(AS_OF)
    found = [
        f"{name}_{what}.csv ({count})"
        for name, kinds in _WORKED.items()
        for what in kinds
        if (count := _wrong_answers(desk, name, what))
    ]
    return found + _differences(desk, Reference(log, configuration), AS_OF, ("day",))


def _wrong_answers(desk: Desk, name: str, what: str) -> int:
    """How many rows of a file of answers are not found."""
    mart = {"tickets": "fct_tickets", "streaks": "fct_reply_streaks", "sla": "fct_sla_instances"}
    expected = answers(f"{name}_{what}.csv")
    rows = desk.records(f"select * from marts.{mart[what]} where source = '{name}'")
    found = as_answers(rows, list(expected[0]))
    return sum(row not in found for row in expected)


def _of_random_log(seed: int) -> Judge:
    """A random log with calendars of its own, in one build."""

    def objections(desk: Desk) -> list[str]:
        log, configuration = random_log(seed, tickets=120), random_configuration(seed)
        as_of = window_of(seed).end
        desk.configure(configuration)
        desk.deliver(log)
        desk.build(as_of)
        return _differences(desk, Reference(log, configuration), as_of, ("day", "hour"))

    return Judge(f"seed {seed}", window_of(seed).zone, objections)


def _kept(desk: Desk, seed: int) -> list[str]:
    """Half a log by another configuration, the rest by the right one at an as_of before, on."""
    window, log, configuration = window_of(seed), random_log(seed, 60), random_configuration(seed)
    reference = Reference([*log[::2], *log[1::2]], configuration)
    desk.configure(random_configuration(seed + 8))
    desk.deliver(log[::2])
    desk.build(window.end)
    desk.configure(configuration)
    desk.deliver(log[1::2])
    found: list[str] = []
    for as_of in (window.change, window.end):
        desk.build(as_of)
        found = found or _differences(desk, reference, as_of, ("day", "hour"))
    return found


def _differences(
    desk: Desk, reference: Reference, as_of: datetime, grains: tuple[Grain, ...]
) -> list[str]:
    """Marts that are not what the reference computes, each with how many of its rows are not.

    Promises at other instants are looked at only where nothing else differs.
    """
    compared: dict[str, Pair] = {
        "tickets": agreement.tickets(desk, reference),
        "streaks": agreement.streaks(desk, reference),
        "intervals": agreement.intervals(desk, reference),
        "sla": agreement.sla_instances(desk, reference),
        "measurements": agreement.measured(desk, reference, as_of),
    }
    for grain in grains:
        compared[f"channels by {grain}"] = agreement.channels(desk, reference, as_of, grain)
        compared[f"agents by {grain}"] = agreement.agents(desk, reference, as_of, grain)
        compared[f"backlog by {grain}"] = agreement.backlogs(desk, reference, as_of, grain)
    found = [
        f"{name} ({count})" for name, pair in compared.items() if (count := _rows_apart(*pair))
    ]
    return found or [
        f"sla at {at.isoformat()} ({count})"
        for at in _other_instants(reference, as_of)
        if (count := _rows_apart(*agreement.sla_instances(desk, reference, at)))
    ]


def _other_instants(reference: Reference, as_of: datetime) -> list[datetime]:
    """Days before and after, and when promises fall due: just then, and just after."""
    instances = (
        instance
        for facts in reference.known
        for instance in sla_instances(facts, reference.configuration, as_of)
    )
    due = sorted({i.due_at for i in instances if i.state == "active" and i.due_at})
    dues = due[:: max(1, len(due) // _DUES)]
    later = [as_of + timedelta(days=days) for days in _LATER]
    return [*later, *dues, *(at + timedelta(microseconds=1) for at in dues)]


def _rows_apart(found: list[Row], expected: list[Row]) -> int:
    only_found, only_expected = Counter(found), Counter(expected)
    only_found.subtract(only_expected)
    more = sum(count for count in only_found.values() if count > 0)
    fewer = -sum(count for count in only_found.values() if count < 0)
    return max(more, fewer)
