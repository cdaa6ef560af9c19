"""What Superset is to hold: made of the bundle and the catalog, whole and the same each time."""

import json

import pytest

from deskhouse.metrics import catalog
from deskhouse.warehouse.connection import Role, Warehouse
from superset_assets.assets import read_bundle
from superset_assets.order import DATABASE, Order, make_order

WAREHOUSE = Warehouse("127.0.0.1", 5432, "desk", "owner", "secret", "key")


@pytest.fixture(scope="module")
def order() -> Order:
    return make_order(read_bundle(), catalog(), WAREHOUSE, "Europe/Berlin")


def test_it_is_the_same_each_time(order: Order) -> None:
    assert make_order(read_bundle(), catalog(), WAREHOUSE, "Europe/Berlin") == order


def test_every_asset_has_an_id_of_its_own_and_is_said_to_be_managed(order: Order) -> None:
    ids = [asset["uuid"] for asset in order.assets.values()]
    assert len(set(ids)) == len(ids)
    assert all(asset["is_managed_externally"] for asset in order.assets.values())


def test_superset_reads_as_the_reader_in_the_reporting_zone_and_writes_nothing(
    order: Order,
) -> None:
    database = order.assets[DATABASE]
    login = "postgresql+psycopg2://desk_reader:XXXXXXXXXX@127.0.0.1:5432/desk"
    assert database["sqlalchemy_uri"] == login
    assert order.passwords == {DATABASE: WAREHOUSE.password(Role.READER)}
    assert WAREHOUSE.password(Role.READER) not in json.dumps(order.assets)
    options = database["extra"]["engine_params"]["connect_args"]["options"]
    assert options == "-c timezone=Europe/Berlin -c statement_timeout=60s"
    for right in ("allow_dml", "allow_ctas", "allow_cvas", "allow_csv_upload"):
        assert database[right] is False


def test_a_dataset_computes_a_metric_as_it_is_defined(order: Order) -> None:
    for source in catalog().sources:
        dataset = order.assets[f"datasets/{source.name}.yaml"]
        assert dataset["sql"] == source.sql
        expressions = {one["metric_name"]: one["expression"] for one in dataset["metrics"]}
        assert expressions == {m.name: m.expression for m in catalog().of_source(source.name)}


def test_a_chart_is_of_the_rows_that_its_metrics_count(order: Order) -> None:
    def where(key: str) -> list[tuple[str, str, object]]:
        filters = order.assets[f"charts/{key}.yaml"]["params"]["adhoc_filters"]
        return [(one["subject"], one["operator"], one["comparator"]) for one in filters]

    time = ("timestamp", "TEMPORAL_RANGE", "Last month")
    assert where("kpi_tickets") == [time, ("metric_type", "IN", ["created"])]
    assert where("kpi_csat") == [time, ("metric_type", "IN", ["csat_positive", "csat_rated"])]
    assert where("kpi_backlog") == [time]
    assert where("data_state") == []


def test_a_page_opens_with_a_range_that_can_be_changed_and_not_applied_empty(order: Order) -> None:
    page = order.assets["dashboards/support_overview.yaml"]
    first, *others = page["metadata"]["native_filter_configuration"]
    assert first["filterType"] == "filter_time"
    assert first["controlValues"] == {"enableEmptyFilter": True}
    assert first["defaultDataMask"]["extraFormData"] == {"time_range": "Last month"}
    assert not any(one["controlValues"]["enableEmptyFilter"] for one in others)


def test_a_chart_on_no_page_is_of_all_time() -> None:
    bundle = read_bundle().model_copy(update={"dashboards": {}})
    chart = make_order(bundle, catalog(), WAREHOUSE, "UTC").assets["charts/kpi_backlog.yaml"]
    assert [one["comparator"] for one in chart["params"]["adhoc_filters"]] == ["No filter"]


def test_a_card_says_which_number_is_of_the_period_before(order: Order) -> None:
    for name, asset in order.assets.items():
        if asset.get("viz_type") == "pop_kpi":
            shown = asset["params"]["column_config"]["Previous value"]
            assert shown["customColumnName"] == "before", name


def test_more_of_what_is_better_is_green(order: Order) -> None:
    def look(key: str) -> tuple[bool, str]:
        params = order.assets[f"charts/{key}.yaml"]["params"]
        return params["comparison_color_enabled"], params["comparison_color_scheme"]

    assert look("kpi_csat") == (True, "Green")
    assert look("kpi_backlog") == (True, "Red")
    assert look("kpi_tickets")[0] is False


def test_a_filter_leaves_out_what_it_is_told_to(order: Order) -> None:
    page = order.assets["dashboards/support_overview.yaml"]
    numbers = {
        meta["uuid"]: meta["chartId"]
        for item in page["position"].values()
        if isinstance(item, dict) and "uuid" in (meta := item.get("meta", {}))
    }
    (agent,) = [
        one for one in page["metadata"]["native_filter_configuration"] if one["name"] == "Agent"
    ]
    left_out = {
        numbers[order.assets[f"charts/{key}.yaml"]["uuid"]]
        for key in ("kpi_tickets", "volume_by_channel", "channels")
    }
    assert set(agent["scope"]["excluded"]) == left_out


def test_a_chart_more_is_no_news_for_a_dashboard_that_it_is_not_on(order: Order) -> None:
    bundle = read_bundle()
    another = bundle.charts["agents"].model_copy(update={"key": "a_first", "title": "First"})
    more = bundle.model_copy(update={"charts": {"a_first": another, **bundle.charts}})
    page = "dashboards/support_overview.yaml"
    with_more = make_order(more, catalog(), WAREHOUSE, "Europe/Berlin")
    assert with_more.assets[page] == order.assets[page]
