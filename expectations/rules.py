"""What a suite is made of: rules, and what was found of each.

A rule says in one sentence what is expected, and in SQL which rows break it. The count of those
rows is what is judged; the keys of the first five are shown. No value of a row goes further.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from psycopg import Connection

SHOWN = 5
"""So many keys are shown of the rows that break a rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One expectation.

    `rows` is a query of the rows that break it, each with its `key` (text) and a `place` in the
    order in which keys are shown; its parameters are the suite's. A rule that does not refuse
    warns.
    """

    name: str
    says: str
    rows: str
    refuses: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a rule: how many rows break it, and how many may.

    `allowed` is None where the rule says nothing yet, for want of a history.
    """

    rule: str
    says: str
    refuses: bool
    found: int
    allowed: int | None
    examples: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no more rows break it than may."""
        return self.allowed is None or self.found <= self.allowed

    def with_examples(self, keys: tuple[str, ...]) -> "Finding":
        """The same, with keys of rows that break the rule."""
        return replace(self, examples=keys)

    def __str__(self) -> str:
        """One line: `unseen_channels: 40 found, 20 allowed (line 3 desk:7, …)`."""
        shown = f" ({', '.join(self.examples)})" if self.examples else ""
        return f"{self.rule}: {self.found:,} found, {self.allowed:,} allowed{shown}"


def counted(
    connection: Connection[Any], prelude: str, scalars: Mapping[str, str], parameters: Any
) -> dict[str, int]:
    """The answers to scalar queries by name, all in one statement after `prelude` (its CTEs)."""
    if not scalars:
        return {}
    columns = ", ".join(f"({query})::bigint as {name}" for name, query in scalars.items())
    cursor = connection.execute(f"{prelude} select {columns}".encode(), parameters)
    row = cursor.fetchone()
    assert row is not None
    return dict(zip(scalars, map(int, row), strict=True))


def examples(
    connection: Connection[Any], prelude: str, rule: Rule, parameters: Any
) -> tuple[str, ...]:
    """The first keys of the rows that break a rule."""
    if not rule.rows:
        return ()
    query = f"{prelude} select key from ({rule.rows}) as broken order by place, key limit {SHOWN}"
    return tuple(key for (key,) in connection.execute(query.encode(), parameters))


def row_count(rule: Rule) -> str:
    """The scalar query of how many rows break a rule."""
    return f"select count(*) from ({rule.rows}) as broken"
