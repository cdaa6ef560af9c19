"""What `deskhouse status` knows of each service."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from deskhouse.services.catalogue import catalogue
from deskhouse.services.service import LocalService, Service
from deskhouse.services.supervision import Seen, Supervisor
from deskhouse.settings import Settings

State = Literal["ready", "starting", "stopping", "restarting", "failed", "stopped", "unreachable"]

_NOT_READY: Mapping[str, State] = {
    "STARTING": "starting",
    "RUNNING": "unreachable",
    "STOPPING": "stopping",
    "BACKOFF": "restarting",
    "EXITED": "restarting",
    "FATAL": "failed",
    "UNKNOWN": "failed",
    "STOPPED": "stopped",
}


class ServiceState(BaseModel):
    """One service, as it is now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    state: State
    wanted: bool = Field(description="Whether it should run.")
    external: bool = Field(description="Whether somebody else runs it.")
    address: str = Field(description="host:port, or empty while none is known.")
    pid: int | None
    uptime_seconds: int | None
    folder: str | None = Field(description="Where its data lies.")
    problem: str | None = Field(description="What is wrong, in a few words.")


class ServiceStates(BaseModel):
    """All services of a home."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: str
    services: tuple[ServiceState, ...]

    @property
    def good(self) -> bool:
        """Whether all that should run does."""
        return all(service.state == "ready" for service in self.services if service.wanted)


def states(settings: Settings) -> ServiceStates:
    """Ask the supervisor and every service that should run.

    What should run is what `up` started since the supervisor began, and what is external; with
    no supervisor, that is everything.
    """
    here = catalogue(settings)
    local = {service.name: service for service in here.local}
    seen = Supervisor(settings.home, here.local).seen() if local else {}
    return ServiceStates(
        home=str(settings.home),
        services=tuple(
            _own(local[service.name], seen) if service.name in local else _external(service)
            for service in here.services
        ),
    )


def _external(service: Service) -> ServiceState:
    problem = service.probe()
    return ServiceState(
        name=service.name,
        state="ready" if problem is None else "unreachable",
        wanted=True,
        external=True,
        address=service.address(),
        pid=None,
        uptime_seconds=None,
        folder=None,
        problem=problem,
    )


def _own(service: LocalService, all_seen: Mapping[str, Seen]) -> ServiceState:
    seen = all_seen.get(service.name)
    folder = service.where()
    problem = service.probe() if seen is not None and seen.alive else None
    return ServiceState(
        name=service.name,
        state=_state(seen, problem),
        wanted=not all_seen or (seen is not None and seen.ever_started),
        external=False,
        address=service.address(),
        pid=seen.pid if seen else None,
        uptime_seconds=int(seen.seconds) if seen and seen.alive else None,
        folder=str(folder) if folder else None,
        problem=problem,
    )


def _state(seen: Seen | None, problem: str | None) -> State:
    if seen is None:
        return "stopped"
    if problem is None and seen.state in {"STARTING", "RUNNING"}:
        return "ready"
    return _NOT_READY[seen.state]
