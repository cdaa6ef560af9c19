"""What `deskhouse ingest events` costs: events a second and peak memory, of a file of a sample.

Run it as `.venv/bin/python -m bench.loader [--events 100000 1000000]`.
"""

import argparse
import json
import sys
from datetime import UTC, datetime

from bench.home import home_with_postgres
from bench.measuring import measured_command, postmaster_of
from deskhouse.settings import Settings
from ingestion.sample import SampleSpec, generate

UNTIL = datetime(2026, 10, 1, tzinfo=UTC)
EVENTS_A_TICKET = 8.8


def main() -> None:
    """Measure each size in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[100_000, 1_000_000])
    arguments = parser.parse_args()
    with home_with_postgres() as settings:
        for events in arguments.events:
            _measure(settings, events)


def _measure(settings: Settings, wanted: int) -> None:
    path = settings.home / "events.ndjson"
    spec = SampleSpec(until=UNTIL, tickets=int(wanted / EVENTS_A_TICKET), days=355, seed=1)
    events = 0
    with path.open("w", encoding="utf-8") as file:
        for delivery in generate(spec):
            for row in delivery.events:
                file.write(json.dumps(row.record()) + "\n")
                events += 1
    environment = {"DESKHOUSE_HOME": str(settings.home), "DESKHOUSE_CONFIG": str(settings.config)}
    postmaster = postmaster_of(settings.home)
    for what in ("first", "again"):
        cost = measured_command(postmaster, ["ingest", "events", str(path)], environment)
        sys.stdout.write(
            f"{events:,} events ({path.stat().st_size >> 20} MiB), {what}:"
            f" {events / cost.wall:,.0f} a second, {cost.cpu:.1f} + {cost.postgres_cpu:.1f} CPU s,"
            f" peak {cost.megabytes:.0f} MB\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
