"""`sources.yml`: what is taken from where, and how often.

    sources:
      - name: incidents          # unique; how the source is called in logs and states
        kind: folder             # a module of ingestion/sources
        every: 1h                # at most so often; without: at each refresh
        path: incoming/*.ndjson  # the rest is the kind's own

What a kind wants is its own to say (`ingestion.sources`); here only what all have is known.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from deskhouse.configuration.documents import read_document, validated
from deskhouse.errors import WrongConfiguration

FILE = "sources.yml"

_SPAN = re.compile(r"([1-9][0-9]{0,5})(s|m|h|d)", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _span(value: Any) -> timedelta | None:
    if value is None:
        return None
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a number with its unit, such as 90s, 15m, 1h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class SourceEntry(BaseModel):
    """One source: what every kind has, and beside it (`options`) what its own kind wants."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    name: Name
    kind: Name
    every: Annotated[timedelta | None, BeforeValidator(_span)] = None

    @property
    def options(self) -> dict[str, Any]:
        """What the source's kind reads: see its module in `ingestion.sources`."""
        return dict(self.model_extra or {})


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    sources: list[dict[str, Any]] | None = None


def read_sources(folder: Path) -> tuple[SourceEntry, ...]:
    """The sources of the folder's `sources.yml`, in their order.

    Raises:
        WrongConfiguration: names the key.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    document = validated(_Document, read_document(path) or {}, FILE)
    entries = tuple(
        validated(SourceEntry, entry, FILE, ("sources", number))
        for number, entry in enumerate(document.sources or ())
    )
    names = [entry.name for entry in entries]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise WrongConfiguration(
                FILE, None, None, f"sources.{number}.name: {name!r} stands twice"
            )
    return entries
