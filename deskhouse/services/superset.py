"""Superset: its pages, and the worker that works for them.

    superset          the pages: charts, dashboards, SQL Lab
    superset-worker   what runs aside, and at its hour

They run in an environment of their own, `.venv-superset`, as the caller's own user. Their tables
are in a database of their own, beside the warehouse; caches and queues are in Redis, under a prefix
of their own. At the first start the first of the two makes tables, roles and the first user; that
takes longer.
"""

import http.client
from dataclasses import dataclass
from pathlib import Path

from deskhouse.errors import Failed, ServiceDown
from deskhouse.home import kept_port, make_folder, secret
from deskhouse.services.ports import settle_port
from deskhouse.services.redis import redis_url
from deskhouse.services.service import EndsWithItsSupervisor, Program
from deskhouse.settings import CHECKOUT, Settings
from deskhouse.warehouse.beside import database_beside, make_database_beside
from deskhouse.warehouse.connection import Role, locate

USER = "admin"


def login(settings: Settings) -> tuple[str, str]:
    """Superset's first user, who may do everything: the name and the password of this home."""
    return USER, secret(settings.home, "superset-login")


def folder(settings: Settings) -> Path:
    """Where Superset keeps what is neither in its database nor in Redis."""
    return settings.home / "superset"


def python_of(_settings: Settings) -> Path:
    """The interpreter of Superset's environment.

    Raises:
        Failed: it is not installed.
    """
    python = CHECKOUT / ".venv-superset" / "bin" / "python"
    if not python.exists():
        raise Failed("Superset is not installed", "Run `make install`.")
    return python


def environment(settings: Settings) -> tuple[tuple[str, str], ...]:
    """What a process of Superset's environment needs, to be or to talk to this home's Superset.

    It holds secrets: it is given to processes and written nowhere else.

    Raises:
        ServiceDown: there is no Postgres or no Redis in this home yet.
    """
    home, own = settings.home, "DESKHOUSE_SUPERSET"
    warehouse = locate(settings)
    beside = database_beside(warehouse, "superset")
    port = settings.superset_port or kept_port(home, "superset") or 0
    return (
        ("SUPERSET_CONFIG", "superset_assets.server.config"),
        ("PYTHONPATH", str(CHECKOUT)),
        # Threads that would be lost to the processes that serve, which are forked.
        ("OPENBLAS_NUM_THREADS", "1"),
        ("DESKHOUSE_LOG_LEVEL", settings.log_level),
        # "Last week" ends with today's midnight: that of the reporting zone.
        ("TZ", settings.time_zone),
        (f"{own}_DATABASE", beside.url(Role.OWNER).replace("://", "+psycopg2://", 1)),
        (f"{own}_REDIS", redis_url(settings)),
        (f"{own}_PREFIX", _prefix(settings)),
        (f"{own}_FOLDER", str(make_folder(folder(settings)))),
        (f"{own}_BIND", f"{settings.listen}:{port}"),
        (f"{own}_SECRET_KEY", secret(home, "superset-key")),
        (f"{own}_GUEST_SECRET", secret(home, "superset-guest")),
        (f"{own}_ASYNC_SECRET", secret(home, "superset-async")),
        (f"{own}_ADMIN_PASSWORD", login(settings)[1]),
    )


def _prefix(settings: Settings) -> str:
    """What begins each of its keys in Redis, which may be shared with others."""
    return f"{locate(settings).database}:superset:"


@dataclass(frozen=True, slots=True)
class _Superset(EndsWithItsSupervisor):
    """What the two have in common: the environment."""

    settings: Settings
    name: str
    needs: tuple[str, ...] = ("postgres", "redis")
    stop_signal: str = "TERM"
    stop_seconds: int = 45
    # The first start makes some eighty tables and four hundred permissions.
    ready_seconds: int = 240

    def where(self) -> Path | None:
        """The folder of its files."""
        place = folder(self.settings)
        return place if place.exists() else None

    def _program(self, module: str) -> Program:
        """Make its database, and say how a module of `superset_assets.server` is started."""
        python = python_of(self.settings)
        make_database_beside(locate(self.settings), "superset")
        return Program(
            command=(str(python), "-P", "-m", f"superset_assets.server.{module}"),
            folder=make_folder(folder(self.settings)),
            stop_signal=self.stop_signal,
            environment=environment(self.settings),
        )


@dataclass(frozen=True, slots=True)
class SupersetPages(_Superset):
    """Superset's web pages, on loopback, for whoever has a login."""

    name: str = "superset"

    @property
    def port_by_hand(self) -> int | None:
        """`DESKHOUSE_SUPERSET_PORT`."""
        return self.settings.superset_port

    def address(self) -> str:
        """Loopback, and the port of the last start."""
        port = kept_port(self.settings.home, self.name)
        return f"127.0.0.1:{port}" if port else ""

    def probe(self) -> str | None:
        """Ask after its health."""
        port = kept_port(self.settings.home, self.name)
        if port is None:
            return "it was never started in this home"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            return str(error) or type(error).__name__
        finally:
            connection.close()
        if response.status != http.client.OK or answer != b"OK":
            return f"it answers with status {response.status}"
        return None

    def prepare(self) -> Program:
        """Choose the port, make its database."""
        settle_port(self.settings.home, self.name, self.port_by_hand)
        return self._program("web")


@dataclass(frozen=True, slots=True)
class SupersetWorker(_Superset):
    """Superset's worker: long queries of SQL Lab, and the tidying of its own tables."""

    name: str = "superset-worker"
    port_by_hand: int | None = None

    def address(self) -> str:
        """It listens nowhere."""
        return ""

    def probe(self) -> str | None:
        """Look for its pulse in Redis."""
        from redis import Redis
        from redis.exceptions import RedisError

        try:
            key = _prefix(self.settings) + "worker"
            with Redis.from_url(redis_url(self.settings), socket_timeout=5) as client:
                return None if client.exists(key) else "its heart does not beat"
        except (RedisError, ServiceDown) as error:
            return str(error)

    def prepare(self) -> Program:
        """Forget the pulse of its predecessor, make its database."""
        from redis import Redis

        with Redis.from_url(redis_url(self.settings), socket_timeout=5) as client:
            client.delete(_prefix(self.settings) + "worker")
        return self._program("worker")
