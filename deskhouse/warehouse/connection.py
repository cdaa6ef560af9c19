"""Where the warehouse is, and connections to it by role.

The owner's URL comes from the settings or from the embedded Postgres of the home folder. The
other roles are named after the database and their passwords are derived from the owner's, so a
second home pointed at the same database finds the same logins and nothing has to be stored.
"""

import base64
import hashlib
import hmac
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from deskhouse.errors import ServiceDown, WrongInput
from deskhouse.home import kept_port, secret
from deskhouse.settings import Settings

DATABASE = "deskhouse"
OWNER = "deskhouse_owner"

# It warns of what it cannot close in order when the server has gone; that is told by the error.
logging.getLogger("psycopg").setLevel(logging.ERROR)


class Role(StrEnum):
    """Who may do what: see `deskhouse.warehouse.roles`."""

    OWNER = "owner"
    TRANSFORMER = "transformer"
    LOADER = "loader"
    READER = "reader"


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A Postgres database and the key from which its roles' passwords are derived."""

    host: str
    port: int
    database: str
    owner: str
    owner_password: str = field(repr=False)
    key: str = field(repr=False)
    options: tuple[tuple[str, str], ...] = ()

    def role_name(self, role: Role | str) -> str:
        """The login of a role: the owner's own name, else `<database>_<role>`."""
        return self.owner if role == Role.OWNER else f"{self.database}_{role}"

    def password(self, role: Role) -> str:
        """The password of a role."""
        return self.owner_password if role == Role.OWNER else self.derived_password(str(role))

    def derived_password(self, name: str) -> str:
        """A password that whoever knows the key finds again."""
        message = f"{self.database}/{name}".encode()
        digest = hmac.digest(self.key.encode(), message, hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def url(self, role: Role = Role.READER) -> str:
        """A connection URL, password included."""
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in self.options)
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        login = f"{quote(self.role_name(role), safe='')}:{quote(self.password(role), safe='')}"
        url = f"postgresql://{login}@{host}:{self.port}/{quote(self.database, safe='')}"
        return f"{url}?{query}" if query else url

    def connect(self, role: Role, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        """Open a connection; every timestamp it shows is UTC.

        Raises:
            ServiceDown: the server does not answer, or refuses the login.
        """
        try:
            return psycopg.connect(
                self.url(role),
                autocommit=autocommit,
                application_name="deskhouse",
                connect_timeout=10,
                options="-c timezone=UTC",
            )
        except psycopg.OperationalError as error:
            problem = str(error).strip().splitlines()[-1]
            raise ServiceDown(
                f"Postgres does not answer as {self.role_name(role)}: {problem}",
                "Run `deskhouse up postgres`, or look at `deskhouse status`.",
            ) from None


@contextmanager
def loss_told(during: str) -> Iterator[None]:
    """Tell the loss of Postgres as such, whatever was under way.

    Raises:
        ServiceDown: it went away.
    """
    try:
        yield
    except psycopg.OperationalError as error:
        problem = str(error).strip().splitlines()[0]
        raise ServiceDown(
            f"Postgres went away during {during}: {problem}",
            "Run it again: what was done before stands.",
        ) from None


def warehouse_at(url: str, key: str | None = None) -> Warehouse:
    """The warehouse of an owner's URL; `key` derives passwords where the URL has none.

    Raises:
        WrongInput: the URL is none, or names no database.
    """
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError as error:
        raise WrongInput(
            f"DESKHOUSE_DATABASE_URL cannot be read: {str(error).strip()}",
            "It looks like postgresql://owner:password@host:5432/deskhouse.",
        ) from None
    user, database = parts.pop("user", None), parts.pop("dbname", None)
    if not user or not database:
        raise WrongInput(
            "DESKHOUSE_DATABASE_URL names no user or no database",
            "It looks like postgresql://owner:password@host:5432/deskhouse.",
        )
    password = str(parts.pop("password", "") or "")
    return Warehouse(
        host=str(parts.pop("host", None) or "localhost"),
        port=int(parts.pop("port", None) or 5432),
        database=str(database),
        owner=str(user),
        owner_password=password,
        key=password or key or "",
        options=tuple(sorted((name, str(value)) for name, value in parts.items())),
    )


def locate(settings: Settings) -> Warehouse:
    """The warehouse of these settings: the external one if a URL is set, else the home's own.

    Raises:
        ServiceDown: the embedded Postgres was never started in this home.
    """
    if settings.database_url:
        return warehouse_at(settings.database_url, secret(settings.home, "roles"))
    port = settings.postgres_port or kept_port(settings.home, "postgres")
    if port is None:
        raise ServiceDown("there is no database in this home yet", "Run `deskhouse up` first.")
    password = secret(settings.home, "postgres-owner")
    return Warehouse("127.0.0.1", port, DATABASE, OWNER, password, password)
