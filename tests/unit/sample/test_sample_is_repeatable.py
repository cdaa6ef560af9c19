"""The same spec gives the same events, byte for byte, wherever and whenever it is made."""

import ast
import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingestion.sample
from deskhouse.errors import WrongInput
from ingestion.sample import SampleSpec, generate
from ingestion.sample.arrivals import Arrival
from ingestion.sample.story import Told

UNTIL = datetime(2026, 3, 2, 9, 17, 23, 456789, tzinfo=UTC)
SMALL = SampleSpec(tickets=300, days=20, seed=3, until=UNTIL)
CHECKOUT = Path(__file__).parents[3]


def as_bytes(spec: SampleSpec) -> bytes:
    """Every delivery, as its name and its events' JSON with the keys in the order they came."""
    lines = []
    for delivery in generate(spec):
        lines.append(delivery.name)
        lines += [json.dumps(row.record()) for row in delivery.events]
    return "\n".join(lines).encode()


def test_again_gives_the_same() -> None:
    assert as_bytes(SMALL) == as_bytes(SMALL)


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_with_another_hash_seed_gives_the_same(hash_seed: str) -> None:
    script = (
        "import sys; from hashlib import sha256;"
        "from tests.unit.sample.test_sample_is_repeatable import SMALL, as_bytes;"
        "sys.stdout.write(sha256(as_bytes(SMALL)).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Kathmandu"}
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == sha256(as_bytes(SMALL)).hexdigest()


def test_the_end_is_an_instant_however_it_is_written() -> None:
    elsewhere = SampleSpec(
        tickets=300, days=20, seed=3, until=UNTIL.astimezone(ZoneInfo("Asia/Kathmandu"))
    )
    assert as_bytes(elsewhere) == as_bytes(SMALL)


def test_the_state_of_pythons_own_chance_is_neither_used_nor_touched() -> None:
    random.seed(1)
    before = random.getstate()
    first = as_bytes(SMALL)
    assert random.getstate() == before
    random.seed(2)
    assert as_bytes(SMALL) == first


def test_of_pythons_chance_only_the_method_is_used_whose_sequence_it_keeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class OneMethod:
        def __init__(self, seed: str) -> None:
            self.random = random.Random(seed).random

    first = as_bytes(SMALL)
    monkeypatch.setattr("ingestion.sample.chance.Random", OneMethod)
    assert as_bytes(SMALL) == first


def test_how_exactly_python_adds_fractions_up_makes_no_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    specs = [SampleSpec(tickets=20, days=5, seed=seed, until=UNTIL) for seed in range(8)]
    first = [as_bytes(spec) for spec in specs]
    # `sum` rounds after each addition up to Python 3.11, and nearly exactly from 3.12 on.
    for add_up in (math.fsum, _rounding_each_time):
        monkeypatch.setattr("builtins.sum", add_up)
        assert [as_bytes(spec) for spec in specs] == first


def _rounding_each_time(numbers: Iterable[float]) -> float:
    total = 0.0
    for number in numbers:
        total += number
    return total


def test_no_module_has_another_source_of_chance_or_inexact_arithmetic() -> None:
    folder = Path(ingestion.sample.__file__).parent
    imported = {
        path.name: {
            name.partition(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            for name in _imported(node)
        }
        for path in folder.glob("*.py")
    }
    assert {name for name, modules in imported.items() if "random" in modules} == {"chance.py"}
    assert not {"math", "cmath", "secrets", "time", "uuid", "os"} & set().union(*imported.values())


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_another_seed_another_end_or_another_size_is_another_help_desk() -> None:
    others = [
        SampleSpec(tickets=300, days=20, seed=4, until=UNTIL),
        SampleSpec(tickets=301, days=20, seed=3, until=UNTIL),
        SampleSpec(tickets=300, days=21, seed=3, until=UNTIL),
        SampleSpec(tickets=300, days=20, seed=3, until=UNTIL.replace(minute=18)),
    ]
    ids = [
        {row.event_id for delivery in generate(spec) for row in delivery.events}
        for spec in [SMALL, *others]
    ]
    assert sum(map(len, ids)) == len(set().union(*ids))


def test_deliveries_are_made_as_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Arrival] = []

    def count(arrival: Arrival, *_: object) -> list[Told]:
        told.append(arrival)
        return []

    monkeypatch.setattr("ingestion.sample.history.tell", count)
    next(iter(generate(SampleSpec(tickets=30_000, days=300, until=UNTIL))))
    assert len(told) < 300


@settings(deadline=None, max_examples=40)  # how long one takes depends on who shares the machine
@given(
    tickets=st.integers(1, 40),
    days=st.integers(1, 20),
    seed=st.integers(),
    until=st.integers(1_010_000_000, 3_700_000_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
)
def test_any_spec_gives_its_tickets_and_nothing_after_its_end(
    tickets: int, days: int, seed: int, until: datetime
) -> None:
    rows = [
        row
        for delivery in generate(SampleSpec(tickets=tickets, days=days, seed=seed, until=until))
        for row in delivery.events
    ]
    created = {row.ticket_id for row in rows if row.type == "ticket_created"}
    assert len(created) == tickets
    assert created == {row.ticket_id for row in rows} - {None}
    assert all(row.occurred_at <= until for row in rows)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"tickets": 0}, "0 tickets"),
        ({"days": 0}, "0 days"),
        ({"days": 100_000}, "100000 days"),
        ({"until": UNTIL.replace(tzinfo=None)}, "no offset"),
        ({"until": datetime(2001, 1, 2, tzinfo=UTC)}, "between 2001 and 2200"),
        ({"until": datetime(2201, 1, 2, tzinfo=UTC)}, "between 2001 and 2200"),
    ],
)
def test_a_spec_that_cannot_be_made_says_why(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(WrongInput, match=problem) as refused:
        SampleSpec(**{"tickets": 300, "days": 20, "until": UNTIL, **changes})  # type: ignore[arg-type]
    assert refused.value.hint
