"""What the marts gate writes down: verdicts, and whether the marts are fit to read.

A verdict that says what the last one said is the same row, judged again; so quiet builds leave
nothing behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from expectations.rules import Finding

SUITE = "marts"


@dataclass(frozen=True, slots=True)
class Fitness:
    """Up to where the marts were judged, and the days that did not agree then."""

    to_position: int
    suspect_days: tuple[datetime, ...]


def locked(connection: Connection[Any]) -> Fitness:
    """What was kept of the last judgement; no other judges until the transaction ends."""
    row = connection.execute(
        "select to_position, suspect_days from ops.fitness for update"
    ).fetchone()
    assert row is not None
    return Fitness(row[0], tuple(row[1]))


def write(connection: Connection[Any], build_id: int, findings: Sequence[Finding]) -> None:
    """Write the verdicts down: as another look at the last one, or, where it differs, anew."""
    for finding in findings:
        values = {
            "suite": SUITE,
            "rule": finding.rule,
            "build_id": build_id,
            "passed": finding.holds,
            "refuses": finding.refuses,
            "found": finding.found,
            "allowed": finding.allowed,
            "examples": list(finding.examples),
        }
        again = connection.execute(
            """
            update ops.judgements
            set
                last_build_id = %(build_id)s, last_judged_at = clock_timestamp(),
                found = %(found)s, allowed = %(allowed)s
            where suite = %(suite)s and expectation = %(rule)s
                and first_judged_at = (
                    select max(first_judged_at) from ops.judgements
                    where suite = %(suite)s and expectation = %(rule)s)
                and passed = %(passed)s and examples = %(examples)s
                and (passed or found = %(found)s)
            """,
            values,
        )
        if again.rowcount:
            continue
        connection.execute(
            """
            insert into ops.judgements
                (suite, expectation, first_build_id, first_judged_at, last_build_id,
                last_judged_at, passed, refuses, found, allowed, examples)
            values
                (%(suite)s, %(rule)s, %(build_id)s, clock_timestamp(), %(build_id)s,
                clock_timestamp(), %(passed)s, %(refuses)s, %(found)s, %(allowed)s, %(examples)s)
            """,
            values,
        )


def settle(
    connection: Connection[Any],
    build_id: int,
    to_position: int,
    findings: Sequence[Finding],
    suspect_days: Sequence[datetime],
) -> None:
    """Say whether the marts are fit, and why not; since when is kept while that is so."""
    reasons = [str(one) for one in findings if one.refuses and not one.holds]
    connection.execute(
        """
        update ops.fitness
        set
            since = case when state = %(state)s then since else clock_timestamp() end,
            state = %(state)s, reasons = %(reasons)s, build_id = %(build_id)s,
            to_position = %(to_position)s, judged_at = clock_timestamp(),
            suspect_days = %(suspect_days)s
        """,
        {
            "state": "unfit" if reasons else "fit",
            "reasons": reasons,
            "build_id": build_id,
            "to_position": to_position,
            "suspect_days": list(suspect_days),
        },
    )
