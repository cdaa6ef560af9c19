"""Progress of long work: one line that is written over, on a terminal only."""

import sys
from collections.abc import Callable


def progress_to_terminal() -> Callable[[str], None] | None:
    """A function that shows a line in place of the last one; None where nobody looks on."""
    if not sys.stderr.isatty():
        return None

    def show(line: str) -> None:
        sys.stderr.write(f"\r\x1b[2K{line}\r")
        sys.stderr.flush()

    return show
