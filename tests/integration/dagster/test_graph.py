"""The asset graph: every model and every test, from source to mart, loaded at once and offline."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from deskhouse.settings import CHECKOUT, Settings
from orchestration.defs.assets import Graph
from orchestration.defs.loading import definitions
from orchestration.manifest import kept_manifest

SOURCES = "sources:\n  - {name: exports, kind: folder, format: events, path: '*.ndjson'}\n"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a home that was never used, where no database answers."""
    folder = tmp_path_factory.mktemp("graph")
    (folder / "config").mkdir()
    (folder / "config" / "sources.yml").write_text(SOURCES, encoding="utf-8")
    return Settings(home=folder / "home", config=folder / "config")


@pytest.fixture(scope="module")
def loaded(settings: Settings) -> dg.Definitions:
    return definitions(settings)


def test_it_is_consistent_as_a_whole(loaded: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(loaded)
    jobs = {job.name for job in loaded.get_repository_def().get_all_jobs()}
    assert {"refresh", "maintenance", "verification"} <= jobs


def test_every_mart_goes_back_to_a_source_of_the_help_desk(loaded: dg.Definitions) -> None:
    graph = loaded.resolve_asset_graph()

    def roots(key: dg.AssetKey) -> set[str]:
        parents = graph.get(key).parent_keys
        above = (roots(parent) for parent in parents)
        return set().union(*above) if parents else {key.to_user_string()}

    marts = [key for key in graph.get_all_asset_keys() if key.path[0] == "marts"]
    assert {key.path[1] for key in marts} == {
        path.stem for path in (CHECKOUT / "dbt_project/models/marts").glob("*.sql")
    }
    # Dates are there without any event.
    assert {key.path[1] for key in marts if "sources/exports" not in roots(key)} == {"dim_dates"}


def test_every_dbt_test_is_a_check_and_blocks(settings: Settings, loaded: dg.Definitions) -> None:
    graph = Graph.of(settings)
    tests = {node for node in graph.manifest["nodes"] if node.startswith("test.")}
    checks = graph.checks_of_models()
    assert len(checks) == len(tests) > 80
    assert all(check.blocking for check in checks)
    assert {check.key for check in checks} <= set(loaded.resolve_asset_graph().asset_check_keys)


def test_a_test_over_several_models_is_a_check_of_the_last(settings: Settings) -> None:
    held = {check.name: check.asset_key for check in Graph.of(settings).checks_of_models()}
    of_intervals = held["assert_times_in_status_are_sums_of_intervals"]
    assert of_intervals == dg.AssetKey(["marts", "fct_ticket_intervals"])


def test_a_refresh_runs_no_test_of_the_night(loaded: dg.Definitions) -> None:
    repository = loaded.get_repository_def()
    steps = {
        name: set(repository.get_job(name).graph.node_dict) for name in ("refresh", "verification")
    }
    assert steps["refresh"] == {"refresh_warehouse"}
    assert steps["verification"] == {"shadow_rebuild", "dbt_tests", "age"}


def test_sources_that_cannot_be_read_leave_the_rest_of_the_graph(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "sources.yml").write_text("sources: [{nme: x}]\n", encoding="utf-8")
    broken = settings.model_copy(update={"config": tmp_path})
    assert Graph.of(broken).sources == ()


def test_the_project_is_parsed_once_for_its_text(settings: Settings) -> None:
    path = kept_manifest(settings.home)
    before = path.stat()
    assert kept_manifest(settings.home).stat() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_new_process_has_it_within_ten_seconds_of_work(settings: Settings) -> None:
    kept_manifest(settings.home)
    variables = {**os.environ, **dict(settings.environment()), "PYTHONPATH": str(CHECKOUT)}
    program = "import orchestration.definitions as d; d.defs.get_repository_def()"
    process = subprocess.Popen([sys.executable, "-c", program], env=variables, cwd="/")
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert used.ru_utime + used.ru_stime < 10
