"""What a week of refreshes leaves behind: 2,016 of them, five minutes apart, in fast motion.

    .venv/bin/python -m bench.refreshes [--refreshes 2016] [--at 1000 2016] [--tickets-a-day 60]

A sample help desk in a home and a Postgres of its own, which end with it. Each refresh is a run of
Dagster's, forked off the warm worker as the daemon does, with the events of its five minutes (at
night often none) and an as_of of its own; maintenance is a run each hour, verification each day. At
each of `--at` the sizes of the databases, of their schemas and of the home's folders are printed,
and what they have grown by since the one before.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.reconstruct import ReconstructableRepository

from bench.home import home_with_postgres
from deskhouse.gate import LineRules
from deskhouse.services.dagster import DagsterDaemon
from deskhouse.settings import Settings
from deskhouse.warehouse.beside import database_beside
from deskhouse.warehouse.connection import Role, Warehouse, locate
from ingestion.delivery import Delivery, EventRow
from ingestion.intake import delivery_intake
from ingestion.landing import land
from ingestion.sample import SampleSpec, generate

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
AN_HOUR, A_DAY = 12, 288
HISTORY_DAYS = 60

_SCHEMAS = """
select n.nspname, sum(pg_total_relation_size(c.oid))::bigint
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
group by 1 order by 1
"""


@dataclass
class Runner:
    """Makes runs of Dagster's and has the warm worker execute them, one after the other."""

    instance: dg.DagsterInstance
    worker: "subprocess.Popen[str]"

    def run(self, job: str, config: dict[str, Any] | None = None) -> float:
        """Run a job to its end; the seconds from its being asked for.

        Raises:
            SystemExit: the worker died.
        """
        import orchestration.definitions as loaded

        began = time.perf_counter()
        pointer = ModuleCodePointer("orchestration.definitions", "defs", working_directory=None)
        origin = ReconstructableRepository(pointer).get_reconstructable_job(job).get_python_origin()
        run = self.instance.create_run_for_job(
            job_def=loaded.defs.resolve_job_def(job), run_config=config, job_code_origin=origin
        )
        assert self.worker.stdin is not None
        self.worker.stdin.write(f"{run.run_id}\n")
        self.worker.stdin.flush()
        while not (now := self.instance.get_run_by_id(run.run_id)) or not now.is_finished:
            if self.worker.poll() is not None:
                raise SystemExit("the worker died: see logs/worker.log in the home")
            time.sleep(0.05)
        if now.status != dg.DagsterRunStatus.SUCCESS:
            _say(f"{job} {run.run_id}: {now.status}")
        return time.perf_counter() - began


def main() -> None:
    """Refresh again and again, and print sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--refreshes", type=int, default=2_016)
    parser.add_argument("--at", type=int, nargs="+", default=[1_000, 2_016])
    parser.add_argument("--tickets-a-day", type=int, default=60)
    arguments = parser.parse_args()
    with home_with_postgres() as settings:
        os.environ.update(settings.environment())
        warehouse = locate(settings)
        pieces = _land_history(warehouse, arguments.refreshes, arguments.tickets_a_day)
        _refresh_again_and_again(settings, warehouse, pieces, set(arguments.at))


def _refresh_again_and_again(
    settings: Settings, warehouse: Warehouse, pieces: Iterator[list[EventRow]], at: set[int]
) -> None:
    os.environ.update(dict(DagsterDaemon(settings).prepare().environment))
    command = [sys.executable, "-m", "orchestration.defs.worker"]
    with (
        (settings.home / "logs" / "worker.log").open("w") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=log, text=True) as worker,
        dg.DagsterInstance.get() as instance,
    ):
        runner = Runner(instance, worker)
        before: dict[str, int] = {}
        seconds: list[float] = []
        for number, piece in enumerate(pieces, start=1):
            if piece:
                name = f"refresh {number}"
                land(warehouse, LineRules(), delivery_intake(Delivery(name, tuple(piece))))
            as_of = (BEGIN + number * STEP).isoformat()
            config: dict[str, Any] = {"ops": {"refresh_warehouse": {"config": {"as_of": as_of}}}}
            seconds.append(runner.run("refresh", config))
            if number % AN_HOUR == 0:
                runner.run("maintenance")
            if number % A_DAY == 0:
                runner.run("verification")
            if number in at:
                spent = sorted(seconds)
                _say(f"\n{number:,} refreshes; median {spent[len(spent) // 2]:.2f} s")
                before = _say_sizes(_sizes(settings, warehouse), before)
        assert worker.stdin is not None
        worker.stdin.close()


def _land_history(
    warehouse: Warehouse, refreshes: int, tickets_a_day: int
) -> Iterator[list[EventRow]]:
    """Land what happened before; what arrives with each refresh."""
    until = BEGIN + refreshes * STEP
    days = HISTORY_DAYS + (until - BEGIN).days + 1
    spec = SampleSpec(until=until, tickets=tickets_a_day * days, days=days, seed=1)
    arriving: list[list[EventRow]] = [[] for _ in range(refreshes)]
    for delivery in generate(spec):
        rows = list(delivery.events)
        if rows[-1].occurred_at < BEGIN:
            land(warehouse, LineRules(), delivery_intake(Delivery(delivery.name, tuple(rows))))
            continue
        for row in rows:
            number = (row.occurred_at - BEGIN) // STEP
            if number < refreshes:
                arriving[max(number, 0)].append(row)
    yield from arriving


def _sizes(settings: Settings, warehouse: Warehouse) -> dict[str, int]:
    """Bytes of each database, schema and folder."""
    found: dict[str, int] = {}
    for one in (warehouse, database_beside(warehouse, "dagster")):
        with one.connect(Role.OWNER) as connection:
            row = connection.execute("select pg_database_size(current_database())").fetchone()
            found[f"database {one.database}"] = int(row[0]) if row else 0
            for schema, size in connection.execute(_SCHEMAS).fetchall():
                found[f"    schema {schema}"] = size
    folders = {path.name: _bytes_in(path) for path in settings.home.iterdir()}
    logs = _bytes_in(settings.home / "postgres" / "data" / "pg_wal")
    found["home"] = sum(folders.values()) - logs
    found |= {f"    {name}/": size for name, size in sorted(folders.items()) if size > 100_000}
    return found | {"    (write-ahead log, bounded by max_wal_size)": logs}


def _bytes_in(path: Path) -> int:
    """What a folder holds; a file may go while it is looked at."""
    total = 0
    for folder, _, names in os.walk(path.resolve()):
        for name in names:
            try:
                total += Path(folder, name).lstat().st_size
            except FileNotFoundError:
                continue
    return total


def _say_sizes(sizes: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    for name, size in sizes.items():
        grown = f"{(size / before[name] - 1) * 100:+6.1f} %" if before.get(name) else ""
        _say(f"{name:48} {size / 1e6:9.1f} MB {grown}")
    return sizes


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
