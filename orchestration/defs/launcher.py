"""How runs start: forked off a warm process, one at a time, by Dagster's daemon.

Dagster's own launcher spawns a process a run, which imports Dagster and dbt and parses the project
anew each time. It also cannot tell whether a run's process is alive; this one can, so a run whose
process died is marked failed by Dagster's run monitoring within seconds.
"""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster._config import UserConfigSchema
from dagster._core.launcher.base import (
    CheckRunHealthResult,
    LaunchRunContext,
    RunLauncher,
    WorkerStatus,
)
from dagster._core.storage.dagster_run import DagsterRun
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from deskhouse.configuration.sources import FILE as SOURCES
from deskhouse.settings import CHECKOUT, read_settings
from orchestration.defs.processes import PROCESS, living

# The worker is not imported here: it loads what runs need, and this is loaded by every page too.
_WORKER = (sys.executable, "-m", "orchestration.defs.worker")
# Above what the worker gives its run.
_STOP_SECONDS = 25.0
_READ = ("deskhouse", "dbt_project", "expectations", "exporters", "ingestion", "orchestration")
_SUFFIXES = (".py", ".sql", ".yml")


class WarmLauncher(RunLauncher, ConfigurableClass):
    """Launches runs by a line to the warm worker, which is begun at the first."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        """`inst_data` is Dagster's: what dagster.yaml said of this class."""
        self._inst_data = inst_data
        self._worker: subprocess.Popen[str] | None = None
        self._code = ""
        self._lock = threading.Lock()
        super().__init__()  # type: ignore[no-untyped-call]  # Dagster's has no types

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """What dagster.yaml said of this class."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing can be set."""
        return {}

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, Any],  # noqa: ARG003 - Dagster's to give
    ) -> "WarmLauncher":
        """Made from dagster.yaml."""
        return cls(inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Hand a run to the worker; a worker that died, or is older than its code, is replaced."""
        with self._lock:
            worker = self._ready_worker()
            assert worker.stdin is not None
            worker.stdin.write(f"{context.dagster_run.run_id}\n")
            worker.stdin.flush()

    def terminate(self, run_id: str) -> bool:
        """Interrupt a run; false if it has no process."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        self._instance.report_run_canceling(run)
        pid = living(run.tags.get(PROCESS, ""))
        if pid is None:
            return False
        os.kill(pid, signal.SIGINT)
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        """It can tell."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether a run's process lives."""
        if living(run.tags.get(PROCESS, "")) is not None:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "its process is gone")

    def dispose(self) -> None:
        """End the worker, and by it the run that it has."""
        with self._lock:
            if self._worker is not None:
                self._worker.terminate()
                try:
                    self._worker.wait(_STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    self._worker.kill()
                self._worker = None

    def _ready_worker(self) -> "subprocess.Popen[str]":
        code = _code_now()
        if self._worker is not None and (self._worker.poll() is not None or code != self._code):
            assert self._worker.stdin is not None
            # With its input ends the worker, once it has begun what it was given.
            self._worker.stdin.close()
            self._worker = None
        if self._worker is None:
            self._worker = subprocess.Popen(_WORKER, stdin=subprocess.PIPE, text=True)
            self._code = code
        return self._worker


def _code_now() -> str:
    """A fingerprint of what the worker has in memory, told by sizes and times."""
    digest = hashlib.sha256()
    paths = [read_settings().config / SOURCES]
    for package in _READ:
        paths += (path for path in (CHECKOUT / package).rglob("*") if path.suffix in _SUFFIXES)
    for path in sorted(filter(Path.exists, paths)):
        stat = path.stat()
        digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()
