"""`deskhouse build`: raw events to marts, and to Superset that they changed."""

import argparse
import json
import sys
from datetime import UTC, datetime

from deskhouse.errors import DeskhouseError, WrongInput
from deskhouse.settings import read_settings
from deskhouse.warehouse.connection import locate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--full-refresh`, `--as-of`, `--json`."""
    parser.add_argument(
        "--full-refresh",
        action="store_true",
        help="make every table from nothing, aside, and swap it in; readers notice nothing",
    )
    parser.add_argument(
        "--as-of",
        metavar="T",
        help="judge at this instant (RFC 3339; default now; may lie before the last one)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> None:
    """Build, and say what was done."""
    from deskhouse.build.build import build
    from deskhouse.progress import progress_to_terminal
    from orchestration.listeners import SupersetCaches

    settings = read_settings()
    warehouse = locate(settings)
    as_of = read_instant(arguments.as_of) if arguments.as_of else datetime.now(UTC)
    report = build(
        settings,
        warehouse,
        as_of=as_of,
        full_refresh=arguments.full_refresh,
        progress=progress_to_terminal(),
    )
    try:
        SupersetCaches(warehouse).built(report)
    except DeskhouseError as error:
        sys.stderr.write(f"deskhouse: not told: superset: {error}\n")
    if arguments.json:
        record = {
            "build_id": report.build_id,
            "as_of": report.as_of.isoformat(),
            "from_nothing": report.from_nothing or None,
            "seconds": round(report.seconds, 3),
            "calendar_tickets": report.calendar_tickets,
            "policy_tickets": report.policy_tickets,
            "models": {model.name: round(model.seconds, 3) for model in report.models},
        }
        sys.stdout.write(json.dumps(record) + "\n")
        return
    sys.stdout.write(f"{report}\n")


def read_instant(text: str) -> datetime:
    """An instant with offset.

    Raises:
        WrongInput: it is none, or has no offset.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise WrongInput(
            f"{text!r} is no instant with an offset", "Write it as 2026-03-01T00:00:00+00:00."
        )
    return instant
