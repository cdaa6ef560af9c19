"""Dagster really started: pages behind a login, runs forked off, killed and cleaned up after."""

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskhouse.services import running
from deskhouse.services.dagster import DagsterPages, login
from deskhouse.services.states import states
from deskhouse.settings import Settings
from deskhouse.warehouse.beside import database_beside
from deskhouse.warehouse.connection import Role, Warehouse
from deskhouse.warehouse.locks import Lock
from orchestration.defs.processes import PROCESS, living, process_name
from orchestration.maintenance import maintain
from tests.browser import browse
from tests.folders import open_folder
from tests.integration.dagster.pages import Pages
from tests.waiting import until
from tests.warehouses import fresh_warehouses, settings_of

TRUTH = Path(__file__).parents[2] / "truth"
GRAPHQL = {"Content-Type": "application/json"}
SCHEDULES = """
{ schedulesOrError(repositorySelector: {
    repositoryName: "__repository__", repositoryLocationName: "deskhouse"
}) { ... on Schedules { results { name scheduleState { status } } } } }
"""


@dataclass(frozen=True)
class House:
    """A home with Dagster up, on a warehouse of its own that takes a folder."""

    settings: Settings
    warehouse: Warehouse
    pages: Pages

    def drop_in(self, name: str) -> None:
        """Put a file where the source takes it."""
        target = self.settings.config / "incoming" / name
        target.with_suffix(".part").write_bytes((TRUTH / name).read_bytes())
        target.with_suffix(".part").rename(target)

    def refreshed(self) -> str:
        """The id of a refresh that went well."""
        run_id = self.pages.launch("refresh")
        assert self.pages.run_when(run_id, lambda run: run.is_over).status == "SUCCESS"
        return run_id

    def rows(self, query: str, role: Role = Role.OWNER) -> list[tuple[object, ...]]:
        with self.warehouse.connect(role) as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def house(server_url: str) -> Iterator[House]:
    folder = open_folder()
    with fresh_warehouses(server_url) as make:
        warehouse = make()
        settings = settings_of(warehouse, folder).model_copy(
            # No schedule is to fire by itself while the tests run. As in a container, pages listen
            # at every address.
            update={"services": "dagster", "refresh_minutes": 60, "listen": "0.0.0.0"}
        )
        (settings.config / "incoming").mkdir()
        (settings.config / "sources.yml").write_text(
            "sources:\n"
            "  - {name: examples, kind: folder, format: events, path: incoming/*.ndjson}\n",
            encoding="utf-8",
        )
        try:
            running.up(settings)
            pages = Pages(DagsterPages(settings).address(), *login(settings))
            yield House(settings, warehouse, pages)
        finally:
            running.down(settings)
            shutil.rmtree(folder)


def test_the_pages_ask_for_a_login(house: House) -> None:
    stranger = Pages(house.pages.address)
    assert stranger.get("/graphql", '{"query": "{ version }"}', GRAPHQL)[0] == 401
    assert {stranger.get(path)[0] for path in ("/", "/server_info", "/runs")} == {401}
    assert house.pages.get("/server_info")[0] == 200
    elsewhere = GRAPHQL | {"Origin": "https://evil.example"}
    assert house.pages.get("/graphql", '{"query": "{ version }"}', elsewhere)[0] == 403


def test_the_pages_listen_where_they_are_told(house: House) -> None:
    port = house.pages.address.partition(":")[2]
    elsewhere = Pages(f"127.0.0.2:{port}")
    assert elsewhere.get("/server_info", headers={"Host": house.pages.address})[0] == 401
    assert elsewhere.get("/server_info")[1] == "unknown host\n"


def test_a_browser_that_is_logged_in_sees_the_schedules(house: House) -> None:
    with browse(login=(house.pages.user, house.pages.password)) as window:
        window.page.goto(f"http://{house.pages.address}/automation")
        window.page.get_by_text("refresh_schedule").first.wait_for(timeout=60_000)
        assert window.wrongs == []


def test_the_password_is_the_homes_own_and_nobody_elses_to_read(house: House) -> None:
    path = house.settings.home / "secrets" / "dagster-login"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="ascii") == house.pages.password
    for name in ("dagster.yaml", "workspace.yaml"):
        assert (house.settings.home / "dagster" / name).stat().st_mode & 0o077 == 0


def test_schedules_run_from_the_first_start_on(house: House) -> None:
    found = house.pages.ask(SCHEDULES)["schedulesOrError"]["results"]
    assert {one["name"]: one["scheduleState"]["status"] for one in found} == {
        "refresh_schedule": "RUNNING",
        "verification_schedule": "RUNNING",
        "maintenance_schedule": "RUNNING",
    }


def test_a_refresh_brings_events_from_the_source_to_the_marts(house: House) -> None:
    house.drop_in("worked_example.ndjson")
    made = house.pages.run(house.refreshed()).made
    assert {"sources/examples", "raw/ticket_events", "marts/metrics_raw"} <= made
    assert house.rows("select count(*) from marts.fct_tickets", Role.READER) == [(20,)]


def test_killed_in_mid_run_it_is_marked_failed_and_the_next_goes_through(house: House) -> None:
    house.drop_in("edge_cases.ndjson")
    with house.warehouse.connect(Role.OWNER, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (Lock.BUILD,))
        run_id = house.pages.launch("refresh")
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        until(lambda: house.rows(waiting) == [(1,)], 60)
        daemon = {one.name: one.pid for one in states(house.settings).services}["dagster-daemon"]
        run = int(house.pages.run(run_id).tags[PROCESS].partition(":")[0])
        worker = int(Path(f"/proc/{run}/stat").read_text().rpartition(")")[2].split()[1])
        assert daemon
        for pid in (daemon, worker, run):
            os.kill(pid, signal.SIGKILL)
    until(lambda: not any(map(process_name, (daemon, worker, run))), 60)

    assert house.pages.run_when(run_id, lambda run: run.is_over).status == "FAILURE"
    house.refreshed()
    assert house.rows("select count(*) from ops.builds where state = 'running'") == [(0,)]
    assert house.rows(
        "select count(*) > 0 from marts.fct_tickets where source = 'edge_cases'", Role.READER
    ) == [(True,)]


def test_a_run_is_interrupted_from_the_pages(house: House) -> None:
    with house.warehouse.connect(Role.OWNER, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (Lock.BUILD,))
        run_id = house.pages.launch("refresh")
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        until(lambda: house.rows(waiting) == [(1,)], 60)
        process = house.pages.run(run_id).tags[PROCESS]
        house.pages.ask(
            "mutation($id: String!) { terminateRun(runId: $id) { __typename } }", id=run_id
        )
        # It does not take its interruption for a fault that passes, after which one tries again
        # and waits for the lock, which takes half a minute.
        assert house.pages.run_when(run_id, lambda run: run.is_over, 20).status == "CANCELED"
        until(lambda: living(process) is None, 5)


def test_old_runs_go_with_all_that_was_logged_of_them(house: House) -> None:
    quiet = house.refreshed()
    last = house.refreshed()
    done = maintain(house.warehouse, now=datetime.now(UTC), kept_runs=1)
    assert done.runs >= 1
    with database_beside(house.warehouse, "dagster").connect(Role.OWNER) as connection:
        kept = {run for (run,) in connection.execute("select run_id from runs").fetchall()}
        for table in ("event_logs", "asset_check_executions", "run_tags"):
            named = connection.execute(f"select distinct run_id from {table}").fetchall()
            assert {run for (run,) in named if run} <= kept, table
        orphans = (
            "select count(*) from asset_event_tags"
            " where event_id not in (select id from event_logs)"
        )
        assert connection.execute(orphans).fetchone() == (0,)
    assert quiet not in kept
    assert last in kept
    assert house.pages.run(last).status == "SUCCESS"
