"""Postgres: the home's own, or the one that DESKHOUSE_DATABASE_URL names."""

from dataclasses import dataclass, replace
from pathlib import Path

from deskhouse.errors import Failed, ServiceDown
from deskhouse.home import kept_port, secret
from deskhouse.services import cluster
from deskhouse.services.account import account_for, place, reachable
from deskhouse.services.binaries import find_postgres
from deskhouse.services.leftovers import process_in
from deskhouse.services.ports import settle_port
from deskhouse.services.service import Program
from deskhouse.services.tuning import this_machine
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, locate


@dataclass(frozen=True, slots=True)
class _Warehouse:
    """What the two have in common: both answer as the warehouse of these settings."""

    settings: Settings
    name: str = "postgres"
    needs: tuple[str, ...] = ()

    def probe(self) -> str | None:
        """Log in as the owner."""
        try:
            locate(self.settings).connect(Role.OWNER).close()
        except ServiceDown as error:
            return str(error)
        return None

    def settle(self) -> None:
        """Migrate, and make the roles so.

        Raises:
            Failed: the database refused.
        """
        import psycopg
        from sqlalchemy.exc import SQLAlchemyError

        from deskhouse.warehouse.migrate import migrate

        try:
            migrate(locate(self.settings))
        except (SQLAlchemyError, psycopg.Error) as error:
            problem = str(error).strip().splitlines()[0]
            raise Failed(
                f"the database cannot be brought up to date: {problem}",
                "Its owner must own the database and may have to make roles (CREATEROLE).",
            ) from error


@dataclass(frozen=True, slots=True)
class ExternalPostgres(_Warehouse):
    """A server that somebody else runs."""

    def address(self) -> str:
        """Host and port of the URL."""
        warehouse = locate(self.settings)
        return f"{warehouse.host}:{warehouse.port}"


@dataclass(frozen=True, slots=True)
class Postgres(_Warehouse):
    """A server of our own, its data in the home."""

    # SIGINT is a fast stop: sessions are ended, all that was committed is on disk.
    stop_signal: str = "INT"
    stop_seconds: int = 60
    # After a crash it first replays its log, which a large build may have filled.
    ready_seconds: int = 600

    @property
    def port_by_hand(self) -> int | None:
        """`DESKHOUSE_POSTGRES_PORT`."""
        return self.settings.postgres_port

    def address(self) -> str:
        """Loopback, and the port of the last start."""
        port = kept_port(self.settings.home, self.name)
        return f"127.0.0.1:{port}" if port else ""

    def where(self) -> Path | None:
        """The folder around the data folder."""
        folder = self.settings.home / self.name
        return folder.resolve() if folder.exists() else None

    def leftover(self) -> int | None:
        """A postmaster that works on our data: it keeps its pid there, and makes it its home."""
        folder = self.where()
        return process_in(folder / "data", "postmaster.pid") if folder else None

    def prepare(self) -> Program:
        """Make the database if there is none, choose the port, write the configuration."""
        home = self.settings.home
        account = account_for(home, self.name)
        folder = place(home, self.name, account)
        data = folder / "data"
        binaries = find_postgres(cluster.made_by(data))
        postgres = reachable(binaries.folder / "postgres", binaries.trees, account, folder)
        port = settle_port(home, self.name, self.port_by_hand)
        if cluster.made_by(data) is None:
            passwords = secret(home, "postgres-superuser"), secret(home, "postgres-owner")
            cluster.make(data, replace(binaries, folder=postgres.parent), account, *passwords)
        cluster.configure(data, account, this_machine(), port)
        return Program(
            command=(str(postgres), "-D", str(data)),
            folder=folder,
            stop_signal=self.stop_signal,
            environment=(("LC_ALL", "C.UTF-8"),),
            uid=account.uid,
            gid=account.gid,
        )
