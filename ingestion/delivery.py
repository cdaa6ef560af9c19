"""What a source hands over: deliveries of events, as rows ready to land.

`EventRow` is an event of the contract (`ingestion.contract`) in the cheapest typed form: a named
tuple in the column order of `raw.landing`. Whoever makes rows instead of reading lines vouches
for them: landing does not hold them against the contract again. A test of the maker does:
`ingestion.contract.check(row.record(), received_at=…)` gives back an equal row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

NOTHING: Mapping[str, Any] = MappingProxyType({})
"""An empty, unchangeable mapping."""


class EventRow(NamedTuple):
    """One event, as METRICS.md § 1 has it; `received_at` and the batch are added by landing.

    `ticket_id` is None for `agent_state_changed` alone; `occurred_at` carries an offset;
    `attributes` and `payload` hold what JSON can: text, numbers, booleans, None, lists, mappings.
    """

    event_id: str
    source: str
    ticket_id: str | None
    type: str
    occurred_at: datetime
    seq: int = 0
    actor_id: str | None = None
    actor_kind: str = "system"
    via_automation: bool = False
    from_value: str | None = None
    to_value: str | None = None
    attributes: Mapping[str, Any] = NOTHING
    payload: Mapping[str, Any] = NOTHING

    def record(self) -> dict[str, Any]:
        """The event as the object that a line of NDJSON would hold (`occurred_at` as text)."""
        record = self._asdict()
        record["occurred_at"] = self.occurred_at.isoformat()
        record["attributes"] = dict(self.attributes)
        record["payload"] = dict(self.payload)
        return record


@dataclass(frozen=True, slots=True)
class Delivery:
    """What arrives at once and becomes one batch: a name for people, and the events in order.

    `events` may be a generator; it is read once, while it lands, and never held whole.
    """

    name: str
    events: Iterable[EventRow]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line or row that is no event: where it stood, why, and its text made fit for Postgres."""

    number: int
    reason: str
    text: str


class NumberedEvent(NamedTuple):
    """An event and the line it stood on (its place in the delivery, where there are no lines)."""

    number: int
    row: EventRow
