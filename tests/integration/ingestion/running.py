"""Running `deskhouse ingest` in the test's own process."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left: its exit code, and what it wrote."""

    code: int
    stdout: str
    stderr: str


Ingest = Callable[..., Done]
