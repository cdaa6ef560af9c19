"""Superset's application, with its tables, roles and first user made where they are not.

That costs some 20 s, so what was done is written beside Superset's tables: by which version of it,
under which configuration of ours, up to which of its migrations. While that is true, nothing is
done.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask

_log = logging.getLogger(__name__)

ADMIN = "admin"
_STAMP = "create table if not exists deskhouse_stamp (made_by text not null)"
_REVISION = "select version_num from alembic_version"
_LOCK = "select pg_advisory_lock(4712)"


def application() -> Flask:
    """Superset's application, ready to serve."""
    with _alone() as connection:
        app = None if _is_made(connection) else _make(connection)
    return app or _application()


def ensure() -> None:
    """See that there is what the application needs, and leave no application behind.

    Raises:
        SystemExit: it could not be made; what went wrong is in the log.
    """
    with _alone() as connection:
        if not _is_made(connection):
            _aside(lambda: _make(connection))


def _make(connection: psycopg.Connection[Any]) -> Flask:
    """Make tables, roles and the first user, and give the application that made them."""
    _log.info("making Superset's tables, roles and first user")
    _aside(_upgrade)
    app = _application()
    with app.app_context():
        _make_roles_and_admin()
    _stamp(connection)
    return app


@contextmanager
def _alone() -> Iterator[psycopg.Connection[Any]]:
    """A connection to Superset's database on which nobody else makes anything meanwhile."""
    url = os.environ["DESKHOUSE_SUPERSET_DATABASE"].replace("+psycopg2", "", 1)
    with psycopg.connect(url, autocommit=True, application_name="deskhouse") as connection:
        connection.execute(_LOCK)
        yield connection


def _made_by() -> str:
    """What the result of the making depends on."""
    here = Path(__file__).parent
    texts = b"".join((here / name).read_bytes() for name in ("config.py", "bootstrap.py"))
    return f"{version('apache-superset')} {hashlib.sha256(texts).hexdigest()}"


def _is_made(connection: psycopg.Connection[Any]) -> bool:
    connection.execute(_STAMP)
    stamp = connection.execute("select made_by from deskhouse_stamp").fetchone()
    return stamp is not None and stamp[0] == f"{_made_by()} {_revision(connection)}"


def _revision(connection: psycopg.Connection[Any]) -> str:
    """The last migration that was made; empty before the first."""
    there = connection.execute("select to_regclass('alembic_version') is not null").fetchone()
    if there != (True,):
        return ""
    return " ".join(sorted(row[0] for row in connection.execute(_REVISION)))


def _stamp(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction():
        connection.execute("delete from deskhouse_stamp")
        made_by = f"{_made_by()} {_revision(connection)}"
        connection.execute("insert into deskhouse_stamp values (%s)", (made_by,))


def _application() -> Flask:
    from superset.app import create_app

    app: Flask = create_app()
    return app


def _aside(work: Callable[[], object]) -> None:
    """Do something in a process of its own, forked off this one.

    Raises:
        SystemExit: that did not go well.
    """
    import superset.app  # noqa: F401 - so that both have it, and it is read once

    aside = get_context("fork").Process(target=work)
    aside.start()
    aside.join()
    if aside.exitcode != 0:
        raise SystemExit("Superset's tables cannot be made: see above")


def _upgrade() -> None:
    """Bring the tables up to date.

    Superset's migrations want the whole application, and an application that was made before its
    tables were is not one to serve: this is work for a process aside.
    """
    from flask_migrate import upgrade

    with _application().app_context():
        upgrade()


def _make_roles_and_admin() -> None:
    """What `superset init` and `superset fab create-admin` do."""
    from superset import appbuilder, db, security_manager

    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    if security_manager.find_user(ADMIN) is None:
        security_manager.add_user(
            ADMIN,
            "Deskhouse",
            "Admin",
            "admin@deskhouse.invalid",
            security_manager.find_role("Admin"),
            password=os.environ["DESKHOUSE_SUPERSET_ADMIN_PASSWORD"],
        )
    db.session.commit()
