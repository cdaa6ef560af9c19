"""Reading one CSV of the configuration folder into checked cells.

A file is UTF-8 (a byte order mark is passed over), separated by commas, with a header. Blank lines
and lines that begin with `#` are passed over; spaces around a cell do not count. Whatever is wrong
ends in one `WrongConfiguration` that names file, row (the line in the file) and column.
"""

import csv
import io
import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from deskhouse.errors import WrongConfiguration

RESERVED = "none"
"""What reporting tables call a missing agent or team: nobody may be called so."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_FLAGS = {"true": True, "false": False, "": False}
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by column, and how to read them.

    Raises:
        WrongConfiguration: from each method, when the cell does not hold such a value.
    """

    file: str
    number: int
    cells: dict[str, str]

    def wrong(self, column: str | None, problem: str) -> WrongConfiguration:
        """The error that names this row."""
        return WrongConfiguration(self.file, self.number, column, problem)

    def optional(self, column: str) -> str | None:
        """The text of a cell that may be empty, or of a column that may be missing."""
        return self.cells.get(column) or None

    def identifier(self, column: str) -> str:
        """The text of a cell that must hold one, of at most 200 characters."""
        text = self.cells[column]
        if not text:
            raise self.wrong(column, "must not be empty")
        if len(text) > _LONGEST_ID:
            raise self.wrong(column, f"must have at most {_LONGEST_ID} characters")
        return text

    def source(self, column: str) -> str:
        """The name of a source: an identifier without a colon."""
        text = self.identifier(column)
        if ":" in text:
            raise self.wrong(column, f"{text!r} can be no source: it holds ':'")
        return text

    def unreserved(self, column: str) -> str:
        """An identifier that reporting tables can show."""
        text = self.identifier(column)
        if text == RESERVED:
            raise self.wrong(column, f"{RESERVED!r} is what reports call a missing one")
        return text

    def flag(self, column: str) -> bool:
        """`true` or `false`; empty is false."""
        text = self.cells[column]
        if text.lower() not in _FLAGS:
            raise self.wrong(column, f"must be true or false, not {text!r}")
        return _FLAGS[text.lower()]

    def whole(self, column: str, at_most: int) -> int:
        """A whole number from 0 on, written in digits."""
        text = self.cells[column]
        if not _DIGITS.fullmatch(text):
            raise self.wrong(column, f"must be a whole number from 0 on, not {text!r}")
        if len(text) > len(str(at_most)) or int(text) > at_most:
            raise self.wrong(column, f"must be at most {at_most}, not {text}")
        return int(text)

    def date(self, column: str) -> date | None:
        """A date such as 2026-01-31, or None where the cell is empty or the column missing."""
        text = self.cells.get(column)
        if not text:
            return None
        try:
            if _DATE.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise self.wrong(column, f"must be a date such as 2026-01-31, not {text!r}")


def read_table(path: Path, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[Row]:
    """The rows of a CSV that has these columns, in any order; none where there is no such file.

    Raises:
        WrongConfiguration: the file is not such a CSV.
    """
    lines = iter(_records(path))
    header = next(lines, None)
    if header is None:
        return []
    number, names = header
    _check_header(path.name, number, names, columns, optional)
    rows = []
    for number, cells in lines:
        if len(cells) != len(names):
            raise WrongConfiguration(
                path.name, number, None, f"has {len(cells)} cells, the header {len(names)}"
            )
        rows.append(Row(path.name, number, dict(zip(names, cells, strict=True))))
    return rows


def require_unique(rows: Iterable[tuple[Row, Hashable]], column: str, what: str) -> None:
    """Refuse a second row of the same key.

    Raises:
        WrongConfiguration: names the second row, and where the first stands.
    """
    first: dict[Hashable, Row] = {}
    for row, key in rows:
        if key in first:
            raise row.wrong(column, f"{what} stands in row {first[key].number} already")
        first[key] = row


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each record's line number and stripped cells, blank lines and comments left out."""
    reader = csv.reader(_lines(path), strict=True)
    number = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise WrongConfiguration(path.name, number, None, f"is no CSV: {error}") from None
        if any(map(str.strip, cells)):
            yield number, [cell.strip() for cell in cells]
        number = reader.line_num + 1


def _lines(path: Path) -> list[str]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        problem = error.strerror or str(error)
        raise WrongConfiguration(path.name, None, None, f"cannot be read: {problem}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise WrongConfiguration(path.name, number, None, "is not UTF-8") from None
    if "\0" in text:
        number = text.count("\n", 0, text.index("\0")) + 1
        raise WrongConfiguration(path.name, number, None, "holds NUL")
    # A comment becomes a blank line, so that the numbers of the lines stay.
    lines = io.StringIO(text, newline="")
    return ["\n" if line.startswith("#") else line for line in lines]


def _check_header(
    file: str, number: int, names: list[str], columns: tuple[str, ...], optional: tuple[str, ...]
) -> None:
    known = (*columns, *optional)
    for name in names:
        if name not in known:
            problem = f"is unknown; there are {', '.join(known)}"
            raise WrongConfiguration(file, number, name or "(unnamed)", problem)
        if names.count(name) > 1:
            raise WrongConfiguration(file, number, name, "stands twice")
    for name in columns:
        if name not in names:
            raise WrongConfiguration(file, number, name, "is missing")
