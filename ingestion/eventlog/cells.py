"""The text of a cell as what the mapping says it is, or the reason why it is none.

A log repeats itself: each distinct text of a column is read once, and stands from then on for a
small whole number (its code), which is what the rows are held and compared by.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Generic, TypeVar

from ingestion.contract import AHEAD, Refusal
from ingestion.eventlog.mapping import LabelColumn, StatusColumn
from ingestion.values import EARLIEST, ID_LENGTH

NULL = -1
"""The code of a cell that holds none of the texts."""

Value = TypeVar("Value")


@dataclass(slots=True)
class Codes(Generic[Value]):
    """The codes of one column: `values[code]` is what a text with this code stands for.

    Texts that stand for one value share its code.
    """

    convert: Callable[[str], Value | Refusal | None]
    values: list[Value] = field(default_factory=list)
    _of_text: dict[str, int | Refusal] = field(default_factory=dict)
    _of_value: dict[Value, int] = field(default_factory=dict)

    def __getitem__(self, text: str) -> int | Refusal:
        """The code of a text, or why it has none."""
        code = self._of_text.get(text)
        if code is None:
            code = self._of_text[text] = self._new(text)
        return code

    def code(self, value: Value) -> int:
        """The code of a value, given out if it has none yet."""
        code = self._of_value.setdefault(value, len(self.values))
        if code == len(self.values):
            self.values.append(value)
        return code

    def _new(self, text: str) -> int | Refusal:
        value = self.convert(text)
        if isinstance(value, Refusal):
            return value
        return NULL if value is None else self.code(value)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant of the log, and its time as the log writes it, as `20160229T011600`.

    The latter goes into event ids: it does not depend on the zone that a load is told.
    """

    at: datetime
    written: str


def moments(
    column: str, times: str, nulls: tuple[str, ...], zone: tzinfo, received_at: datetime
) -> Codes[Moment]:
    """Instants that must be there.

    A local time that occurs twice is the first of them; one that is skipped takes the offset
    before the change.
    """
    latest = received_at + AHEAD

    def convert(text: str) -> Moment | Refusal:
        if text.strip() in ("", *nulls):
            return Refusal(f"{column}: missing")
        try:
            read = datetime.strptime(text.strip(), times)  # noqa: DTZ007 – the zone comes below.
            local = read if read.tzinfo else read.replace(tzinfo=zone)
            at = local.astimezone(UTC)
        except (ValueError, OverflowError):
            return Refusal(f"{column}: {text[:40]!r} is not written as {times}")
        if not EARLIEST <= at <= latest:
            return Refusal(f"{column}: {text[:40]!r} is before 2000 or after its receipt")
        written = at if read.tzinfo else read
        fraction = f".{read.microsecond:06d}" if read.microsecond else ""
        return Moment(at, f"{written:%Y%m%dT%H%M%S}{fraction}")

    return Codes(convert)


def statuses(spec: StatusColumn, nulls: tuple[str, ...]) -> Codes[str]:
    """Statuses by the mapping's list."""

    def convert(text: str) -> str | Refusal | None:
        if text.strip() in ("", *nulls):
            return None
        found = spec.values.get(text.strip())
        return found or Refusal(f"{spec.column}: {text[:40]!r} is not among the mapping's values")

    return Codes(convert)


def labels(spec: LabelColumn, nulls: tuple[str, ...], longest: int) -> Codes[str]:
    """Labels or ids by the mapping's list, or as they stand."""

    def convert(text: str) -> str | Refusal | None:
        stripped = text.strip()
        if stripped in ("", *nulls):
            return None
        found = spec.values.get(stripped)
        if found is None and spec.unlisted == "refuse":
            return Refusal(f"{spec.column}: {text[:40]!r} is not among the mapping's values")
        if found is None:
            found = _snake_case(stripped) if spec.unlisted == "snake_case" else stripped
        return _bounded(spec.column, found, longest)

    return Codes(convert)


def tickets(column: str, nulls: tuple[str, ...]) -> Codes[str]:
    """Ids of tickets, which must be there."""

    def convert(text: str) -> str | Refusal:
        if text.strip() in ("", *nulls):
            return Refusal(f"{column}: missing")
        return _bounded(column, text.strip(), ID_LENGTH)

    return Codes(convert)


def orders(column: str) -> Codes[int]:
    """Whole numbers that order rows."""

    def convert(text: str) -> int | Refusal:
        if re.fullmatch(r"[0-9]{1,12}", text.strip()):
            return int(text)
        return Refusal(f"{column}: {text[:40]!r} is no whole number")

    return Codes(convert)


def _bounded(column: str, text: str, longest: int) -> str | Refusal:
    if len(text) > longest:
        return Refusal(f"{column}: must have at most {longest} characters")
    if "\0" in text:
        return Refusal(f"{column}: holds NUL, which Postgres cannot keep")
    return text


def _snake_case(text: str) -> str:
    return "_".join(re.findall(r"\w+", text.lower()))
