"""The catalog: every metric written once, in words and in SQL, read fast."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from deskhouse.build.project import PROJECT, SEMANTIC, project_hash
from deskhouse.errors import WrongInput
from deskhouse.metrics import catalog
from deskhouse.metrics.catalog import nearest
from deskhouse.metrics.semantic import read_catalog
from deskhouse.settings import CHECKOUT

CATALOG = catalog()
METRICS = {metric.name: metric for metric in CATALOG.metrics}


def test_metrics_have_names_and_words_of_their_own() -> None:
    for words in ("name", "label", "description"):
        found = [getattr(metric, words) for metric in CATALOG.metrics]
        assert len(set(found)) == len(found) > 25
        assert all(found)


def test_columns_have_names_and_words_of_their_own() -> None:
    for source in CATALOG.sources:
        names = [column.name for column in source.columns]
        assert len(set(names)) == len(names)
        assert all(column.label and column.description and column.type for column in source.columns)


def test_a_metric_is_of_a_source_whose_dimensions_tell_it_apart() -> None:
    for metric in CATALOG.metrics:
        known = {column.name for column in CATALOG.source(metric.source).dimensions}
        assert metric.dimensions
        assert set(metric.dimensions) <= known


def test_dimensions_are_called_alike_in_every_source() -> None:
    labels: dict[str, set[str]] = {}
    for source in CATALOG.sources:
        for column in source.columns:
            labels.setdefault(column.name, set()).add(f"{column.label} {column.type} {column.id}")
    assert {name: found for name, found in labels.items() if len(found) > 1} == {}


def test_nothing_of_a_text_is_left_to_be_filled_in() -> None:
    """Superset takes expressions and sources as they are."""
    texts = [metric.expression for metric in CATALOG.metrics]
    texts += [source.sql for source in CATALOG.sources]
    assert [text for text in texts if re.search(r"\{\{|%\(|\$\d|;", text)] == []


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("tickets", "count(case when metric_type = 'created' then 1 end)"),
        (
            "tickets_resolved",
            "count(distinct case when metric_type = 'resolution' then ticket_key end)",
        ),
        (
            "first_reply_mean",
            "round(avg(case when metric_type = 'first_reply' then value end), 6)",
        ),
        (
            "resolution_p90",
            (
                "round((percentile_cont(0.9) within group (order by"
                " case when metric_type = 'full_resolution' then value end))::numeric, 6)"
            ),
        ),
        (
            "csat",
            (
                "round(count(case when metric_type = 'csat_positive' then 1 end)::numeric"
                " / nullif(count(case when metric_type = 'csat_rated' then 1 end), 0), 6)"
            ),
        ),
        ("backlog", 'coalesce(ops.last_sum("timestamp", backlog), 0)'),
        (
            "net_flow",
            (
                "count(case when metric_type = 'created' then 1 end)"
                " - count(distinct case when metric_type = 'resolution' then ticket_key end)"
            ),
        ),
        (
            "sla_achievement",
            (
                "round(count(case when metric_type = 'sla_met' then 1 end)::numeric"
                " / nullif(count(case when metric_type = 'sla_met' then 1 end)"
                " + count(case when metric_type = 'sla_breached' then 1 end), 0), 6)"
            ),
        ),
    ],
)
def test_a_metric_is_one_aggregate_expression(name: str, expression: str) -> None:
    assert METRICS[name].expression == expression


def test_what_nobody_is_credited_with_is_not_told_apart_by_agent() -> None:
    without = {name for name, metric in METRICS.items() if "agent" not in metric.dimensions}
    assert without == {
        *("tickets", "net_flow", "customer_messages", "automated_replies"),
        *("merged_tickets", "deleted_tickets", "csat_uncredited", "csat_uncredited_share"),
        *(f"first_response_any_{one}" for one in ("mean", "median", "p90")),
        *(f"first_assignment_{one}" for one in ("mean", "median", "p90")),
    }


def test_what_a_target_was_for_tells_apart_what_is_of_targets() -> None:
    told = {name for name, metric in METRICS.items() if "sla_metric" in metric.dimensions}
    assert told == {"sla_met", "sla_breached", "sla_achievement"}


@pytest.mark.parametrize(
    "name", ["first_reply", "next_reply", "response", "first_resolution", "resolution"]
)
def test_what_lasts_is_told_in_calendar_time_and_in_opening_hours(name: str) -> None:
    for stat in ("mean", "median", "p75", "p90", "p95"):
        whole, opened = METRICS[f"{name}_{stat}"], METRICS[f"{name}_business_{stat}"]
        assert opened.expression == whole.expression.replace(" value ", " business_value ")
        assert "In calendar time." in whole.description
        assert opened.description == whole.description.replace("calendar time", "opening hours")


def test_what_is_to_be_asked_for_instead_is_told_apart_by_it() -> None:
    found = [(metric, *pair) for metric in CATALOG.metrics for pair in metric.instead.items()]
    assert found
    for metric, dimension, other in found:
        assert dimension not in metric.dimensions
        assert dimension in METRICS[other].dimensions
        assert METRICS[other].unit == metric.unit


def test_bands_are_of_what_lasts_and_sort_by_themselves() -> None:
    banded = {name for name, metric in METRICS.items() if "duration_band" in metric.dimensions}
    assert banded == {"first_replies", "next_replies", "full_resolutions"}
    column = next(c for c in CATALOG.source("measurements").columns if c.name == "duration_band")
    bands = [*re.findall(r"then '(.*?)'", column.sql), *re.findall(r"else '(.*?)'", column.sql)]
    assert bands == sorted(bands)
    assert len(bands) == 7
    assert re.findall(r"\('(.*?)'\)", column.values) == bands


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(WrongInput, match="there is no metric 'first_reply'") as error:
        CATALOG.metric("first_reply")
    assert error.value.hint.startswith("Did you mean first_rep")
    with pytest.raises(WrongInput, match="there is no source 'tickets'") as error:
        CATALOG.source("tickets")
    assert error.value.hint == "There are: backlog, measurements, data_state."


def test_a_name_in_other_capitals_is_near() -> None:
    assert nearest("CSAT", METRICS) == "csat"
    assert nearest("EMAIL", ["Email", "Chat"]) == "Email"
    assert nearest("xyz", METRICS) is None


@pytest.mark.parametrize(
    ("written", "wrong", "says"),
    [
        (
            "numerator: csat_positive",
            "numerator: backlog",
            "csat: its parts are of two sources",
        ),
        (
            "metrics: [tickets, tickets_resolved]",
            "metrics: [tickets, tickets_resolved, backlog]",
            "net_flow: its formula is of other metrics than it names",
        ),
        (
            "expr: tickets - tickets_resolved",
            "expr: tickets - tickets_resolved - reopens",
            "net_flow: its formula is of other metrics than it names",
        ),
    ],
)
def test_a_formula_of_what_is_not_its_own_is_a_mistake(
    tmp_path: Path, written: str, wrong: str, says: str
) -> None:
    for path in SEMANTIC.glob("*.yml"):
        text = path.read_text(encoding="utf-8").replace(written, wrong)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        read_catalog(tmp_path)


def test_words_that_are_out_of_place_are_a_mistake(tmp_path: Path) -> None:
    for path in SEMANTIC.glob("*.yml"):
        text = path.read_text(encoding="utf-8").replace("better: less", "bettr: less")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="bettr"):
        read_catalog(tmp_path)


def test_it_is_read_without_dbt_and_without_a_table_library() -> None:
    program = (
        "import sys; from deskhouse.cli import main; main(['metrics', 'list']);"
        "print(sorted({'dbt', 'pandas', 'sqlalchemy', 'dagster'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert lines[-1] == "[]"
    names = [line.split()[0] for line in lines[:-1] if line]
    dimensions = names.index("Dimensions")
    assert names[:dimensions] == list(METRICS)
    assert set(names[dimensions + 1 :]) >= set(CATALOG.dimensions)


def test_what_a_metric_is_called_rebuilds_no_table() -> None:
    from deskhouse.build import project

    assert {path.parent.name for path in project._texts()} >= {"marts", "staging", "macros"}
    assert [path for path in project._texts() if SEMANTIC in path.parents] == []
    assert SEMANTIC.parent == PROJECT / "models"
    assert project_hash()
