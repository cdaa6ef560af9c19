"""Fixtures for every test: a Postgres server, fresh warehouses on it, settings that point at one.

The server is the one of `DESKHOUSE_DATABASE_URL` (its owner needs CREATEDB and CREATEROLE), else
an embedded one in a temporary home that lives as long as the session. What else a developer has
set, in the environment or in `.env`, does not reach a test.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from deskhouse.home import secret
from deskhouse.services.cluster import SUPERUSER
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse, locate, warehouse_at
from tests.folders import open_folder

_GIVEN = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("DESKHOUSE_")}
if "DESKHOUSE_REAL_DATA" in _GIVEN:
    os.environ["DESKHOUSE_REAL_DATA"] = _GIVEN["DESKHOUSE_REAL_DATA"]
Settings.model_config["env_file"] = None

_ROLES = ("transformer", "loader", "reader", "people")
_KEY = "derives the roles' passwords where the server's URL has none"

NewWarehouse = Callable[[], Warehouse]


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
    from deskhouse.services import running

    home = open_folder()
    settings = Settings(home=home, config=home / "config")
    try:
        running.up(settings, ["postgres"])
        _make_hasty(settings)
        yield locate(settings).url(Role.OWNER)
    finally:
        running.down(settings)
        shutil.rmtree(home)


@pytest.fixture
def new_warehouse(server_url: str) -> Iterator[NewWarehouse]:
    """A function that makes a fresh, migrated warehouse; all are dropped after the test."""
    from deskhouse.warehouse.migrate import migrate

    made: list[Warehouse] = []

    def make() -> Warehouse:
        server = warehouse_at(server_url, _KEY)
        warehouse = replace(server, database=f"dh_test_{secrets.token_hex(6)}")
        with psycopg.connect(server_url, autocommit=True) as connection:
            name = sql.Identifier(warehouse.database)
            connection.execute(sql.SQL("create database {}").format(name))
        made.append(warehouse)
        migrate(warehouse)
        return warehouse

    try:
        yield make
    finally:
        for warehouse in made:
            _drop(server_url, warehouse)


@pytest.fixture
def warehouse(new_warehouse: NewWarehouse) -> Warehouse:
    """A fresh, migrated warehouse of the test's own."""
    return new_warehouse()


@pytest.fixture
def settings(warehouse: Warehouse, tmp_path: Path) -> Settings:
    """Settings with an empty home and configuration folder, and the test's own warehouse."""
    home, config = tmp_path / "home", tmp_path / "config"
    config.mkdir()
    (home / "secrets").mkdir(mode=0o700, parents=True)
    (home / "secrets" / "roles").write_text(_KEY, encoding="ascii")
    return Settings(home=home, config=config, database_url=warehouse.url(Role.OWNER))


def _make_hasty(settings: Settings) -> None:
    """Let the server lose everything with the machine: no test turns that off."""
    superuser = replace(
        locate(settings),
        database="postgres",
        owner=SUPERUSER,
        owner_password=secret(settings.home, "postgres-superuser"),
    )
    with superuser.connect(Role.OWNER, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(sql.SQL("alter system set {} = off").format(sql.Identifier(name)))
        connection.execute("select pg_reload_conf()")


def _drop(server_url: str, warehouse: Warehouse) -> None:
    """Drop a warehouse with whoever is connected to it, and its roles."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        names = [warehouse.role_name(role) for role in _ROLES]
        found = connection.execute("select rolname from pg_roles where rolname = any(%s)", (names,))
        roles = [sql.Identifier(name) for (name,) in found.fetchall()]
        for role in roles:
            # Only a member of a role may end its sessions.
            connection.execute(sql.SQL("grant {} to current_user").format(role))
        # Not `with (force)`: who is no superuser may not end an autovacuum; a plain drop may.
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = %s and usename is not null",
            (warehouse.database,),
        )
        database = sql.Identifier(warehouse.database)
        connection.execute(sql.SQL("drop database if exists {}").format(database))
        for role in roles:
            connection.execute(sql.SQL("drop role {}").format(role))
