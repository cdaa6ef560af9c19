"""The gates' suites as asset checks, told from what they wrote down.

A gate judges inside the refresh; here is only said what it found. While the marts are unfit, what
would come after them in a run does not happen, and the run is red.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import dagster as dg
from psycopg import Connection

from orchestration.pipeline import Refreshed

DELIVERY = dg.AssetCheckSpec(
    "delivery",
    asset=["raw", "batches"],
    description="What was delivered is fit to transform; what is not stays out of dbt's sight.",
)
TICKETS = dg.AssetCheckSpec(
    "tickets",
    asset=["marts", "fct_tickets"],
    blocking=True,
    description="Accounting identities of the changed tickets, inside the fact's transaction.",
)
MARTS = dg.AssetCheckSpec(
    "marts", asset=["marts", "metrics_raw"], blocking=True, description="The marts are fit to read."
)
SUITES = (DELIVERY, TICKETS, MARTS)

_FINDINGS = """
select
    v.subject || case v.suite when 'delivery' then ', batch ' || v.last_id else '' end,
    v.expectation, v.found, v.allowed, v.examples
from ops.verdicts as v
where v.suite = %(suite)s and v.last_judged_at >= %(since)s and not v.passed
order by 1, 2
"""


def now(connection: Connection[Any]) -> datetime:
    """The present by the clock that verdicts are dated by."""
    row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    instant: datetime = row[0]
    return instant


def verdicts(
    connection: Connection[Any], done: Refreshed, since: datetime
) -> Iterator[dg.AssetCheckResult]:
    """What the gates said during a refresh that began at `since`.

    A delivery that none was made of is not judged; and where a build is done, the identities hold.
    """
    if done.taken:
        found = _findings(connection, "delivery", since)
        is_refused = any(one.problem for one in done.problems)
        yield _result(DELIVERY, passed=not (found and is_refused), metadata=found)
    if any(model.name == "fct_tickets" for model in done.build.models):
        yield _result(TICKETS, passed=True, metadata={})
    state = done.state
    found = _findings(connection, "marts", since)
    reasons = {"reasons": list(state.reasons), "since": state.since.isoformat()}
    yield _result(MARTS, passed=state.is_fit, metadata=found | ({} if state.is_fit else reasons))


def _result(
    spec: dg.AssetCheckSpec, *, passed: bool, metadata: dict[str, Any]
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=spec.name, asset_key=spec.asset_key, passed=passed, metadata=metadata
    )


def _findings(connection: Connection[Any], suite: str, since: datetime) -> dict[str, Any]:
    """What broke an expectation: counts, and up to five keys."""
    rows = connection.execute(_FINDINGS, {"suite": suite, "since": since}).fetchall()
    return {
        f"{subject}: {expectation}": f"{found:,} found, {allowed:,} allowed"
        + (f" ({', '.join(examples)})" if examples else "")
        for subject, expectation, found, allowed, examples in rows
    }
