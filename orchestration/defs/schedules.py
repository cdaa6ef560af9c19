"""Jobs, and when they run."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from deskhouse.settings import Settings

REFRESH = "refresh"

_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def jobs(refresh: dg.AssetsDefinition) -> list[UnresolvedAssetJobDefinition]:
    """Every job; each runs in one process, for its steps share a warm dbt."""
    return [
        dg.define_asset_job(
            REFRESH,
            selection=dg.AssetSelection.assets(refresh),
            executor_def=dg.in_process_executor,
            description="Take what is due, build, gate, tell who registered.",
        )
    ]


def schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """Every schedule; they run from the first start on."""

    @dg.schedule(
        name="refresh_often",
        job_name=REFRESH,
        cron_schedule=every(settings.refresh_minutes),
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def refresh_often(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        """Ask for a refresh, unless one is under way."""
        if is_under_way(context.instance, REFRESH):
            return dg.SkipReason("the last refresh is not done yet")
        return dg.RunRequest()

    return [refresh_often]


def is_under_way(instance: dg.DagsterInstance, job: str) -> bool:
    """Whether a run of a job waits or runs."""
    return bool(instance.get_runs(dg.RunsFilter(job_name=job, statuses=_UNFINISHED), limit=1))


def every(minutes: int) -> str:
    """A cron line: every so many minutes, counted from the full hour."""
    return "0 * * * *" if minutes == 60 else f"*/{minutes} * * * *"
