"""`deskhouse refresh`: ingest what is due, build, and judge what was built."""

import argparse
import json
import sys

from deskhouse.settings import read_settings
from deskhouse.warehouse.connection import locate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Refresh; 1 where a delivery of a source could not be used."""
    from deskhouse.gate import registered_gate
    from deskhouse.progress import progress_to_terminal
    from orchestration.listeners import listeners
    from orchestration.pipeline import refresh

    settings = read_settings()
    warehouse = locate(settings)
    done = refresh(
        settings,
        warehouse,
        registered_gate(),
        listeners=listeners(warehouse),
        progress=progress_to_terminal(),
    )
    for one in done.problems:
        sys.stderr.write(f"deskhouse: source {one.source}: {one.problem}\n")
    landed = [one.landed for one in done.taken if one.landed]
    events = sum(one.events for one in landed)
    if arguments.json:
        record = {
            "deliveries": len(landed),
            "events": events,
            "quarantined": sum(one.quarantined for one in landed),
            "problems": [f"{one.source}: {one.problem}" for one in done.problems],
            "build_id": done.build.build_id,
            "as_of": done.build.as_of.isoformat(),
            "seconds": round(done.build.seconds, 3),
            "state": done.state.state,
            "reasons": list(done.state.reasons),
            "untold": list(done.untold),
        }
        sys.stdout.write(json.dumps(record) + "\n")
    else:
        sys.stdout.write(f"{events:,} events in {len(landed)} deliveries\n{done.build}\n")
        for line in (f"the marts are {done.state.state}", *done.state.reasons):
            sys.stdout.write(f"{line}\n")
    for reason in done.untold:
        sys.stderr.write(f"deskhouse: not told: {reason}\n")
    return 1 if done.problems else 0
