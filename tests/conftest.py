"""Fixtures for every test: a Postgres server, fresh warehouses on it, settings that point at one.

The server is the one of `DESKHOUSE_DATABASE_URL` (its owner needs CREATEDB and CREATEROLE), else
an embedded one in a temporary home that lives as long as the session. What else a developer has
set, in the environment or in `.env`, does not reach a test.
"""

import os
import signal
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Warehouse
from tests.servers import embedded_server
from tests.warehouses import NewWarehouse, fresh_warehouses, settings_of

_GIVEN = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("DESKHOUSE_")}
if "DESKHOUSE_REAL_DATA" in _GIVEN:
    os.environ["DESKHOUSE_REAL_DATA"] = _GIVEN["DESKHOUSE_REAL_DATA"]
Settings.model_config["env_file"] = None

# A shell's `&` has us start with SIGINT ignored, and what tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Zones are those of the package that calendars are expanded by, whatever the machine has.
zoneinfo.reset_tzpath(to=())

# How long an example takes is the machine's affair; which are drawn is the same for everybody.
hypothesis.settings.register_profile("deskhouse", deadline=None, derandomize=True)
hypothesis.settings.load_profile("deskhouse")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--seeds N`, for a long run of what draws random logs."""
    parser.addoption("--seeds", type=int, default=1, help="draw so many random logs, not one")


@pytest.fixture(scope="session", autouse=True)
def _no_home_of_a_developer(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What reads the settings by itself finds an empty home, not the checkout's `var`."""
    os.environ["DESKHOUSE_HOME"] = str(tmp_path_factory.mktemp("no-home"))


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """URL of a role that may make databases and roles."""
    given = _GIVEN.get("DESKHOUSE_DATABASE_URL")
    if given:
        yield given
        return
    with embedded_server() as url:
        yield url


@pytest.fixture
def new_warehouse(server_url: str) -> Iterator[NewWarehouse]:
    """A function that makes a fresh, migrated warehouse; all are dropped after the test."""
    with fresh_warehouses(server_url) as make:
        yield make


@pytest.fixture
def warehouse(new_warehouse: NewWarehouse) -> Warehouse:
    """A fresh, migrated warehouse of the test's own."""
    return new_warehouse()


@pytest.fixture
def settings(warehouse: Warehouse, tmp_path: Path) -> Settings:
    """Settings with an empty home and configuration folder, and the test's own warehouse."""
    return settings_of(warehouse, tmp_path)
