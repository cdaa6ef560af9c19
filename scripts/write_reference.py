"""Write docs/reference from the code: commands, settings, marts, metrics, gates, assets.

    python -m scripts.write_reference

Each page is a function of what the code says, so that a test can hold the page to it.
"""

import argparse
import importlib
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic.fields import FieldInfo

from deskhouse.cli import COMMANDS
from deskhouse.settings import CHECKOUT, Settings

REFERENCE = CHECKOUT / "docs" / "reference"

_COMMANDS = """\
`deskhouse COMMAND --help` says the same. An error is one line on standard error that says what is
wrong and what to do.

| exit code | means |
|---|---|
| 0 | done; also with lines in quarantine, or redeliveries only |
| 1 | the answer is no: something asked for does not run, is missing, or a delivery was refused |
| 2 | wrong input: nothing was done |
| 3 | it was tried and failed, or a lock was not to be had |
"""

_MARTS = """\
Views of the schema `marts`, for the login of `deskhouse url` and for people's own: each shows what
its reader may see. Each is a contract: names and types change only as the changelog says. Comments
in the database say the same as this page. Beside them, `marts.current_build` has one row: the build
that readers see, its `as_of` and the reporting zone (`build_id`, `as_of`, `time_zone`).
"""

_METRICS = """\
Each is defined once, in `dbt_project/models/semantic`; [METRICS.md](../METRICS.md) says what it
means in full. `deskhouse metrics query` asks for it, and whoever else shows it takes the same
expression over the same source:

```console
$ deskhouse metrics query tickets csat backlog --by channel --last 30d --compare previous
```

Times are seconds: all of them, or (`…_business_…`) those of opening hours. Means, shares and
percentiles are rounded to six decimals. Days, weeks (from Monday), months, quarters and years are
those of the reporting zone. A cell is there where anything was measured in it. Only counts add up
over cells: distinct tickets, means, percentiles and shares do not, and a stock (backlog) does over
groups and not over time. A filter (`--where`) takes names and ids; one that there is not is
refused, with the nearest that there is. Beside the dimensions below, each metric can be told apart
by the custom fields and tags of tickets that
[dimensions.csv](../how-to/connect-your-help-desk.md#what-else-you-tell-tickets-apart-by) names.

Ranges and buckets go by what happened: a reply is in the week of the reply. With `--by-creation`
they go by the creation of the ticket (the cohort): the same reply is in the week in which its
ticket came.

```console
$ deskhouse metrics query tickets one_touch_rate sla_achievement csat --by-creation --grain week
```

Counts of happenings and of tickets in one class sum to the same over all time, either way. A cohort
goes on changing while its tickets do; the answer names its basis. A stock is of no cohort.
"""

_SOURCES = """\
What metrics are computed over: a query of marts that any reader may run, with the names that people
know things by. A team or an agent has the last of its names, and where two share one, the id with
it.
"""

_GATES = """\
What is expected of a delivery before dbt sees it, of tickets in the build that changes them, and of
the marts after each build ([what to do when a gate says no](../how-to/when-a-gate-says-no.md)).
"""

_DELIVERY = """\
A batch of {least} lines or more is held against the source's own last {history}; what compares with
them says nothing before there are {enough}.
"""

_TICKETS = """\
Held over the changed tickets in the transaction of the model that completes them, and over all
tickets by `deskhouse check --suite tickets`. One that is broken fails the build, and nothing of it
is kept.
"""

_MARTS_SUITE = """\
What refuses makes the marts unfit until it is cured. Sums and keys are held to on the last three
days, on those of what came, on what disagreed before, and in turn on every other.
"""

_VIEWS = """\
Views of the schema `ops`, for every login that reads `marts`: counts and keys, and no text of a
customer's.
"""

_ASSET_GRAPH = """\
What Dagster shows of a warehouse with one source in `sources.yml`, `exports`: from what a help
desk exports to the marts, in the boxes that are Dagster's groups.
"""


def commands() -> str:
    """Every command with its arguments."""
    parts = ["# Commands", _COMMANDS.strip()]
    for name, command in COMMANDS.items():
        parser = argparse.ArgumentParser(prog=f"deskhouse {name}")
        importlib.import_module(command.module).add_arguments(parser)
        parts += list(_command(parser, command.summary, "##"))
    return _page(parts)


def _command(parser: argparse.ArgumentParser, summary: str, heading: str) -> Iterator[str]:
    """A command's heading, what it does and its arguments, then those of its sub-commands."""
    subcommands: list[tuple[argparse.ArgumentParser, str]] = []
    rows: list[tuple[str, str]] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            summaries = {choice.dest: choice.help or "" for choice in action._choices_actions}
            subcommands += [(choice, summaries[name]) for name, choice in action.choices.items()]
        elif not isinstance(action, argparse._HelpAction):
            rows.append((_argument(action), _help(action)))
    yield f"{heading} {parser.prog}"
    yield _sentence(summary)
    if rows:
        yield _table(("argument", "means"), rows)
    for subcommand, its_summary in subcommands:
        yield from _command(subcommand, its_summary, heading + "#")


def _argument(action: argparse.Action) -> str:
    """How an argument is written: `--role {owner,reader}`, `FILE`."""
    value = action.metavar if isinstance(action.metavar, str) else None
    if value is None and action.choices is not None:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    value = value or action.dest.upper()
    if not action.option_strings:
        return f"`[{value} …]`" if action.nargs == "*" else f"`{value}`"
    if action.nargs == 0:
        return ", ".join(f"`{option}`" for option in action.option_strings)
    return ", ".join(f"`{option} {value}`" for option in action.option_strings)


def _help(action: argparse.Action) -> str:
    return (action.help or "").replace("%%", "%") % {"default": action.default, "prog": ""}


def settings() -> str:
    """Every setting with its default."""
    rows = [
        (f"`DESKHOUSE_{name.upper()}`", _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    parts = [
        "# Settings",
        "Read once, from the environment and from `.env` in the checkout; the environment wins.",
        _table(("setting", "default", "means"), rows),
    ]
    return _page(parts)


def _default(field: FieldInfo) -> str:
    if isinstance(field.default, Path):
        return f"`{field.default.relative_to(CHECKOUT)}` in the checkout"
    return "unset" if field.default is None else f"`{field.default}`"


def marts() -> str:
    """Every public mart, from the YAML beside its model."""
    parts = ["# Marts", _MARTS.strip()]
    for path in sorted((CHECKOUT / "dbt_project" / "models" / "marts").glob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            parts += [f"## {model['name']}", _flat(model["description"]), _columns(model)]
    return _page(parts)


def _columns(model: dict[str, Any]) -> str:
    rows = [
        (f"`{column['name']}`", column.get("data_type", ""), column["description"])
        for column in model["columns"]
        if not _is_internal(column)
    ]
    return _table(("column", "type", "means"), rows)


def _is_internal(column: dict[str, Any]) -> bool:
    """Whether a column stays in `core` and is not part of the view."""
    meta = {**column.get("meta", {}), **column.get("config", {}).get("meta", {})}
    return bool(meta.get("internal"))


def metrics() -> str:
    """Every named metric, then the sources that they are computed over."""
    from deskhouse.metrics import catalog

    known = catalog()
    parts = ["# Named metrics", _METRICS.strip()]
    rows = [
        (f"[`{one.name}`](#{one.name})", one.label, one.unit, one.better) for one in known.metrics
    ]
    parts += [_table(("metric", "shown as", "unit", "better"), rows)]
    for one in known.metrics:
        by = ", ".join(f"`{name}`" for name in one.dimensions)
        parts += [f"### {one.name}", one.description]
        parts += [f"```sql\n{one.expression}\n```"]
        parts += [f"Of source `{one.source}`, from `marts.{one.mart}`. By {by}."]
    parts += ["## Sources", _SOURCES.strip()]
    for source in known.sources:
        columns = [(f"`{c.name}`", c.type, c.description) for c in source.columns]
        parts += [f"### Source {source.name}", source.description]
        parts += [_table(("column", "type", "means"), columns), f"```sql\n{source.sql}\n```"]
    return _page(parts)


def gates() -> str:
    """Every rule of the gates, and the views that tell what was found."""
    from expectations import delivery_rules, marts_rules
    from expectations.profile import LOOKED_BACK

    deliveries = _DELIVERY.format(
        least=delivery_rules.LEAST_LINES, history=LOOKED_BACK, enough=delivery_rules.LEAST_HISTORY
    )
    tests = sorted((CHECKOUT / "dbt_project" / "tests").glob("*.sql"))
    identities = [
        (path.stem.removeprefix("assert_").replace("_", " "),)
        for path in tests
        if "tags=['tickets']" in path.read_text(encoding="utf-8")
    ]
    parts = ["# Gates", _GATES.strip()]
    parts += ["## Deliveries", deliveries.strip(), _rules(delivery_rules.RULES)]
    parts += ["## Tickets", _TICKETS.strip(), _table(("identity",), identities)]
    parts += ["## Marts", _MARTS_SUITE.strip(), _rules(marts_rules.RULES)]
    parts += ["## What was found", _VIEWS.strip(), *_views()]
    return _page(parts)


def _rules(suite: Iterable[Any]) -> str:
    rows = [
        (f"`{one.rule.name}`", one.rule.says, "refuses" if one.rule.refuses else "warns")
        for one in suite
    ]
    return _table(("expectation", "says", "a breach"), rows)


def _views() -> Iterator[str]:
    """The commented views of the migrations, each with its columns."""
    texts = sorted((CHECKOUT / "deskhouse" / "warehouse" / "migrations").glob("versions/*.sql"))
    sql = "".join(path.read_text(encoding="utf-8") for path in texts)
    for name, means in re.findall(r"comment on view (\S+) is '(.*)';", sql):
        columns = re.findall(rf"comment on column {re.escape(name)}\.(\S+) is '(.*)';", sql)
        yield f"### {name}"
        yield means
        yield _table(("column", "means"), [(f"`{column}`", said) for column, said in columns])


def asset_graph() -> str:
    """Dagster's graph, with one source."""
    from orchestration.defs.drawing import drawn
    from orchestration.defs.loading import definitions

    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config")
        config.mkdir()
        (config / "sources.yml").write_text(
            "sources:\n  - {name: exports, kind: folder, format: events, path: '*.ndjson'}\n",
            encoding="utf-8",
        )
        picture = drawn(definitions(Settings(home=Path(folder, "home"), config=config)))
    return _page(["# Asset graph", _ASSET_GRAPH.strip(), f"```mermaid\n{picture}\n```"])


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "settings.md": settings,
    "marts.md": marts,
    "metrics.md": metrics,
    "gates.md": gates,
    "asset-graph.md": asset_graph,
}


def _table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "\n".join(
        "| " + " | ".join(_flat(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def _flat(text: str) -> str:
    return " ".join(str(text).split())


def _sentence(text: str) -> str:
    """A summary as a sentence."""
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write every page."""
    for name, write in PAGES.items():
        (REFERENCE / name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
