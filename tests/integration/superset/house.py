"""A home with Superset up, on a warehouse of its own; started once for a module of tests."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from deskhouse.services import running
from deskhouse.services.states import ServiceState, states
from deskhouse.services.superset import SupersetPages, environment, folder, login, python_of
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Warehouse
from tests.folders import open_folder
from tests.integration.superset.pages import Pages
from tests.warehouses import fresh_warehouses, settings_of


@dataclass(frozen=True)
class House:
    """The home, its warehouse, and Superset's pages with the admin logged in."""

    settings: Settings
    warehouse: Warehouse
    pages: Pages

    def stranger(self, source: str = "127.0.0.1") -> Pages:
        """The same pages, nobody logged in."""
        return Pages(self.pages.address, source)

    def services(self) -> dict[str, ServiceState]:
        return {service.name: service for service in states(self.settings).services}

    def log(self, service: str = "superset") -> str:
        path = self.settings.home / "logs" / f"{service}.log"
        return path.read_text(encoding="utf-8", errors="replace")

    def within(self, program: str) -> Any:
        """What a program prints last, as JSON, that runs within Superset's application."""
        heading = "from superset.app import create_app\napp = create_app()\n"
        done = subprocess.run(
            [python_of(self.settings), "-P", "-c", heading + program],
            env={**os.environ, **dict(environment(self.settings))},
            cwd=folder(self.settings),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def superset_up(server_url: str, time_zone: str = "UTC") -> Iterator[House]:
    """Start Superset with all that it needs, and stop and remove it after the block."""
    place = open_folder()
    with fresh_warehouses(server_url) as make:
        warehouse = make()
        settings = settings_of(warehouse, place).model_copy(
            update={"services": "superset, superset-worker", "time_zone": time_zone}
        )
        try:
            running.up(settings)
            pages = Pages(SupersetPages(settings).address())
            pages.log_in(*login(settings))
            yield House(settings, warehouse, pages)
        finally:
            running.down(settings)
            shutil.rmtree(place)
