"""`deskhouse demo`: services up, a sample help desk in, marts built, the main figures shown."""

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from deskhouse.settings import read_settings
from deskhouse.warehouse.connection import Role, Warehouse, locate

if TYPE_CHECKING:
    from ingestion.sample import SampleSpec

_FURTHER = """
Look further:

  deskhouse url                    a connection URL for SQL; the marts are in schema marts
  deskhouse status                 what runs, and how fresh the data is
  deskhouse check                  what the gates found
  deskhouse ingest events FILE     your own events; then: deskhouse refresh
  deskhouse down                   stop it all; the data stays

A first query: volume and first reply by day and channel

  select "timestamp", channel_type, volume, p50_first_reply_calendar_seconds
  from marts.channel_metrics_daily order by 1 desc, 2 limit 20;

(deskhouse is .venv/bin/deskhouse in this folder.)
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
    """From nothing to figures; run again, the sample that is there stays."""
    from deskhouse.gate import registered_gate
    from deskhouse.progress import progress_to_terminal
    from deskhouse.services.running import up
    from ingestion.sample import SampleSpec
    from orchestration.figures import main_figures
    from orchestration.pipeline import refresh

    settings = read_settings()
    now = datetime.now(UTC)
    spec = SampleSpec(
        until=now, tickets=arguments.tickets, days=arguments.days, seed=arguments.seed
    )
    # What the figures need; `deskhouse up` adds the schedule.
    up(
        settings,
        ["postgres", "redis"],
        say=lambda one: _say(f"{one.name} is ready at {one.address()}"),
    )
    warehouse = locate(settings)
    _say(_take_sample(warehouse, spec))
    done = refresh(
        settings, warehouse, registered_gate(), as_of=now, progress=progress_to_terminal()
    )
    _say(f"{done.build}\nthe marts are {done.state.state}\n")
    with warehouse.connect(Role.READER) as connection:
        _say(main_figures(connection))
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


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
