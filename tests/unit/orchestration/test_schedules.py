"""When jobs run, and how sources are called in the graph."""

from datetime import UTC
from itertools import pairwise
from pathlib import Path

import pytest
from dagster._utils.schedules import cron_string_iterator

from deskhouse.freshness import next_refresh_at
from deskhouse.settings import Settings
from orchestration.defs.assets import _words
from orchestration.defs.schedules import every


@pytest.mark.parametrize("minutes", [1, 5, 7, 30, 59, 60])
def test_status_tells_the_instants_at_which_the_schedule_fires(minutes: int) -> None:
    settings = Settings(home=Path("/none"), refresh_minutes=minutes)
    due = cron_string_iterator(0.0, every(minutes), "UTC")
    instants = [next(due).astimezone(UTC) for _ in range(130)]
    assert all(next_refresh_at(settings, one) == other for one, other in pairwise(instants))


def test_names_of_sources_that_are_alike_as_words_stay_apart() -> None:
    words = {"a-b": "a_b", "a_b": "a_b_2", "ä b": "__b", "c": "c"}
    assert _words(list(words)) == words
