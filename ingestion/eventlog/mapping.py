"""What the columns of an event log mean: a YAML file, or a shipped one by its name.

`mode` says how to read a row. `snapshots`: each row is the state of a ticket after a change; what
differs from the row before becomes events. (A log of *activities*, where each row names what
happened, is one more model with another `mode`.)
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from deskhouse.configuration.documents import read_document, validated
from deskhouse.errors import WrongInput
from ingestion.values import Source, Status

SHIPPED = Path(__file__).parent.parent / "mappings"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class StatusColumn(_Part):
    """A column of states, each with the status it stands for; a state not listed is a bad row."""

    column: str
    values: dict[str, Status] = Field(min_length=1)


class LabelColumn(_Part):
    """A column of labels or ids; written short as the column's name alone.

    `values` renames some; `unlisted` says what becomes of the others: they are kept as they are,
    or kept as `snake_case`, or make the row a bad one.
    """

    column: str
    values: dict[str, str] = {}
    unlisted: Literal["keep", "snake_case", "refuse"] = "keep"


def _short(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Label = Annotated[LabelColumn, BeforeValidator(_short)]


class Creation(_Part):
    """The ticket's creation: its instant, and what the ticket's first row says of it."""

    at: str
    channel: Label | None = None
    priority: Label | None = None
    requester: Label | None = None


class Lines(_Part):
    """What changes over time: each difference between two rows of a ticket becomes an event."""

    status: StatusColumn
    team: Label | None = None
    assignee: Label | None = None
    priority: Label | None = None


class SnapshotMapping(_Part):
    """A log in which each row is the state of a ticket after a change."""

    mode: Literal["snapshots"]
    source: Source
    ticket: str
    at: str = Field(description="The column of the instant at which the row's state began.")
    order: str | None = Field(
        None, description="A column of whole numbers that orders rows of one instant."
    )
    created: Creation
    lines: Lines
    times: str = Field(description="How instants are written, as strptime has it.")
    nulls: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = Field(",", min_length=1, max_length=1)

    @field_validator("nulls", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("times")
    @classmethod
    def _tells_the_day(cls, times: str) -> str:
        day = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
        try:
            if datetime.strptime(day.strftime(times), times).date() == day.date():  # noqa: DTZ007 – most logs write no zone.
                return times
        except ValueError:
            pass
        raise ValueError("must be a strptime format with year, month and day, as %Y-%m-%d %H:%M")

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            if "\n,".encode(encoding) == b"\n,":
                return encoding
        except LookupError:
            pass
        raise ValueError("must be an encoding that holds ASCII, such as utf-8 or latin-1")

    @property
    def columns(self) -> dict[str, str]:
        """The column of each key of the mapping that names one, by the key's path."""
        found = {"ticket": self.ticket, "at": self.at, "created.at": self.created.at}
        if self.order is not None:
            found["order"] = self.order
        for path, part in (("created", self.created), ("lines", self.lines)):
            for key in type(part).model_fields:
                value = getattr(part, key)
                if isinstance(value, LabelColumn | StatusColumn):
                    found[f"{path}.{key}"] = value.column
        return found

    @property
    def line_names(self) -> tuple[str, ...]:
        """Which of status, team, assignee and priority the log tells."""
        prefix = "lines."
        return tuple(key.removeprefix(prefix) for key in self.columns if key.startswith(prefix))


def find_mapping(name: str) -> SnapshotMapping:
    """The mapping of a file, or the shipped one of a name (`servicenow`).

    Raises:
        WrongInput: there is neither; the shipped names are listed.
        WrongConfiguration: the file is no mapping; names the key.
    """
    path = Path(name)
    shipped = sorted(file.stem for file in SHIPPED.glob("*.yml"))
    if name in shipped:
        path = SHIPPED / f"{name}.yml"
    elif not path.is_file():
        raise WrongInput(
            f"there is no mapping {name!r}",
            f"Name a YAML file, or one of the shipped: {', '.join(shipped)}.",
        )
    return validated(SnapshotMapping, read_document(path), path.name)
