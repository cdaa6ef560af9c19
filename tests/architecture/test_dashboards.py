"""From dashboard to chart to dataset to metric to column: all of it is there, with no server."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
import yaml
from sqlglot import expressions as exp

from deskhouse.errors import WrongInput
from deskhouse.metrics import Metric, Source, catalog
from superset_assets.assets import FOLDER, Chart, Dashboard, Filter, read_bundle
from superset_assets.references import charts_of, check, marts_of, metrics_of
from tests.architecture.project import CHECKOUT, Project

BUNDLE = read_bundle()
CATALOG = catalog()
# Views over what is no mart: which build readers see, and what the gates said.
BESIDE_THE_MARTS = {"current_build"}


def test_what_dashboards_and_charts_name_is_there() -> None:
    check(BUNDLE, CATALOG)


def test_each_chart_is_on_a_dashboard() -> None:
    shown = {chart.key for page in BUNDLE.dashboards.values() for chart in charts_of(page, BUNDLE)}
    assert set(BUNDLE.charts) - shown == set()


def test_the_chart_that_a_page_adds_could_be_published(tmp_path: Path) -> None:
    page = (CHECKOUT / "docs/how-to/change-a-dashboard.md").read_text(encoding="utf-8")
    (name,) = re.findall(r"makes the chart, `charts/(\w+)\.yaml`", page)
    chart, row = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    # A page of it alone: what is wrong elsewhere is for others to find.
    folder = tmp_path / "bundle"
    shutil.copytree(FOLDER, folder, ignore=lambda *_: ["charts", "dashboards"])
    file = folder / "charts" / f"{name}.yaml"
    file.parent.mkdir()
    (folder / "dashboards").mkdir()
    heading = "{title: Page, slug: page, description: Of one chart., filters: [], rows: "
    (folder / "dashboards" / "page.yaml").write_text(heading + f"{yaml.safe_load(row)}}}")

    file.write_text(chart)
    check(read_bundle(folder), CATALOG)

    file.write_text(chart.replace("[team]", "[squad]"))
    with pytest.raises(WrongInput) as refused:
        check(read_bundle(folder), CATALOG)
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
