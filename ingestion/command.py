"""`deskhouse ingest`: take events into the warehouse, from a file or made up."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict

from pydantic import TypeAdapter, ValidationError

from deskhouse.errors import WrongInput
from deskhouse.gate import LineRules
from deskhouse.settings import read_settings
from deskhouse.warehouse.connection import locate
from ingestion.contract import UNNAMED_SOURCE, event_schema
from ingestion.intake import Intake
from ingestion.landing import Landed, land
from ingestion.values import Source

_REDRAWN_EVERY = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`events` and `schema`, each with its own."""
    kinds = parser.add_subparsers(metavar="WHAT", required=True)
    events = kinds.add_parser("events", help="a file of contract events, NDJSON")
    events.add_argument("file", metavar="FILE", help="may be gzipped; - is standard input")
    events.add_argument("--source", metavar="NAME", help="the source of events that name none")
    events.set_defaults(ingest=_events)
    events.add_argument("--strict", action="store_true", help="a bad line: nothing lands")
    events.add_argument("--json", action="store_true", help="the result as JSON")
    schema = kinds.add_parser("schema", help="print the event contract as a JSON Schema")
    schema.set_defaults(ingest=_schema)


def run(arguments: argparse.Namespace) -> int | None:
    """Ingest what the subcommand names."""
    ingest: Callable[[argparse.Namespace], int | None] = arguments.ingest
    return ingest(arguments)


def _events(arguments: argparse.Namespace) -> None:
    from ingestion.events import event_file

    source = _source_name(arguments.source)
    landed = _land(event_file(arguments.file, source), arguments)
    if source is None and UNNAMED_SOURCE in landed.sources and not arguments.json:
        sys.stdout.write(
            f"Events that name no source landed as source {UNNAMED_SOURCE!r}; --source names it.\n"
        )


def _schema(_: argparse.Namespace) -> None:
    sys.stdout.write(json.dumps(event_schema(), indent=2) + "\n")


def _source_name(name: str | None) -> str | None:
    """The name of `--source`.

    Raises:
        WrongInput: it can be no source.
    """
    if name is None:
        return None
    try:
        return TypeAdapter(Source).validate_python(name)
    except ValidationError:
        raise WrongInput(
            f"--source {name!r} can be no source", "It is 1 to 50 characters, without ':'."
        ) from None


def _land(intake: Intake, arguments: argparse.Namespace) -> Landed:
    """Land one delivery and say what became of it."""
    progress = _Line() if sys.stderr.isatty() else None
    try:
        landed = land(
            locate(read_settings()),
            LineRules(),
            intake,
            strict=getattr(arguments, "strict", False),
            progress=progress,
        )
    finally:
        if progress is not None:
            progress.clear()
    sys.stdout.write(_as_json(landed) if arguments.json else _as_text(landed))
    return landed


def _as_json(landed: Landed) -> str:
    return json.dumps(asdict(landed)) + "\n"


def _as_text(landed: Landed) -> str:
    rate = landed.events / landed.seconds
    lines = [
        f"{landed.origin}: {landed.events:,} events landed as batch {landed.batch_id}",
        f"{landed.seconds:.1f} s, {rate:,.0f} events/s",
    ]
    if landed.quarantined:
        lines.append(f"{landed.quarantined:,} bad lines are in raw.quarantine:")
        lines += [f"  {reason}" for reason in landed.first_reasons]
        if landed.quarantined > len(landed.first_reasons):
            lines.append("  …")
    return "\n".join(lines) + "\n"


class _Line:
    """A line on the terminal that shows how many lines were read; drawn over itself."""

    def __init__(self) -> None:
        self.started = self.drawn = time.monotonic()

    def __call__(self, lines: int) -> None:
        now = time.monotonic()
        if now - self.drawn >= _REDRAWN_EVERY:
            self.drawn = now
            rate = lines / (now - self.started)
            sys.stderr.write(f"\r\x1b[K{lines:,} lines read, {rate:,.0f}/s")
            sys.stderr.flush()

    def clear(self) -> None:
        """Leave the terminal's line empty."""
        sys.stderr.write("\r\x1b[K")
