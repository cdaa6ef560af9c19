"""Homes for the tests of services."""

import shutil
from collections.abc import Callable, Iterator

import pytest

from deskhouse.services import running
from tests.folders import open_folder
from tests.integration.services.home import Home

NewHome = Callable[..., Home]


@pytest.fixture(scope="session")
def new_home() -> Iterator[NewHome]:
    """A function that gives a home that is not there yet; all are removed at the end."""
    made: list[Home] = []

    def make(name: str = "home") -> Home:
        made.append(Home(open_folder() / name))
        return made[-1]

    yield make
    for home in made:
        remove(home)


@pytest.fixture(scope="session")
def home(new_home: NewHome) -> Home:
    """A home that tests share, for making one takes seconds; each begins by up, or down."""
    return new_home()


def remove(home: Home) -> None:
    """Bring a home down and remove it, with what of it lies elsewhere."""
    running.down(home.settings)
    elsewhere = [
        (home.folder / name).resolve().parent
        for name in ("postgres", "redis")
        if (home.folder / name).is_symlink()
    ]
    for folder in {*elsewhere, home.folder.parent}:
        shutil.rmtree(folder, ignore_errors=not folder.exists())
