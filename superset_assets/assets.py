"""The bundle: charts and dashboards as files that a person reads, reviews and edits.

    bundle/charts/<key>.yaml         what it shows: a dataset, metrics and columns of it, by name
    bundle/dashboards/<key>.yaml     which charts where, and the filters over them
    bundle/defaults/<viz_type>.yaml  what all charts of a type have in common
    bundle/colors.yaml               the colour of what is shown by name

A file holds no id and no formula: metrics are the semantic layer's, ids are made of names.
"""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deskhouse.errors import WrongInput
from deskhouse.settings import CHECKOUT

FOLDER = CHECKOUT / "superset_assets" / "bundle"

_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "https://deskhouse.invalid/superset")


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Chart(_File):
    """A chart; `params` are Superset's own, beyond the defaults of its type."""

    key: str
    title: str
    description: str
    dataset: str
    viz_type: str
    params: dict[str, Any] = Field(default_factory=dict)


class Filter(_File):
    """A filter over all charts of a dashboard that have its column; `but` are left out."""

    title: str
    kind: Literal["time", "select"]
    dataset: str = ""
    column: str = ""
    default: str = ""
    description: str = ""
    but: tuple[str, ...] = ()


class Row(_File):
    """Charts side by side, each so many of twelve columns wide; `height` is in units of 8 px."""

    height: int = Field(ge=4)
    charts: dict[str, int]


class Dashboard(_File):
    """A page of charts."""

    key: str
    title: str
    slug: str
    description: str
    filters: tuple[Filter, ...]
    rows: tuple[Row, ...]


class Bundle(_File):
    """All of it, by key; `types` are the types of charts that have defaults."""

    types: tuple[str, ...]
    charts: dict[str, Chart]
    dashboards: dict[str, Dashboard]
    colors: dict[str, str]


def uuid_of(kind: str, key: str) -> str:
    """The id of an asset, the same in every home."""
    return str(uuid.uuid5(_NAMES, f"{kind}/{key}"))


def read_bundle(folder: Path = FOLDER) -> Bundle:
    """Read the files.

    Raises:
        WrongInput: one cannot be used; the message names file and place.
    """
    defaults = {path.stem: _read(path) for path in sorted((folder / "defaults").glob("*.yaml"))}
    charts = {}
    for path in sorted((folder / "charts").glob("*.yaml")):
        content = _read(path)
        common = defaults.get(str(content.get("viz_type")), {})
        if isinstance(content.get("params", {}), dict):
            content["params"] = {**common, **content.get("params", {})}
        charts[path.stem] = _checked(Chart, path, content)
    dashboards = {
        path.stem: _checked(Dashboard, path, _read(path))
        for path in sorted((folder / "dashboards").glob("*.yaml"))
    }
    return Bundle(
        types=tuple(defaults),
        charts=charts,
        dashboards=dashboards,
        colors=_read(folder / "colors.yaml"),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise WrongInput(f"{path.name} is no YAML: {problem}", "Correct the file.") from None
    if not isinstance(content, dict):
        raise WrongInput(f"{path.name} holds no keys and values", "Correct the file.")
    return content


def _checked(model: type[Any], path: Path, content: Mapping[str, Any]) -> Any:
    try:
        return model.model_validate({"key": path.stem, **content})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WrongInput(f"{path.name}, {place}: {first['msg']}", "Correct the file.") from None
