r"""What `deskhouse export` costs, beside psql's `\copy` of the same rows.

    .venv/bin/python -m bench.exports [--rows 4000000] [--pairs 5]

The rows are those of a sample's marts, many times over, behind a view secured as marts are. Both
write a file; they take turns, so that what else the machine does meets both, and the least of each
counts, in which it did least.
"""

import argparse
import sys

from psycopg import sql

from bench.home import home_with_postgres
from bench.measuring import (
    COMMANDS,
    HEADINGS,
    Cost,
    measured_command,
    measured_program,
    postmaster_of,
)
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse, locate

UNTIL = "2026-10-01T00:00:00+00:00"
_SAMPLE = ["ingest", "sample", "--tickets", "2000", "--days", "20", "--seed", "1", "--until", UNTIL]
# A mart of few columns and one of many: the share of all rows that each is measured with.
MARTS = {"metrics_raw": 1.0, "fct_tickets": 0.2}


def main() -> None:
    """Measure each mart and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--pairs", type=int, default=5)
    arguments = parser.parse_args()
    with home_with_postgres() as settings:
        warehouse = locate(settings)
        environment = _environment(settings)
        for command in (_SAMPLE, ["build", "--as-of", UNTIL]):
            measured_command(postmaster_of(settings.home), command, environment)
        for mart, share in MARTS.items():
            rows = _multiply(warehouse, mart, int(arguments.rows * share))
            _measure(settings, warehouse, mart, rows, arguments.pairs)


def _multiply(warehouse: Warehouse, mart: str, wanted: int) -> int:
    """Make `marts.many_<mart>`, with the mart's rows so often that they are about `wanted`."""
    given, many = sql.Identifier("marts", mart), f"many_{mart}"
    with warehouse.connect(Role.TRANSFORMER) as connection:
        row = connection.execute(sql.SQL("select count(*) from {}").format(given)).fetchone()
        assert row is not None
        times = max(1, wanted // row[0])
        connection.execute(
            sql.SQL(
                "create table core.{many} as"
                " select m.* from {given} as m cross join generate_series(1, {times}) as g;"
                "create view marts.{many} with (security_barrier = true) as"
                " select * from core.{many} where (select ops.sees_all());"
                "grant select on marts.{many} to {reader}"
            ).format(
                many=sql.Identifier(many),
                given=given,
                times=times,
                reader=sql.Identifier(warehouse.role_name(Role.READER)),
            )
        )
    with warehouse.connect(Role.TRANSFORMER, autocommit=True) as connection:
        connection.execute(sql.SQL("vacuum analyze core.{}").format(sql.Identifier(many)))
    return int(times * row[0])


def _measure(settings: Settings, warehouse: Warehouse, mart: str, rows: int, pairs: int) -> None:
    postmaster, out = postmaster_of(settings.home), settings.home / "rows.csv"
    ours = ["export", f"many_{mart}", "--out", str(out)]
    copy = f"\\copy (table marts.many_{mart}) to '{out}' csv header"
    theirs = [str(COMMANDS / "psql"), "-q", warehouse.url(), "-c", copy]
    costs: list[tuple[Cost, Cost]] = []
    for number in range(pairs + 1):
        psql = measured_program(postmaster, theirs, {})
        export = measured_command(postmaster, ours, _environment(settings))
        if number:  # The first of each warms the server.
            costs.append((psql, export))
    size = out.stat().st_size
    out.unlink()
    _say(f"\n{mart}: {rows:,} rows, {size / 1e6:,.0f} MB, least of {pairs}\n{HEADINGS}")
    for name, side in ((r"psql \copy", 0), ("deskhouse export", 1)):
        _say(f"{name:28} {_least([pair[side] for pair in costs])}")
    ratio = min(psql.wall for psql, _ in costs) / min(export.wall for _, export in costs)
    _say(f"export: {ratio:.2f} times the speed of psql")


def _environment(settings: Settings) -> dict[str, str]:
    return {"DESKHOUSE_HOME": str(settings.home), "DESKHOUSE_CONFIG": str(settings.config)}


def _least(costs: list[Cost]) -> Cost:
    return Cost(
        wall=min(cost.wall for cost in costs),
        cpu=min(cost.cpu for cost in costs),
        postgres_cpu=min(cost.postgres_cpu for cost in costs),
        megabytes=max(cost.megabytes for cost in costs),
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
