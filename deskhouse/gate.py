"""What stands between a landed delivery and the warehouse: the `Gate` protocol.

`ingestion` lands a batch and asks a gate in the same transaction. Which gate that is, the table of
commands says (`deskhouse.cli.GATE`): leaves do not know each other.
"""

import importlib
from dataclasses import dataclass
from typing import Protocol

from psycopg import Connection


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate says of a batch: accepted, or refused with the reasons (counts and keys only)."""

    accepted: bool
    reasons: tuple[str, ...] = ()


class Gate(Protocol):
    """Judges a landed batch before dbt can see it."""

    def judge(self, connection: Connection, batch_id: int) -> Verdict:
        """Judge the rows of `raw.landing` with this batch id, in the landing's own transaction."""
        ...


class LineRules:
    """The gate that looks no further than the event contract: what landed is accepted."""

    def judge(self, connection: Connection, batch_id: int) -> Verdict:
        """Accept."""
        return Verdict(accepted=True)


def registered_gate() -> Gate:
    """The gate that the table of commands names."""
    from deskhouse.cli import GATE

    module, _, name = GATE.partition(":")
    gate: Gate = getattr(importlib.import_module(module), name)()
    return gate
