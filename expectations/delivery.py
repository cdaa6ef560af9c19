"""The delivery gate: a landed batch is held against its source's own last batches.

It is asked in the landing's transaction, as the loader. What it finds is kept with the batch
(`raw.batch_profiles`), of an accepted one as part of what the next is held against.
"""

from typing import Any

from psycopg import Connection

from deskhouse.gate import Verdict
from expectations import profile
from expectations.delivery_rules import LEAST_LINES, RULES, History, parameters
from expectations.profile import Profile
from expectations.rules import Finding, counted, examples, row_count
from expectations.suite import broken


class DeliveryGate:
    """The gate of `deskhouse.gate` that holds a batch to the delivery suite."""

    def judge(self, connection: Connection[Any], batch_id: int) -> Verdict:
        """Accept a batch of few lines; else judge it and write down what was found."""
        line_count = _line_count(connection, batch_id)
        if line_count < LEAST_LINES:
            return Verdict(accepted=True)
        taken = profile.take(connection, batch_id, line_count)
        history = profile.history(connection, taken.source_key)
        findings = _findings(connection, batch_id, taken, history)
        failed = tuple(
            _shown(connection, batch_id, history, finding) for finding in broken(findings)
        )
        profile.keep(
            connection,
            batch_id,
            taken,
            {one.rule: one.found for one in findings},
            {one.rule: one.allowed for one in findings if one.allowed is not None},
            {one.rule: one.examples for one in failed},
        )
        return Verdict(accepted=not failed, reasons=tuple(map(str, failed)))


def _line_count(connection: Connection[Any], batch_id: int) -> int:
    row = connection.execute(
        "select event_count + quarantined_count from raw.batches where batch_id = %s", (batch_id,)
    ).fetchone()
    assert row is not None
    return int(row[0])


def _findings(
    connection: Connection[Any], batch_id: int, taken: Profile, history: History
) -> tuple[Finding, ...]:
    """What was found of each rule; those that SQL counts are counted in one statement."""
    scalars = {one.rule.name: row_count(one.rule) for one in RULES if one.found is None}
    found = counted(connection, "", scalars, parameters(batch_id, history))
    return tuple(
        Finding(
            one.rule.name,
            one.rule.says,
            one.rule.refuses,
            found[one.rule.name] if one.found is None else one.found(taken, history),
            one.allowed(taken, history),
        )
        for one in RULES
    )


def _shown(
    connection: Connection[Any], batch_id: int, history: History, finding: Finding
) -> Finding:
    rule = next(one.rule for one in RULES if one.rule.name == finding.rule)
    return finding.with_examples(examples(connection, "", rule, parameters(batch_id, history)))
