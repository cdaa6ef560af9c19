"""Dimensions that `dimensions.csv` names: in the catalog beside the others, and in statements."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deskhouse.configuration.dimensions import TicketDimension
from deskhouse.errors import WrongConfiguration, WrongInput
from deskhouse.metrics import Filter, Request, Statement, catalog, configured, statement
from deskhouse.metrics.fields import with_dimensions

EVIL = "'; drop table marts.metrics_raw; -- 100 %s"
DIMENSIONS = (
    TicketDimension("plan", EVIL, None, "Plan"),
    TicketDimension("vip", None, EVIL, "VIP"),
)
CATALOG = with_dimensions(catalog(), DIMENSIONS)


def made(*metrics: str, by: tuple[str, ...] = (), filters: tuple[Filter, ...] = ()) -> Statement:
    return statement(CATALOG, Request(metrics, by, filters=filters), ZoneInfo("UTC"))


def test_every_metric_is_told_apart_by_them_and_by_what_it_was() -> None:
    before = {metric.name: metric.dimensions for metric in catalog().metrics}
    after = {metric.name: metric.dimensions for metric in CATALOG.metrics}
    assert after == {name: (*found, "plan", "vip") for name, found in before.items()}
    assert [source.name for source in CATALOG.sources if source.dimensions] == [
        "backlog",
        "measurements",
    ]


def test_where_no_dimension_is_named_the_catalog_is_the_same(tmp_path: Path) -> None:
    assert configured(catalog(), tmp_path) == catalog()


def test_a_field_that_is_not_asked_for_is_not_read() -> None:
    plain = statement(catalog(), Request(("tickets", "backlog"), ("channel",)), ZoneInfo("UTC"))
    assert made("tickets", "backlog", by=("channel",)).text == plain.text
    assert "fct_ticket_fields" not in plain.text


def test_the_name_of_a_field_is_a_parameter_and_no_text() -> None:
    chosen = (Filter("vip", ("yes",)),)
    one = made("tickets", "backlog", by=("plan",), filters=chosen)
    assert EVIL not in one.text
    assert one.parameters == {"field_plan": EVIL, "field_vip": EVIL, "filter_0": ["yes"]}
    assert set(re.findall(r"%\((\w+)\)s", one.text)) == set(one.parameters)
    assert made("tickets", filters=chosen).parameters.keys() == {"field_vip", "filter_0"}


def test_an_unknown_name_suggests_the_nearest_of_all() -> None:
    with pytest.raises(WrongInput, match="there is no dimension 'plna'") as error:
        made("tickets", by=("plna",))
    assert error.value.hint == "Did you mean plan?"


@pytest.mark.parametrize(
    "name",
    [
        *("channel", "duration_band", "channel_id", "ticket_id", "timestamp", "state"),
        *("csat", "csat_before", "fields", "timestamp_bucket"),
    ],
)
def test_what_is_named_already_is_the_name_of_no_field(tmp_path: Path, name: str) -> None:
    (tmp_path / "dimensions.csv").write_text(f"name,custom_field,tag\n{name},x,\n")
    with pytest.raises(WrongConfiguration, match=r"row 2, column name: .* already"):
        configured(catalog(), tmp_path)
