"""Publishing to a Superset that runs: again, against edits by hand, around what people made."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from deskhouse.build.build import build
from superset_assets.assets import Bundle, read_bundle
from superset_assets.publish import Answer, publish
from tests.integration.superset.house import House, superset_up

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
    """The bundle without a chart, which then is on no dashboard either."""
    charts = {name: chart for name, chart in bundle.charts.items() if name != key}
    page = bundle.dashboards["support_overview"]
    rows = tuple(
        row.model_copy(update={"charts": {k: w for k, w in row.charts.items() if k != key}})
        for row in page.rows
    )
    filters = tuple(
        one.model_copy(update={"but": tuple(k for k in one.but if k != key)})
        for one in page.filters
    )
    page = page.model_copy(update={"rows": rows, "filters": filters})
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
