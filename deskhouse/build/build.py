"""One build: configuration in, batches fixed, dbt run, readers moved on.

A build keeps the tables up to date, or makes them from nothing aside and swaps them in: the first
time, when asked to, when the models' text changed, and when the reporting zone did. When nothing
but time has passed, only the models that follow the clock are run, and the rollups that it moves.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime

import psycopg

from deskhouse.build import builds, swap
from deskhouse.build.project import project_hash
from deskhouse.build.transform import ModelRun, Progress, Transformer
from deskhouse.configuration.folder import Configuration, read_configuration
from deskhouse.configuration.load import load
from deskhouse.configuration.load_calendars import reach
from deskhouse.errors import BuildFailed
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse, loss_told

_log = logging.getLogger(__name__)

# What is run for what there is: all, or what follows the clock, with the rollups in which time
# counts something. A model that is left out stands as of its own mark.
_RUN: dict[builds.News, str] = {
    "events": "",
    "measurements": "tag:clock tag:rollup",
    "ages": "tag:clock tag:ages",
    "nothing": "tag:clock",
}


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did: its id and as_of, why it was made from nothing (or ""), and its models.

    `calendar_tickets` are those computed again because a calendar of theirs is another,
    `policy_tickets` because SLA policies give them other targets; where tables are made from
    nothing, that is every ticket's, and 0 here.
    """

    build_id: int
    as_of: datetime
    from_nothing: str
    seconds: float
    models: tuple[ModelRun, ...]
    calendar_tickets: int = 0
    policy_tickets: int = 0

    def __str__(self) -> str:
        """One line for people."""
        how = f"from nothing ({self.from_nothing})" if self.from_nothing else "kept up to date"
        as_of = self.as_of.isoformat(timespec="seconds")
        return (
            f"build {self.build_id}: {len(self.models)} models {how}"
            f" as of {as_of} in {self.seconds:.1f} s{self._computed_again()}"
        )

    def _computed_again(self) -> str:
        whose = {"calendars": self.calendar_tickets, "SLA policies": self.policy_tickets}
        return "".join(
            f"; {count:,} tickets computed again, their {what} changed"
            for what, count in whose.items()
            if count
        )


def build(
    settings: Settings,
    warehouse: Warehouse,
    *,
    as_of: datetime,
    full_refresh: bool = False,
    patience: float = 30.0,
    progress: Progress | None = None,
) -> BuildReport:
    """Bring the marts up to every accepted batch and the configuration, judged at `as_of`.

    Raises:
        WrongConfiguration: a row of the configuration folder; nothing was done.
        Busy: another build runs, or somebody still reads what an earlier one replaced.
        BuildFailed: a model failed; what readers see has the as_of of before, and where tables are
            made from nothing, all its rows. Of kept tables, those done before it are ahead.
        ServiceDown: Postgres does not answer, or went away; likewise.
    """
    started = time.perf_counter()
    configuration = read_configuration(settings.config)
    with (
        loss_told("the build"),
        warehouse.connect(Role.TRANSFORMER, autocommit=True) as connection,
        builds.one_at_a_time(connection, patience),
    ):
        standing = builds.standing(connection)
        reason = _why_from_nothing(standing, settings, full_refresh)
        build_id = builds.next_build_id(connection)
        if reason:
            swap.clear_aside(connection)
        builds.open_build(
            connection,
            build_id,
            as_of=as_of,
            time_zone=settings.time_zone,
            project_hash=project_hash(),
            aside=bool(reason),
        )
        is_configured_anew = _configure(
            warehouse, configuration, build_id, as_of, builds.last_position(connection, build_id)
        )
        news: builds.News = "events"
        if standing is not None and not reason and not is_configured_anew:
            news = builds.news(connection, standing, build_id, as_of)
        try:
            models = Transformer(warehouse, settings.home).run(
                "aside" if reason else "live", progress, select=_RUN[news]
            )
        except BuildFailed:
            builds.close_build(connection, build_id, "failed")
            raise
        kept_anew = is_configured_anew and not reason
        calendar_tickets = builds.calendar_tickets(connection, build_id) if kept_anew else 0
        policy_tickets = builds.policy_tickets(connection, build_id) if kept_anew else 0
        _show(connection, build_id, from_nothing=bool(reason))
    seconds = time.perf_counter() - started
    _log.info("build %s done in %.1f s%s", build_id, seconds, f" ({reason})" if reason else "")
    return BuildReport(build_id, as_of, reason, seconds, models, calendar_tickets, policy_tickets)


def _show(connection: psycopg.Connection, build_id: int, *, from_nothing: bool) -> None:
    """Let readers see what a build made."""
    builds.publish(connection, build_id, "core_next" if from_nothing else "core")
    if from_nothing:
        swap.swap(connection)
    builds.close_build(connection, build_id, "done")


def _configure(
    warehouse: Warehouse,
    configuration: Configuration,
    build_id: int,
    as_of: datetime,
    to_position: int,
) -> bool:
    """Load the configuration; whether its tables are others than they were.

    After the build is on record: a configuration that was read by one that is then cut short is
    not news to the next, which is told by that record to look.
    """
    with warehouse.connect(Role.LOADER) as loader:
        before = _configured(loader)
        load(loader, configuration, build_id, reach(loader, as_of, to_position))
        return _configured(loader) != before


def _configured(loader: psycopg.Connection) -> tuple[object, ...] | None:
    """A fingerprint of the configuration's tables."""
    return loader.execute(
        "select"
        " (select md5(string_agg(a::text, '|' order by a::text)) from raw.config_agents as a),"
        " (select md5(string_agg(t::text, '|' order by t::text)) from raw.config_teams as t),"
        " (select md5(string_agg(c::text, '|' order by c::text)) from raw.config_calendars as c),"
        " (select md5(string_agg(a::text, '|' order by a::text))"
        " from raw.config_calendar_assignments as a),"
        " (select md5(string_agg(p::text, '|' order by p::text)) from raw.config_sla_policies as p)"
    ).fetchone()


def _why_from_nothing(
    standing: builds.Standing | None, settings: Settings, full_refresh: bool
) -> str:
    """Why the tables must be made from nothing; empty when they can be kept."""
    if standing is None:
        return "the first build"
    if full_refresh:
        return "as asked"
    if standing.project_hash != project_hash():
        return "the models changed"
    if standing.time_zone != settings.time_zone:
        return f"the reporting zone changed from {standing.time_zone} to {settings.time_zone}"
    return ""
