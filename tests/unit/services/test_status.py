"""What `status` makes of what it sees."""

import pytest

from deskhouse.services.commands.status import _duration
from deskhouse.services.states import ServiceState, ServiceStates, _state
from deskhouse.services.supervision import Seen


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (3_725, "1 h 2 min"), (180_000, "2 d 2 h")],
)
def test_a_duration_is_its_two_largest_units(seconds: int, expected: str) -> None:
    assert _duration(seconds) == expected


@pytest.mark.parametrize(
    ("seen", "problem", "expected"),
    [
        (None, None, "stopped"),
        ("STARTING", None, "ready"),
        ("RUNNING", None, "ready"),
        ("STARTING", "no answer", "starting"),
        ("RUNNING", "no answer", "unreachable"),
        ("BACKOFF", None, "restarting"),
        ("FATAL", None, "failed"),
        ("STOPPED", None, "stopped"),
    ],
)
def test_a_state_needs_a_process_and_an_answer(
    seen: str | None, problem: str | None, expected: str
) -> None:
    process = Seen(seen, 1, 1.0, ever_started=True) if seen else None
    assert _state(process, problem) == expected


@pytest.mark.parametrize(
    ("state", "wanted", "good"),
    [("ready", True, True), ("stopped", False, True), ("stopped", True, False)],
)
def test_only_what_should_run_is_missed(state: str, wanted: bool, good: bool) -> None:
    service = ServiceState.model_validate(
        {
            "name": "redis",
            "state": state,
            "wanted": wanted,
            "external": False,
            "address": "",
            "pid": None,
            "uptime_seconds": None,
            "folder": None,
            "problem": None,
        }
    )
    assert ServiceStates(home="/home", services=(service,)).good == good
