"""Redis: the home's own, or the one that DESKHOUSE_REDIS_URL names.

It holds what can be made again (caches, queues of a running system), so it keeps nothing on disk.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deskhouse.errors import ServiceDown
from deskhouse.home import kept_port, secret
from deskhouse.services.account import account_for, place, reachable
from deskhouse.services.binaries import find_redis
from deskhouse.services.leftovers import process_in
from deskhouse.services.ports import settle_port
from deskhouse.services.service import Program
from deskhouse.services.tuning import redis_megabytes, this_machine
from deskhouse.settings import Settings

# Keys without an expiry (queues) are never evicted for those that have one (caches).
_CONFIGURATION = """\
# Written at each `deskhouse up`.
bind 127.0.0.1
protected-mode yes
port {port}
requirepass {password}
dir "{folder}"
pidfile "{folder}/redis.pid"
daemonize no
logfile ""
save ""
appendonly no
maxmemory {megabytes}mb
maxmemory-policy volatile-lru
"""


def redis_url(settings: Settings) -> str:
    """The URL of these settings' Redis, password included.

    Raises:
        ServiceDown: the embedded Redis was never started in this home.
    """
    if settings.redis_url:
        return settings.redis_url
    port = settings.redis_port or kept_port(settings.home, "redis")
    if port is None:
        raise ServiceDown("there is no Redis in this home yet", "Run `deskhouse up redis` first.")
    return f"redis://:{secret(settings.home, 'redis')}@127.0.0.1:{port}/0"


@dataclass(frozen=True, slots=True)
class _Cache:
    """What the two have in common."""

    settings: Settings
    name: str = "redis"
    needs: tuple[str, ...] = ()

    def probe(self) -> str | None:
        """Log in and ping."""
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.exceptions import RedisError
        from redis.retry import Retry

        try:
            with Redis.from_url(
                redis_url(self.settings),
                socket_timeout=5,
                socket_connect_timeout=5,
                retry=Retry(NoBackoff(), 0),
            ) as client:
                client.ping()
        except (RedisError, ServiceDown, ValueError) as error:
            return str(error)
        return None

    def settle(self) -> None:
        """Nothing is due."""


@dataclass(frozen=True, slots=True)
class ExternalRedis(_Cache):
    """A server that somebody else runs."""

    def address(self) -> str:
        """Host and port of the URL."""
        parts = urlsplit(redis_url(self.settings))
        return f"{parts.hostname or 'localhost'}:{parts.port or 6379}"


@dataclass(frozen=True, slots=True)
class Redis(_Cache):
    """A server of our own."""

    stop_signal: str = "TERM"
    stop_seconds: int = 15
    ready_seconds: int = 30

    @property
    def port_by_hand(self) -> int | None:
        """`DESKHOUSE_REDIS_PORT`."""
        return self.settings.redis_port

    def address(self) -> str:
        """Loopback, and the port of the last start."""
        port = kept_port(self.settings.home, self.name)
        return f"127.0.0.1:{port}" if port else ""

    def where(self) -> Path | None:
        """The folder of its configuration."""
        folder = self.settings.home / self.name
        return folder.resolve() if folder.exists() else None

    def leftover(self) -> int | None:
        """A server whose folder is ours."""
        folder = self.where()
        return process_in(folder, "redis.pid") if folder else None

    def prepare(self) -> Program:
        """Choose the port and write the configuration, password and all."""
        home = self.settings.home
        account = account_for(home, self.name)
        folder = place(home, self.name, account)
        found = find_redis()
        server = reachable(found, [found], account, folder)
        port = settle_port(home, self.name, self.port_by_hand)
        configuration = folder / "redis.conf"
        text = _CONFIGURATION.format(
            port=port,
            password=secret(home, "redis"),
            folder=str(folder).replace("\\", "\\\\").replace('"', '\\"'),
            megabytes=redis_megabytes(this_machine()),
        )
        account.write(configuration, text)
        return Program(
            command=(str(server), str(configuration)),
            folder=folder,
            stop_signal=self.stop_signal,
            environment=(("LC_ALL", "C.UTF-8"),),
            uid=account.uid,
            gid=account.gid,
        )
