"""One supervisord a home (of the `supervisor` package): its start, its services, its end.

It keeps what runs running, and its output in the home's logs, rotated. What a service's process
is, is written to a file in the home, which `deskhouse.services.launch` reads; so supervisord's own
configuration stays the same from start to start, and a running one seldom needs to be told.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deskhouse.errors import Failed
from deskhouse.home import make_folder
from deskhouse.services.configuration import configuration, environment
from deskhouse.services.leftovers import wait_for_end
from deskhouse.services.remote import NotThere, ask, socket_path
from deskhouse.services.service import LocalService, Program

_ALIVE = frozenset({"STARTING", "RUNNING", "STOPPING"})
_LAUNCH = (sys.executable, "-P", str(Path(__file__).with_name("launch.py")))
# Above what stopping takes: what supervisord itself needs to notice and to end.
_MARGIN_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A process as its supervisor sees it; `pid` and `seconds` (since its start) while it lives."""

    state: str
    pid: int | None
    seconds: float
    ever_started: bool

    @property
    def alive(self) -> bool:
        """Whether there is a process."""
        return self.state in _ALIVE


class Supervisor:
    """The supervisord of a home, running or not."""

    def __init__(self, home: Path, services: Sequence[LocalService]) -> None:
        """`services` are those it is to know, what is needed before what needs it."""
        self._services = services
        self._run = home / "run"
        self._logs = home / "logs"
        self._configuration = self._run / "supervisord.conf"
        self._socket = socket_path(self._run)

    def pid(self) -> int | None:
        """The supervisord that answers, or None."""
        try:
            return int(ask(self._socket, "getPID"))
        except NotThere:
            return None

    def seen(self) -> dict[str, Seen]:
        """Every service's process by the service's name; empty if there is no supervisord."""
        try:
            answers = ask(self._socket, "getAllProcessInfo")
        except NotThere:
            return {}
        return {answer["name"]: _seen(answer) for answer in answers}

    def log(self, service: str) -> Path:
        """Where a service's output is kept."""
        return self._logs / f"{service}.log"

    def ensure(self) -> None:
        """Have a supervisord, detached from us and our pipes, that knows every service."""
        if self.pid() is None:
            self._begin_detached()
        elif self._write_configuration():
            self._take_over_configuration()

    def stay(self) -> "subprocess.Popen[bytes]":
        """Start supervisord as a child that ends with us."""
        self._make_ready()
        program = Program((*self._command(), "-n"), Path("/"), "TERM")
        self._write_program("supervisord", program)
        process = subprocess.Popen(
            [*_LAUNCH, "supervisord"],
            stdin=subprocess.DEVNULL,
            env=self._environment(),
            start_new_session=True,
        )
        deadline = time.monotonic() + _MARGIN_SECONDS
        while self.pid() is None:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise self._did_not_start("")
            time.sleep(0.02)
        return process

    def start(self, service: str, program: Program) -> None:
        """Start a service that is not running as this program, at once."""
        self._write_program(service, program)
        ask(self._socket, "startProcess", service, False)

    def stop(self, service: str) -> None:
        """Stop a service, or give up starting it again, and wait for its end.

        Raises:
            Failed: it does not end.
        """
        seen = self.seen().get(service)
        if seen is None or not (seen.alive or seen.state == "BACKOFF"):
            return
        ask(self._socket, "stopProcess", service, False)
        deadline = time.monotonic() + self._stop_seconds()
        while self.seen()[service].alive:
            if time.monotonic() > deadline:
                raise Failed(f"{service} does not stop", f"Its log is {self.log(service)}.")
            time.sleep(0.02)

    def shut_down(self) -> None:
        """Stop every service and then supervisord, and wait for their end.

        Raises:
            Failed: it does not end.
        """
        pid = self.pid()
        if pid is None:
            return
        with contextlib.suppress(NotThere):
            ask(self._socket, "shutdown")
        deadline = time.monotonic() + self._stop_seconds()
        while not wait_for_end(pid, 0.05):
            if time.monotonic() > deadline:
                raise Failed(
                    f"supervisord (pid {pid}) does not stop",
                    f"Its log is {self.log('supervisor')}.",
                )
            # It notices that a child has ended when it is spoken to, else up to a second later.
            with contextlib.suppress(NotThere, Failed):
                ask(self._socket, "getState")
        if self._socket.parent != self._run:
            with contextlib.suppress(OSError):
                self._socket.parent.rmdir()

    def _stop_seconds(self) -> float:
        """How long stopping all may take, one after the other and each killed at last."""
        return _MARGIN_SECONDS + sum(service.stop_seconds for service in self._services)

    def _command(self) -> tuple[str, ...]:
        module = (sys.executable, "-P", "-m", "supervisor.supervisord")
        return (*module, "-c", str(self._configuration))

    def _environment(self) -> dict[str, str]:
        """What supervisord, and by it each service, inherits.

        Of a shell's variables, those that would speak to Postgres or to us stay behind.
        """
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PG", "DESKHOUSE_", "SUPERVISOR_"))
        }
        return inherited | environment(self._run, self._logs, self._socket)

    def _make_ready(self) -> None:
        self._write_configuration()
        make_folder(self._logs)
        make_folder(self._socket.parent)
        self._socket.unlink(missing_ok=True)

    def _begin_detached(self) -> None:
        """Start supervisord; it listens, forks, and its first process ends."""
        self._make_ready()
        last_words = self._logs / "supervisor.out"
        with last_words.open("wb") as output:
            try:
                done = subprocess.run(
                    self._command(),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd="/",
                    env=self._environment(),
                    umask=0o077,
                    timeout=_MARGIN_SECONDS,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise self._did_not_start("it does not begin to listen") from None
        if done.returncode != 0:
            raise self._did_not_start(last_words.read_text(errors="replace"))

    def _did_not_start(self, words: str) -> Failed:
        said = [line for line in words.splitlines() if line.strip() and "-h" not in line.split()]
        reason = f": {said[-1].strip()}" if said else ""
        log = self.log("supervisor")
        return Failed(f"supervisord does not start{reason}", f"Its log is {log}.")

    def _write_program(self, name: str, program: Program) -> None:
        text = json.dumps({**asdict(program), "folder": str(program.folder)})
        _write_private(self._run / f"{name}.json", text)

    def _write_configuration(self) -> bool:
        """Write supervisord's configuration; say whether it is another than before."""
        make_folder(self._run)
        text = configuration(self._services, _LAUNCH, os.geteuid())
        if self._configuration.exists() and self._configuration.read_text("utf-8") == text:
            return False
        _write_private(self._configuration, text)
        return True

    def _take_over_configuration(self) -> None:
        """Have the running supervisord know the services that are new or have changed."""
        ((added, changed, removed),) = ask(self._socket, "reloadConfig")
        for name in (*changed, *removed):
            self.stop(name)
            ask(self._socket, "removeProcessGroup", name)
        for name in (*added, *changed):
            ask(self._socket, "addProcessGroup", name)


def _seen(answer: dict[str, Any]) -> Seen:
    return Seen(
        state=answer["statename"],
        pid=answer["pid"] or None,
        seconds=float(max(answer["now"] - answer["start"], 0)),
        ever_started=answer["start"] > 0,
    )


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read; nobody ever reads a half."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.rename(path)
