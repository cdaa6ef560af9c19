"""`deskhouse up`: start the local services and bring the database up to date."""

import argparse
import sys

from deskhouse.services.running import up, up_and_stay
from deskhouse.services.service import Service
from deskhouse.settings import read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[SERVICE …] [--foreground]`."""
    parser.add_argument(
        "services",
        nargs="*",
        metavar="SERVICE",
        help="postgres, redis, dagster, superset or superset-worker, with what it needs; none: all",
    )
    parser.add_argument(
        "--foreground",
        action="store_true",
        help="stay until SIGTERM or SIGINT, then stop all (for containers)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Start, wait until all answer, and say where."""
    settings = read_settings()
    if arguments.foreground:
        up_and_stay(settings, arguments.services, _say)
    else:
        up(settings, arguments.services, _say)


def _say(service: Service) -> None:
    where = f" at {service.address()}" if service.address() else ""
    sys.stdout.write(f"{service.name} is ready{where}\n")
    sys.stdout.flush()
