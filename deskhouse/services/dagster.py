"""Dagster: its pages behind a login, the daemon that starts what is due, and what both ask.

    dagster-code     loads the asset graph, tells of it, evaluates schedules and sensors
    dagster-daemon   starts what is due, and watches over it; runs are its children
    dagster          the pages

They are processes of the caller's own user, for runs are refreshes: they read the home's secrets
and write dbt's folders. Their tables are in a database of their own, beside the warehouse. What
they execute is named here and known to `orchestration` alone.
"""

import base64
import http.client
import json
import re
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from deskhouse.errors import ServiceDown
from deskhouse.home import kept_port, make_folder, secret
from deskhouse.services.account import Account
from deskhouse.services.ports import settle_port
from deskhouse.services.remote import socket_path
from deskhouse.services.service import EndsWithItsSupervisor, Program
from deskhouse.settings import CHECKOUT, Settings
from deskhouse.warehouse.beside import database_beside, make_database_beside
from deskhouse.warehouse.connection import Role, Warehouse, locate

USER = "deskhouse"


def login(settings: Settings) -> tuple[str, str]:
    """Who may see Dagster's pages: the name and the password of this home."""
    return USER, secret(settings.home, "dagster-login")


def folder(settings: Settings) -> Path:
    """Where Dagster's instance lies: its `dagster.yaml`, and little else."""
    return settings.home / "dagster"


@dataclass(frozen=True, slots=True)
class _Dagster(EndsWithItsSupervisor):
    """What the two have in common: the instance."""

    settings: Settings
    name: str
    needs: tuple[str, ...] = ("postgres",)
    stop_signal: str = "INT"
    stop_seconds: int = 45
    # The first start parses the dbt project.
    ready_seconds: int = 120

    def where(self) -> Path | None:
        """The instance's folder."""
        place = folder(self.settings)
        return place if place.exists() else None

    def _socket(self) -> Path:
        """Where the code server listens: whoever can talk to it can run anything as its user."""
        return socket_path(self.settings.home / "run", "dagster.sock")

    def _program(self, *command: str) -> Program:
        """Write the instance's files, and say how the process is started."""
        place = make_folder(folder(self.settings))
        warehouse = locate(self.settings)
        beside = make_database_beside(warehouse, "dagster")
        Account().write(place / "dagster.yaml", json.dumps(_instance(beside), indent=2))
        Account().write(place / "workspace.yaml", json.dumps(_workspace(self._socket()), indent=2))
        return Program(
            command=(sys.executable, "-m", *command),
            folder=place,
            stop_signal=self.stop_signal,
            environment=(
                *self.settings.environment(),
                ("DAGSTER_HOME", str(place)),
                ("DAGSTER_DISABLE_TELEMETRY", "yes"),
                ("PYTHONPATH", str(CHECKOUT)),
                # Its threads would be lost to the runs, which are forked.
                ("OPENBLAS_NUM_THREADS", "1"),
            ),
        )


@dataclass(frozen=True, slots=True)
class DagsterCode(_Dagster):
    """The code server, on a socket that only its user can open."""

    name: str = "dagster-code"
    port_by_hand: int | None = None

    def address(self) -> str:
        """It listens on no port."""
        return ""

    def probe(self) -> str | None:
        """Ring at its socket."""
        with socket.socket(socket.AF_UNIX) as bell:
            bell.settimeout(5)
            try:
                bell.connect(str(self._socket()))
            except OSError as error:
                return error.strerror or str(error)
        return None

    def prepare(self) -> Program:
        """Make its database, write its configuration."""
        self._socket().parent.mkdir(mode=0o700, exist_ok=True)
        self._socket().unlink(missing_ok=True)
        module = ("--module-name", "orchestration.definitions", "--attribute", "defs")
        where = ("--socket", str(self._socket()), "--location-name", _LOCATION)
        return self._program(
            "dagster", "code-server", "start", *module, *where, "--log-format", "json"
        )


@dataclass(frozen=True, slots=True)
class DagsterPages(_Dagster):
    """Dagster's web pages, on loopback, for whoever knows the password of this home."""

    name: str = "dagster"
    needs: tuple[str, ...] = ("dagster-daemon",)

    @property
    def port_by_hand(self) -> int | None:
        """`DESKHOUSE_DAGSTER_PORT`."""
        return self.settings.dagster_port

    def address(self) -> str:
        """Loopback, and the port of the last start."""
        port = kept_port(self.settings.home, self.name)
        return f"127.0.0.1:{port}" if port else ""

    def probe(self) -> str | None:
        """Log in and ask whether it could load what there is to show."""
        port = kept_port(self.settings.home, self.name)
        if port is None:
            return "it was never started in this home"
        token = base64.b64encode(":".join(login(self.settings)).encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("POST", "/graphql", json.dumps({"query": _LOADED}), headers)
            response = connection.getresponse()
            answer = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return str(error) or type(error).__name__
        finally:
            connection.close()
        if response.status != http.client.OK:
            return f"it answers with status {response.status}"
        problem = _FIRST_PROBLEM.search(answer)
        return f"the graph does not load: {problem[1]}" if problem else None

    def prepare(self) -> Program:
        """Make its database, write its configuration, choose the port."""
        settle_port(self.settings.home, self.name, self.port_by_hand)
        login(self.settings)
        return self._program("orchestration.defs.webserver")


@dataclass(frozen=True, slots=True)
class DagsterDaemon(_Dagster):
    """Dagster's daemon: schedules, sensors, the queue of runs, and the watch over them."""

    name: str = "dagster-daemon"
    needs: tuple[str, ...] = ("dagster-code",)
    port_by_hand: int | None = None

    def address(self) -> str:
        """It listens nowhere."""
        return ""

    def probe(self) -> str | None:
        """Look for its heartbeat in its database."""
        try:
            beside = database_beside(locate(self.settings), "dagster")
            with beside.connect(Role.OWNER, autocommit=True) as connection:
                if connection.execute(_HAS_TABLE).fetchone() == (None,):
                    return "it has not begun"
                found = connection.execute(_IS_BEATING).fetchone()
        except ServiceDown as error:
            return str(error)
        return None if found == (True,) else "its heart does not beat"

    def prepare(self) -> Program:
        """Make its database, write its configuration."""
        return self._program("orchestration.defs.daemon")


_LOADED = """{ workspaceOrError { ... on PythonError { message } ... on Workspace {
    locationEntries { locationOrLoadError { ... on PythonError { message } } } } } }"""
_FIRST_PROBLEM = re.compile(r'"message": ?"([^"\\\\]+)')
_HAS_TABLE = "select to_regclass('daemon_heartbeats')"
# A heart beats every 30 s, and is written down in UTC without a zone.
_IS_BEATING = """
select coalesce(max(timestamp) > (now() at time zone 'UTC') - interval '2 minutes', false)
from daemon_heartbeats
"""
_LOCATION = "deskhouse"


def _workspace(code_server: Path) -> dict[str, object]:
    """What `workspace.yaml` says: where the asset graph is to be had."""
    server = {"socket": str(code_server), "location_name": _LOCATION}
    return {"load_from": [{"grpc_server": server}]}


def _instance(beside: Warehouse) -> dict[str, object]:
    """What `dagster.yaml` says (JSON is YAML)."""
    kept_days = {"skipped": 1, "started": 1, "success": 7, "failure": 30}
    return {
        "storage": {
            "custom": {
                "module": "orchestration.defs.storage",
                "class": "PooledStorage",
                "config": {"postgres_url": beside.url(Role.OWNER)},
            }
        },
        # One run at a time, whatever it is: nothing overlaps.
        "concurrency": {"runs": {"max_concurrent_runs": 1}},
        "run_launcher": {"module": "orchestration.defs.launcher", "class": "WarmLauncher"},
        "run_monitoring": {
            "enabled": True,
            "poll_interval_seconds": 15,
            "start_timeout_seconds": 120,
            "max_runtime_seconds": 6 * 3600,
            "max_resume_run_attempts": 0,
        },
        "python_logs": {
            "managed_python_loggers": ["deskhouse", "expectations", "ingestion", "orchestration"],
            "python_log_level": "INFO",
        },
        "compute_logs": {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
        },
        "retention": {
            "schedule": {"purge_after_days": kept_days},
            "sensor": {"purge_after_days": kept_days},
        },
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
    }
