"""What names what: a dashboard its charts, a chart its columns and metrics, a dataset its marts."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from deskhouse.errors import WrongInput
from deskhouse.metrics.catalog import Catalog, Source, unknown
from superset_assets.assets import Bundle, Chart, Dashboard

_METRICS = ("metric", "metrics", "percent_metrics", "timeseries_limit_metric")
_COLUMNS = ("x_axis", "groupby", "columns", "all_columns")

_WIDTH = 12


def charts_of(dashboard: Dashboard, bundle: Bundle) -> list[Chart]:
    """The charts on it, in the order in which one reads."""
    return [bundle.charts[key] for row in dashboard.rows for key in row.charts]


def marts_of(source: Source) -> set[str]:
    """The marts whose rows it shows."""
    return set(re.findall(r"\bmarts\.(\w+)", source.sql))


def marts_behind(dashboard: Dashboard, bundle: Bundle, catalog: Catalog) -> set[str]:
    """The marts whose rows a dashboard shows."""
    sources = {chart.dataset for chart in charts_of(dashboard, bundle)}
    return {mart for name in sources for mart in marts_of(catalog.source(name))}


def metrics_of(chart: Chart) -> list[str]:
    """The metrics that it shows or sorts by, each once."""
    return _names(chart.params, _METRICS)


def columns_of(chart: Chart) -> list[str]:
    """The columns that it groups, shows or filters by, each once."""
    filtered = [one["subject"] for one in chart.params.get("adhoc_filters", [])]
    return list(dict.fromkeys([*_names(chart.params, _COLUMNS), *filtered]))


def check(bundle: Bundle, catalog: Catalog) -> None:
    """See that all that is named is there, and that rows are as wide as the page.

    Raises:
        WrongInput: something is not; the message names the file.
    """
    for file, named, known in _named(bundle, catalog):
        for what, name in named:
            if name not in known[what]:
                problem = unknown(what, name, sorted(known[what]))
                raise WrongInput(f"{file}: {problem}", problem.hint)
    for dashboard in bundle.dashboards.values():
        for row in dashboard.rows:
            if (width := sum(row.charts.values())) != _WIDTH:
                raise WrongInput(
                    f"{dashboard.key}.yaml: the row of {', '.join(row.charts)} is {width} wide",
                    f"Give its charts {_WIDTH} columns together.",
                )


_Named = tuple[str, list[tuple[str, str]], dict[str, Collection[str]]]


def _named(bundle: Bundle, catalog: Catalog) -> Iterator[_Named]:
    """What each file names, as (what, name), and what there is of it."""
    sources = {source.name: source for source in catalog.sources}
    columns = {name: [c.name for c in source.columns] for name, source in sources.items()}
    for chart in bundle.charts.values():
        metrics = [metric.name for metric in catalog.of_source(chart.dataset)]
        yield (
            f"{chart.key}.yaml",
            [
                ("type of chart", chart.viz_type),
                ("dataset", chart.dataset),
                *(("metric", name) for name in metrics_of(chart)),
                *(("column", name) for name in columns_of(chart)),
            ],
            {
                "type of chart": bundle.types,
                "dataset": sources,
                "metric": metrics,
                "column": columns.get(chart.dataset, ()),
            },
        )
    for page in bundle.dashboards.values():
        charts = [("chart", key) for row in page.rows for key in row.charts]
        charts += [("chart", key) for one in page.filters for key in one.but]
        yield f"{page.key}.yaml", charts, {"chart": bundle.charts}
        for one in page.filters:
            if one.kind == "select":
                yield (
                    f"{page.key}.yaml",
                    [("dataset", one.dataset), ("column", one.column)],
                    {"dataset": sources, "column": columns.get(one.dataset, ())},
                )


def _names(params: dict[str, Any], keys: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(name for key in keys for name in _texts(params.get(key))))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            # A formula within a chart has no name; it is a dict, and refused by who checks.
            yield item if isinstance(item, str) else repr(item)
