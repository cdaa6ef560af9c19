"""What watches from outside a run: one that failed, and data that is late though none did.

They say so where it is heard: an error in the log of `dagster-code`, and for late data the check
`on_time` turns red. `deskhouse status` exits with 1 then, so that any monitor can ask.
"""

import logging
from datetime import UTC, datetime

import dagster as dg

from deskhouse.errors import ServiceDown
from deskhouse.freshness import late_after, read_freshness
from deskhouse.settings import Settings
from orchestration.defs.checks import ON_TIME, age_of

_log = logging.getLogger(__name__)


def sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """Every sensor; they watch from the first start on."""

    @dg.run_failure_sensor(
        name="failed_runs",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def failed_runs(context: dg.RunFailureSensorContext) -> None:
        """Say which run failed, and why, in one line."""
        run = context.dagster_run
        why = " ".join((context.failure_event.message or "").split())
        _log.error("run %s of %s failed: %s", run.run_id, run.job_name, why)

    @dg.sensor(
        name="late_data",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def late_data(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        """Turn `on_time` red when data becomes late, and green when it is no more."""
        try:
            found = read_freshness(settings, datetime.now(UTC))
        except ServiceDown as error:
            return dg.SkipReason(str(error))
        if found is None:
            return dg.SkipReason("nothing is built yet")
        now = "late" if found.is_late else "on time"
        age = f"as of {found.as_of:%Y-%m-%d %H:%M:%S} UTC, {found.age_seconds} s ago"
        if context.cursor == now:
            return dg.SkipReason(f"{now} as before: {age}")
        if found.is_late:
            _log.error("data is late: %s; at most %s s", age, late_after(settings).seconds)
        evaluation = dg.AssetCheckEvaluation(
            check_name=ON_TIME.name,
            asset_key=ON_TIME.asset_key,
            passed=not found.is_late,
            metadata=age_of(found),
        )
        return dg.SensorResult(asset_events=[evaluation], cursor=now)

    return [failed_runs, late_data]
