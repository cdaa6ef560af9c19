"""What is asked for: metrics by name, told apart by dimensions and time, of a choice of rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Grain = Literal["none", "hour", "day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = get_args(Grain)
Basis = Literal["event", "creation"]
BASES: tuple[Basis, ...] = get_args(Basis)


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose dimension is one of some values: a name for people, or its id."""

    dimension: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A question.

    `by` are dimensions, `grain` the length of a bucket of time (weeks start on Monday; all are of
    the reporting zone). The range holds `since` and not `until`; both have an offset, and None is
    no bound. A stock is what stands at the end of each bucket, or of the range.

    `basis` says what buckets and the range go by: what happened, or the creation of the ticket that
    it happened to (the cohort). A stock goes by what happened alone.
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    grain: Grain = "none"
    filters: tuple[Filter, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    basis: Basis = "event"

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What it names, to tell apart by or to choose by."""
        return (*self.by, *(one.dimension for one in self.filters))
