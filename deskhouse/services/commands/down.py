"""`deskhouse down`: stop the local services."""

import argparse

from deskhouse.services.running import down
from deskhouse.settings import read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_arguments: argparse.Namespace) -> None:
    """Stop all of this home, and return when nothing of it runs."""
    down(read_settings())
