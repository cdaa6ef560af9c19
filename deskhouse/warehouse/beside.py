"""Databases beside the warehouse, on the same server: what a tool of ours keeps its own tables in.

Each has a login of its own, who sees nothing of the warehouse; its password is derived as those
of the warehouse's roles are.
"""

from dataclasses import replace

import psycopg
from psycopg import sql

from deskhouse.errors import Failed
from deskhouse.warehouse.connection import Role, Warehouse
from deskhouse.warehouse.roles import ensure_login


def database_beside(warehouse: Warehouse, name: str) -> Warehouse:
    """The database `<warehouse>_<name>`, as its owner sees it, who is called the same."""
    own = f"{warehouse.database}_{name}"
    return replace(
        warehouse, database=own, owner=own, owner_password=warehouse.derived_password(name)
    )


def make_database_beside(warehouse: Warehouse, name: str) -> Warehouse:
    """Make that database and its login, if they are not there, and the password so.

    Raises:
        ServiceDown: the server does not answer.
        Failed: the warehouse's owner may not make databases or roles.
    """
    beside = database_beside(warehouse, name)
    own = sql.Identifier(beside.database)
    try:
        with warehouse.connect(Role.OWNER, autocommit=True) as connection:
            ensure_login(connection, beside.owner, beside.owner_password)
            there = connection.execute(
                "select from pg_database where datname = %s", (beside.database,)
            ).fetchone()
            if there is None:
                connection.execute(
                    sql.SQL("create database {} encoding 'UTF8' template template0").format(own)
                )
            connection.execute(sql.SQL("revoke all on database {} from public").format(own))
            connection.execute(sql.SQL("grant all on database {} to {}").format(own, own))
            # Logs and queues: who waits for a disk at each line, waits for nothing worth it.
            connection.execute(sql.SQL("alter role {} set synchronous_commit = off").format(own))
        with replace(warehouse, database=beside.database).connect(Role.OWNER) as connection:
            connection.execute(sql.SQL("grant all on schema public to {}").format(own))
    except psycopg.Error as error:
        problem = str(error).strip().splitlines()[0]
        raise Failed(
            f"the database {beside.database} cannot be made: {problem}",
            f"Let {warehouse.owner} do so (CREATEDB, CREATEROLE), make it by hand,"
            f" or leave {name} out by DESKHOUSE_SERVICES.",
        ) from error
    return beside
