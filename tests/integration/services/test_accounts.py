"""Whoever starts them, services run as somebody who may do little and reach what they need."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deskhouse.services import binaries, postgres
from deskhouse.services.binaries import OLDEST_POSTGRES, PostgresBinaries, find_postgres
from deskhouse.warehouse.connection import Role, locate
from tests.folders import open_folder
from tests.integration.services.conftest import NewHome, remove
from tests.integration.services.home import Home
from tests.integration.services.somebody import home_of_somebody

AS_ROOT = os.geteuid() == 0
ELSEWHERE = Path("/var/lib/deskhouse")


@pytest.fixture
def somebody() -> Iterator[Home]:
    home = home_of_somebody(open_folder())
    yield home
    home.run("down")
    remove(home)


@pytest.fixture
def closed_home(new_home: NewHome) -> Home:
    """A home that only its owner can enter."""
    home = new_home()
    home.folder.parent.chmod(0o700)
    return home


def _server_version(home: Home) -> int:
    with locate(home.settings).connect(Role.OWNER) as connection:
        return connection.info.server_version // 10_000


def test_an_ordinary_user_needs_nothing_outside_the_home(somebody: Home) -> None:
    elsewhere = list(ELSEWHERE.glob("*"))
    done = somebody.run("up")
    assert (done.returncode, done.stderr) == (0, "")

    user = somebody.folder.parent.stat().st_uid
    assert user != 0
    inside = [somebody.folder, *somebody.folder.rglob("*")]
    assert {path.lstat().st_uid for path in inside} == {user}
    assert {os.stat(f"/proc/{pid}").st_uid for pid in somebody.pids()} == {user}
    assert not [path for path in inside if path.is_symlink()]
    assert list(ELSEWHERE.glob("*")) == elsewhere
    assert somebody.run("status").returncode == 0

    assert somebody.run("down").returncode == 0
    assert somebody.pids() == set()


def test_a_home_of_another_user_is_refused_in_one_line(home: Home, somebody: Home) -> None:
    home.up("redis")
    mode = (home.folder / "run").stat().st_mode
    (home.folder / "run").chmod(0)
    try:
        for command in ("up", "status", "down"):
            done = replace(somebody, folder=home.folder).run(command)
            assert done.returncode == 3
            assert done.stderr.startswith(
                f"deskhouse: {home.folder / 'run'} belongs to another user. "
            )
            assert done.stderr.count("\n") == 1
    finally:
        (home.folder / "run").chmod(mode)
    assert home.services()["redis"].state == "ready"


def test_data_lies_where_its_user_can_reach_it_and_status_says_where(closed_home: Home) -> None:
    closed_home.up()
    assert closed_home.is_ready()
    folders = {name: Path(found.folder or "") for name, found in closed_home.services().items()}
    for name, folder in folders.items():
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (closed_home.folder / name).resolve() == folder
        assert (folder.is_relative_to(ELSEWHERE), folder.stat().st_uid == 0) == (AS_ROOT, False)
        assert str(folder) in closed_home.run("status").stdout
    assert (closed_home.folder / "secrets" / "postgres-owner").stat().st_uid == os.geteuid()

    closed_home.down()
    closed_home.up()
    assert closed_home.is_ready()


def test_a_home_made_anew_leaves_what_the_old_one_had_elsewhere(closed_home: Home) -> None:
    closed_home.up("redis")
    before = closed_home.services()["redis"].folder
    closed_home.down()
    shutil.rmtree(closed_home.folder)

    closed_home.up("redis")

    after = closed_home.services()["redis"].folder
    assert (before == after) == (not AS_ROOT)
    assert Path(before or "").exists()
    if before != after:
        shutil.rmtree(Path(before or "").parent)


def test_binaries_that_its_user_cannot_reach_are_copied_and_make_a_database(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find_postgres()
    hidden = open_folder()
    hidden.chmod(0o700)
    trees = tuple(hidden / tree.name for tree in found.trees)
    for tree, moved_tree in zip(found.trees, trees, strict=True):
        shutil.copytree(tree, moved_tree, symlinks=True)
    folder = hidden / found.folder.relative_to(found.trees[0].parent)
    moved = replace(found, trees=trees, folder=folder)
    monkeypatch.setattr(postgres, "find_postgres", lambda _major: moved)
    try:
        home.up("postgres")
        pid = home.services()["postgres"].pid
        program = Path(f"/proc/{pid}/exe").readlink()
        assert program.is_relative_to(home.folder / "software" if AS_ROOT else hidden)
        assert program.stat().st_uid == os.geteuid()
    finally:
        home.down()
        shutil.rmtree(hidden)


def test_every_postgres_of_this_machine_carries_a_home_and_goes_on_carrying_it(
    home: Home, new_home: NewHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    preferred = find_postgres()
    home.up("postgres")
    assert _server_version(home) == preferred.major
    others: dict[int, PostgresBinaries] = {
        found.major: found
        for found in binaries._postgres_here()
        if found.major >= OLDEST_POSTGRES and found.major != preferred.major
    }
    for major, found in others.items():
        older = new_home()
        with monkeypatch.context() as patch:
            patch.setattr(postgres, "find_postgres", lambda _major, found=found: found)
            older.up("postgres")
        older.down()
        older.up("postgres")
        assert _server_version(older) == major
