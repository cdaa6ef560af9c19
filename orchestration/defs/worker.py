"""A warm process from which runs are forked.

    python -m orchestration.defs.worker

Importing Dagster and dbt and parsing the project takes seconds, a refresh with nothing new less
than one. So this process does it once, reads ids of runs from its standard input, a line each, and
forks itself for each: a run finds everything in memory, and leaves nothing behind in it. It ends
when its input does and its run is over. On SIGTERM, which it also gets when the daemon that began
it dies, it interrupts the run first and sees it end. On SIGUSR1 it, or a run, writes where it
stands to the daemon's log.

What was edited since it began is not in its memory: whoever talks to it begins a new one then
(`orchestration.defs.launcher`).
"""

import faulthandler
import gc
import importlib
import logging
import os
import signal
import sys
import time
from contextlib import suppress

from dagster import DagsterInstance
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._grpc.impl import core_execute_run
from dagster._utils.hosted_user_process import recon_job_from_origin
from dagster._utils.interrupts import capture_interrupts

from deskhouse.build.transform import Transformer
from deskhouse.errors import DeskhouseError
from deskhouse.settings import read_settings
from deskhouse.warehouse.connection import locate
from orchestration.defs.processes import PROCESS, end_with_parent, process_name

# Long enough for a run to say that it was interrupted.
_INTERRUPT_SECONDS = 10.0
_log = logging.getLogger(__name__)


def main() -> None:
    """Serve runs until the standard input ends."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    end_with_parent(signal.SIGTERM)
    faulthandler.register(signal.SIGUSR1, chain=False)
    _warm_up()
    runs: list[int] = []
    signal.signal(signal.SIGTERM, _stop)
    try:
        for line in sys.stdin:
            pid = os.fork()
            if pid == 0:
                _run_and_exit(line.strip())
            # Those that ended are seen here, and what became of them in Dagster's own records.
            runs = [one for one in (*runs, pid) if os.waitpid(one, os.WNOHANG) == (0, 0)]
        for pid in runs:
            os.waitpid(pid, 0)
    except _Stopped:
        _interrupt(runs)


class _Stopped(BaseException):
    """SIGTERM was received."""


def _stop(_number: int, _frame: object) -> None:
    raise _Stopped


def _interrupt(runs: list[int]) -> None:
    """Interrupt runs and see them end; kill what does not in time."""
    for number in (signal.SIGINT, signal.SIGKILL):
        for pid in runs:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + _INTERRUPT_SECONDS
        while runs and time.monotonic() < deadline:
            runs = [pid for pid in runs if os.waitpid(pid, os.WNOHANG) == (0, 0)]
            time.sleep(0.05)


def _warm_up() -> None:
    """Have in memory what every run needs."""
    settings = read_settings()
    try:
        with DagsterInstance.get():
            definitions = importlib.import_module("orchestration.definitions")
        definitions.defs.get_repository_def().load_all_definitions()
        transformer = Transformer(locate(settings), settings.home)
        transformer.warm("live")
        transformer.warm("aside")
    except DeskhouseError as error:
        _log.warning("runs start cold: %s", error)
    # What is there now is never freed, so no run has to copy it to look at it.
    gc.collect()
    gc.freeze()


def _run_and_exit(run_id: str) -> None:
    """Execute a run in this forked process, and end it."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        end_with_parent(signal.SIGINT)
        with open(os.devnull, encoding="utf-8") as nothing:
            os.dup2(nothing.fileno(), 0)
        _run(run_id)
        code = 0
    except (KeyboardInterrupt, DagsterExecutionInterruptedError):
        _log.info("run %s was interrupted", run_id)
    except Exception:  # noqa: BLE001 - a process's outermost
        _log.exception("run %s", run_id)
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _run(run_id: str) -> None:
    with DagsterInstance.get() as instance:
        run = instance.get_run_by_id(run_id)
        assert run is not None, f"run {run_id} is not on record"
        assert run.job_code_origin is not None, f"run {run_id} names no code"
        instance.add_run_tags(run_id, {PROCESS: process_name(os.getpid())})
        job = recon_job_from_origin(run.job_code_origin)
        with capture_interrupts():
            for _event in core_execute_run(job, run, instance, inject_env_vars=False):
                pass


if __name__ == "__main__":
    main()
