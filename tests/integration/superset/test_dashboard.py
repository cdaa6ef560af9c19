"""*Support overview* in a real browser, on a screen and on a phone.

It shows what is there, what it shows is what `deskhouse metrics query` says, and a bar leads to its
tickets.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deskhouse.gate import LineRules
from deskhouse.metrics import Filter, Grain, Request, answer, catalog
from deskhouse.warehouse.connection import Role
from ingestion.intake import delivery_intake
from ingestion.landing import land
from ingestion.sample import SampleSpec, generate
from orchestration.pipeline import refresh
from superset_assets.assets import read_bundle
from superset_assets.publish import publish
from tests.integration.superset.house import House, superset_up
from tests.integration.superset.overview import Overview, Shown, overview

BUNDLE = read_bundle()
SCREEN, PHONE = 1440, 390
WITH_METRICS = {key for key, chart in BUNDLE.charts.items() if chart.dataset != "data_state"}
GRAINS: dict[str, Grain] = {"P1D": "day", "P1W": "week"}

# What a chart without data shows.
NOTHING = {"", "0", "0.0%", "0s"}

# A number by the words that its cell is found by: (dimension, …, metric).
Cells = dict[tuple[Any, ...], Any]


@pytest.fixture(scope="module")
def house(server_url: str) -> Iterator[House]:
    with superset_up(server_url, "Europe/Berlin") as house:
        now = datetime.now(UTC)
        for delivery in generate(SampleSpec(until=now, tickets=900, days=70, seed=7)):
            land(house.warehouse, LineRules(), delivery_intake(delivery))
        refresh(house.settings, house.warehouse, LineRules(), as_of=now)
        publish(house.settings, house.warehouse, BUNDLE, force=False, dry_run=False)
        yield house


@pytest.fixture(scope="module", params=[SCREEN, PHONE], ids=["screen", "phone"])
def seen(house: House, request: pytest.FixtureRequest) -> Iterator[Overview]:
    with overview(house, BUNDLE, request.param) as seen:
        seen.open(set(BUNDLE.charts))
        yield seen


def shown_cells(shown: Shown) -> Cells:
    """What a chart was given: each number that is there."""
    axis, series = axis_of(shown), [one for one in shown.query["columns"] if isinstance(one, str)]
    metrics = shown.query["metrics"]
    cells: Cells = {}
    for row in shown.rows:
        left = dict(row)
        key = (bucket(left.pop(axis), axis),) if axis else ()
        if axis and series:
            # A series a column, of the one metric there is.
            cells |= {(*key, name, *metrics): value for name, value in left.items()}
        else:
            key += tuple(left.pop(name) for name in series)
            cells |= {(*key, name): value for name, value in left.items()}
    return {key: value for key, value in cells.items() if value is not None}


def axis_of(shown: Shown) -> str:
    """The column along which a chart is drawn; '' where there is none."""
    axes = [one["sqlExpression"] for one in shown.query["columns"] if not isinstance(one, str)]
    return axes[0] if axes else ""


def bucket(value: Any, axis: str) -> Any:
    return datetime.fromtimestamp(value / 1000, UTC).date() if axis == "timestamp" else value


def told_cells(house: House, shown: Shown) -> Cells:
    """What `deskhouse metrics query` says to what a chart asked."""
    since, until = shown.bounds()
    cells = answered_cells(house, shown, since, until, "")
    if shown.query.get("time_offsets"):
        earlier = since - (until - since)
        cells |= answered_cells(house, shown, earlier, since, "__inherit")
    return cells


def answered_cells(
    house: House, shown: Shown, since: datetime, until: datetime, suffix: str
) -> Cells:
    axis, zone = axis_of(shown), house.settings.zone
    series = [one for one in shown.query["columns"] if isinstance(one, str)]
    is_by_time = axis == "timestamp"
    grain = GRAINS[shown.query["columns"][0]["timeGrain"]] if is_by_time else "none"
    request = Request(
        metrics=tuple(dict.fromkeys(shown.query["metrics"])),
        by=tuple([axis] if axis and not is_by_time else []) + tuple(series),
        grain=grain,
        filters=tuple(filters_of(shown)),
        since=since.replace(tzinfo=zone),
        until=until.replace(tzinfo=zone),
    )
    told = answer(house.warehouse, catalog(), request)
    width = len(told.columns) - len(request.metrics)
    return {
        (*row[:width], name + suffix): value if isinstance(value, int) else float(value)
        for row in told.rows
        for name, value in zip(request.metrics, row[width:], strict=True)
        if value is not None
    }


def filters_of(shown: Shown) -> Iterator[Filter]:
    for one in shown.query["filters"]:
        if one["op"] in ("IN", "==") and one["col"] != "metric_type":
            values = one["val"] if isinstance(one["val"], list) else [one["val"]]
            yield Filter(one["col"], tuple(values))


def assert_told(house: House, shown: Shown) -> None:
    """Every cell is the one that is told; what is told and has no cell is 0."""
    cells, told = shown_cells(shown), told_cells(house, shown)
    assert cells
    assert cells == {key: told.get(key) for key in cells}
    assert {key: value for key, value in told.items() if key not in cells and value != 0} == {}


def test_every_chart_shows_its_data(seen: Overview) -> None:
    for key in sorted(WITH_METRICS):
        assert any(shown_cells(seen.shown[key]).values()), key
        assert seen.mark(BUNDLE.charts[key]) not in NOTHING, key
    assert "fit" in seen.mark(BUNDLE.charts["data_state"])


def test_nothing_goes_wrong_in_the_page(seen: Overview) -> None:
    assert seen.window.wrongs == []


def test_it_says_up_to_when_the_data_goes_on_the_clocks_of_the_reporting_zone(
    seen: Overview, house: House
) -> None:
    with house.warehouse.connect(Role.READER) as connection:
        row = connection.execute("select as_of from marts.current_build").fetchone()
    assert row is not None
    local = row[0].astimezone(house.settings.zone)
    assert f"{local:%Y-%m-%d %H:%M:%S}" in seen.mark(BUNDLE.charts["data_state"])


def test_every_number_is_what_metrics_query_says(seen: Overview, house: House) -> None:
    for key in WITH_METRICS:
        assert_told(house, seen.shown[key])


def test_no_chart_is_wider_than_the_window(seen: Overview) -> None:
    width = seen.page.viewport_size["width"] if seen.page.viewport_size else 0
    for key in BUNDLE.charts:
        box = seen.holder(key).bounding_box()
        assert box is not None
        assert 0 <= box["x"] < box["x"] + box["width"] <= width
        assert width > 700 or box["width"] > 0.8 * width
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_filter_is_on_every_chart_but_those_it_would_empty(seen: Overview, house: House) -> None:
    (page,) = BUNDLE.dashboards.values()
    (agent,) = (one for one in page.filters if one.title == "Agent")
    # Who was rated, too: of another the charts of CSAT would have nothing to show.
    rows = seen.shown["agents"].rows
    busiest = next(row["agent"] for row in rows if None not in row.values())
    for title, value, changed in (
        ("Channel", "Email", WITH_METRICS),
        ("Agent", busiest, WITH_METRICS - set(agent.but)),
    ):
        seen.open(set(BUNDLE.charts))
        with seen.changing(changed):
            seen.choose(title, value)
        for key in WITH_METRICS:
            is_on = Filter(title.lower(), (value,)) in filters_of(seen.shown[key])
            assert is_on == (key in changed), key
            assert_told(house, seen.shown[key])


def test_who_clears_the_filters_sees_the_range_that_the_page_opens_with(
    seen: Overview, house: House
) -> None:
    """A card has nothing to compare with where there is no range."""
    seen.open(set(BUNDLE.charts), "2001-01-01 : 2001-02-01")
    with seen.changing(WITH_METRICS):
        seen.clear()
    (cleared,) = {seen.shown[key].bounds() for key in WITH_METRICS}
    seen.open(set(BUNDLE.charts))
    (opened,) = {seen.shown[key].bounds() for key in WITH_METRICS}
    assert cleared == opened
    assert seen.window.wrongs == []


def test_a_card_says_which_number_is_of_the_period_before(seen: Overview) -> None:
    for chart in BUNDLE.charts.values():
        if chart.viz_type == "pop_kpi":
            assert " before" in seen.holder(chart.key).inner_text(), chart.key


def test_a_click_on_a_bar_is_a_filter_on_all_other_charts(seen: Overview, house: House) -> None:
    seen.open(set(BUNDLE.charts))
    others = WITH_METRICS - {"volume_by_channel"}
    with seen.changing(others):
        seen.click_bar("volume_by_channel")
    (chosen,) = {tuple(filters_of(seen.shown[key])) for key in others}
    assert [one.dimension for one in chosen] == ["channel"]
    for key in others:
        assert_told(house, seen.shown[key])


def test_a_bar_leads_to_its_tickets_and_no_others(seen: Overview, house: House) -> None:
    seen.open(set(BUNDLE.charts))
    bar = seen.drill("volume_by_channel")
    zone = house.settings.zone
    day = datetime.fromtimestamp(bar["Time"] / 1000, UTC).replace(tzinfo=zone)
    with house.warehouse.connect(Role.READER) as connection:
        rows = connection.execute(
            "select ticket_id from marts.metrics_raw as m"
            " inner join marts.fct_tickets as t using (ticket_key, ticket_id)"
            " where m.metric_type = 'created' and t.is_countable"
            " and t.created_at >= %s and t.created_at < %s and lower(m.channel) = %s",
            (day, day + timedelta(days=1), bar["channel"].lower()),
        ).fetchall()
    assert rows
    assert sorted(one["ticket_id"] for one in seen.tickets) == sorted(row[0] for row in rows)
    assert list(seen.tickets[0])[:2] == ["timestamp", "ticket_id"]


def test_what_is_emptied_is_seen_to_be_empty(seen: Overview) -> None:
    seen.open(set(BUNDLE.charts), "2001-01-01 : 2001-02-01")
    for key in WITH_METRICS:
        assert not any(shown_cells(seen.shown[key]).values()), key
        assert seen.mark(BUNDLE.charts[key]) in NOTHING, key
