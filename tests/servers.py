"""A Postgres server to test on, which ends with the block that has it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from psycopg import sql

from deskhouse.home import secret
from deskhouse.services.cluster import SUPERUSER
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, locate
from tests.folders import open_folder


@contextmanager
def embedded_server() -> Iterator[str]:
    """URL of a role that may make databases and roles, on a server in a temporary home."""
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
