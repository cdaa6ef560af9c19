"""`deskhouse demo`: from nothing to a filled dashboard, and where to look next."""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from deskhouse.settings import Settings, read_settings
from deskhouse.warehouse.connection import Role, Warehouse, locate

if TYPE_CHECKING:
    from deskhouse.services.service import Service
    from ingestion.sample import SampleSpec

_FIGURES = ("tickets", "tickets_resolved", "first_reply_median", "resolution_median", "csat")

_FURTHER = """
Look further (deskhouse is .venv/bin/deskhouse in this folder):

  deskhouse metrics list           every number by name; show NAME explains one, query asks for it
  deskhouse status                 what runs, and how fresh the data is; --show-login the logins
  deskhouse ingest events FILE     your own events; then: deskhouse refresh
  deskhouse down                   stop it all; the data stays, deskhouse up goes on with it
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--tickets`, `--days`, `--seed`."""
    parser.add_argument(
        "--tickets", metavar="N", type=int, default=12_000, help="how many (default: 12,000)"
    )
    parser.add_argument(
        "--days", metavar="D", type=int, default=120, help="over how many days (default: 120)"
    )
    parser.add_argument("--seed", metavar="S", type=int, default=1, help="another: another desk")


def run(arguments: argparse.Namespace) -> None:
    """From nothing to a dashboard; run again, the sample that is there stays."""
    from deskhouse.gate import registered_gate
    from deskhouse.progress import progress_to_terminal
    from deskhouse.services.running import up
    from ingestion.sample import SampleSpec
    from orchestration.listeners import listeners
    from orchestration.pipeline import refresh

    settings = read_settings()
    now = datetime.now(UTC)
    spec = SampleSpec(
        until=now, tickets=arguments.tickets, days=arguments.days, seed=arguments.seed
    )
    # The schedule starts when there is something to go on with.
    first = ("postgres", "redis")
    up(settings, first, say=_ready)
    warehouse = locate(settings)
    _say(_take_sample(warehouse, spec))
    done = refresh(
        settings,
        warehouse,
        registered_gate(),
        as_of=now,
        listeners=listeners(warehouse),
        progress=progress_to_terminal(),
    )
    _say(f"{done.build}\nthe marts are {done.state.state}")
    up(settings, say=lambda one: None if one.name in first else _ready(one))
    for line in _publish(settings, warehouse):
        _say(line)
    _say(_figures(warehouse))
    _say("\n".join(_pages(settings)))
    _say("\n".join(_questions()))
    _say(_FURTHER.rstrip())


def _take_sample(warehouse: Warehouse, spec: "SampleSpec") -> str:
    """Land the sample, unless one is there; a line that says which."""
    from deskhouse.gate import registered_gate
    from deskhouse.progress import progress_to_terminal
    from ingestion.intake import delivery_intake
    from ingestion.landing import land
    from ingestion.sample import generate

    with warehouse.connect(Role.LOADER) as connection:
        there = connection.execute(
            "select 1 from raw.batches where source = 'sample' and position is not null limit 1"
        ).fetchone()
    if there:
        return "the sample help desk is there already"
    show = progress_to_terminal()
    gate = registered_gate()
    events = 0
    for delivery in generate(spec):
        events += land(warehouse, gate, delivery_intake(delivery)).events
        if show:
            show(f"{events:,} events landed")
    return f"a sample help desk: {spec.tickets:,} tickets over {spec.days} days, {events:,} events"


def _publish(settings: Settings, warehouse: Warehouse) -> Iterator[str]:
    """Bring the dashboards to Superset, where it is one of the services; a line that says so."""
    from deskhouse.services.catalogue import catalogue
    from superset_assets.assets import read_bundle
    from superset_assets.publish import publish

    if all(service.name != "superset" for service in catalogue(settings).services):
        return
    bundle = read_bundle()
    answer = publish(settings, warehouse, bundle, force=False, dry_run=False)
    titles = ", ".join(dashboard.title for dashboard in bundle.dashboards.values())
    if answer.done:
        yield f"published: {titles}"
    else:
        yield "not published: dashboards were edited by hand (`deskhouse publish` says which)"


def _figures(warehouse: Warehouse) -> str:
    """The last four weeks by channel."""
    from deskhouse.metrics import Request, answer, catalog, read_shown
    from deskhouse.metrics.written import as_table

    since = read_shown(warehouse).as_of - timedelta(days=28)
    request = Request(metrics=_FIGURES, by=("channel",), since=since)
    return f"\nThe last four weeks, {as_table(answer(warehouse, catalog(), request)).rstrip()}"


def _pages(settings: Settings) -> Iterator[str]:
    """Where to look, and how to come in."""
    from deskhouse.services.catalogue import catalogue
    from deskhouse.services.dagster import login as dagster_login
    from deskhouse.services.superset import login as superset_login
    from superset_assets.assets import read_bundle

    services = {service.name: service for service in catalogue(settings).services}
    pages = (
        *(
            (one.title, "superset", f"/superset/dashboard/{one.slug}/", superset_login)
            for one in read_bundle().dashboards.values()
        ),
        ("Dagster", "dagster", "/", dagster_login),
    )
    yield ""
    for title, name, path, login in pages:
        if name in services:
            user, password = login(settings)
            yield f"{title}:  http://{services[name].address()}{path}"
            yield f"    log in as {user} with {password}"


def _questions() -> Iterator[str]:
    """What to ask in SQL."""
    from orchestration.questions import QUESTIONS

    yield '\nFive questions in SQL, to .venv/bin/psql "$(.venv/bin/deskhouse url)":'
    for title, query in QUESTIONS:
        yield f"\n-- {title}{query}"


def _ready(service: "Service") -> None:
    if address := service.address():
        _say(f"{service.name} is ready at {address}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
