"""A help desk in a home of its own, whose commands and Postgres are killed and come back."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from deskhouse.services import running
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Warehouse, locate
from tests.integration.crashes import wholeness
from tests.integration.crashes.victims import Ended, Victim
from tests.integration.services.home import Home
from tests.integration.warehouse.desk import Desk
from tests.reference.configuration import Configuration

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file of events, and the events in it (the file may hold bad lines too)."""

    path: Path
    records: tuple[Record, ...]


@dataclass
class Trial:
    """The desk, what was said to have succeeded on it, and the deliveries that it was given."""

    desk: Desk
    home: Home
    succeeded: set[int] = field(default_factory=set)
    _deliveries: int = 0

    @property
    def warehouse(self) -> Warehouse:
        """Where the desk's data is."""
        return self.desk.warehouse

    def up(self) -> None:
        """Have Postgres answer, whatever happened to it."""
        running.up(self.desk.settings, ["postgres"])

    def delivery(self, records: Iterable[Record], bad_lines: int = 0) -> Delivery:
        """Write events, and a few lines that are none, to a file."""
        self._deliveries += 1
        path = self.home.folder / f"delivery-{self._deliveries}.ndjson"
        kept = tuple(records)
        lines = [json.dumps(record) for record in kept] + ["no event"] * bad_lines
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return Delivery(path, kept)

    def ingest(self, delivery: Delivery | None) -> Victim:
        """Begin `deskhouse ingest events`; None: of what it will be given."""
        name = str(delivery.path) if delivery else "-"
        return Victim(self.home, "ingest", "events", name, "--json")

    def build(self, as_of: datetime, *, full_refresh: bool = False) -> Victim:
        """Begin `deskhouse build`."""
        how = ["--full-refresh"] if full_refresh else []
        return Victim(self.home, "build", "--as-of", as_of.isoformat(), *how)

    def landed(self, ended: Ended) -> Ended:
        """Remember what a landing said, if it said that it succeeded."""
        if ended.code == 0:
            self.succeeded.add(ended.batch_id)
        return ended

    def wrong_with_batches(self) -> list[str]:
        """What is there in part, and what is lost."""
        return [
            *wholeness.half_batches(self.warehouse),
            *wholeness.lost_batches(self.warehouse, self.succeeded),
        ]

    def wrong_with_a_repeat(self, delivery: Delivery) -> list[str]:
        """Give an interrupted delivery again; it is to be there whole then."""
        ended = self.landed(self.ingest(delivery).end())
        found = [] if ended.code == 0 else [f"a repeat ended with {ended.code}: {ended.errors}"]
        return [
            *found,
            *self.wrong_with_batches(),
            *wholeness.missing_events(self.warehouse, delivery.records),
        ]

    def wrong_with_marts(self, as_of: datetime) -> list[str]:
        """Marts that are not as a build from nothing at the same as_of makes them."""
        kept = self.desk.marts()
        self.desk.build(as_of, full_refresh=True)
        return wholeness.differing_marts(kept, self.desk.marts())


def trial_in(folder: Path, configuration: Configuration) -> Trial:
    """A trial in a folder that every user may enter, with its Postgres up and nothing in it."""
    config = folder / "config"
    config.mkdir()
    environment = {
        "DESKHOUSE_CONFIG": str(config),
        "DESKHOUSE_TIME_ZONE": configuration.zone,
    }
    home = Home(folder / "home", environment=environment)
    settings = Settings(home=home.folder, config=config, time_zone=configuration.zone)
    running.up(settings, ["postgres"])
    desk = Desk(settings, locate(settings))
    desk.configure(configuration)
    return Trial(desk, home)
