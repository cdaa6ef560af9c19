"""What a build costs: of everything, of 1,000 new events and of none, as history grows 10 times.

    .venv/bin/python -m bench.builds [--events 100000 1000000]

A sample help desk of a steady 320 tickets a day, in a home and a Postgres of its own, which end
with it. The new events are the desk's next, as they arrive: a day's traffic, a third of a day.
*Cold* is a command started anew; *warm* is the same work in a process that has built before.
"""

import argparse
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from bench.home import home_with_postgres
from bench.measuring import HEADINGS, measured, measured_command, postmaster_of
from deskhouse.build.build import BuildReport, build
from deskhouse.gate import LineRules
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Warehouse, locate
from ingestion.delivery import Delivery, EventRow
from ingestion.intake import delivery_intake
from ingestion.landing import land
from ingestion.sample import SampleSpec, generate

UNTIL = datetime(2026, 10, 1, tzinfo=UTC)
TICKETS_A_DAY = 320
EVENTS_A_TICKET = 8.8
PIECE = 1_000
PIECES = 4


def main() -> None:
    """Measure each size in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[100_000, 1_000_000])
    arguments = parser.parse_args()
    for events in arguments.events:
        _measure(events)


def _measure(events: int) -> None:
    with home_with_postgres() as settings:
        _measure_at(settings, events)


def _measure_at(settings: Settings, events: int) -> None:
    warehouse = locate(settings)
    postmaster = postmaster_of(settings.home)
    tickets = int(events / EVENTS_A_TICKET)
    spec = SampleSpec(until=UNTIL, tickets=tickets, days=max(1, tickets // TICKETS_A_DAY), seed=1)
    landed, new = _land_all_but_the_last(warehouse, generate(spec))
    pieces = _pieces(new)
    environment = {"DESKHOUSE_HOME": str(settings.home), "DESKHOUSE_CONFIG": str(settings.config)}

    def cold(what: str, as_of: datetime) -> None:
        cost = measured_command(postmaster, ["build", "--as-of", as_of.isoformat()], environment)
        _say(f"{what + ', cold':28} {cost}")

    def warm(what: str, as_of: datetime, *, full: bool = False) -> BuildReport:
        with measured(postmaster) as cost:
            report = build(settings, warehouse, as_of=as_of, full_refresh=full)
        _say(f"{what + ', warm':28} {cost}")
        return report

    _say(f"\n{landed:,} events, {tickets:,} tickets over {spec.days} days\n{HEADINGS}")
    as_of = new[0].occurred_at
    cold("full build", as_of)
    from_nothing = warm("full build", as_of, full=True)
    _say_models(from_nothing)
    cold(f"{PIECE:,} new events", _land_piece(warehouse, next(pieces)))
    for _ in range(3):
        as_of = _land_piece(warehouse, next(pieces))
        kept = warm(f"{PIECE:,} new events", as_of)
    _say_models(kept)
    cold("nothing new", as_of + timedelta(minutes=5))
    for number in (2, 3):
        quiet = warm("nothing new", as_of + number * timedelta(minutes=5))
    _say_models(quiet)


def _land_all_but_the_last(
    warehouse: Warehouse, deliveries: Iterable[Delivery]
) -> tuple[int, list[EventRow]]:
    """Land the deliveries up to the last thousands of events; how many landed, and those."""
    landed, waiting = 0, deque[list[EventRow]]()
    for delivery in deliveries:
        waiting.append(list(delivery.events))
        while sum(map(len, waiting)) - len(waiting[0]) >= PIECES * PIECE:
            landed += _land(warehouse, Delivery(delivery.name, tuple(waiting.popleft())))
    return landed, [row for rows in waiting for row in rows]


def _pieces(rows: list[EventRow]) -> Iterator[Delivery]:
    for start in range(0, len(rows), PIECE):
        yield Delivery(f"piece {start // PIECE}", tuple(rows[start : start + PIECE]))


def _land_piece(warehouse: Warehouse, piece: Delivery) -> datetime:
    """Land a piece; the instant up to which it tells."""
    _land(warehouse, piece)
    return max(row.occurred_at for row in piece.events)


def _land(warehouse: Warehouse, delivery: Delivery) -> int:
    return land(warehouse, LineRules(), delivery_intake(delivery)).events


def _say_models(report: BuildReport) -> None:
    slowest = sorted(report.models, key=lambda model: -model.seconds)[:5]
    _say("    " + ", ".join(f"{model.name} {model.seconds:.2f} s" for model in slowest))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
