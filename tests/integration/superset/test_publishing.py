"""Publishing to a Superset that runs: again, against edits by hand, around what people made."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deskhouse.build.build import build
from deskhouse.cli import main
from deskhouse.errors import Busy, Failed
from deskhouse.warehouse.beside import database_beside
from deskhouse.warehouse.connection import Role
from superset_assets.assets import Bundle, read_bundle
from superset_assets.publish import Answer, publish
from tests.integration.superset.house import House, superset_up
from tests.integration.warehouse.desk import Desk
from tests.warehouses import fresh_warehouses, settings_of

BUNDLE = read_bundle()


@pytest.fixture(scope="module")
def house(server_url: str) -> Iterator[House]:
    with superset_up(server_url) as house:
        yield house


def put(house: House, bundle: Bundle = BUNDLE, **how: bool) -> dict[str, str]:
    """Publish; what became of each asset that did not stay as it was."""
    answer = answered(house, bundle, **how)
    return {change.path: change.action for change in answer.changes if change.action != "unchanged"}


def answered(house: House, bundle: Bundle, *, force: bool = False, dry_run: bool = False) -> Answer:
    return publish(house.settings, house.warehouse, bundle, force=force, dry_run=dry_run)


def titles(house: House, kind: str) -> dict[str, int]:
    """The ids of all assets of a kind, by title."""
    key = {"chart": "slice_name", "dashboard": "dashboard_title", "dataset": "table_name"}[kind]
    found = house.pages.get(f"/api/v1/{kind}/?q=(page_size:100)").json()["result"]
    return {one[key]: one["id"] for one in found}


def retitled(bundle: Bundle, key: str, title: str) -> Bundle:
    chart = bundle.charts[key].model_copy(update={"title": title})
    return bundle.model_copy(update={"charts": {**bundle.charts, key: chart}})


def without(bundle: Bundle, key: str) -> Bundle:
    """The bundle without a chart; who stood beside it on a dashboard takes its room."""
    charts = {name: chart for name, chart in bundle.charts.items() if name != key}
    page = bundle.dashboards["support_overview"]
    rows = []
    for row in page.rows:
        left = {name: width for name, width in row.charts.items() if name != key}
        left[next(iter(left))] += row.charts.get(key, 0)
        rows.append(row.model_copy(update={"charts": left}))
    filters = tuple(
        one.model_copy(update={"but": tuple(k for k in one.but if k != key)})
        for one in page.filters
    )
    page = page.model_copy(update={"rows": tuple(rows), "filters": filters})
    return bundle.model_copy(
        update={"charts": charts, "dashboards": {**bundle.dashboards, "support_overview": page}}
    )


def token(house: House) -> dict[str, str]:
    return {"X-CSRFToken": house.pages.get("/api/v1/security/csrf_token/").json()["result"]}


def change(house: House, chart: str, what: dict[str, Any]) -> None:
    """What a person does who saves a chart with something changed."""
    path = f"/api/v1/chart/{titles(house, 'chart')[chart]}"
    headers = {"Content-Type": "application/json", **token(house)}
    answer = house.pages.ask("PUT", path, json.dumps(what), headers)
    assert answer.status == 200, answer.text


def make(house: House, kind: str, body: dict[str, Any]) -> int:
    answer = house.pages.post(f"/api/v1/{kind}/", body)
    assert answer.status == 201, answer.text
    return int(answer.json()["id"])


def own_state(house: House, page: int, chart: int) -> tuple[Any, Any, Any]:
    """A person's dashboard and chart, and what the chart shows: when they changed, aside."""
    shown = house.pages.get(f"/api/v1/chart/{chart}").json()["result"]
    on_page = house.pages.get(f"/api/v1/dashboard/{page}").json()["result"]
    passing = ("changed_on_delta_humanized", "created_on_delta_humanized", "thumbnail_url")
    kept = [{k: v for k, v in one.items() if k not in passing} for one in (shown, on_page)]
    charts = house.pages.get(f"/api/v1/dashboard/{page}/charts").json()["result"]
    return kept[0], kept[1], [one["slice_name"] for one in charts]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(house: House) -> None:
    assert set(put(house, dry_run=True).values()) == {"created"}
    assert titles(house, "dashboard") == {}


def test_published_twice_nothing_changes(house: House) -> None:
    created = put(house)
    assert set(created.values()) == {"created"}
    assert len(created) == len(BUNDLE.charts) + len(BUNDLE.dashboards) + 4
    assert "Support overview" in titles(house, "dashboard")
    assert len(titles(house, "chart")) == len(BUNDLE.charts)
    assert put(house) == {}


def test_what_was_edited_by_hand_is_not_overwritten_without_force(house: House) -> None:
    change(house, "Agents", {"slice_name": "Our agents"})
    # Nothing new for it: it stays as it is, and the rest is published.
    assert put(house, retitled(BUNDLE, "speed", "Speed")) == {
        "charts/agents.yaml": "edited",
        "charts/speed.yaml": "updated",
        # A dashboard says the titles of its charts.
        "dashboards/support_overview.yaml": "updated",
    }
    # Something new for it: nothing at all is done, and the difference is shown.
    clash = retitled(BUNDLE, "agents", "The agents")
    answer = answered(house, clash)
    assert not answer.done
    (refused,) = [change for change in answer.changes if change.action == "refused"]
    assert refused.path == "charts/agents.yaml"
    assert '+ "slice_name": "Our agents"' in refused.note
    assert '- "slice_name": "Agents"' in refused.note
    assert {"Our agents", "Speed"} <= set(titles(house, "chart"))
    # By force it is.
    assert put(house, clash, force=True)["charts/agents.yaml"] == "overwritten"
    assert "The agents" in titles(house, "chart")
    assert "edited" not in put(house).values()


def test_what_people_made_is_never_touched(house: House) -> None:
    put(house)
    dataset = titles(house, "dataset")["measurements"]
    own = {"viz_type": "table", "metrics": ["tickets"], "groupby": ["team"]}
    page = make(house, "dashboard", {"dashboard_title": "My own"})
    chart = make(
        house,
        "chart",
        {
            "slice_name": "Tickets by team",
            "viz_type": "table",
            "datasource_id": dataset,
            "datasource_type": "table",
            "dashboards": [page],
            "params": json.dumps(own),
        },
    )
    before = own_state(house, page, chart)
    assert put(house, without(BUNDLE, "csat")) == {
        "charts/csat.yaml": "removed",
        "dashboards/support_overview.yaml": "updated",
    }
    build(house.settings, house.warehouse, as_of=datetime.now(UTC), full_refresh=True)
    put(house)
    assert own_state(house, page, chart) == before
    assert titles(house, "dataset")["measurements"] == dataset


def test_what_was_deleted_by_hand_comes_back_in_its_place(house: House) -> None:
    put(house)
    for kind, title in (("chart", "CSAT by week"), ("dataset", "backlog")):
        path = f"/api/v1/{kind}/{titles(house, kind)[title]}"
        assert house.pages.ask("DELETE", path, "", token(house)).status == 200
    assert put(house) == {
        "datasets/backlog.yaml": "created",
        "charts/csat.yaml": "created",
        # What leads to them learns their new numbers.
        "charts/kpi_backlog.yaml": "updated",
        "dashboards/support_overview.yaml": "updated",
    }
    page = titles(house, "dashboard")["Support overview"]
    on_page = house.pages.get(f"/api/v1/dashboard/{page}/charts").json()["result"]
    charts, datasets = titles(house, "chart"), titles(house, "dataset")
    ours = {chart.title for chart in BUNDLE.charts.values()}
    assert {one["id"] for one in on_page} == {charts[title] for title in ours}
    shown = house.pages.get(f"/api/v1/chart/{charts['Backlog']}").json()["result"]
    assert json.loads(shown["params"])["datasource"] == f"{datasets['backlog']}__table"
    position = house.pages.get(f"/api/v1/dashboard/{page}").json()["result"]["position_json"]
    assert json.loads(position)["CHART-csat"]["meta"]["chartId"] == charts["CSAT by week"]


def test_who_publishes_while_another_does_waits_and_then_says_so(house: House) -> None:
    with database_beside(house.warehouse, "superset").connect(Role.OWNER) as other:
        other.execute("select pg_advisory_xact_lock(4713)")
        with pytest.raises(Busy, match=r"another publish has been running for more than 0\.1 s"):
            publish(
                house.settings, house.warehouse, BUNDLE, force=False, dry_run=False, patience=0.1
            )


def test_what_is_in_the_way_is_said_in_a_line(house: House) -> None:
    with database_beside(house.warehouse, "superset").connect(Role.OWNER) as owner:
        owner.execute("alter table slices rename to slices_away")
    try:
        with pytest.raises(Failed) as raised:
            put(house)
    finally:
        with database_beside(house.warehouse, "superset").connect(Role.OWNER) as owner:
            owner.execute("alter table slices_away rename to slices")
    assert str(raised.value) == (
        'Superset would not take the assets: relation "slices" does not exist'
    )


def test_where_superset_was_never_started_that_is_said(server_url: str, tmp_path: Path) -> None:
    with fresh_warehouses(server_url) as make:
        warehouse = make()
        settings = settings_of(warehouse, tmp_path)
        with pytest.raises(Failed) as raised:
            publish(settings, warehouse, BUNDLE, force=False, dry_run=False)
    assert str(raised.value) == "Superset has no tables yet"


def created(number: int) -> dict[str, Any]:
    """A ticket's creation."""
    return {
        "event_id": f"e{number}",
        "source": "mail",
        "ticket_id": str(number),
        "type": "ticket_created",
        "occurred_at": "2026-03-02T08:00:00+00:00",
    }


def tickets_shown(house: House) -> tuple[bool, int]:
    """What a chart shows: whether it was kept from before, and the number."""
    asked = {
        "datasource": {"id": titles(house, "dataset")["measurements"], "type": "table"},
        "queries": [{"metrics": ["tickets"], "columns": [], "time_range": "No filter"}],
    }
    answer = house.pages.post("/api/v1/chart/data", asked)
    assert answer.status == 200, answer.text
    (result,) = answer.json()["result"]
    return bool(result["is_cached"]), result["data"][0]["tickets"]


def test_an_answer_is_kept_until_a_build_brings_something_for_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(house)
    for name, value in house.settings.environment():
        monkeypatch.setenv(name, value)
    desk = Desk(house.settings, house.warehouse)

    def build_at(time: str) -> None:
        assert main(["build", "--as-of", f"2026-03-02T{time}:00+00:00"]) == 0

    desk.deliver([created(1)])
    build_at("09:00")
    assert [tickets_shown(house) for _ in range(2)] == [(False, 1), (True, 1)]
    build_at("10:00")
    assert tickets_shown(house) == (True, 1)
    desk.deliver([created(2)])
    build_at("11:00")
    assert tickets_shown(house) == (False, 2)


def test_a_chart_that_is_gone_from_the_bundle_is_kept_where_somebody_uses_it(
    house: House,
) -> None:
    put(house)
    page = make(house, "dashboard", {"dashboard_title": "With a chart of theirs"})
    change(house, "CSAT by week", {"dashboards": [page]})
    less = without(BUNDLE, "csat")
    answer = answered(house, less)
    (kept,) = [change for change in answer.changes if change.path == "charts/csat.yaml"]
    assert (kept.action, kept.note) == ("kept", "in use by dashboard With a chart of theirs")
    assert "CSAT by week" in titles(house, "chart")
    assert house.pages.ask("DELETE", f"/api/v1/dashboard/{page}", "", token(house)).status == 200
    assert put(house, less) == {"charts/csat.yaml": "removed"}
    assert "CSAT by week" not in titles(house, "chart")
