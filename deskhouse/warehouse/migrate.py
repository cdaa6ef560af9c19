"""Bring `raw`, `live` and `ops` up to date: Alembic runs numbered files of plain SQL.

Roles and grants are not migrated but made so again each time (`deskhouse.warehouse.roles`), in
the same transaction, so that a grant that somebody lost comes back.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from deskhouse.warehouse import roles
from deskhouse.warehouse.connection import Role, Warehouse
from deskhouse.warehouse.locks import Lock

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(warehouse: Warehouse) -> None:
    """Run what is missing and make the roles so; one transaction, one migrator at a time.

    Raises:
        ServiceDown: the database does not answer.
    """
    warehouse.connect(Role.OWNER).close()
    url = warehouse.url(Role.OWNER).replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    with engine.begin() as connection:
        connection.execute(
            text("select pg_advisory_xact_lock(:key)"), {"key": int(Lock.MIGRATIONS)}
        )
        connection.execute(text("create schema if not exists ops"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        driver = connection.connection.driver_connection
        assert driver is not None
        roles.apply(warehouse, driver)
