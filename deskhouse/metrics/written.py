"""An answer as text: a table for people, JSON and CSV for programs."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from deskhouse.metrics.answer import Answer, Row
from deskhouse.spreadsheet import guarded
from deskhouse.tables import Column, text_table

_KINDS = {"count": "count", "duration": "seconds", "share": "exact share"}


def as_table(answer: Answer) -> str:
    """For people: durations as 1h 24m, shares in per cent, and what the table is of."""
    columns = [Column(name, "name") for name in answer.columns[: _width(answer)]]
    for metric in answer.metrics:
        columns.append(Column(metric.label, _KINDS[metric.format]))
        if answer.earlier:
            columns.append(Column("before", _KINDS[metric.format]))
    rows = [
        [*(_in_line(cell) for cell in row[: _width(answer)]), *_beside(answer, place)]
        for place, row in enumerate(answer.rows)
    ]
    zone = answer.shown.zone
    as_of = answer.shown.as_of.astimezone(zone)
    lines = [f"as of {as_of:%Y-%m-%d %H:%M} {zone.key}"]
    if answer.request.basis == "creation":
        lines[0] += ", dated by the creation of tickets"
    if answer.request.since is not None:
        since = answer.request.since.astimezone(zone)
        lines[0] += f", from {since:%Y-%m-%d %H:%M}"
    if answer.request.until is not None:
        lines[0] += f", to {answer.request.until.astimezone(zone):%Y-%m-%d %H:%M}"
    lines += ["", text_table(columns, rows) if rows else "  nothing was measured"]
    return "\n".join(lines) + "\n"


def as_json(answer: Answer) -> str:
    """Exact: seconds, shares from 0 to 1; instants with offset, days as dates."""
    since, until = answer.request.since, answer.request.until
    record = {
        "as_of": answer.shown.as_of.isoformat(),
        "time_zone": answer.shown.zone.key,
        "basis": answer.request.basis,
        "from": since.isoformat() if since else None,
        "to": until.isoformat() if until else None,
        "rows": list(_records(answer)),
    }
    return json.dumps(record, indent=2, default=_plain, ensure_ascii=False) + "\n"


def as_csv(answer: Answer) -> str:
    """Exact, likewise; empty where there is nothing to compute from."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(_names(answer))
    for place, row in enumerate(answer.rows):
        cells = [*row[: _width(answer)], *_beside(answer, place)]
        writer.writerow(["" if cell is None else _cell(cell) for cell in cells])
    return lines.getvalue()


def _records(answer: Answer) -> Iterator[dict[str, Any]]:
    for place, row in enumerate(answer.rows):
        cells = [*row[: _width(answer)], *_beside(answer, place)]
        yield dict(zip(_names(answer), cells, strict=True))


def _names(answer: Answer) -> list[str]:
    """The columns, each metric's followed by `<name>_before` where periods are compared."""
    names = list(answer.columns[: _width(answer)])
    for metric in answer.metrics:
        names += [metric.name, f"{metric.name}_before"] if answer.earlier else [metric.name]
    return names


def _beside(answer: Answer, place: int) -> list[Any]:
    """The metrics of a row, each with what it was before where periods are compared."""
    numbers: Row = answer.rows[place][_width(answer) :]
    if not answer.earlier:
        return list(numbers)
    pairs = zip(numbers, answer.earlier[place], strict=True)
    return [cell for pair in pairs for cell in pair]


def _width(answer: Answer) -> int:
    """How many columns come before the metrics."""
    return len(answer.columns) - len(answer.metrics)


def _in_line(cell: Any) -> Any:
    """A bucket or a name, for a table: a ticket's field may hold what would break its line."""
    if isinstance(cell, str):
        return "".join(one if one.isprintable() else " " for one in cell)
    return f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else cell


def _written(cell: Any) -> str:
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _cell(cell: Any) -> str:
    return guarded(cell) if isinstance(cell, str) else _written(cell)


def _plain(cell: Any) -> Any:
    # Of six decimals, a float of a duration or a share says each.
    return float(cell) if isinstance(cell, Decimal) else _written(cell)
