"""`deskhouse status`: what runs, and where."""

import argparse
import sys

from deskhouse.services.states import ServiceState, ServiceStates, states
from deskhouse.settings import read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--json]`."""
    parser.add_argument("--json", action="store_true", help="for a program to read")


def run(arguments: argparse.Namespace) -> int:
    """Print each service's state; 1 if something that should run does not answer."""
    found = states(read_settings())
    text = found.model_dump_json(indent=2) if arguments.json else _table(found)
    sys.stdout.write(text + "\n")
    return 0 if found.good else 1


def _table(found: ServiceStates) -> str:
    heading = ("service", "state", "address", "pid", "up", "data")
    rows = [heading, *map(_row, found.services)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines += [
        f"{service.name}: {service.problem}"
        for service in found.services
        if service.problem is not None
    ]
    return "\n".join(lines)


def _row(service: ServiceState) -> tuple[str, ...]:
    return (
        service.name,
        service.state,
        service.address or "-",
        str(service.pid or "-"),
        "-" if service.uptime_seconds is None else _duration(service.uptime_seconds),
        "external" if service.external else service.folder or "-",
    )


def _duration(seconds: int) -> str:
    """The two largest units: 45 s, 12 min 3 s, 5 h 7 min, 3 d 2 h."""
    for size, unit, part, rest in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if seconds >= size:
            return f"{seconds // size} {unit} {seconds % size // part} {rest}"
    return f"{seconds} s"
