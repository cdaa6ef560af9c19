"""The marts gate: what readers see is judged after each build, and the answer kept for them.

One transaction judges, writes the verdicts down and says whether the marts are fit to read
(`deskhouse.data_state`). What was cured is fit again at the next judgement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from deskhouse.data_state import DataState, read_data_state
from deskhouse.warehouse.connection import Role, Warehouse
from deskhouse.warehouse.locks import Lock, share
from expectations import days, record
from expectations.marts_rules import PRELUDE, RULES
from expectations.rules import Finding, counted, examples, row_count
from expectations.suite import broken, judged

_BY_NAME = {one.rule.name: one for one in RULES}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found of each rule, and the state of the marts that follows from it."""

    state: DataState
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Built:
    """The build that readers see."""

    build_id: int
    as_of: datetime
    time_zone: str
    to_position: int


def judge(warehouse: Warehouse) -> DataState:
    """Judge the marts as readers see them, and keep the answer; called after each build.

    Raises:
        Busy: a build runs; half of it is no state of the marts.
        ServiceDown: Postgres does not answer.
    """
    return examine(warehouse, whole_report=False).state


def examine(
    warehouse: Warehouse, *, whole_report: bool = True, patience: float = 30.0
) -> Judgement:
    """As `judge`, with what was found; a whole report has Great Expectations judge each rule.

    Raises:
        Busy: a build ran for more than `patience` seconds.
        ServiceDown: Postgres does not answer.
    """
    with warehouse.connect(Role.TRANSFORMER) as connection:
        share(connection, Lock.BUILD, patience, "build")
        return examine_by(connection, whole_report=whole_report)


def examine_by(connection: Connection[Any], *, whole_report: bool) -> Judgement:
    """As `examine`, in the transaction of a connection as transformer that keeps builds out."""
    fitness = record.locked(connection)
    built = _built(connection)
    if built is None:
        return Judgement(read_data_state(connection), ())
    parameters = {
        "as_of": built.as_of,
        "zone": built.time_zone,
        "now": _now(connection),
        "days": days.choose(
            connection,
            built.build_id,
            built.as_of,
            built.time_zone,
            fitness.to_position,
            fitness.suspect_days,
        ),
    }
    findings = _findings(connection, parameters)
    failed = judged(findings) if whole_report else broken(findings)
    findings = _with_examples(connection, parameters, findings, failed)
    suspect = _suspect_days(connection, parameters, failed)
    record.write(connection, built.build_id, findings)
    record.settle(connection, built.build_id, built.to_position, findings, suspect)
    return Judgement(read_data_state(connection), findings)


def _built(connection: Connection[Any]) -> _Built | None:
    if connection.execute("select to_regclass('core.current_build')").fetchone() == (None,):
        return None
    row = connection.execute(
        "select c.build_id, c.as_of, c.time_zone, b.to_position from core.current_build as c"
        " inner join ops.builds as b on c.build_id = b.build_id"
    ).fetchone()
    return _Built(*row) if row else None


def _now(connection: Connection[Any]) -> datetime:
    row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now


def _findings(connection: Connection[Any], parameters: Any) -> tuple[Finding, ...]:
    scalars = {f"{one.rule.name}_found": row_count(one.rule) for one in RULES}
    scalars |= {f"{one.rule.name}_allowed": one.allowed for one in RULES}
    numbers = counted(
        connection, PRELUDE, {name: f"({query})" for name, query in scalars.items()}, parameters
    )
    return tuple(
        Finding(
            one.rule.name,
            one.rule.says,
            one.rule.refuses,
            numbers[f"{one.rule.name}_found"],
            numbers[f"{one.rule.name}_allowed"],
        )
        for one in RULES
    )


def _with_examples(
    connection: Connection[Any],
    parameters: Any,
    findings: Sequence[Finding],
    failed: Sequence[Finding],
) -> tuple[Finding, ...]:
    names = {finding.rule for finding in failed}
    return tuple(
        finding.with_examples(
            examples(connection, PRELUDE, _BY_NAME[finding.rule].rule, parameters)
        )
        if finding.rule in names
        else finding
        for finding in findings
    )


def _suspect_days(
    connection: Connection[Any], parameters: Any, failed: Sequence[Finding]
) -> list[datetime]:
    """The days of what failed, to be looked at until they agree."""
    found: set[datetime] = set()
    for finding in failed:
        one = _BY_NAME[finding.rule]
        if one.is_of_days:
            query = f"{PRELUDE} select distinct place::timestamptz from ({one.rule.rows}) as b"
            found |= {day for (day,) in connection.execute(query.encode(), parameters)}
    return sorted(found)[: days.MOST_SUSPECT]
