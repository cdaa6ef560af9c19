"""From snapshots to events: a ticket's creation, and each difference between two of its rows.

A ticket's rows may stand anywhere in the file, so the log is held whole: as codes, about 60 bytes
a row. The order is the log's own: by instant, then by its `order` column, then as the rows stand.

Event ids say which row they come from (`INC0000045-20160229T085300-2-status`), so a log loaded
again, or a longer one loaded later, brings what it brought before under the same ids.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import numpy as np
import pandas as pd

from ingestion.contract import Refusal
from ingestion.delivery import EventRow
from ingestion.eventlog.cells import NULL, Codes, Moment, labels, moments, orders, statuses, tickets
from ingestion.eventlog.mapping import SnapshotMapping
from ingestion.values import ID_LENGTH, LABEL_LENGTH

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIES = 1_000
"""`seq` leaves room for so many rows that not even the log's own order tells apart."""


class Snapshots:
    """The rows of a log, added one by one; `events` then tells what changed between them."""

    def __init__(self, mapping: SnapshotMapping, zone: tzinfo, received_at: datetime) -> None:
        self._mapping = mapping
        self._codes = _codes(mapping, zone, received_at)
        self._columns = {key: array("i") for key in mapping.columns}

    def add(self, cells: tuple[str, ...]) -> Refusal | None:
        """Add a row, its cells in the order of `SnapshotMapping.columns`; or say why it is none."""
        found: list[int] = []
        for key, text in zip(self._columns, cells, strict=True):
            code = self._codes[key][text]
            if isinstance(code, Refusal):
                return code
            found.append(code)
        for column, code in zip(self._columns.values(), found, strict=True):
            column.append(code)
        return None

    def events(self, source: str) -> Iterator[EventRow]:
        """The events of all rows, ticket by ticket, each in the order of the log."""
        if not self._columns["ticket"]:
            return
        rows = self._ordered()
        is_first = rows["ticket"].ne(rows["ticket"].shift())
        lines = [self._line(name, rows, is_first) for name in self._mapping.line_names]
        begins: list[bool] = is_first.tolist()
        for place, row in enumerate(rows.itertuples(index=False)):
            if begins[place]:
                yield self._creation(row, source)
            for line in lines:
                if line.changed[place]:
                    yield self._change(row, line, place, source)

    def _ordered(self) -> pd.DataFrame:
        """A row per row of the log, as codes, in the log's order; with `rank` and `tie` beside.

        `rank` is the value of the order column (0 without one), `tie` counts the rows before
        that have the same ticket, instant and rank.
        """
        rows = pd.DataFrame(
            {_name(key): np.frombuffer(column, np.int32) for key, column in self._columns.items()}
        )
        moments_: list[Moment] = self._codes["at"].values
        instants = np.array([(moment.at - _EPOCH) // _MICROSECOND for moment in moments_], np.int64)
        rows["instant"] = instants[rows["at"]]
        rows["rank"] = 0
        if "order" in rows:
            rows["rank"] = np.array(self._codes["order"].values, np.int64)[rows["order"]]
        rows = rows.iloc[np.lexsort((rows["rank"], rows["instant"], rows["ticket"]))]
        rows = rows.reset_index(drop=True)
        rows["tie"] = rows.groupby(["ticket", "instant", "rank"]).cumcount()
        return rows

    def _line(self, name: str, rows: pd.DataFrame, is_first: "pd.Series[bool]") -> "_Line":
        """The line of `status`, `team`, `assignee` or `priority`, over the rows of all tickets.

        Before its first row a ticket is new, without team and assignee, and has the priority of
        its creation.
        """
        codes: Codes[str] = self._codes[f"lines.{name}"]
        now = rows[f"lines_{name}"].astype(np.int64)
        initial: Any = NULL
        if name == "status":
            initial = codes.code("new")
            # A row that tells no status changes none.
            now = now.where(now != NULL).groupby(rows["ticket"]).ffill().fillna(initial)
            now = now.astype(np.int64)
        elif name == "priority" and "created_priority" in rows:
            of_creation = self._codes["created.priority"].values
            by_code = np.array([*map(codes.code, of_creation), NULL], np.int64)
            initial = by_code[rows["created_priority"]]
        before = now.shift(fill_value=NULL).where(~is_first, initial)
        return _Line(
            name, codes.values, now.tolist(), before.tolist(), changed=now.ne(before).tolist()
        )

    def _creation(self, row: Any, source: str) -> EventRow:
        given = {
            "channel": self._value("created.channel", row),
            "priority": self._value("created.priority", row),
            "requester_id": self._value("created.requester", row),
        }
        ticket = self._value("ticket", row)
        return EventRow(
            event_id=f"{ticket}-created",
            source=source,
            ticket_id=ticket,
            type="ticket_created",
            occurred_at=self._value("created.at", row).at,
            attributes={name: value for name, value in given.items() if value is not None},
        )

    def _change(self, row: Any, line: "_Line", place: int, source: str) -> EventRow:
        ticket, moment = self._value("ticket", row), self._value("at", row)
        parts = [ticket, moment.written]
        if self._mapping.order is not None:
            parts.append(str(row.rank))
        if row.tie:
            parts[-1] += f".{row.tie}"
        return EventRow(
            event_id="-".join([*parts, line.name]),
            source=source,
            ticket_id=ticket,
            type=f"{line.name}_changed",
            occurred_at=moment.at,
            seq=row.rank * _TIES + min(row.tie, _TIES - 1),
            from_value=line.value(line.before[place]),
            to_value=line.value(line.now[place]),
        )

    def _value(self, key: str, row: Any) -> Any:
        """What a row's cell stands for; None where it is null or the mapping has no such column."""
        code = getattr(row, _name(key), NULL)
        return None if code == NULL else self._codes[key].values[code]


@dataclass(frozen=True, slots=True)
class _Line:
    """One thing that changes over time: its code in each row and in the row before."""

    name: str
    values: list[str]
    now: list[int]
    before: list[int]
    changed: list[bool]

    def value(self, code: int) -> str | None:
        return None if code == NULL else self.values[code]


def _name(key: str) -> str:
    return key.replace(".", "_")


def _codes(mapping: SnapshotMapping, zone: tzinfo, received_at: datetime) -> dict[str, Codes[Any]]:
    """How to read each column of the mapping, by its key."""
    nulls = mapping.nulls
    of_label = {
        "created.channel": (mapping.created.channel, LABEL_LENGTH),
        "created.priority": (mapping.created.priority, LABEL_LENGTH),
        "created.requester": (mapping.created.requester, ID_LENGTH),
        "lines.team": (mapping.lines.team, ID_LENGTH),
        "lines.assignee": (mapping.lines.assignee, ID_LENGTH),
        "lines.priority": (mapping.lines.priority, LABEL_LENGTH),
    }
    codes: dict[str, Codes[Any]] = {
        "ticket": tickets(mapping.ticket, nulls),
        "at": moments(mapping.at, mapping.times, nulls, zone, received_at),
        "created.at": moments(mapping.created.at, mapping.times, nulls, zone, received_at),
        "lines.status": statuses(mapping.lines.status, nulls),
    }
    if mapping.order is not None:
        codes["order"] = orders(mapping.order)
    for key, (column, longest) in of_label.items():
        if column is not None:
            codes[key] = labels(column, nulls, longest)
    return codes
