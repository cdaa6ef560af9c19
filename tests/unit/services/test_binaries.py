"""Which Postgres is taken."""

from pathlib import Path

import pytest

from deskhouse.errors import Failed
from deskhouse.services import binaries
from deskhouse.services.binaries import PostgresBinaries, find_postgres


@pytest.fixture
def _four(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [PostgresBinaries(Path(f"/{n}/bin"), (Path(f"/{n}"),), n) for n in (14, 18, 16, 15)]
    monkeypatch.setattr(binaries, "_postgres_here", lambda: iter(found))


@pytest.mark.usefixtures("_four")
def test_the_first_that_is_new_enough_is_taken() -> None:
    assert find_postgres().major == 18


@pytest.mark.usefixtures("_four")
def test_a_database_keeps_the_major_version_that_made_it() -> None:
    assert find_postgres(15).major == 15


@pytest.mark.usefixtures("_four")
def test_the_version_that_is_missing_is_named_with_those_there_are() -> None:
    with pytest.raises(Failed, match=r"Postgres 17, .* \(found: 14, 18, 16, 15\)"):
        find_postgres(17)
