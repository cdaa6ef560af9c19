"""`deskhouse metrics`: what there is, what one means, and its numbers."""

import argparse
import json
import sys
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from deskhouse.errors import WrongInput
from deskhouse.metrics.catalog import Catalog, Metric
from deskhouse.metrics.request import GRAINS, Filter, Request

if TYPE_CHECKING:
    from deskhouse.metrics.answer import Shown
    from deskhouse.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list`, `show` and `query`."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    listing = verbs.add_parser("list", help="every metric by name, and every dimension")
    listing.add_argument("--json", action="store_true", help="with all that is known, as JSON")
    showing = verbs.add_parser("show", help="what a metric means and is made of")
    showing.add_argument("name", metavar="NAME", help="the metric")
    showing.add_argument("--json", action="store_true", help="as JSON")
    query = verbs.add_parser("query", help="the numbers of metrics")
    query.add_argument("metrics", metavar="METRIC", nargs="+", help="which; several side by side")
    query.add_argument(
        "--by", metavar="DIM", action="append", default=[], help="tell apart by it; may be repeated"
    )
    query.add_argument("--grain", choices=GRAINS, default="none", help="buckets of time")
    query.add_argument(
        "--where",
        metavar="DIM=VALUE",
        action="append",
        default=[],
        help="only these, by name or id; repeated for one dimension: either",
    )
    query.add_argument(
        "--from", metavar="T", dest="since", help="from this date or instant (RFC 3339) on"
    )
    query.add_argument("--to", metavar="T", dest="until", help="before this date or instant")
    query.add_argument(
        "--last", metavar="N", help="the last 24h, 30d or 4w instead, the running one counted"
    )
    query.add_argument(
        "--by-creation",
        action="store_true",
        help="buckets and range go by the ticket's creation (the cohort), not by what happened",
    )
    query.add_argument(
        "--compare",
        choices=["previous"],
        help="beside them, what they were in the period before, as long as this one",
    )
    query.add_argument("--json", action="store_true", help="exact, as JSON")
    query.add_argument("--csv", action="store_true", help="exact, as CSV")


def run(arguments: argparse.Namespace) -> None:
    """Print what was asked for."""
    from deskhouse.metrics.fields import configured
    from deskhouse.metrics.semantic import catalog
    from deskhouse.settings import read_settings

    settings = read_settings()
    known = configured(catalog(), settings.config)
    if arguments.verb == "list":
        _say(
            json.dumps([_record(m) for m in known.metrics], indent=2)
            if arguments.json
            else _list(known)
        )
    elif arguments.verb == "show":
        metric = known.metric(arguments.name)
        _say(json.dumps(_record(metric), indent=2) if arguments.json else _shown(metric))
    else:
        _query(known, settings, arguments)


def _list(known: Catalog) -> str:
    columns = {one.name: one for source in known.sources for one in source.dimensions}
    metrics = [(one.name, one.description) for one in known.metrics]
    dimensions = [
        (name, f"{columns[name].label}: {columns[name].description}") for name in known.dimensions
    ]
    width = max(len(name) for name, _ in (*metrics, *dimensions))

    def listed(rows: list[tuple[str, str]]) -> list[str]:
        return [f"{name:<{width}}  {text}" for name, text in rows]

    return "\n".join([*listed(metrics), "", "Dimensions (--by, --where):", "", *listed(dimensions)])


def _shown(metric: Metric) -> str:
    rows = {
        "is": metric.description,
        "unit": metric.unit,
        "better": metric.better,
        "by": ", ".join(metric.dimensions),
        "from": f"marts.{metric.mart}",
        "formula": metric.expression,
    }
    lines = [f"{metric.label} ({metric.name})", ""]
    return "\n".join([*lines, *(f"  {name:<8} {text}" for name, text in rows.items())])


def _record(metric: Metric) -> dict[str, object]:
    return {
        "name": metric.name,
        "label": metric.label,
        "description": metric.description,
        "unit": metric.unit,
        "format": metric.format,
        "better": metric.better,
        "mart": metric.mart,
        "formula": metric.expression,
        "dimensions": list(metric.dimensions),
    }


def _query(known: Catalog, settings: "Settings", arguments: argparse.Namespace) -> None:
    """Ask, and write the answer as it is wanted.

    Raises:
        WrongInput: what is asked for cannot be; the database need not answer to say most of that.
    """
    from zoneinfo import ZoneInfo

    from deskhouse.metrics.answer import answer, read_shown
    from deskhouse.metrics.statement import statement
    from deskhouse.metrics.written import as_csv, as_json, as_table
    from deskhouse.warehouse.connection import locate

    if arguments.last and (arguments.since or arguments.until):
        raise WrongInput("--last is a range of its own", "Give it, or --from and --to.")
    if arguments.json and arguments.csv:
        raise WrongInput("--json and --csv are two answers", "Ask for one.")
    request = Request(
        metrics=tuple(arguments.metrics),
        by=tuple(arguments.by),
        grain=arguments.grain,
        filters=_filters(arguments.where),
        basis="creation" if arguments.by_creation else "event",
    )
    statement(known, request, ZoneInfo("UTC"))
    warehouse = locate(settings)
    request = _ranged(request, arguments, read_shown(warehouse))
    found = answer(warehouse, known, request, compare=bool(arguments.compare))
    write = as_json if arguments.json else as_csv if arguments.csv else as_table
    sys.stdout.write(write(found))


def _ranged(request: Request, arguments: argparse.Namespace, shown: "Shown") -> Request:
    """The request with the range that the arguments give."""
    from dataclasses import replace

    from deskhouse.metrics.answer import range_of_last

    if arguments.last:
        return replace(request, since=range_of_last(arguments.last, shown))
    since, until = (
        _instant(text, shown) if text else None for text in (arguments.since, arguments.until)
    )
    return replace(request, since=since, until=until)


def _filters(given: list[str]) -> tuple[Filter, ...]:
    """`channel=email channel=chat team=billing` as two filters.

    Raises:
        WrongInput: one has no value.
    """
    values: dict[str, list[str]] = {}
    for text in given:
        dimension, sign, value = text.partition("=")
        if not (dimension and sign and value):
            raise WrongInput(f"--where {text} names no value", "Write it as channel=email.")
        values.setdefault(dimension, []).append(value)
    return tuple(Filter(dimension, tuple(found)) for dimension, found in values.items())


def _instant(text: str, shown: "Shown") -> datetime:
    """A date, which begins when its day does in the reporting zone, or an instant.

    Raises:
        WrongInput: it is neither.
    """
    from deskhouse.metrics.buckets import day_start

    try:
        return day_start(date.fromisoformat(text), shown.zone)
    except OverflowError:
        # The first day, or the last: to be told as what it is, far away.
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        pass
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise WrongInput(
            f"{text!r} is no date and no instant with an offset",
            "Write it as 2026-03-01 or 2026-03-01T08:00:00+00:00.",
        )
    return instant


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
