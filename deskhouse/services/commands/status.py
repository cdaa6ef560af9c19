"""`deskhouse status`: what runs and where, and how fresh the data is."""

import argparse
import json
import sys
from datetime import UTC, datetime

from deskhouse.errors import ServiceDown
from deskhouse.freshness import Freshness, next_refresh_at, read_freshness
from deskhouse.services import dagster, superset
from deskhouse.services.catalogue import catalogue
from deskhouse.services.states import ServiceState, ServiceStates, states
from deskhouse.settings import Settings, read_settings

_SCHEDULER = "dagster-daemon"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--json] [--services] [--show-login]`."""
    parser.add_argument("--json", action="store_true", help="for a program to read")
    parser.add_argument(
        "--services",
        action="store_true",
        help="of the services alone, whatever the data is: for a container's health",
    )
    parser.add_argument(
        "--show-login",
        action="store_true",
        help="print the pages that there are, a line each: name, address, user and password",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what runs and how fresh the data is; 1 if a service is down, or data late or unfit."""
    settings, now = read_settings(), datetime.now(UTC)
    if arguments.show_login:
        sys.stdout.write(_logins(settings))
        return 0
    found = states(settings)
    if arguments.services:
        sys.stdout.write(
            (found.model_dump_json(indent=2) if arguments.json else _table(found)) + "\n"
        )
        return 0 if found.good else 1
    data: Freshness | None = None
    problem = ""
    try:
        data = read_freshness(settings, now)
    except ServiceDown as down:
        problem = str(down)
    scheduled = any(one.name == _SCHEDULER and one.state == "ready" for one in found.services)
    following = next_refresh_at(settings, now) if scheduled else None
    if arguments.json:
        record = found.model_dump(mode="json") | {
            "data": data.model_dump(mode="json") if data else None,
            "data_problem": problem or None,
            "next_refresh_at": following.isoformat() if following else None,
        }
        sys.stdout.write(json.dumps(record, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join([_table(found), "", *_data(data, problem, following)]) + "\n")
    return 0 if found.good and not problem and (data is None or data.good) else 1


def _logins(settings: Settings) -> str:
    """A line for each service of this home that has pages; `-` for one never started yet."""
    logins = {"dagster": dagster.login, "superset": superset.login}
    pages = [
        (one.name, f"http://{one.address()}" if one.address() else "-", *logins[one.name](settings))
        for one in catalogue(settings).services
        if one.name in logins
    ]
    return "".join("  ".join(line) + "\n" for line in pages)


def _data(data: Freshness | None, problem: str, following: datetime | None) -> list[str]:
    """How fresh the data is, in a line or a few."""
    if data is None:
        return [f"data: not known, {problem}" if problem else "data: nothing is built yet"]
    age = _duration(data.age_seconds) + " old" + (", late" if data.is_late else "")
    lines = [
        f"data: as of {data.as_of:%Y-%m-%d %H:%M:%S} UTC, {age}; build {data.build_id}",
        f"marts: {data.state} since {data.since:%Y-%m-%d %H:%M:%S} UTC",
        *(f"  {reason}" for reason in data.reasons),
    ]
    if data.last_build != "done":
        lines.append(f"last build: {data.last_build}")
    if following is not None:
        lines.append(f"next refresh: {following:%H:%M} UTC")
    return lines


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
