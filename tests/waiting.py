"""Waiting for what comes about by itself: no test sleeps for a time it thinks enough."""

import time
from collections.abc import Callable
from typing import TypeVar

_Held = TypeVar("_Held")


def until(
    holds: Callable[[], _Held], seconds: float = 20, otherwise: str = "it did not come about"
) -> _Held:
    """Wait until a condition holds, and return what it gave; `otherwise` says what did not."""
    deadline = time.monotonic() + seconds
    while not (held := holds()):
        assert time.monotonic() < deadline, f"{otherwise} within {seconds:g} s"
        time.sleep(0.02)
    return held
