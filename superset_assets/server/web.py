"""Superset's pages: the application is made once, then served by two processes of eight threads.

    python -m superset_assets.server.web

What is made before the processes part is in memory once for both.
"""

import gc
import logging
import os
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from superset_assets.server.bootstrap import application

_OPTIONS = {
    "worker_class": "gthread",
    "workers": 2,
    "threads": 8,
    # Longer than Superset itself waits for an answer.
    "timeout": 90,
    "graceful_timeout": 20,
    "keepalive": 30,
    "limit_request_line": 8190,
    "control_socket_disable": True,
    "proc_name": "superset",
}


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn, with an application that is there already."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        super().__init__()

    def load_config(self) -> None:
        for name, value in _OPTIONS.items():
            self.cfg.set(name, value)
        self.cfg.set("bind", os.environ["DESKHOUSE_SUPERSET_BIND"])
        self.cfg.set("loglevel", os.environ["DESKHOUSE_LOG_LEVEL"].lower())

    def load(self) -> Any:
        return self._app


def main() -> None:
    """Serve until told to stop."""
    from superset.extensions import db

    logging.basicConfig(
        level=os.environ["DESKHOUSE_LOG_LEVEL"],
        format="%(asctime)s:%(levelname)s:%(name)s:%(message)s",
    )
    app = application()
    with app.app_context():
        db.session.remove()
        # A connection must not be shared by two processes.
        db.engine.dispose()
    gc.collect()
    # Neither process goes through what it did not make, and so has it as its own.
    gc.freeze()
    _Server(app).run()


if __name__ == "__main__":
    main()
