"""`deskhouse verify`: is what is kept what would be built anew?"""

import argparse
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from deskhouse.settings import read_settings
from deskhouse.warehouse.connection import locate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Verify; 1 where a row differs."""
    import json

    from orchestration.verification import verify

    settings = read_settings()
    done = verify(settings, locate(settings), now=datetime.now(UTC))
    sys.stdout.write((json.dumps(asdict(done)) if arguments.json else str(done)) + "\n")
    return 0 if done.is_good else 1
