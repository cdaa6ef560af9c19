"""Superset's worker: what runs aside, and at its hour.

    python -m superset_assets.server.worker

While it takes work it says so in Redis, where its liveness is read.
"""

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery.beat import EmbeddedService
from celery.bootsteps import StartStopStep
from redis import Redis
from redis.exceptions import RedisError

from superset_assets.server.bootstrap import ensure

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


class _Beat(StartStopStep):  # type: ignore[misc]  # Celery has no types
    """What is due at its hour, by a thread: the process of `--beat` outlives one that is killed."""

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        schedule = Path(os.environ["DESKHOUSE_SUPERSET_FOLDER"]) / "beat"
        self._beat = EmbeddedService(worker.app, thread=True, schedule_filename=str(schedule))

    def start(self, worker: Any) -> None:
        """Begin to look at the clock."""
        self._beat.start()

    def stop(self, worker: Any) -> None:
        """Look no more."""
        self._beat.stop()


def main() -> None:
    """Work until told to stop."""
    logging.basicConfig(level=os.environ["DESKHOUSE_LOG_LEVEL"])
    ensure()
    # This makes the application, and is where Superset has it made.
    from superset.tasks.celery_app import app

    app.steps["worker"].add(_Beat)
    app.steps["consumer"].add(_Pulse)
    level = f"--loglevel={os.environ['DESKHOUSE_LOG_LEVEL']}"
    threads = ("--pool=threads", "--concurrency=2")
    alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    app.worker_main(["worker", level, *threads, *alone])


if __name__ == "__main__":
    main()
