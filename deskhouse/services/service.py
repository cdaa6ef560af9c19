"""What a service is, and the order in which services start.

A `Service` answers probes; a `LocalService` is moreover a process of ours: it can be prepared
into a `Program`, which the supervisor starts. What is external (named by a URL) is a plain
`Service`: probed and settled, never started.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from deskhouse.errors import WrongInput


@dataclass(frozen=True, slots=True)
class Program:
    """A process to be: what is executed, where, as whom.

    `stop_signal` ends it cleanly; it also gets that signal when its supervisor dies, so that a
    killed supervisor leaves nothing behind. `uid` and `gid` are None for the caller's own.
    """

    command: tuple[str, ...]
    folder: Path
    stop_signal: str
    environment: tuple[tuple[str, str], ...] = ()
    uid: int | None = None
    gid: int | None = None


class Service(Protocol):
    """Something that answers, here or elsewhere."""

    @property
    def name(self) -> str:
        """The name, as in `deskhouse up NAME`."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """The services that must be ready before this one starts."""
        ...

    def address(self) -> str:
        """`host:port`, or empty while none is known; never with a password."""
        ...

    def probe(self) -> str | None:
        """Ask whether it answers: None if it does, else what is wrong in a few words."""
        ...

    def settle(self) -> None:
        """What is due each time it has become ready, such as migrations.

        Raises:
            Failed: that did not work.
        """
        ...


class LocalService(Service, Protocol):
    """A service whose process is ours."""

    @property
    def stop_signal(self) -> str:
        """The signal that ends it cleanly, without `SIG`."""
        ...

    @property
    def stop_seconds(self) -> int:
        """How long a clean stop may take before it is killed."""
        ...

    @property
    def ready_seconds(self) -> int:
        """How long it may take to answer while its process lives."""
        ...

    @property
    def port_by_hand(self) -> int | None:
        """The port that the settings ask for."""
        ...

    def prepare(self) -> Program:
        """Make all that the process needs, choose its port, and say what to execute.

        Raises:
            WrongInput: the port that the settings ask for is taken.
            Failed: something needed is missing on this machine.
        """
        ...

    def leftover(self) -> int | None:
        """Pid of a process on this service's data; asked when the supervisor has none."""
        ...

    def where(self) -> Path | None:
        """The folder of its data, or None before there is one."""
        ...


class EndsWithItsSupervisor:
    """What holds no data that another process could be on, and of which nothing else is due.

    It gets its stop signal when its supervisor dies, and nobody else starts one.
    """

    __slots__ = ()

    def leftover(self) -> int | None:
        """None, ever."""
        return None

    def settle(self) -> None:
        """Nothing is due."""


_Named = TypeVar("_Named", bound=Service)


def waves(services: Sequence[_Named], wanted: Sequence[str]) -> list[list[_Named]]:
    """Groups of services in the order of starting: the wanted ones and what they need.

    No names at all want every service. Services of one group need nothing of each other.

    Raises:
        WrongInput: a name is none of the services'.
    """
    known = {service.name: service for service in services}
    for name in wanted:
        if name not in known:
            raise WrongInput(
                f"there is no service {name!r}", f"The services are {', '.join(known)}."
            )
    needed = _with_needs(known, wanted or list(known))
    groups: list[list[_Named]] = []
    started: set[str] = set()
    while len(started) < len(needed):
        group = [
            service
            for name, service in known.items()
            if name in needed - started and started.issuperset(service.needs)
        ]
        assert group, "services need each other in a circle"
        groups.append(group)
        started.update(service.name for service in group)
    return groups


def _with_needs(known: dict[str, _Named], names: Sequence[str]) -> set[str]:
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(known[name].needs)
    return needed
