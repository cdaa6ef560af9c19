"""The rows of an event-log CSV, with the lines they stand on."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from deskhouse.errors import WrongInput
from ingestion.delivery import BadLine
from ingestion.eventlog.mapping import SnapshotMapping
from ingestion.files import LONGEST_LINE, lines, shown


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row: the number of its first line, its lines as they stand, and its mapped cells.

    The cells are in the order of `SnapshotMapping.columns`.
    """

    number: int
    raw: bytes
    cells: tuple[str, ...]


def read_rows(stream: BinaryIO, name: str, mapping: SnapshotMapping) -> Iterator[LogRow | BadLine]:
    """Each row after the header; one that is no row of this table is a bad line.

    Raises:
        WrongInput: there is no header, or it lacks a column of the mapping.
    """
    source = _Lines(stream, name, mapping.encoding)
    reader = csv.reader(source, delimiter=mapping.delimiter, strict=True)
    header: list[str] | None = None
    places: tuple[int, ...] = ()
    while True:
        number = source.read + 1
        source.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells, problem = [], f"no CSV: {error}"
        else:
            problem = source.problem
        if not cells and not problem:
            continue
        if header is None:
            header = cells
            places = _places(header, name, mapping)
        elif problem or len(cells) != len(header):
            problem = problem or f"has {len(cells)} cells, the header {len(header)}"
            yield BadLine(number, problem, shown(source.raw, mapping.encoding))
        else:
            yield LogRow(number, source.raw, tuple(cells[place] for place in places))


def _places(header: list[str], name: str, mapping: SnapshotMapping) -> tuple[int, ...]:
    for key, column in mapping.columns.items():
        if header.count(column) != 1:
            found = "no" if column not in header else "more than one"
            raise WrongInput(
                f"{name} has {found} column {column!r}, which the mapping names under {key}",
                "Nothing landed.",
            )
    return tuple(header.index(column) for column in mapping.columns.values())


class _Lines:
    """Lines as text for the CSV reader; remembers those of the row that is being read."""

    def __init__(self, stream: BinaryIO, name: str, encoding: str) -> None:
        self._lines = lines(stream, name)
        self._encoding = encoding
        self._parts: list[bytes] = []
        self.read = 0
        self.problem = ""

    @property
    def raw(self) -> bytes:
        """The bytes of the row."""
        return b"".join(self._parts)

    def begin(self) -> None:
        """A row begins with the next line."""
        self._parts.clear()
        self.problem = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.read += 1
        self._parts.append(line)
        if len(line) > LONGEST_LINE:
            self.problem = f"longer than {LONGEST_LINE >> 20} MiB: no more of it is kept"
            return "\n"
        if self.read == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError as error:
            self.problem = f"not {self._encoding.upper()} at byte {error.start + 1}"
            return line.decode(self._encoding, "replace")
