"""One supervisord a home: its configuration, its start, and talking to it.

supervisord (of the `supervisor` package) keeps what runs running: a crashed process is started
again at once, one that crashes again within ten seconds after 1 s, then 2, 3 ... (a hundred
times, over more than an hour), and its output is kept in the home's logs, rotated. It listens on
a socket in the home that only its owner can open. What a service's process is, is written to a
file beside, which `deskhouse.services.launch` reads; supervisord's own configuration stays the
same from start to start, so a running one seldom needs to be told anything.
"""

import contextlib
import http.client
import json
import os
import shlex
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from deskhouse.errors import Failed
from deskhouse.home import make_folder
from deskhouse.services.leftovers import wait_for_end
from deskhouse.services.service import LocalService, Program

_ALIVE = frozenset({"STARTING", "RUNNING", "STOPPING"})
_LAUNCH = Path(__file__).with_name("launch.py")
_RPC_SECONDS = 10.0
# What Linux takes for a socket's path, less what supervisord appends to it while it makes it.
_LONGEST_SOCKET = 107 - 12

# Paths come by the environment: in a value, a blank before `;` begins a comment, and `%` an
# expansion.
_HEADING = """\
[unix_http_server]
file=%(ENV_DESKHOUSE_SOCKET)s
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisord]
user={user}
directory=/
umask=077
nocleanup=true
childlogdir=%(ENV_DESKHOUSE_RUN)s
pidfile=%(ENV_DESKHOUSE_RUN)s/supervisor.pid
logfile=%(ENV_DESKHOUSE_LOGS)s/supervisor.log
logfile_maxbytes=5MB
logfile_backups=2
"""

_PROGRAM = """
[program:{name}]
command={command}
autostart=false
autorestart=true
startsecs=10
startretries=100
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile=%(ENV_DESKHOUSE_PROGRAM_LOGS)s/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
priority={priority}
"""


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
        self._home = home
        self._services = services
        self._run = home / "run"
        self._configuration = self._run / "supervisord.conf"
        self._socket = _socket_path(self._run)

    def pid(self) -> int | None:
        """The supervisord that answers, or None.

        Raises:
            Failed: there is one, and it does not answer.
        """
        try:
            return int(self._ask("getPID"))
        except (FileNotFoundError, ConnectionRefusedError):
            return None

    def seen(self) -> dict[str, Seen]:
        """Every service's process by the service's name; empty if there is no supervisord."""
        try:
            answers = self._ask("getAllProcessInfo")
        except (FileNotFoundError, ConnectionRefusedError):
            return {}
        return {answer["name"]: _seen(answer) for answer in answers}

    def log(self, service: str) -> Path:
        """Where a service's output is kept."""
        return self._home / "logs" / f"{service}.log"

    def ensure(self) -> None:
        """Have a supervisord, detached from us and our pipes, that knows every service."""
        if self.pid() is None:
            self._begin(detached=True)
        elif self._write_configuration():
            self._take_over_configuration()

    def stay(self) -> "subprocess.Popen[bytes]":
        """Start supervisord as a child that ends with us."""
        return self._begin(detached=False)

    def start(self, service: str, program: Program) -> None:
        """Start a service that is not running as this program, at once."""
        self._write_program(service, program)
        try:
            self._ask("startProcess", service, False)
        except xmlrpc.client.Fault as fault:
            raise Failed(f"{service} cannot be started: {fault.faultString}") from None

    def stop(self, service: str) -> None:
        """Stop a service, or give up starting it again, and wait for its end."""
        seen = self.seen().get(service)
        if seen is None or not (seen.alive or seen.state == "BACKOFF"):
            return
        self._ask("stopProcess", service, False)
        if seen.pid is not None:
            wait_for_end(seen.pid, self._stop_seconds())
        deadline = time.monotonic() + _RPC_SECONDS
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
        self._ask("shutdown")
        if not wait_for_end(pid, self._stop_seconds()):
            raise Failed(
                f"supervisord (pid {pid}) does not stop",
                f"Its log is {self.log('supervisor')}.",
            )
        if self._socket.parent != self._run:
            with contextlib.suppress(OSError):
                self._socket.parent.rmdir()

    def _stop_seconds(self) -> float:
        """How long stopping all may take, one after the other and each killed at last."""
        return 2 * _RPC_SECONDS + sum(service.stop_seconds for service in self._services)

    def _begin(self, *, detached: bool) -> "subprocess.Popen[bytes]":
        self._write_configuration()
        logs = make_folder(self._home / "logs")
        make_folder(self._socket.parent)
        self._socket.unlink(missing_ok=True)
        environment = self._environment(logs)
        command = [sys.executable, "-P", "-m", "supervisor.supervisord"]
        command += ["-c", str(self._configuration)]
        last_words = logs / "supervisor.out"
        with last_words.open("wb") as output:
            if detached:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd="/",
                    env=environment,
                    umask=0o077,
                )
            else:
                program = Program((*command, "-n"), Path("/"), "TERM")
                self._write_program("supervisord", program)
                process = subprocess.Popen(
                    [sys.executable, "-P", str(_LAUNCH), "supervisord"],
                    stdin=subprocess.DEVNULL,
                    env=environment,
                    start_new_session=True,
                )
        self._await_start(process, last_words, detached=detached)
        return process

    def _environment(self, logs: Path) -> dict[str, str]:
        """What supervisord, and by it each service, inherits.

        Of a shell's variables, those that would speak to Postgres or to us stay behind.
        """
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PG", "DESKHOUSE_", "SUPERVISOR_"))
        }
        return inherited | {
            "DESKHOUSE_RUN": str(self._run),
            "DESKHOUSE_SOCKET": str(self._socket),
            "DESKHOUSE_LOGS": str(logs),
            # This one is expanded twice.
            "DESKHOUSE_PROGRAM_LOGS": str(logs).replace("%", "%%"),
        }

    def _write_program(self, name: str, program: Program) -> None:
        text = json.dumps({**asdict(program), "folder": str(program.folder)})
        _write_private(self._run / f"{name}.json", text)

    def _await_start(
        self, process: "subprocess.Popen[bytes]", last_words: Path, *, detached: bool
    ) -> None:
        """Wait until it answers; a detached one first forks, and its first process ends well."""
        deadline = time.monotonic() + 30
        while self.pid() is None or (detached and process.poll() is None):
            if process.poll() not in (None, 0) or time.monotonic() > deadline:
                process.kill()
                process.wait()
                said = last_words.read_text(errors="replace").strip().splitlines()
                raise Failed(
                    f"supervisord does not start: {said[-1] if said else 'no word'}",
                    f"Its log is {self.log('supervisor')}.",
                )
            time.sleep(0.02)

    def _write_configuration(self) -> bool:
        """Write supervisord's configuration; say whether it is another than before."""
        make_folder(self._run)
        text = _HEADING.format(user=os.geteuid())
        priorities: dict[str, int] = {}
        for service in self._services:
            # Stopping goes by falling priority: first what needs others.
            needs = [priorities.get(name, 0) for name in service.needs]
            priorities[service.name] = max(needs, default=0) + 1
            text += _PROGRAM.format(
                name=service.name,
                command=_command(sys.executable, "-P", str(_LAUNCH), service.name),
                stop_signal=service.stop_signal,
                stop_seconds=service.stop_seconds,
                priority=priorities[service.name],
            )
        if self._configuration.exists() and self._configuration.read_text("utf-8") == text:
            return False
        _write_private(self._configuration, text)
        return True

    def _take_over_configuration(self) -> None:
        """Have the running supervisord know the services that are new or have changed."""
        ((added, changed, removed),) = self._ask("reloadConfig")
        for name in (*changed, *removed):
            self.stop(name)
            self._ask("removeProcessGroup", name)
        for name in (*added, *changed):
            self._ask("addProcessGroup", name)

    def _ask(self, method: str, *arguments: str | bool) -> Any:
        transport = _Transport(self._socket)
        with xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=transport) as server:
            try:
                return getattr(server.supervisor, method)(*arguments)
            except TimeoutError:
                raise Failed(
                    "this home's supervisord does not answer",
                    f"Look at {self.log('supervisor')}, or end the process of "
                    f"{self._run / 'supervisor.pid'}.",
                ) from None
            except PermissionError:
                raise Failed(
                    f"{self._home} belongs to another user",
                    "Be that user, or set DESKHOUSE_HOME to a folder of your own.",
                ) from None
            except (ConnectionResetError, http.client.HTTPException) as error:
                # It is going away this very moment.
                raise ConnectionRefusedError from error


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_RPC_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        # Kept where the base class closes it.
        self._connection = host, _Connection(self._path)
        return self._connection[1]


def _seen(answer: dict[str, Any]) -> Seen:
    return Seen(
        state=answer["statename"],
        pid=answer["pid"] or None,
        seconds=float(max(answer["now"] - answer["start"], 0)),
        ever_started=answer["start"] > 0,
    )


def _socket_path(run: Path) -> Path:
    """The socket in the home's `run`; where that path is too long, in a folder of ours in /tmp."""
    path = run / "supervisor.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET:
        return path
    name = f"deskhouse-{os.geteuid()}-{sha256(os.fsencode(run)).hexdigest()[:16]}"
    # Not TMPDIR: every shell must find the same one.
    folder = Path("/tmp", name)  # noqa: S108 - closed to others, and checked
    if folder.is_symlink() or (folder.exists() and folder.stat().st_uid != os.geteuid()):
        raise Failed(f"{folder} is somebody else's", "Set DESKHOUSE_HOME to a shorter path.")
    return folder / "supervisor.sock"


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read; nobody ever reads a half."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.rename(path)


def _command(*words: str) -> str:
    """A command line for supervisord's configuration.

    A blank before `;` or `#` begins a comment even in quotes: between the two, the quotes are
    closed and opened again.
    """
    quoted = [shlex.quote(word).replace(" ;", " '';").replace(" #", " ''#") for word in words]
    return " ".join(quoted).replace("%", "%%")
