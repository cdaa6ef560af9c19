"""What is said of a service that does not start."""

from pathlib import Path

import pytest

from deskhouse.services.running import _last_words


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("old FATAL: x\n|LOG: starting\nFATAL: no room\nLOG: shut down\n", "FATAL: no room"),
        ("old FATAL: x\n|LOG: starting\n  LOG: shut down \n\n", "LOG: shut down"),
        ("old FATAL: x\n|", ""),
    ],
)
def test_it_is_the_last_line_that_tells_of_a_failure_since_the_start(
    tmp_path: Path, content: str, expected: str
) -> None:
    before, after = content.split("|")
    log = tmp_path / "postgres.log"
    log.write_text(before + after)
    assert _last_words(log, len(before)) == expected


def test_a_log_that_was_rotated_meanwhile_is_read_whole(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    log.write_text("FATAL: no room\n")
    assert _last_words(log, 1000) == "FATAL: no room"


def test_no_log_says_nothing(tmp_path: Path) -> None:
    assert _last_words(tmp_path / "none.log", 0) == ""
