"""Superset's worker: what runs aside, and at its hour.

    python -m superset_assets.server.worker

While it takes work it says so in Redis, where its liveness is read.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery.bootsteps import StartStopStep
from redis import Redis
from redis.exceptions import RedisError

_EVERY_SECONDS = 5.0
_KEPT_SECONDS = 20


class _Pulse(StartStopStep):  # type: ignore[misc]  # Celery has no types
    """A key that is there while the worker is connected and takes tasks."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._redis = Redis.from_url(os.environ["DESKHOUSE_SUPERSET_REDIS"])
        self._key = os.environ["DESKHOUSE_SUPERSET_PREFIX"] + "worker"
        self._timer: Any = None

    def start(self, consumer: Any) -> None:
        """Begin to beat: at the start, and after each loss of Redis."""
        self._beat()
        self._timer = consumer.timer.call_repeatedly(_EVERY_SECONDS, self._beat)

    def stop(self, consumer: Any) -> None:
        """Beat no more."""
        if self._timer is not None:
            self._timer.cancel()

    def shutdown(self, consumer: Any) -> None:
        """Be seen to be gone."""
        with suppress(RedisError):
            self._redis.delete(self._key)

    def _beat(self) -> None:
        with suppress(RedisError):
            self._redis.set(self._key, os.getpid(), ex=_KEPT_SECONDS)


def main() -> None:
    """Work until told to stop."""
    from superset.tasks.celery_app import app

    schedule = Path(os.environ["DESKHOUSE_SUPERSET_FOLDER"]) / "beat"
    app.steps["consumer"].add(_Pulse)
    level = f"--loglevel={os.environ['DESKHOUSE_LOG_LEVEL']}"
    threads = ("--pool=threads", "--concurrency=2")
    alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    app.worker_main(["worker", "--beat", f"--schedule={schedule}", level, *threads, *alone])


if __name__ == "__main__":
    main()
