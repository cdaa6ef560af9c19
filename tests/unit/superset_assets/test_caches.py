"""Which datasets a build changed."""

from deskhouse.metrics import catalog
from superset_assets.caches import datasets_changed

EVERY = {source.name for source in catalog().sources}


def changed(*models: str, day_began: bool = False) -> set[str]:
    return set(datasets_changed(catalog(), models, day_began=day_began))


def test_a_build_that_found_nothing_new_changes_what_tells_of_builds_alone() -> None:
    assert changed("dim_hours", "channel_overview_daily") == {"data_state"}


def test_a_dataset_changes_with_a_mart_that_it_shows() -> None:
    assert changed("metrics_raw") == {"data_state", "measurements"}
    assert changed("backlog_daily") == {"data_state", "backlog"}
    assert changed("dim_agents") == EVERY


def test_when_a_day_began_every_dataset_changes() -> None:
    """Superset keeps what it answered to "last week" by these words."""
    assert changed(day_began=True) == EVERY
