"""Start what is asked for and wait until it answers; stop it; the order of things.

One `up` or `down` at a time works on a home; the other waits for it.
"""

import contextlib
import fcntl
import logging
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from deskhouse.errors import Busy, DeskhouseError, Failed, ServiceDown
from deskhouse.home import kept_port, make_folder
from deskhouse.services import ports
from deskhouse.services.catalogue import Catalogue, catalogue
from deskhouse.services.leftovers import end
from deskhouse.services.service import LocalService, Service, waves
from deskhouse.services.supervision import Supervisor
from deskhouse.settings import Settings

_log = logging.getLogger(__name__)

# A process that dies at its start is given so long to come up after all: after a crash of its
# predecessor Postgres may find the old one's memory still in use for a second.
_PATIENCE = 4.0
_LOCK_SECONDS = 300.0
_TELLING = re.compile(r"\b(PANIC|FATAL|ERROR|[Ee]rror|[Cc]annot|[Cc]an't|could not|[Ff]ailed)\b")

Say = Callable[[Service], None]


def _silent(_service: Service) -> None:
    """Say nothing."""


def up(settings: Settings, names: Sequence[str] = (), say: Say = _silent) -> None:
    """Start the named services (none named: all) and what they need; return when they answer.

    What runs already is left alone. `say` is told of each service as it becomes ready.

    Raises:
        WrongInput: no such service, or a port set by hand is taken.
        Failed: a service did not come up; the message is the last line of its log.
    """
    here = catalogue(settings)
    wanted = waves(here.services, names)
    supervisor = Supervisor(settings.home, here.local)
    with _alone(settings.home):
        if _is_local(here, wanted):
            supervisor.ensure()
        try:
            for wave in wanted:
                _bring_up(supervisor, settings.home, here, wave, say)
        except DeskhouseError:
            if not any(seen.alive for seen in supervisor.seen().values()):
                supervisor.shut_down()
            raise


def up_and_stay(settings: Settings, names: Sequence[str] = (), say: Say = _silent) -> None:
    """As `up`, but in the foreground until SIGTERM or SIGINT, then stop all.

    Raises:
        Busy: the home's services run already, in the background.
        Failed: a service did not come up, or the supervisor died.
    """
    here = catalogue(settings)
    wanted = waves(here.services, names)
    supervisor = Supervisor(settings.home, here.local)
    for number in (signal.SIGINT, signal.SIGTERM):
        # Set anew, for a shell's `&` has us start with SIGINT ignored.
        signal.signal(number, signal.default_int_handler)
    process: subprocess.Popen[bytes] | None = None
    try:
        with _alone(settings.home):
            if supervisor.pid() is not None:
                raise Busy("this home's services run already", "Run `deskhouse down` first.")
            process = supervisor.stay()
            for wave in wanted:
                _bring_up(supervisor, settings.home, here, wave, say)
        if process.wait() != 0:
            raise Failed(
                "supervisord ended by itself", f"Its log is {supervisor.log('supervisor')}."
            )
    except KeyboardInterrupt:
        _log.info("stopping")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        if process is not None and process.poll() is None:
            # Asked, it begins at once; a signal it may notice a second later.
            with contextlib.suppress(DeskhouseError):
                supervisor.shut_down()
            process.terminate()
            process.wait()


def down(settings: Settings) -> None:
    """Stop every service of the home, cleanly, and wait for it.

    Raises:
        Failed: something does not end.
    """
    here = catalogue(settings)
    if not settings.home.exists():
        return
    with _alone(settings.home):
        Supervisor(settings.home, here.local).shut_down()
        for service in here.local:
            _end_leftover(service)


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the home's lock; it goes with the process, however that ends."""
    path = make_folder(home / "run") / "lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError:
        raise Failed(
            f"{path.parent} belongs to another user",
            "Be that user, or set DESKHOUSE_HOME to a folder of your own.",
        ) from None
    deadline = time.monotonic() + _LOCK_SECONDS
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Busy(
                        f"another `deskhouse up` or `down` is at work in {home}",
                        "Try again when it is done.",
                    ) from None
                time.sleep(0.1)
        yield
    finally:
        os.close(descriptor)


def _is_local(here: Catalogue, groups: Sequence[Sequence[Service]]) -> bool:
    local = {service.name for service in here.local}
    return any(service.name in local for group in groups for service in group)


def _bring_up(
    supervisor: Supervisor, home: Path, here: Catalogue, wave: Sequence[Service], say: Say
) -> None:
    """Start the local services of a group side by side, then wait for and settle each."""
    names = {service.name for service in wave}
    marks = {name: _size(supervisor.log(name)) for name in names}
    local = {service.name: service for service in here.local if service.name in names}
    began = {name: _begin(supervisor, home, own) for name, own in local.items()}
    for service in wave:
        if service.name in local:
            name = service.name
            _await(supervisor, local[name], marks[name], begun=began[name])
        elif problem := service.probe():
            raise ServiceDown(f"{service.name} at {service.address()}: {problem}")
        service.settle()
        say(service)


def _begin(supervisor: Supervisor, home: Path, service: LocalService) -> bool:
    """Start a service if it has no process, or one at another port than is asked for now."""
    seen = supervisor.seen().get(service.name)
    if seen is not None and seen.alive:
        by_hand = service.port_by_hand
        if by_hand is None or by_hand == kept_port(home, service.name):
            return False
        ports.require_free(service.name, by_hand)
    _start(supervisor, service)
    return True


def _start(supervisor: Supervisor, service: LocalService) -> None:
    supervisor.stop(service.name)
    _end_leftover(service)
    supervisor.start(service.name, service.prepare())


def _end_leftover(service: LocalService) -> None:
    pid = service.leftover()
    if pid is not None:
        _log.info("%s: ending process %d, which nobody supervises", service.name, pid)
        end(pid, service.stop_signal, service.stop_seconds)


def _await(supervisor: Supervisor, service: LocalService, mark: int, *, begun: bool) -> None:
    """Wait until a service answers; `begun`: it was prepared and started by us just now.

    One that was not may have been met between two crashes: then it is prepared and started.

    Raises:
        ServiceDown: its process does not stay alive, or lives and does not answer in time.
    """
    began = time.monotonic()
    pause = 0.02
    while True:
        problem = service.probe()
        alive = supervisor.seen()[service.name].alive
        if problem is None and alive:
            return
        if not alive and not begun:
            _start(supervisor, service)
            begun, began = True, time.monotonic()
        waited = time.monotonic() - began
        if waited > (service.ready_seconds if alive else _PATIENCE):
            break
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)
    log = supervisor.log(service.name)
    said = _last_words(log, mark) or problem
    supervisor.stop(service.name)
    raise ServiceDown(f"{service.name} does not come up: {said}", f"Its log is {log}.")


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _last_words(log: Path, mark: int) -> str:
    """The last line since `mark` that tells of a failure, else the last line there is."""
    if not log.exists():
        return ""
    content = log.read_bytes()
    fresh = content[mark:] if len(content) >= mark else content
    lines = [line.strip() for line in fresh.decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)]
    return (telling or lines or [""])[-1]
