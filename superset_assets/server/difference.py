"""What an asset looks like, in a form in which only a person's change is a difference."""

import difflib
import hashlib
import json
from typing import Any

# Superset's own account, which differs although nobody changed anything.
_PASSING = {
    "changed_on",  # an instant
    "created_on",  # an instant
    "query_context",  # written anew when a chart is opened
    "datasource",  # the dataset's id; the dataset is named by its uuid
    "datasource_id",  # as above
    "datasource_name",  # the dataset's, not the chart's
    "slice_id",  # an id
    "dashboardId",  # an id
    "dashboards",  # ids of where the chart was last seen
    "id",  # an id
    "password",  # masked
    "color_scheme_domain",  # copied from the colour scheme when a dashboard is opened
    "shared_label_colors",  # found anew when a dashboard is opened
    "map_label_colors",  # found anew when a dashboard is opened
    "last_saved_at",  # an instant
    "last_saved_by_fk",  # an id
    "perm",  # a name made of ids
    "schema_perm",  # a name made of ids
    "catalog_perm",  # a name made of ids
}
_TEXTS_OF_JSON = {"params", "position_json", "json_metadata", "extra", "template_params"}


def lasting(value: Any) -> Any:
    """A value without what passes.

    JSON in texts is read, keys of `_PASSING` are left out, lists of named things sorted by name.
    """
    if isinstance(value, dict):
        return {
            str(key): lasting(_read(item) if key in _TEXTS_OF_JSON else item)
            for key, item in value.items()
            if key not in _PASSING
        }
    if isinstance(value, list):
        items = [lasting(item) for item in value]
        if items and all(isinstance(item, dict) for item in items):
            names = [item.get("column_name") or item.get("metric_name") for item in items]
            if all(names):
                return [item for _, item in sorted(zip(names, items, strict=True), key=_first)]
        return items
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def difference(before: Any, after: Any) -> str:
    """The lines that differ, as `-` before and `+` after; '' where none does."""
    lines = difflib.unified_diff(
        _lines(before), _lines(after), "published", "now", lineterm="", n=1
    )
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def fingerprint(value: Any) -> str:
    """A short text that differs where values do."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _read(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _lines(value: Any) -> list[str]:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).splitlines()


def _first(pair: tuple[Any, Any]) -> Any:
    return pair[0]
