"""What names what: a dashboard its charts, a chart its columns and metrics, a dataset its marts."""

import re
from collections.abc import Iterator
from typing import Any

from deskhouse.metrics.catalog import Catalog, Source
from superset_assets.assets import Bundle, Chart, Dashboard

_METRICS = ("metric", "metrics", "percent_metrics", "timeseries_limit_metric")
_COLUMNS = ("x_axis", "groupby", "columns", "all_columns")


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


def _names(params: dict[str, Any], keys: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(name for key in keys for name in _texts(params.get(key))))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            # A formula within a chart has no name; it is a dict, and refused by who checks.
            yield item if isinstance(item, str) else repr(item)
