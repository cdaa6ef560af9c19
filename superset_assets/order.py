"""All that Superset should hold, in the form that it imports, from the bundle and the metrics.

bundle ─┬─ dashboards ── charts ─┐
catalog ┴─ datasets, with columns and metrics ── the database: the warehouse, for readers
"""

import re
from dataclasses import dataclass
from typing import Any

from deskhouse.metrics.catalog import Catalog, Column, Metric, Source
from deskhouse.warehouse.connection import Role, Warehouse
from superset_assets.assets import Bundle, Chart, uuid_of
from superset_assets.pages import dashboard_asset
from superset_assets.references import charts_of, metrics_of

DATABASE = "databases/warehouse.yaml"
_VERSION = "1.0.0"
# How Superset writes numbers; the last is our own (superset_assets/server/static).
_FORMATS = {"count": ",d", "share": ".1%", "duration": "DURATION_S"}
_TYPES = {"timestamptz": "TIMESTAMP WITH TIME ZONE", "timestamp": "TIMESTAMP WITHOUT TIME ZONE"}
_QUERY_SECONDS = 60
# How Superset writes that an answer is not kept.
_NOT_KEPT = -1
# What a drill-down shows first, and is sorted by.
_FIRST = ("timestamp", "ticket_id")
_ALL_TIME = "No filter"
# A dashboard that is open asks again; what did not change comes from the cache.
_REFRESH_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Order:
    """Every managed asset by path, and the password of each that has one."""

    assets: dict[str, dict[str, Any]]
    passwords: dict[str, str]


def make_order(bundle: Bundle, catalog: Catalog, warehouse: Warehouse, time_zone: str) -> Order:
    """The order; `time_zone` is the reporting zone, in which days and hours are cut."""
    datasets = {
        f"datasets/{source.name}.yaml": _dataset(source, catalog.of_source(source.name))
        for source in catalog.sources
    }
    ranges = _ranges(bundle)
    charts = {
        f"charts/{key}.yaml": _chart(chart, catalog, ranges.get(key, _ALL_TIME))
        for key, chart in bundle.charts.items()
    }
    dashboards = {
        f"dashboards/{key}.yaml": dashboard_asset(dashboard, bundle, _REFRESH_SECONDS)
        for key, dashboard in bundle.dashboards.items()
    }
    database = {DATABASE: _database(warehouse, time_zone)}
    return Order(
        assets={**database, **datasets, **charts, **dashboards},
        passwords={DATABASE: warehouse.password(Role.READER)},
    )


def _database(warehouse: Warehouse, time_zone: str) -> dict[str, Any]:
    login, place = warehouse.role_name(Role.READER), f"{warehouse.host}:{warehouse.port}"
    session = f"-c timezone={time_zone} -c statement_timeout={_QUERY_SECONDS}s"
    return {
        "database_name": "Support warehouse",
        "sqlalchemy_uri": f"postgresql+psycopg2://{login}:XXXXXXXXXX@{place}/{warehouse.database}",
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "impersonate_user": False,
        "extra": {
            "allows_virtual_table_explore": True,
            "engine_params": {"connect_args": {"options": session, **dict(warehouse.options)}},
        },
        "uuid": uuid_of("databases", "warehouse"),
        "is_managed_externally": True,
        "version": _VERSION,
    }


def _dataset(source: Source, metrics: tuple[Metric, ...]) -> dict[str, Any]:
    return {
        "table_name": source.name,
        "description": source.description,
        "schema": "marts",
        "sql": source.sql,
        "main_dttm_col": _time(source),
        "filter_select_enabled": True,
        # What tells of the data's state is asked for each time: a check may change it as well.
        "cache_timeout": None if metrics else _NOT_KEPT,
        "columns": [_column(one) for one in sorted(source.columns, key=_place)],
        "metrics": [
            {
                "metric_name": metric.name,
                "verbose_name": metric.label,
                "description": metric.description,
                "expression": metric.expression,
                "d3format": _FORMATS[metric.format],
            }
            for metric in metrics
        ],
        "uuid": uuid_of("datasets", source.name),
        "database_uuid": uuid_of("databases", "warehouse"),
        "is_managed_externally": True,
        "version": _VERSION,
    }


def _place(column: Column) -> int:
    return _FIRST.index(column.name) if column.name in _FIRST else len(_FIRST)


def _column(column: Column) -> dict[str, Any]:
    return {
        "column_name": column.name,
        "verbose_name": column.label,
        "description": column.description,
        "type": _TYPES.get(column.type, column.type.upper()),
        "is_dttm": column.is_time,
        "is_active": True,
        "groupby": True,
        "filterable": True,
    }


def _ranges(bundle: Bundle) -> dict[str, str]:
    """The range that a chart has of itself, by key: that which its page opens with.

    A card has none to compare without a range; so it has one where it is opened alone, and where
    all filters of its page are cleared.
    """
    return {
        chart.key: one.default
        for page in bundle.dashboards.values()
        for one in page.filters
        if one.kind == "time" and one.default
        for chart in charts_of(page, bundle)
        if chart.key not in one.but
    }


def _chart(chart: Chart, catalog: Catalog, time_range: str) -> dict[str, Any]:
    source = catalog.source(chart.dataset)
    metrics = [catalog.metric(name) for name in metrics_of(chart)]
    return {
        "slice_name": chart.title,
        "description": chart.description,
        "viz_type": chart.viz_type,
        "params": {
            "viz_type": chart.viz_type,
            **_look(chart, metrics),
            **chart.params,
            "adhoc_filters": [
                *_filters(source, metrics, time_range),
                *chart.params.get("adhoc_filters", []),
            ],
        },
        "cache_timeout": None,
        "uuid": uuid_of("charts", chart.key),
        "dataset_uuid": uuid_of("datasets", chart.dataset),
        "is_managed_externally": True,
        "version": _VERSION,
    }


def _look(chart: Chart, metrics: list[Metric]) -> dict[str, Any]:
    """What follows from the metrics: how numbers are written, and which way is good."""
    look: dict[str, Any] = {}
    formats = {_FORMATS[metric.format] for metric in metrics}
    if len(formats) == 1:
        look["y_axis_format"] = formats.pop()
    if chart.viz_type == "pop_kpi":
        (metric,) = metrics
        look["comparison_color_enabled"] = metric.better != "neither"
        look["comparison_color_scheme"] = "Red" if metric.better == "less" else "Green"
    return look


def _filters(source: Source, metrics: list[Metric], time_range: str) -> list[dict[str, Any]]:
    """The time, for the dashboard's filter to set; and only rows that the metrics count.

    So a drill-down from a bar ends at exactly what the bar is made of.
    """
    found: list[dict[str, Any]] = []
    if metrics and (time := _time(source)):
        found.append(_where(time, "TEMPORAL_RANGE", time_range))
    measured = sorted({kind for metric in metrics for kind in _measured(metric)})
    if measured:
        found.append(_where("metric_type", "IN", measured))
    return found


def _time(source: Source) -> str | None:
    return next((column.name for column in source.columns if column.is_time), None)


def _measured(metric: Metric) -> list[str]:
    """The types of measurements that its expression counts."""
    named = re.findall(r"metric_type (?:=|in) ('[a-z_]+'|\([^)]+\))", metric.expression)
    return re.findall(r"'([a-z_]+)'", " ".join(named))


def _where(column: str, operator: str, value: object) -> dict[str, Any]:
    return {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": column,
        "operator": operator,
        "comparator": value,
    }
