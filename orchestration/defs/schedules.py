"""Jobs, and when they run."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from deskhouse.settings import Settings
from deskhouse.warehouse.connection import locate
from orchestration.defs.failures import failures_told
from orchestration.maintenance import maintain

REFRESH = "refresh"
VERIFICATION = "verification"
MAINTENANCE = "maintenance"

_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def jobs(
    settings: Settings, refresh: dg.AssetsDefinition, checks: Sequence[dg.AssetChecksDefinition]
) -> list[dg.JobDefinition | UnresolvedAssetJobDefinition]:
    """Every job; each runs in one process, for its steps share a warm dbt."""
    return [
        dg.define_asset_job(
            REFRESH,
            selection=dg.AssetSelection.assets(refresh).without_checks()
            | dg.AssetSelection.checks(refresh),
            executor_def=dg.in_process_executor,
            description="Take what is due, build, gate, tell who registered.",
        ),
        dg.define_asset_job(
            VERIFICATION,
            selection=dg.AssetSelection.checks(*checks),
            executor_def=dg.in_process_executor,
            description="Build a choice of tickets anew and compare; run dbt's tests.",
        ),
        _maintenance(settings),
    ]


def _maintenance(settings: Settings) -> dg.JobDefinition:
    @dg.op
    def keep_in_bounds(context: dg.OpExecutionContext) -> None:
        """Make months ahead, throw old records away."""
        with failures_told():
            done = maintain(locate(settings), now=datetime.now(UTC))
        context.log.info("%s", done)

    @dg.job(name=MAINTENANCE, executor_def=dg.in_process_executor)
    def maintenance() -> None:
        """Make months ahead, throw old records away."""
        keep_in_bounds()

    return maintenance


def schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """Every schedule; they run from the first start on."""
    return [
        _schedule(REFRESH, every(settings.refresh_minutes), "UTC"),
        _schedule(VERIFICATION, "40 3 * * *", settings.time_zone),
        _schedule(MAINTENANCE, "17 * * * *", "UTC"),
    ]


def _schedule(job: str, cron: str, zone: str) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=f"{job}_schedule",
        job_name=job,
        cron_schedule=cron,
        execution_timezone=zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def ask(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        """Ask for a run, unless one waits or is under way."""
        if is_under_way(context.instance, job):
            return dg.SkipReason(f"the last {job} is not done yet")
        return dg.RunRequest()

    return ask


def is_under_way(instance: dg.DagsterInstance, job: str) -> bool:
    """Whether a run of a job waits or runs."""
    return bool(instance.get_runs(dg.RunsFilter(job_name=job, statuses=_UNFINISHED), limit=1))


def every(minutes: int) -> str:
    """A cron line: every so many minutes, counted from the full hour."""
    return "0 * * * *" if minutes == 60 else f"*/{minutes} * * * *"
