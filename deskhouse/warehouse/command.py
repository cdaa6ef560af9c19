"""`deskhouse url`: print a connection URL."""

import argparse
import sys

from deskhouse.settings import read_settings
from deskhouse.warehouse.connection import Role, locate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--role`."""
    parser.add_argument(
        "--role",
        choices=[str(role) for role in Role],
        default=str(Role.READER),
        help="whose login (default: reader, who sees the marts and may change nothing)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Print the URL, with its password, on standard output."""
    sys.stdout.write(locate(read_settings()).url(Role(arguments.role)) + "\n")
