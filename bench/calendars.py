"""What calendars cost: expanding them, and business time by look-ups in SQL.

    .venv/bin/python -m bench.calendars [--look-ups 1000000]

The calendars of this checkout, in a Postgres of its own, which ends with it. Each look-up is one
value of F (open time before an instant) or of its inverse, at random calendars and instants; *bare*
is the same statement without it.
"""

import argparse
import sys
from datetime import UTC, date, datetime
from time import perf_counter

import jinja2
import psycopg

from bench.home import home_with_postgres
from bench.measuring import CHECKOUT
from deskhouse.build.build import build
from deskhouse.build.project import PROJECT
from deskhouse.configuration.calendars import read_calendars
from deskhouse.configuration.openings import calendars_of, openings
from deskhouse.warehouse.connection import Role, locate

AS_OF = datetime(2026, 10, 1, tzinfo=UTC)
OPENINGS = "intermediate.int_calendar_openings"


def main() -> None:
    """Measure, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--look-ups", type=int, default=1_000_000)
    arguments = parser.parse_args()
    _expansion()
    with home_with_postgres() as settings:
        build(settings, locate(settings), as_of=AS_OF)
        with locate(settings).connect(Role.TRANSFORMER) as connection:
            _look_ups(connection, arguments.look_ups)


def _expansion() -> None:
    for calendar in calendars_of(read_calendars(CHECKOUT / "config")):
        started = perf_counter()
        found = openings(calendar, date(2027, 12, 31))
        seconds = perf_counter() - started
        _say(f"{calendar.calendar_id}: {len(found):,} openings of 28 years in {seconds:.3f} s")


def _look_ups(connection: psycopg.Connection, count: int) -> None:
    macros = (
        jinja2.Environment(extensions=["jinja2.ext.do"])  # noqa: S701 - it is SQL, and no page.
        .from_string((PROJECT / "macros" / "calendars.sql").read_text(encoding="utf-8"))
        .module
    )
    of_instant = macros.join_open_time("f", OPENINGS, "a.calendar_id", "a.instant")
    of_amount = macros.join_reaching("r", OPENINGS, "a.calendar_id", "a.amount")
    connection.execute("select setseed(0.5)")
    connection.execute(
        "create temp table asked as select"
        " (array['office', 'every_day', 'round_the_clock'])[1 + n %% 3] as calendar_id,"
        " 1700000000000000 + (random() * 9e13)::bigint as instant,"
        " (random() * 2e14)::bigint as amount from generate_series(1, %s::integer) as n",
        (count,),
    )
    connection.execute("analyze asked")
    asked = {
        "bare": ("", "a.instant"),
        "F": (of_instant, macros.open_time("f", "a.instant")),
        "inverse": (of_amount, macros.reached("r")),
    }
    for name, (joins, value) in asked.items():
        seconds = []
        for _ in range(3):
            started = perf_counter()
            connection.execute(
                f"select count({value}) from asked as a {joins}"  # noqa: S608 - texts of ours
            )
            seconds.append(perf_counter() - started)
        _say(f"{name}: {count:,} in {min(seconds):.2f} s")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
