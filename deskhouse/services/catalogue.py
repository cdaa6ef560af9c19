"""Which services there are: those of the home, and those that the settings name elsewhere."""

from dataclasses import dataclass

from deskhouse.services.dagster import DagsterCode, DagsterDaemon, DagsterPages
from deskhouse.services.postgres import ExternalPostgres, Postgres
from deskhouse.services.redis import ExternalRedis, Redis
from deskhouse.services.service import LocalService, Service, waves
from deskhouse.services.superset import SupersetPages, SupersetWorker
from deskhouse.settings import Settings


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every service, in the order in which they are shown; the local ones among them."""

    services: tuple[Service, ...]
    local: tuple[LocalService, ...]


def catalogue(settings: Settings) -> Catalogue:
    """The services under these settings: what a URL names is not started here."""
    services: list[Service] = []
    local: list[LocalService] = []
    if settings.database_url:
        services.append(ExternalPostgres(settings))
    else:
        local.append(postgres := Postgres(settings))
        services.append(postgres)
    if settings.redis_url:
        services.append(ExternalRedis(settings))
    else:
        local.append(redis := Redis(settings))
        services.append(redis)
    dagster = (DagsterCode(settings), DagsterDaemon(settings), DagsterPages(settings))
    superset = (SupersetPages(settings), SupersetWorker(settings))
    services += [*dagster, *superset]
    local += [*dagster, *superset]
    return _chosen(settings, Catalogue(tuple(services), tuple(local)))


def _chosen(settings: Settings, here: Catalogue) -> Catalogue:
    """Those that `DESKHOUSE_SERVICES` names, and what they need.

    Raises:
        WrongInput: it names one that there is none of.
    """
    names = [name.strip() for name in settings.services.split(",") if name.strip()]
    chosen = {service.name for wave in waves(here.services, names) for service in wave}
    return Catalogue(
        tuple(service for service in here.services if service.name in chosen),
        tuple(service for service in here.local if service.name in chosen),
    )
