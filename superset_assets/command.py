"""`deskhouse publish`: bring Superset's datasets, charts and dashboards up to the bundle."""

import argparse
import sys
from collections import Counter
from typing import TYPE_CHECKING

from deskhouse.errors import AnswerIsNo
from deskhouse.settings import read_settings

if TYPE_CHECKING:
    from superset_assets.publish import Change

_DONE = {
    "created": "created",
    "updated": "updated",
    "overwritten": "overwritten",
    "removed": "removed",
    "edited": "edited by hand and left so",
    "kept": "gone from the bundle, but kept",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--dry-run] [--force]`."""
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be done, and do nothing"
    )
    parser.add_argument(
        "--force", action="store_true", help="also overwrite what was changed by hand in Superset"
    )


def run(arguments: argparse.Namespace) -> None:
    """Publish; a line for each asset that changes, and one that counts."""
    from deskhouse.warehouse.connection import locate
    from superset_assets.assets import read_bundle
    from superset_assets.publish import publish

    settings = read_settings()
    answer = publish(
        settings,
        locate(settings),
        read_bundle(),
        force=arguments.force,
        dry_run=arguments.dry_run,
    )
    refused = [change for change in answer.changes if change.action == "refused"]
    if refused:
        for change in refused:
            _say(f"{change.path}: changed by hand since it was published (- then, + now)")
            _say(_indented(change.note))
        raise AnswerIsNo(
            f"nothing is published: {_number_of(refused)} changed by hand in Superset",
            "Take what is good of it into the bundle; `deskhouse publish --force` overwrites it.",
        )
    for change in answer.changes:
        if change.action in _DONE:
            _say(f"{change.path}: {_DONE[change.action]}")
            if change.action in ("edited", "overwritten", "kept"):
                _say(_indented(change.note))
    counts = Counter(change.action for change in answer.changes)
    said = ", ".join(f"{number} {action}" for action, number in sorted(counts.items()))
    _say(f"{'would publish' if arguments.dry_run else 'published'}: {said}")


def _number_of(changes: list["Change"]) -> str:
    return "one asset was" if len(changes) == 1 else f"{len(changes)} assets were"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
