"""The sensor that watches the age of data from outside every run."""

import logging
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from deskhouse.freshness import late_after
from orchestration.defs.checks import ON_TIME
from orchestration.defs.sensors import sensors
from tests.integration.warehouse.desk import Desk
from tests.integration.warehouse.test_worked_examples import TRUTH


def test_data_that_is_late_turns_its_check_red_once_and_green_when_it_is_no_more(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    late_data = next(one for one in sensors(desk.settings) if one.name == "late_data")

    def look(cursor: str | None) -> tuple[bool, str | None] | str:
        with dg.DagsterInstance.ephemeral() as instance:
            found = late_data(dg.build_sensor_context(instance=instance, cursor=cursor))
        if isinstance(found, dg.SkipReason):
            return str(found.skip_message)
        assert isinstance(found, dg.SensorResult)
        (event,) = found.asset_events
        assert isinstance(event, dg.AssetCheckEvaluation)
        assert (event.asset_key, event.check_name) == (ON_TIME.asset_key, ON_TIME.name)
        return event.passed, found.cursor

    assert str(look(None)).startswith("nothing is built yet")
    desk.deliver_file(TRUTH / "worked_example.ndjson")
    desk.build(datetime.now(UTC) - late_after(desk.settings) - timedelta(seconds=1))
    with caplog.at_level(logging.ERROR):
        assert look(None) == (False, "late")
        assert str(look("late")).startswith("late as before")
    assert [record.message.partition(":")[0] for record in caplog.records] == ["data is late"]
    desk.build(datetime.now(UTC))
    assert look("late") == (True, "on time")
    assert str(look("on time")).startswith("on time as before")
