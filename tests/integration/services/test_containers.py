"""What containers are begun with: passwords of a checkout's own, and the warehouse's database."""

import os
import re
import secrets
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from psycopg import sql

from deskhouse.settings import CHECKOUT
from deskhouse.warehouse.connection import Role, Warehouse, warehouse_at
from deskhouse.warehouse.migrate import migrate


def test_passwords_are_made_once_beside_what_the_settings_file_holds(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    script = shutil.copy2(CHECKOUT / "docker" / "secrets", tmp_path / "docker")
    kept = "DESKHOUSE_TIME_ZONE=Europe/Berlin\nREDIS_PASSWORD=ours\n"
    (tmp_path / ".env").write_text(kept)
    subprocess.run([script], check=True, cwd="/")
    made = (tmp_path / ".env").read_text()
    assert re.fullmatch(
        re.escape(kept) + "POSTGRES_PASSWORD=[0-9a-f]{48}\nDATABASE_PASSWORD=[0-9a-f]{48}\n", made
    )
    assert len(set(re.findall("=([0-9a-f]{48})", made))) == 2
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    subprocess.run([script], check=True, cwd="/")
    assert (tmp_path / ".env").read_text() == made


def test_the_database_is_made_for_an_owner_who_may_set_the_warehouse_up(server_url: str) -> None:
    server = warehouse_at(server_url)
    name, password = f"dh_test_{secrets.token_hex(6)}", 'it\'s a "password" \\'
    owner = f"{name}_owner"
    warehouse = replace(server, database=name, owner=owner, owner_password=password, key=password)
    told = {
        "PATH": f"{CHECKOUT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGPASSWORD": server.owner_password,
        "POSTGRES_USER": server.owner,
        "POSTGRES_DB": server.database,
        "DATABASE": name,
        "DATABASE_PASSWORD": password,
    }
    try:
        subprocess.run([CHECKOUT / "docker" / "make-database"], env=told, check=True)
        migrate(warehouse)
        with warehouse.connect(Role.OWNER) as connection:
            rights = "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = %s"
            assert connection.execute(rights, (owner,)).fetchone() == (False, True, True)
        with warehouse.connect(Role.READER) as connection:
            assert connection.execute("select state from ops.data_state").fetchall() != []
    finally:
        _drop(server, warehouse)


def _drop(server: Warehouse, warehouse: Warehouse) -> None:
    """Drop the database, by whoever owns it the roles that were made for it, and the owner."""
    roles = [
        sql.Identifier(warehouse.role_name(role))
        for role in (Role.TRANSFORMER, Role.LOADER, Role.READER, "people")
    ]
    with server.connect(Role.OWNER, autocommit=True) as connection:
        connection.execute(
            sql.SQL("drop database if exists {}").format(sql.Identifier(warehouse.database))
        )
    with replace(warehouse, database="postgres").connect(Role.OWNER) as connection:
        connection.execute(sql.SQL("drop role if exists {}").format(sql.SQL(", ").join(roles)))
    with server.connect(Role.OWNER) as connection:
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(warehouse.owner)))
