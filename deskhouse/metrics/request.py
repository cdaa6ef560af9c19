"""What is asked for: metrics by name, told apart by dimensions and time, of a choice of rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Grain = Literal["none", "hour", "day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = get_args(Grain)


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
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    grain: Grain = "none"
    filters: tuple[Filter, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
