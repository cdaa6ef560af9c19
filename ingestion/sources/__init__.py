"""Sources that `deskhouse refresh` takes by itself, as `config/sources.yml` names them.

A kind of source is a module of this package, of the kind's name, with a class `Source`: a pydantic
model of what `sources.yml` says of it beside name, kind and every, and at the same time a
`SourceKind`. A new kind is a new file here, and nothing else.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from psycopg import Connection
from pydantic import BaseModel, ConfigDict

from deskhouse.configuration.documents import validated
from deskhouse.configuration.sources import FILE, SourceEntry
from deskhouse.errors import WrongConfiguration
from ingestion.intake import Intake


class SourceOptions(BaseModel):
    """What a kind's `Source` derives from: frozen, and no key but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Taking:
    """One go at a source.

    `folder` is the configuration folder, from which relative paths count; `connection` (role
    loader, each statement its own transaction) is to read and keep the source's state by;
    `first_at` is when the source was first begun, `taken_at` when it was last taken to its end.
    """

    name: str
    folder: Path
    connection: Connection[Any]
    first_at: datetime
    taken_at: datetime | None


class SourceKind(Protocol):
    """A source: says what there is to take."""

    def intakes(self, taking: Taking) -> Iterator[Intake]:
        """What is there now and was not taken yet; each is landed before the next is asked for.

        Raises:
            WrongInput: what the source is told to take cannot be found or used.
        """
        ...


def find_source(entry: SourceEntry, number: int) -> SourceKind:
    """The source that an entry of `sources.yml` (counted from 0) describes.

    Raises:
        WrongConfiguration: there is no such kind, or a key is not what the kind wants.
    """
    kinds = sorted(module.name for module in pkgutil.iter_modules(__path__))
    if entry.kind not in kinds:
        raise WrongConfiguration(
            FILE, None, None, f"sources.{number}.kind: {entry.kind!r} is none of {', '.join(kinds)}"
        )
    module = importlib.import_module(f"{__name__}.{entry.kind}")
    source: SourceKind = validated(module.Source, entry.options, FILE, ("sources", number))
    return source
