import gzip
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from deskhouse.errors import Busy, WrongConfiguration
from deskhouse.gate import LineRules
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse
from deskhouse.warehouse.locks import Lock
from ingestion.due import Taken, ingest_due
from tests.integration.ingestion.rows import LOG, NoGate, counts, line, log, rows

EVENTS = {"name": "exports", "kind": "folder", "path": "in/*.ndjson*", "format": "events"}


class House:
    """A warehouse with a configuration folder, and a folder `in` beside its files."""

    def __init__(self, settings: Settings, warehouse: Warehouse) -> None:
        self.settings, self.warehouse = settings, warehouse
        self.folder = settings.config / "in"
        self.folder.mkdir()

    def sources(self, *entries: dict[str, Any]) -> None:
        document = yaml.safe_dump({"sources": list(entries)})
        (self.settings.config / "sources.yml").write_text(document, encoding="utf-8")

    def take(self) -> list[Taken]:
        return ingest_due(self.settings, self.warehouse, LineRules())

    def origins(self) -> list[str]:
        """The names of the files that the next go takes."""
        taken = self.take()
        assert all(one.landed for one in taken), taken
        return [Path(one.origin).name for one in taken]

    def events(self) -> int:
        return counts(self.warehouse)["ticket_events"]


@pytest.fixture
def house(settings: Settings, warehouse: Warehouse) -> House:
    return House(settings, warehouse)


def test_as_shipped_nothing_is_taken_and_no_database_is_asked(
    settings: Settings, warehouse: Warehouse
) -> None:
    shutil.copy(Path(__file__).parents[3] / "config" / "sources.yml", settings.config)
    nowhere = Warehouse("127.0.0.1", 1, "none", "nobody", "", "")
    assert ingest_due(settings, nowhere, LineRules()) == []


def test_each_file_is_taken_once_by_name(house: House) -> None:
    house.sources(EVENTS)
    assert house.origins() == []
    (house.folder / "b.ndjson").write_bytes(line(1))
    (house.folder / "a.ndjson.gz").write_bytes(gzip.compress(line(2)))
    (house.folder / "c.txt").write_bytes(line(3))
    (house.folder / "d.ndjson").mkdir()
    assert house.origins() == ["a.ndjson.gz", "b.ndjson"]
    assert house.origins() == []
    (house.folder / "aa.ndjson").write_bytes(line(4))
    assert house.origins() == ["aa.ndjson"]
    assert house.events() == 3


def test_a_file_is_known_by_its_content(house: House) -> None:
    house.sources(EVENTS)
    (house.folder / "a.ndjson").write_bytes(line(1))
    assert house.origins() == ["a.ndjson"]
    os.utime(house.folder / "a.ndjson", (1_700_000_000, 1_700_000_000))
    (house.folder / "copy.ndjson").write_bytes(line(1))
    assert house.origins() == []
    (house.folder / "a.ndjson").rename(house.folder / "renamed.ndjson")
    assert house.origins() == []
    (house.folder / "copy.ndjson").write_bytes(line(1) + line(2))
    assert house.origins() == ["copy.ndjson"]
    (house.folder / "copy.ndjson").write_bytes(line(1))
    assert house.origins() == []
    found = rows(house.warehouse, "select distinct batch_id from raw.taken_files order by 1")
    assert found == [(1,), (2,)]


def test_what_was_taken_is_seen_at_a_glance_and_not_read_again(house: House) -> None:
    house.sources(EVENTS)
    (house.folder / "a.ndjson").write_bytes(line(1))
    house.take()
    (house.folder / "copy.ndjson").write_bytes(line(1))
    house.take()
    for path in house.folder.iterdir():
        stat = path.stat()
        path.write_bytes(b"x" * stat.st_size)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert house.take() == []


def test_two_sources_take_the_same_file_each_for_itself(house: House) -> None:
    house.sources(EVENTS, EVENTS | {"name": "others"})
    (house.folder / "a.ndjson").write_bytes(line(1))
    assert house.origins() == ["a.ndjson", "a.ndjson"]
    assert house.origins() == []


def test_a_folder_of_event_logs_has_a_mapping_and_a_zone(house: House) -> None:
    entry = {"name": "logs", "kind": "folder", "path": "in/**/*.csv", "format": "eventlog"}
    house.sources(entry | {"mapping": "servicenow", "time_zone": "Asia/Tokyo", "source": "it"})
    (house.folder / "deep").mkdir()
    (house.folder / "deep" / "log.csv").write_bytes(LOG)
    assert house.origins() == ["log.csv"]
    found = rows(
        house.warehouse,
        "select ticket_key, occurred_at::text from raw.ticket_events where type = 'ticket_created'",
    )
    assert found == [("it:INC1", "2016-02-28 16:16:00+00")]


def test_a_mapping_may_lie_in_the_configuration_folder(house: House) -> None:
    shipped = Path(__file__).parents[3] / "ingestion" / "mappings" / "servicenow.yml"
    shutil.copy(shipped, house.settings.config / "mine.yml")
    entry = {"name": "logs", "kind": "folder", "path": "in/*.csv", "format": "eventlog"}
    house.sources(entry | {"mapping": "mine.yml"})
    (house.folder / "log.csv").write_bytes(LOG)
    assert house.origins() == ["log.csv"]


def test_a_file_with_a_problem_holds_up_no_other_and_is_tried_again(house: House) -> None:
    logs = {"name": "logs", "kind": "folder", "path": "in/*.csv", "format": "eventlog"}
    house.sources(EVENTS, logs | {"mapping": "nosuch"}, EVENTS | {"name": "others"})
    (house.folder / "a.ndjson").write_bytes(b"")
    (house.folder / "b.ndjson").write_bytes(line(1))
    (house.folder / "log.csv").write_bytes(LOG)
    first = house.take()
    assert [(one.source, Path(one.origin).name, one.landed is not None) for one in first] == [
        ("exports", "a.ndjson", False),
        ("exports", "b.ndjson", True),
        ("logs", "logs", False),
        ("others", "a.ndjson", False),
        ("others", "b.ndjson", True),
    ]
    assert first[0].problem == f"{house.folder}/a.ndjson is empty. Nothing landed."
    assert first[2].problem == (
        "there is no mapping 'nosuch'. Name a YAML file, or one of the shipped: servicenow."
    )
    (house.folder / "a.ndjson").write_bytes(line(2))
    assert [Path(one.origin).name for one in house.take() if one.landed] == ["a.ndjson"] * 2


def test_a_refused_file_is_told_once_and_kept_aside(house: House) -> None:
    house.sources(EVENTS)
    (house.folder / "a.ndjson").write_bytes(line(1))
    taken = ingest_due(house.settings, house.warehouse, NoGate())
    assert len(taken) == 1
    assert taken[0].problem == (
        f"{house.folder}/a.ndjson: the delivery was refused (1 events; too few)."
        " It is kept aside as batch 1; deskhouse ingest accept 1 lets it in."
    )
    assert house.take() == []
    assert rows(house.warehouse, "select state from raw.batches") == [("refused",)]


def test_every_says_how_often_at_most(house: House) -> None:
    house.sources(EVENTS | {"every": "1h"})
    (house.folder / "a.ndjson").write_bytes(line(1))
    assert house.origins() == ["a.ndjson"]
    (house.folder / "b.ndjson").write_bytes(line(2))
    assert house.origins() == []
    _turn_back(house.warehouse, "59 minutes 50 seconds")
    assert house.origins() == []
    _turn_back(house.warehouse, "10 seconds")
    assert house.origins() == ["b.ndjson"]
    assert house.origins() == []


def _turn_back(warehouse: Warehouse, span: str) -> None:
    with warehouse.connect(Role.OWNER) as connection:
        connection.execute(
            "update raw.source_states set taken_at = taken_at - %s::interval", (span,)
        )


def test_a_sample_is_taken_once_up_to_when_it_was_first_asked_for(house: House) -> None:
    house.sources({"name": "desk", "kind": "sample", "tickets": 40, "days": 3, "seed": 5})
    first = house.take()
    assert len(first) >= 3
    assert house.take() == []
    found = rows(
        house.warehouse,
        """
        select
            count(*) filter (where type = 'ticket_created') >= 40,
            count(distinct ticket_key) = 40,
            max(occurred_at) <= (select first_at from raw.source_states)
        from raw.ticket_events
        """,
    )
    assert found == [(True, True, True)]


def test_an_interrupted_sample_begins_again_with_the_same_events(house: House) -> None:
    house.sources({"name": "desk", "kind": "sample", "tickets": 40, "days": 3})

    class Interrupts(LineRules):
        judged = 0

        def judge(self, connection: Any, batch_id: int) -> Any:
            self.judged += 1
            if self.judged == 3:
                raise KeyboardInterrupt
            return super().judge(connection, batch_id)

    with pytest.raises(KeyboardInterrupt):
        ingest_due(house.settings, house.warehouse, Interrupts())
    assert counts(house.warehouse)["batches"] == 2
    house.take()
    assert rows(house.warehouse, "select count(distinct ticket_key) from raw.ticket_events") == [
        (40,)
    ]


def test_only_one_takes_sources_at_a_time(house: House) -> None:
    house.sources(EVENTS)
    (house.folder / "a.ndjson").write_bytes(log(5))
    with house.warehouse.connect(Role.LOADER) as other, ThreadPoolExecutor(1):
        other.execute("select pg_advisory_lock(%s)", (Lock.SOURCES,))
        with pytest.raises(Busy, match="somebody else is taking the sources"):
            house.take()
    assert house.origins() == ["a.ndjson"]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (EVENTS | {"kind": "zendesk"}, "sources.0.kind: 'zendesk' is none of folder, sample"),
        (EVENTS | {"kind": "../due"}, "sources.0.kind: '../due' is none of folder, sample"),
        (EVENTS | {"pth": "x"}, "sources.0.pth: is no key there"),
        ({"name": "a", "kind": "folder", "format": "events"}, "sources.0.path: is missing"),
        (EVENTS | {"format": "xml"}, "sources.0.format: must be 'events' or 'eventlog'"),
        (EVENTS | {"format": "eventlog"}, "sources.0: format eventlog wants a mapping"),
        (EVENTS | {"mapping": "m"}, "sources.0: mapping and time_zone are for format eventlog"),
        (EVENTS | {"source": "a:b"}, "sources.0.source: String should match pattern"),
        ({"name": "a", "kind": "sample", "tickets": "x"}, "sources.0.tickets: must be a valid in"),
    ],
)
def test_a_wrong_source_is_named_by_its_key_and_nothing_is_taken(
    house: House, entry: dict[str, Any], problem: str
) -> None:
    (house.folder / "a.ndjson").write_bytes(line(1))
    house.sources(entry)
    with pytest.raises(WrongConfiguration) as error:
        house.take()
    assert str(error.value).startswith(f"sources.yml: {problem}")
    assert house.events() == 0


def test_what_is_taken_is_dated_by_the_database(house: House) -> None:
    house.sources(EVENTS)
    (house.folder / "a.ndjson").write_bytes(line(1))
    house.take()
    found: list[tuple[datetime, datetime]] = rows(
        house.warehouse,
        "select f.taken_at, b.received_at from raw.taken_files as f"
        " inner join raw.batches as b using (batch_id)",
    )
    assert found[0][0] == found[0][1]
