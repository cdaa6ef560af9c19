"""`deskhouse ingest`: take events into the warehouse, from a file or made up."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError

from deskhouse.errors import WrongInput
from deskhouse.gate import registered_gate
from deskhouse.progress import progress_to_terminal
from deskhouse.settings import read_settings
from deskhouse.warehouse.connection import Role, locate
from ingestion.contract import UNNAMED_SOURCE, event_schema
from ingestion.intake import Intake, delivery_intake
from ingestion.landing import Landed, Progress, land
from ingestion.values import Instant, Source

_SHOWN_EVERY = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`events`, `eventlog`, `sample`, `accept` and `schema`, each with its own."""
    kinds = parser.add_subparsers(metavar="WHAT", required=True)

    events = kinds.add_parser("events", help="a file of contract events, NDJSON")
    events.add_argument("file", metavar="FILE", help="may be gzipped; - is standard input")
    events.add_argument("--source", metavar="NAME", help="the source of events that name none")
    events.set_defaults(ingest=_events)

    eventlog = kinds.add_parser("eventlog", help="an event-log CSV, by a mapping")
    eventlog.add_argument("file", metavar="FILE", help="may be gzipped; - is standard input")
    eventlog.add_argument(
        "--mapping",
        metavar="MAPPING",
        required=True,
        help="a YAML file, or the name of a shipped one (servicenow)",
    )
    eventlog.add_argument("--source", metavar="NAME", help="default: the mapping's own")
    eventlog.add_argument(
        "--time-zone", metavar="ZONE", help="of the log's times, an IANA name (default: UTC)"
    )
    eventlog.set_defaults(ingest=_eventlog)

    sample = kinds.add_parser("sample", help="a seeded, lifelike help desk up to now")
    sample.add_argument("--tickets", metavar="N", type=int, help="how many (default: 12,000)")
    sample.add_argument("--days", metavar="D", type=int, help="over how many days (default: 120)")
    sample.add_argument("--seed", metavar="S", type=int, help="same seed and end: same events")
    sample.add_argument("--until", metavar="T", help="the end, RFC 3339 (default: now)")
    sample.set_defaults(ingest=_sample)

    accepted = kinds.add_parser("accept", help="let a refused batch in, after a look at it")
    accepted.add_argument("batch", metavar="BATCH", type=int, help="its number, as it was told")
    accepted.set_defaults(ingest=_accept)

    for kind in (events, eventlog):
        kind.add_argument("--strict", action="store_true", help="a bad line: nothing lands")
    for kind in (events, eventlog, sample, accepted):
        kind.add_argument("--json", action="store_true", help="the result as JSON")

    schema = kinds.add_parser("schema", help="print the event contract as a JSON Schema")
    schema.set_defaults(ingest=_schema)


def run(arguments: argparse.Namespace) -> int | None:
    """Ingest what the subcommand names."""
    ingest: Callable[[argparse.Namespace], int | None] = arguments.ingest
    return ingest(arguments)


def _events(arguments: argparse.Namespace) -> None:
    from ingestion.events import event_file

    source = _source_name(arguments.source)
    landed = _land(event_file(arguments.file, source), strict=arguments.strict)
    _tell(landed, as_json=arguments.json)
    if source is None and UNNAMED_SOURCE in landed.sources and not arguments.json:
        sys.stdout.write(
            f"Events that name no source landed as source {UNNAMED_SOURCE!r}; --source names it.\n"
        )


def _eventlog(arguments: argparse.Namespace) -> None:
    from ingestion.eventlog.intake import eventlog_file
    from ingestion.eventlog.mapping import find_mapping

    intake = eventlog_file(
        arguments.file,
        find_mapping(arguments.mapping),
        source=_source_name(arguments.source),
        time_zone=arguments.time_zone,
    )
    _tell(_land(intake, strict=arguments.strict), as_json=arguments.json)


def _sample(arguments: argparse.Namespace) -> None:
    from ingestion.sample import SampleSpec, generate

    given = {name: getattr(arguments, name) for name in ("tickets", "days", "seed")}
    spec = SampleSpec(
        until=_instant(arguments.until),
        **{name: value for name, value in given.items() if value is not None},
    )
    made = _Made()
    for delivery in generate(spec):
        made.add(_land(delivery_intake(delivery), before=made.events))
    sys.stdout.write(json.dumps(asdict(made)) + "\n" if arguments.json else f"{made}\n")


def _accept(arguments: argparse.Namespace) -> None:
    from ingestion.accepting import accept
    from ingestion.landing import errors_told

    batch_id = arguments.batch
    warehouse = locate(read_settings())
    with errors_told(f"batch {batch_id}"), warehouse.connect(Role.LOADER) as connection:
        events = accept(connection, batch_id)
    if arguments.json:
        sys.stdout.write(json.dumps({"batch_id": batch_id, "events": events}) + "\n")
    else:
        sys.stdout.write(
            f"batch {batch_id} is accepted: {events:,} events; the next build has them\n"
        )


def _schema(_: argparse.Namespace) -> None:
    sys.stdout.write(json.dumps(event_schema(), indent=2) + "\n")


@dataclass(slots=True)
class _Made:
    """What became of a sample's deliveries, all together."""

    batches: int = 0
    events: int = 0
    seconds: float = 0.0

    def add(self, landed: Landed) -> None:
        self.batches += 1
        self.events += landed.events
        self.seconds += landed.seconds

    def __str__(self) -> str:
        return f"sample: {self.events:,} events landed in {self.batches:,} batches"


def _source_name(name: str | None) -> str | None:
    """The name of `--source`.

    Raises:
        WrongInput: it can be no source.
    """
    if name is None:
        return None
    try:
        return TypeAdapter[str](Source).validate_python(name)
    except ValidationError:
        raise WrongInput(
            f"--source {name!r} can be no source", "It is 1 to 50 characters, without ':'."
        ) from None


def _instant(text: str | None) -> datetime:
    """The instant of `--until`, or now.

    Raises:
        WrongInput: it is no instant.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        return TypeAdapter[datetime](Instant).validate_python(text)
    except ValidationError:
        raise WrongInput(
            f"--until {text!r} is no instant", "It looks like 2026-03-01T00:00:00Z."
        ) from None


def _land(intake: Intake, *, strict: bool = False, before: int = 0) -> Landed:
    """Land one delivery, with progress on a terminal; `before` events went before it."""
    with _progress(before) as progress:
        return land(
            locate(read_settings()), registered_gate(), intake, strict=strict, progress=progress
        )


@contextmanager
def _progress(before: int) -> Iterator[Progress | None]:
    show = progress_to_terminal()
    if show is None:
        yield None
        return
    started = shown = time.monotonic()

    def progress(lines: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - shown >= _SHOWN_EVERY:
            shown = now
            show(f"{before + lines:,} lines read, {lines / (now - started):,.0f}/s")

    try:
        yield progress
    finally:
        show("")


def _tell(landed: Landed, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(asdict(landed)) + "\n")
        return
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
    sys.stdout.write("\n".join(lines) + "\n")
