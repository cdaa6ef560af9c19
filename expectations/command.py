"""`deskhouse check`: the gates, asked by hand."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from deskhouse.settings import Settings, read_settings
from deskhouse.warehouse.connection import Role, Warehouse, locate
from expectations.rules import Finding


@dataclass(frozen=True, slots=True)
class Report:
    """What a suite says: whether all is as it should be, and line by line what it looked at."""

    suite: str
    is_good: bool
    summary: str
    findings: tuple[Finding, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--suite`, `--json`."""
    parser.add_argument(
        "--suite",
        choices=list(_SUITES),
        help="delivery: batches that came in; tickets: identities of every ticket;"
        " marts: what readers see (default: all three)",
    )
    parser.add_argument("--json", action="store_true", help="for a program to read")


def run(arguments: argparse.Namespace) -> int:
    """Ask the gates; 1 where a batch waits refused, an identity is broken, or marts are unfit."""
    settings = read_settings()
    warehouse = locate(settings)
    names = [arguments.suite] if arguments.suite else list(_SUITES)
    reports = [_SUITES[name](settings, warehouse) for name in names]
    if arguments.json:
        text = json.dumps({report.suite: _record(report) for report in reports}, indent=2)
    else:
        text = "\n\n".join(map(_text, reports))
    sys.stdout.write(text + "\n")
    return 0 if all(report.is_good for report in reports) else 1


def _delivery(_: Settings, warehouse: Warehouse) -> Report:
    """What was found of the last judged batch of each source, and of those that wait refused."""
    from expectations.delivery_rules import RULES

    says = {one.rule.name: one.rule.says for one in RULES}
    with warehouse.connect(Role.READER) as connection:
        rows = connection.execute(
            """
            select v.subject || ', batch ' || v.last_id, v.expectation, v.found, v.allowed,
                v.examples
            from ops.verdicts as v
            where v.suite = 'delivery' and (v.last_id = any(%(waiting)s) or v.last_id = (
                select max(l.last_id) from ops.verdicts as l
                where l.suite = 'delivery' and l.subject = v.subject))
            order by v.last_id, v.passed, v.expectation
            """,
            {"waiting": (waiting := _waiting(connection))},
        ).fetchall()
    findings = tuple(
        Finding(f"{batch}: {rule}", says.get(rule, ""), True, found, allowed, tuple(examples))
        for batch, rule, found, allowed, examples in rows
    )
    return Report("delivery", not waiting, _said_of(waiting), findings)


def _waiting(connection: Any) -> list[int]:
    """The refused batches."""
    rows = connection.execute("select unnest(refused_batches) from ops.freshness order by 1")
    return [batch_id for (batch_id,) in rows]


def _said_of(waiting: list[int]) -> str:
    if not waiting:
        return "no batch waits refused"
    names = ", ".join(map(str, waiting))
    return f"refused, and waiting for a look: {names} (deskhouse ingest accept BATCH)"


def _tickets(settings: Settings, warehouse: Warehouse) -> Report:
    """The identities that every build holds the changed tickets to, over all tickets."""
    from deskhouse.build.transform import Transformer

    verdicts = Transformer(warehouse, settings.home).test("live", select="tag:tickets")
    findings = tuple(
        Finding(
            verdict.name.removeprefix("assert_"),
            verdict.name.removeprefix("assert_").replace("_", " "),
            True,
            verdict.failures,
            0,
        )
        for verdict in sorted(verdicts, key=lambda one: one.name)
    )
    is_good = all(finding.holds for finding in findings)
    summary = "every identity holds" if is_good else "an identity is broken"
    return Report("tickets", is_good, summary, findings)


def _marts(_: Settings, warehouse: Warehouse) -> Report:
    """What readers see, judged now."""
    from expectations.marts import examine

    found = examine(warehouse)
    state = found.state
    since = state.since.isoformat(sep=" ", timespec="seconds")
    return Report("marts", state.is_fit, f"{state.state} since {since}", found.findings)


_SUITES: dict[str, Callable[[Settings, Warehouse], Report]] = {
    "delivery": _delivery,
    "tickets": _tickets,
    "marts": _marts,
}


def _record(report: Report) -> dict[str, Any]:
    return {
        "good": report.is_good,
        "summary": report.summary,
        "verdicts": [asdict(finding) | {"holds": finding.holds} for finding in report.findings],
    }


def _text(report: Report) -> str:
    lines = [f"{report.suite}: {report.summary}"]
    for finding in report.findings:
        mark = "holds " if finding.holds else ("BROKEN" if finding.refuses else "warns ")
        lines.append(f"  {mark}  {finding}")
    return "\n".join(lines)
