"""Warehouses to test on: databases of their own, which are dropped afterwards with their roles."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql

from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse, warehouse_at

NewWarehouse = Callable[[], Warehouse]

_ROLES = ("transformer", "loader", "reader", "people")
_KEY = "derives the roles' passwords where the server's URL has none"


@contextmanager
def fresh_warehouses(server_url: str) -> Iterator[NewWarehouse]:
    """A function that makes a fresh, migrated warehouse; all are dropped after the block."""
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


def settings_of(warehouse: Warehouse, folder: Path) -> Settings:
    """Settings that point at a warehouse, with an empty home and configuration in a new folder."""
    home, config = folder / "home", folder / "config"
    config.mkdir(parents=True)
    (home / "secrets").mkdir(mode=0o700, parents=True)
    (home / "secrets" / "roles").write_text(_KEY, encoding="ascii")
    return Settings(home=home, config=config, database_url=warehouse.url(Role.OWNER))


def _drop(server_url: str, warehouse: Warehouse) -> None:
    """Drop a warehouse with whoever is connected to it, its roles, and what is beside it."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        beside = [f"{warehouse.database}_{name}" for name in ("dagster", "superset")]
        names = [*beside, *(warehouse.role_name(role) for role in _ROLES)]
        found = connection.execute("select rolname from pg_roles where rolname = any(%s)", (names,))
        roles = [sql.Identifier(name) for (name,) in found.fetchall()]
        for role in roles:
            # Only a member of a role may end its sessions.
            connection.execute(sql.SQL("grant {} to current_user").format(role))
        # Not `with (force)`: who is no superuser may not end an autovacuum; a plain drop may.
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = any(%s) and usename is not null",
            ([warehouse.database, *beside],),
        )
        for name in (*beside, warehouse.database):
            database = sql.Identifier(name)
            connection.execute(sql.SQL("drop database if exists {}").format(database))
        for role in roles:
            connection.execute(sql.SQL("drop role {}").format(role))
