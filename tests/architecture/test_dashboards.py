"""From dashboard to chart to dataset to metric to column: all of it is there, with no server."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import expressions as exp

from deskhouse.errors import WrongInput
from deskhouse.metrics import Metric, Source, catalog
from superset_assets.assets import FOLDER, Bundle, Chart, Dashboard, Filter, read_bundle
from superset_assets.references import charts_of, check, columns_of, marts_of, metrics_of
from tests.architecture.project import CHECKOUT, Project

BUNDLE = read_bundle()
CATALOG = catalog()
# Views over what is no mart: which build readers see, and what the gates said.
BESIDE_THE_MARTS = {"current_build"}


def problems(bundle: Bundle) -> Iterator[str]:
    """What a dashboard, a filter or a chart names and is not there."""
    for dashboard in bundle.dashboards.values():
        for row in dashboard.rows:
            yield from (f"{dashboard.key}: {key}" for key in row.charts if key not in bundle.charts)
            if sum(row.charts.values()) != 12:
                yield f"{dashboard.key}: a row is not twelve columns wide"
        for one in dashboard.filters:
            yield from (f"{dashboard.key}: {key}" for key in one.but if key not in bundle.charts)
            if one.kind == "select":
                yield from _not_a_column(f"{dashboard.key}: {one.title}", one.dataset, one.column)
    shown = {c.key for d in bundle.dashboards.values() for c in charts_of(d, bundle)}
    yield from (f"{key} is on no dashboard" for key in bundle.charts if key not in shown)
    for chart in bundle.charts.values():
        of_source = {metric.name for metric in CATALOG.of_source(chart.dataset)}
        yield from (f"{chart.key}: {name}" for name in metrics_of(chart) if name not in of_source)
        for name in columns_of(chart):
            yield from _not_a_column(chart.key, chart.dataset, name)


def _not_a_column(who: str, dataset: str, name: str) -> Iterator[str]:
    if name not in {column.name for column in CATALOG.source(dataset).columns}:
        yield f"{who}: {name}"


def test_what_dashboards_and_charts_name_is_there() -> None:
    assert list(problems(BUNDLE)) == []


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"metrics": ["tickets", "moods"]}, "speed: moods"),
        ({"metrics": ["backlog"]}, "speed: backlog"),
        ({"groupby": ["chanel"]}, "speed: chanel"),
        ({"adhoc_filters": [{"subject": "colour"}]}, "speed: colour"),
        ({"metrics": [{"expressionType": "SQL", "sqlExpression": "1"}]}, "speed: {"),
    ],
)
def test_a_name_that_is_not_there_is_found(params: dict[str, object], problem: str) -> None:
    spoiled = BUNDLE.charts["speed"].model_copy(update={"params": params})
    charts = BUNDLE.charts | {"speed": spoiled}
    found = list(problems(BUNDLE.model_copy(update={"charts": charts})))
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_the_chart_that_a_page_adds_could_be_published(tmp_path: Path) -> None:
    page = (CHECKOUT / "docs/how-to/change-a-dashboard.md").read_text(encoding="utf-8")
    (name,) = re.findall(r"makes the chart, `charts/(\w+)\.yaml`", page)
    chart, row = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    folder = tmp_path / "bundle"
    shutil.copytree(FOLDER, folder)
    with (folder / "dashboards" / "support_overview.yaml").open("a") as dashboard:
        dashboard.write(row)
    file = folder / "charts" / f"{name}.yaml"

    file.write_text(chart)
    bundle = read_bundle(folder)
    check(bundle, CATALOG)
    assert list(problems(bundle)) == []

    file.write_text(chart.replace("[team]", "[squad]"))
    bundle = read_bundle(folder)
    assert list(problems(bundle)) == [f"{name}: squad"]
    with pytest.raises(WrongInput) as refused:
        check(bundle, CATALOG)
    assert f"deskhouse: {refused.value}. {refused.value.hint}\n" in page


@pytest.mark.parametrize("metric", CATALOG.metrics, ids=lambda metric: metric.name)
def test_a_metric_computes_from_columns_of_its_dataset(metric: Metric) -> None:
    used = {
        column.name
        for column in sqlglot.parse_one(metric.expression, read="postgres").find_all(exp.Column)
    }
    assert used
    assert used <= {column.name for column in CATALOG.source(metric.source).columns}


@pytest.mark.parametrize("source", CATALOG.sources, ids=lambda source: source.name)
def test_a_dataset_reads_columns_that_marts_have(project: Project, source: Source) -> None:
    query = sqlglot.parse_one(source.sql, read="postgres")
    tables = {table.alias_or_name: table for table in query.find_all(exp.Table)}
    known = {name: set(model.columns) for name, model in project.models.items()}
    assert marts_of(source) - BESIDE_THE_MARTS <= set(known)
    for column in query.find_all(exp.Column):
        table = tables.get(column.table)
        if table is not None and table.name in known:
            assert column.name in known[table.name], f"{table.name}.{column.name}"


def test_a_filter_leaves_out_the_charts_whose_metrics_it_would_empty() -> None:
    def emptied(dashboard: Dashboard, one: Filter) -> Iterator[str]:
        for chart in charts_of(dashboard, BUNDLE):
            if chart.key not in one.but and not _can_be_filtered(chart, one.column):
                yield chart.key

    for dashboard in BUNDLE.dashboards.values():
        for one in dashboard.filters:
            if one.kind == "select":
                assert list(emptied(dashboard, one)) == [], one.title


def _can_be_filtered(chart: Chart, column: str) -> bool:
    """Whether each metric of a chart can be told by a column, where its dataset has that column."""
    columns = {one.name for one in CATALOG.source(chart.dataset).columns}
    return column not in columns or all(
        column in CATALOG.metric(name).dimensions for name in metrics_of(chart)
    )
