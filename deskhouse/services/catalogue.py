"""Which services there are: those of the home, and those that the settings name elsewhere."""

from dataclasses import dataclass

from deskhouse.services.postgres import ExternalPostgres, Postgres
from deskhouse.services.redis import ExternalRedis, Redis
from deskhouse.services.service import LocalService, Service
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
    return Catalogue(tuple(services), tuple(local))
