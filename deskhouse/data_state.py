"""Whether the marts are fit to read: what whoever sends a number out asks first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg import Connection

State = Literal["unjudged", "fit", "unfit"]


@dataclass(frozen=True, slots=True)
class DataState:
    """What `ops.data_state` says: the state, since when, and why it is unfit, in lines.

    `build_id` and `judged_at` are None where no build was judged yet.
    """

    state: State
    since: datetime
    reasons: tuple[str, ...] = ()
    build_id: int | None = None
    judged_at: datetime | None = None

    @property
    def is_fit(self) -> bool:
        """Whether a number may go out."""
        return self.state == "fit"


def read_data_state(connection: Connection[Any]) -> DataState:
    """The state as it was judged last; any login that reads marts may ask."""
    row = connection.execute(
        "select state, since, reasons, build_id, judged_at from ops.data_state"
    ).fetchone()
    assert row is not None
    state, since, reasons, build_id, judged_at = row
    return DataState(state, since, tuple(reasons), build_id, judged_at)
