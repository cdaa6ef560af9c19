"""How old what readers see is, whether that is late, and when it is refreshed next."""

from datetime import UTC, datetime, timedelta

import psycopg
from pydantic import BaseModel, ConfigDict, Field

from deskhouse.data_state import State, read_data_state
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, locate

# So many intervals may pass: one refresh may fail, and the next be under way.
_INTERVALS = 3
_AT_LEAST = timedelta(minutes=15)


class Freshness(BaseModel):
    """What readers see now. Instants are UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    build_id: int
    as_of: datetime
    age_seconds: int = Field(description="What has passed since as_of.")
    is_late: bool = Field(description="Whether refreshes should have come, and did not.")
    last_build: str = Field(description="How the last build ended: done, failed or running.")
    state: State
    since: datetime = Field(description="Since when it is fit, unfit or unjudged.")
    reasons: tuple[str, ...] = Field(description="Why it is unfit.")

    @property
    def good(self) -> bool:
        """Whether what readers see is recent, and not known to be unfit."""
        return not self.is_late and self.state != "unfit"


def read_freshness(settings: Settings, now: datetime) -> Freshness | None:
    """What the warehouse says; None where nothing was built yet.

    Raises:
        ServiceDown: Postgres does not answer.
    """
    try:
        with locate(settings).connect(Role.TRANSFORMER) as connection:
            return _read(connection, settings, now)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None


def next_refresh_at(settings: Settings, now: datetime) -> datetime:
    """When the schedule refreshes next: at so many minutes, counted from the full hour."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    passed = (now - hour) // timedelta(minutes=settings.refresh_minutes)
    following = hour + (passed + 1) * timedelta(minutes=settings.refresh_minutes)
    return min(following, hour + timedelta(hours=1))


def late_after(settings: Settings) -> timedelta:
    """How old as_of may be."""
    return max(_AT_LEAST, _INTERVALS * timedelta(minutes=settings.refresh_minutes))


def _read(connection: psycopg.Connection, settings: Settings, now: datetime) -> Freshness | None:
    row = connection.execute(
        "select c.build_id, c.as_of, l.state from core.current_build as c"
        " cross join (select state from ops.builds order by build_id desc limit 1) as l"
        " where c.build_id is not null"
    ).fetchone()
    if row is None:
        return None
    build_id, as_of, last_build = row
    state = read_data_state(connection)
    age = now - as_of
    return Freshness(
        build_id=build_id,
        as_of=as_of,
        age_seconds=int(age.total_seconds()),
        is_late=age > late_after(settings),
        last_build=last_build,
        state=state.state,
        since=state.since,
        reasons=state.reasons,
    )
