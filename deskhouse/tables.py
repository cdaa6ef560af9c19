"""Figures as text tables for a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a text table: its heading, and how a cell is shown."""

    heading: str
    kind: str = "count"


def text_table(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> str:
    """Rows under their headings, names to the left and numbers to the right."""
    cells = [[column.heading for column in columns]]
    cells += [
        [shown(value, column.kind) for column, value in zip(columns, row, strict=True)]
        for row in rows
    ]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    lines = []
    for row in cells:
        aligned = [
            cell.ljust(width) if column.kind == "name" else cell.rjust(width)
            for cell, width, column in zip(row, widths, columns, strict=True)
        ]
        lines.append("  " + "   ".join(aligned).rstrip())
    lines.insert(1, "  " + "   ".join("-" * width for width in widths))
    return "\n".join(lines)


def shown(value: Any, kind: str) -> str:
    """A cell for people: `1,204`, `1h 24m`, `87 %`, `4.6 %`; what is not known is a dash."""
    if value is None:
        return "–"
    if kind == "seconds":
        return duration(int(value))
    if kind == "share":
        return f"{Decimal(value) * 100:.0f} %"
    if kind == "exact share":
        return f"{Decimal(value) * 100:.1f} %"
    return f"{value:,}" if kind == "count" else str(value)


def duration(seconds: int) -> str:
    """The two largest units of a duration: `45s`, `12m 5s`, `1h 24m`, `3d 2h`."""
    units = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
    for place, (name, length) in enumerate(units):
        if seconds >= length:
            text = f"{seconds // length}{name}"
            rest = seconds % length
            if place + 1 < len(units) and rest >= units[place + 1][1]:
                smaller, size = units[place + 1]
                text += f" {rest // size}{smaller}"
            return text
    return "0s"
