"""A dashboard of the bundle in the form that Superset imports: a grid of charts, with filters."""

from typing import Any

from superset_assets.assets import Bundle, Dashboard, Filter, uuid_of

_ROOT = "ROOT_ID"
_GRID = "GRID_ID"
_EVERYWHERE: dict[str, Any] = {"rootPath": [_ROOT], "excluded": []}


def dashboard_asset(dashboard: Dashboard, bundle: Bundle, refresh_seconds: int) -> dict[str, Any]:
    """The dashboard, which looks for new data every `refresh_seconds`."""
    return {
        "dashboard_title": dashboard.title,
        "description": dashboard.description,
        "css": "",
        "slug": dashboard.slug,
        "certified_by": "",
        "certification_details": "",
        "published": True,
        "uuid": uuid_of("dashboards", dashboard.key),
        "is_managed_externally": True,
        "external_url": None,
        "position": _position(dashboard, bundle),
        "metadata": {
            "color_scheme": "deskhouse",
            "label_colors": bundle.colors,
            "refresh_frequency": refresh_seconds,
            "cross_filters_enabled": True,
            "filter_bar_orientation": "HORIZONTAL",
            "native_filter_configuration": [_filter(one) for one in dashboard.filters],
            "chart_configuration": {},
            "global_chart_configuration": {"scope": _EVERYWHERE, "chartsInScope": []},
            "timed_refresh_immune_slices": [],
            "expanded_slices": {},
            "default_filters": "{}",
        },
        "version": "1.0.0",
    }


def _position(dashboard: Dashboard, bundle: Bundle) -> dict[str, Any]:
    rows = [f"ROW-{number}" for number in range(1, len(dashboard.rows) + 1)]
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        _ROOT: {"type": "ROOT", "id": _ROOT, "children": [_GRID]},
        _GRID: {"type": "GRID", "id": _GRID, "children": rows, "parents": [_ROOT]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.title}},
    }
    for name, row in zip(rows, dashboard.rows, strict=True):
        position[name] = {
            "type": "ROW",
            "id": name,
            "children": [f"CHART-{key}" for key in row.charts],
            "parents": [_ROOT, _GRID],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for key, width in row.charts.items():
            position[f"CHART-{key}"] = {
                "type": "CHART",
                "id": f"CHART-{key}",
                "children": [],
                "parents": [_ROOT, _GRID, name],
                "meta": {
                    "width": width,
                    "height": row.height,
                    "uuid": uuid_of("charts", key),
                    "chartId": _number(key),
                    "sliceName": bundle.charts[key].title,
                },
            }
    return position


def _number(key: str) -> int:
    """What stands for a chart's id, until it is imported and has one: its own, whoever else is."""
    return int(uuid_of("charts", key)[:8], 16)


def _filter(one: Filter) -> dict[str, Any]:
    asked = {
        "id": f"NATIVE_FILTER-{one.title.lower().replace(' ', '-')}",
        "name": one.title,
        "type": "NATIVE_FILTER",
        "description": one.description,
        "cascadeParentIds": [],
        "scope": {"rootPath": [_ROOT], "excluded": [_number(key) for key in one.but]},
    }
    if one.kind == "time":
        return asked | {
            "filterType": "filter_time",
            "targets": [{}],
            # Superset's word for a value that is required.
            "controlValues": {"enableEmptyFilter": bool(one.default)},
            "defaultDataMask": {
                "extraFormData": {"time_range": one.default},
                "filterState": {"value": one.default},
                "ownState": {},
            },
        }
    return asked | {
        "filterType": "filter_select",
        "targets": [
            {"datasetUuid": uuid_of("datasets", one.dataset), "column": {"name": one.column}}
        ],
        "controlValues": {
            "enableEmptyFilter": False,
            "defaultToFirstItem": False,
            "multiSelect": True,
            "searchAllOptions": False,
            "inverseSelection": False,
        },
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
    }
