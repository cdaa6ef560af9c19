"""What landing is given: one delivery to read, from whatever source."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from ingestion.delivery import BadLine, Delivery, NumberedEvent

Items = Iterable[NumberedEvent | BadLine]
Settle = Callable[[Connection[Any], int, datetime], None]


@dataclass(frozen=True, slots=True)
class Intake:
    """One delivery to land.

    `origin` says to people where it comes from. `read` gives its events and bad lines, dated
    against the receipt it is passed. `settle`, where a source keeps a state (files taken, a
    cursor), writes it in the landing's transaction; it is passed the batch id and the receipt.
    """

    origin: str
    read: Callable[[datetime], Items]
    settle: Settle | None = None


def delivery_intake(delivery: Delivery) -> Intake:
    """The intake of a delivery that was made, not read: its events are numbered from 1."""

    def read(_: datetime) -> Iterator[NumberedEvent]:
        for number, row in enumerate(delivery.events, 1):
            yield NumberedEvent(number, row)

    return Intake(delivery.name, read)
