"""`deskhouse export`: a public relation as a file."""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from deskhouse.progress import progress_to_terminal
from deskhouse.settings import read_settings
from deskhouse.warehouse.connection import Role, Warehouse, locate

_STDOUT = "-"
_BUFFER = 1 << 18


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`RELATION [--format csv] [--out FILE]`."""
    parser.add_argument(
        "relation",
        metavar="RELATION",
        help="a mart (fct_tickets or marts.fct_tickets), or a public view of ops",
    )
    parser.add_argument(
        "--format", choices=["csv"], default="csv", help="how it is written (default: csv)"
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        default=_STDOUT,
        help="the file, there whole or not at all; - is standard output (default)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Export, and say how much; to standard output, nothing but the rows."""
    from exporters.copying import export_csv

    signal.signal(signal.SIGTERM, _end)
    warehouse = locate(read_settings())
    _warn_if_unfit(warehouse)
    progress = progress_to_terminal()
    with _opened(arguments.out) as file:
        exported = export_csv(warehouse, arguments.relation, file, progress)
    if progress:
        progress("")
    if arguments.out != _STDOUT:
        sys.stdout.write(f"{exported}, in {arguments.out}\n")


def _end(number: int, _: FrameType | None) -> None:
    """End in order, so that no part of a file is left."""
    raise SystemExit(128 + number)


@contextmanager
def _opened(out: str) -> Iterator[BinaryIO]:
    from exporters.whole_file import told, whole_file

    if out != _STDOUT:
        with whole_file(Path(out)) as file:
            yield file
        return
    with (
        told("standard output"),
        open(sys.stdout.fileno(), "wb", buffering=_BUFFER, closefd=False) as file,
    ):
        yield file


def _warn_if_unfit(warehouse: Warehouse) -> None:
    from deskhouse.data_state import read_data_state

    with warehouse.connect(Role.READER) as connection:
        state = read_data_state(connection)
    if state.state == "unfit":
        reason = f": {state.reasons[0]}" if state.reasons else ""
        sys.stderr.write(
            f"deskhouse: the marts are unfit since {state.since:%Y-%m-%d %H:%M} UTC{reason}\n"
        )
