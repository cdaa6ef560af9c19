from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from deskhouse.errors import WrongConfiguration, WrongInput
from ingestion.eventlog.mapping import SHIPPED, find_mapping

GOOD: dict[str, Any] = {
    "mode": "snapshots",
    "source": "desk",
    "ticket": "Ticket",
    "at": "Changed",
    "created": {"at": "Opened", "channel": "Channel"},
    "lines": {"status": {"column": "State", "values": {"Open": "open"}}},
    "times": "%d.%m.%Y %H:%M:%S",
}
ABSENT = object()


def written(folder: Path, key: str, value: Any) -> str:
    """A mapping in which one key (as `lines.status`) holds something else, or is absent."""
    document = deepcopy(GOOD)
    *path, last = key.split(".")
    part = document
    for name in path:
        part = part[name]
    part[last] = value
    if value is ABSENT:
        del part[last]
    file = folder / "mine.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return str(file)


def test_a_mapping_of_ones_own_is_read(tmp_path: Path) -> None:
    found = find_mapping(written(tmp_path, "delimiter", ";"))
    assert found.columns == {
        "ticket": "Ticket",
        "at": "Changed",
        "created.at": "Opened",
        "created.channel": "Channel",
        "lines.status": "State",
    }
    assert found.line_names == ("status",)
    assert (found.delimiter, found.encoding, found.nulls) == (";", "utf-8", ())


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yml")), ids=lambda path: path.name)
def test_every_shipped_mapping_is_found_by_its_name(path: Path) -> None:
    assert find_mapping(path.stem) == find_mapping(str(path))


def test_a_name_that_is_none_is_answered_with_those_that_are() -> None:
    with pytest.raises(WrongInput, match="there is no mapping 'servicenov'") as error:
        find_mapping("servicenov")
    assert error.value.hint == "Name a YAML file, or one of the shipped: servicenow."


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("mode", ABSENT, "mode: is missing"),
        ("mode", "activities", "mode: must be 'snapshots'"),
        ("source", "a:b", "source: String should match pattern '^[^:]+$'"),
        ("ticket", ABSENT, "ticket: is missing"),
        ("tickets", "x", "tickets: is no key there"),
        ("created", ABSENT, "created: is missing"),
        ("created.at", 5, "created.at: must be a valid string"),
        ("created.chanel", "x", "created.chanel: is no key there"),
        ("created.channel", {"values": {}}, "created.channel.column: is missing"),
        ("created.channel", {"column": "c", "unlisted": "drop"}, "created.channel.unlisted: must"),
        ("lines.status", "State", "lines.status: must be a valid dictionary or instance of Stat"),
        ("lines.status.values", {}, "lines.status.values: Dictionary should have at least 1 item"),
        ("lines.status.values", {"Open": "opened"}, "lines.status.values.Open: must be 'new', 'o"),
        ("lines.status.values", {-100: "open"}, "lines.status.values.-100.[key]: must be a valid"),
        ("lines.team", ["t"], "lines.team: must be a valid dictionary"),
        ("times", "%H:%M", "times: must be a strptime format with year, month and day"),
        ("times", "%d/%m/%Y %Q", "times: must be a strptime format with year, month and day"),
        ("nulls", "?", "nulls: must be a valid tuple"),
        ("encoding", "utf-16", "encoding: must be an encoding that holds ASCII"),
        ("encoding", "klingon", "encoding: must be an encoding that holds ASCII"),
        ("delimiter", "||", "delimiter: String should have at most 1 character"),
    ],
)
def test_a_wrong_mapping_is_named_by_its_key(
    tmp_path: Path, key: str, value: Any, problem: str
) -> None:
    with pytest.raises(WrongConfiguration) as error:
        find_mapping(written(tmp_path, key, value))
    assert str(error.value).startswith(f"mine.yml: {problem}")


def test_a_mapping_that_is_no_yaml_is_named_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("mode: snapshots\nmode: snapshots\n", encoding="utf-8")
    with pytest.raises(WrongConfiguration, match=r"mine\.yml, row 2: mode: given twice"):
        find_mapping(str(file))
    file.write_text("", encoding="utf-8")
    with pytest.raises(WrongConfiguration, match=r"mine\.yml: : must be a valid dictionary"):
        find_mapping(str(file))
