"""What stands between a landed delivery and the warehouse: the `Gate` protocol.

`ingestion` lands a batch and asks a gate in the same transaction. The gate of `expectations`
will be bound where the command is bound (`deskhouse.cli`); until one is, the line rules of the
event contract alone accept.
"""

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
    """The gate while no other is registered: what passed the line rules is accepted."""

    def judge(self, connection: Connection, batch_id: int) -> Verdict:
        """Accept."""
        return Verdict(accepted=True)
