"""dbt's semantic YAML to a catalog.

The files follow MetricFlow's specification as dbt-core 1.11 parses it; what it has no place for
stands in `config.meta`. They are read as they are (25 ms), not from dbt's manifest (a parse takes
seconds); that dbt reads them too is held by a test.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from deskhouse.build.project import SEMANTIC
from deskhouse.metrics.catalog import Better, Catalog, Column, Dates, Format, Kind, Metric, Source
from deskhouse.metrics.data_state import DATA_STATE
from deskhouse.metrics.fields import FIELDS
from deskhouse.metrics.request import Basis

_KINDS: dict[str, Kind] = {
    "count": "count",
    "count_distinct": "distinct",
    "average": "mean",
    "median": "percentile",
    "percentile": "percentile",
    "sum": "sum",
}


_FIELDS = Column(FIELDS, "Fields", "What the ticket's fields say.", "text[]", f"m.{FIELDS}")


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _ColumnMeta(_Written):
    name: str
    sql: str
    type: str
    label: str
    description: str


class _DatesMeta(_Written):
    instant: str
    hour: str
    day: str


class _ModelMeta(_Written):
    relations: str = Field(alias="from")
    dates: dict[Basis, _DatesMeta]
    columns: tuple[_ColumnMeta, ...]
    hourly: dict[str, str] = {}
    with_fields: dict[str, str]


class _DimensionMeta(_Written):
    sql: str = ""
    type: str = "text"
    id: str = ""
    id_sql: str = ""
    values: str = ""
    only_for: tuple[str, ...] = ()


class _MetricMeta(_Written):
    unit: str
    format: Format
    better: Better
    mart: str
    not_by: tuple[str, ...] = ()
    instead: dict[str, str] = {}


class _Dimension(_Written):
    name: str
    type: Literal["time", "categorical"]
    label: str
    description: str
    expr: str = ""
    type_params: dict[str, str] = {}
    meta: _DimensionMeta = _DimensionMeta()


class _Measure(_Written):
    name: str
    agg: str
    expr: str
    agg_params: dict[str, float] = {}
    non_additive_dimension: dict[str, str] = {}


class _SemanticModel(_Written):
    name: str
    label: str
    description: str
    model: str
    primary_entity: str
    defaults: dict[str, str]
    meta: _ModelMeta
    entities: tuple[dict[str, str], ...] = ()
    dimensions: tuple[_Dimension, ...]
    measures: tuple[_Measure, ...]


class _TypeParams(_Written):
    """Of a simple metric its measure; of a ratio both parts; of a derived one the formula."""

    measure: str = ""
    numerator: str = ""
    denominator: str = ""
    expr: str = ""
    metrics: tuple[str, ...] = ()


class _Metric(_Written):
    name: str
    label: str
    description: str
    type: Literal["simple", "ratio", "derived"]
    type_params: _TypeParams
    meta: _MetricMeta


@cache
def catalog() -> Catalog:
    """The catalog of this checkout, read once a process."""
    return read_catalog(SEMANTIC)


def read_catalog(folder: Path) -> Catalog:
    """The catalog that the YAML files of a folder make.

    Raises:
        ValueError: a file holds what is not in its place (a mistake of ours, not of a user's).
    """
    models: list[_SemanticModel] = []
    metrics: list[_Metric] = []
    for path in sorted(folder.glob("*.yml")):
        written = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        models += [_SemanticModel(**_unwrapped(one)) for one in written.get("semantic_models", ())]
        metrics += [_Metric(**_unwrapped(one)) for one in written.get("metrics", ())]
    named: dict[str, Metric] = {}
    # The others are made of simple ones, wherever those are written.
    for one in sorted(metrics, key=lambda metric: metric.type != "simple"):
        named[one.name] = _made(one, models, named)
    sources = (*map(_source, models), DATA_STATE)
    return Catalog(tuple(named[one.name] for one in metrics), sources)


def _unwrapped(written: Any) -> Any:
    """The same with `config.meta` as `meta`, at every depth."""
    if isinstance(written, list):
        return [_unwrapped(one) for one in written]
    if not isinstance(written, dict):
        return " ".join(written.split()) if isinstance(written, str) else written
    flat = {name: _unwrapped(one) for name, one in written.items() if name != "config"}
    if "config" in written:
        flat["meta"] = _unwrapped(written["config"]["meta"])
    return flat


def _source(model: _SemanticModel) -> Source:
    columns = tuple(_columns(model))
    sql = _select(columns, model.meta.relations)
    fields_sql = _select(
        (*columns, _FIELDS), _replaced(model.meta.relations, model.meta.with_fields)
    )
    hourly = model.meta.hourly
    return Source(
        model.name, model.label, model.description, columns, sql,
        hourly_sql=_replaced(sql, hourly) if hourly else "",
        fields_sql=fields_sql,
        hourly_fields_sql=_replaced(fields_sql, hourly) if hourly else "",
        dates={basis: Dates(**one.model_dump()) for basis, one in model.meta.dates.items()},
    )  # fmt: skip


def _replaced(text: str, others: Mapping[str, str]) -> str:
    """The text with other words for some."""
    for words, other in others.items():
        text = text.replace(words, other)
    return text


def _columns(model: _SemanticModel) -> Iterator[Column]:
    """Time, the dimensions, their keys, then the rest."""
    for one in model.dimensions:
        meta = one.meta
        yield Column(
            one.name, one.label, one.description, meta.type, meta.sql or one.expr,
            is_time=one.type == "time", is_dimension=one.type == "categorical", id=meta.id,
            values=meta.values, is_partial=bool(meta.only_for),
        )  # fmt: skip
    for one in model.dimensions:
        if one.meta.id:
            yield Column(
                one.meta.id, f"{one.label} id", f"Id of: {one.description}", "text", one.meta.id_sql
            )
    for other in model.meta.columns:
        is_time = other.type in ("timestamptz", "timestamp", "date")
        yield Column(
            other.name, other.label, other.description, other.type, other.sql, is_time=is_time
        )


def _select(columns: Iterable[Column], relations: str) -> str:
    """One SELECT of every column."""
    items = ",\n".join(f'    {column.sql} as "{column.name}"' for column in columns)
    joined = relations.replace(" cross join ", "\ncross join ").replace(
        " left join ", "\nleft join "
    )
    return f"select\n{items}\nfrom {joined}"


def _made(metric: _Metric, models: Iterable[_SemanticModel], named: Mapping[str, Metric]) -> Metric:
    if metric.type == "ratio":
        return _share(metric, named)
    return _derived(metric, named) if metric.type == "derived" else _simple(metric, models)


def _simple(metric: _Metric, models: Iterable[_SemanticModel]) -> Metric:
    """A metric that is one measure."""
    wanted = metric.type_params.measure
    for model in models:
        for measure in model.measures:
            if measure.name == wanted:
                return _metric(
                    metric,
                    "stock" if measure.non_additive_dimension else _KINDS[measure.agg],
                    model.name,
                    _aggregate(measure),
                    tuple(_told_by(metric, model)),
                )
    raise ValueError(f"{metric.name}: there is no measure {wanted}")


def _told_by(metric: _Metric, model: _SemanticModel) -> Iterator[str]:
    for one in model.dimensions:
        is_for = not one.meta.only_for or metric.name in one.meta.only_for
        if one.type == "categorical" and is_for and one.name not in metric.meta.not_by:
            yield one.name


def _aggregate(measure: _Measure) -> str:
    """A measure as SQL. Means and percentiles are rounded as stored ones are: to 6 decimals."""
    what = measure.expr
    if measure.agg in ("median", "percentile"):
        share = measure.agg_params.get("percentile", 0.5)
        found = f"percentile_cont({share}) within group (order by {what})"
        return f"round(({found})::numeric, 6)"
    if measure.non_additive_dimension:
        if (measure.agg, measure.non_additive_dimension.get("window_choice")) != ("sum", "max"):
            raise ValueError(f"{measure.name}: a stock is the sum of what stands last")
        time = measure.non_additive_dimension["name"]
        return f'coalesce(ops.last_sum("{time}", {what}), 0)'
    return {
        "count": f"count({what})",
        "count_distinct": f"count(distinct {what})",
        "average": f"round(avg({what}), 6)",
        "sum": f"sum({what})",
    }[measure.agg]


def _share(metric: _Metric, named: Mapping[str, Metric]) -> Metric:
    """A metric that is one count divided by another of the same source; NULL of nothing."""
    part, whole = named[metric.type_params.numerator], named[metric.type_params.denominator]
    expression = f"round({part.expression}::numeric / nullif({whole.expression}, 0), 6)"
    return _of_parts(metric, "share", (part, whole), expression)


def _derived(metric: _Metric, named: Mapping[str, Metric]) -> Metric:
    """A metric that is a formula of others, in which their names stand for their expressions."""
    parts = {name: named[name] for name in metric.type_params.metrics}
    words = re.split(r"\b", metric.type_params.expr)
    if {word for word in words if word in named} != set(parts):
        raise ValueError(f"{metric.name}: its formula is of other metrics than it names")
    expression = "".join(parts[word].expression if word in parts else word for word in words)
    if metric.meta.format != "count":
        expression = f"round({expression}, 6)"
    return _of_parts(metric, "derived", tuple(parts.values()), expression)


def _of_parts(metric: _Metric, kind: Kind, parts: tuple[Metric, ...], expression: str) -> Metric:
    """A metric that is told apart by what all its parts are."""
    first, *others = parts
    if {part.source for part in others} - {first.source}:
        raise ValueError(f"{metric.name}: its parts are of two sources")
    dimensions = tuple(
        name
        for name in first.dimensions
        if name not in metric.meta.not_by and all(name in part.dimensions for part in others)
    )
    return _metric(metric, kind, first.source, expression, dimensions)


def _metric(
    written: _Metric, kind: Kind, source: str, expression: str, dimensions: tuple[str, ...]
) -> Metric:
    meta = written.meta
    return Metric(
        written.name, written.label, written.description, meta.unit, meta.format, meta.better,
        meta.mart, kind, source, expression, dimensions, meta.instead,
    )  # fmt: skip
