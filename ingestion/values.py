"""The values that fields of an event hold: instants, ids, labels, numbers, and their bounds.

Lengths are in characters and such that, however the text is encoded, the key of the event log
(ticket_key, event_id) and the grain of every rollup stay below the 2,704 bytes that an index of
Postgres can hold: one overlong id must not be able to stop a build.
"""

import math
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

INSTANT_PATTERN = (
    "^[2-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]"
    "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
"""RFC 3339 with seconds and offset, in or after 2000."""

SOURCE_PATTERN = "^[^:]+$"
"""A source may not contain a colon: `source:ticket_id` would not tell two tickets apart."""

EVENT_ID_LENGTH, ID_LENGTH, LABEL_LENGTH = 255, 200, 50


class _Rfc3339:
    """Instants as text of RFC 3339; what is finer than a microsecond is cut off."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        del handler
        return core_schema.chain_schema(
            [
                core_schema.str_schema(pattern=INSTANT_PATTERN, strict=True),
                core_schema.datetime_schema(
                    strict=False,
                    tz_constraint="aware",
                    ge=EARLIEST,
                    microseconds_precision="truncate",
                ),
            ]
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        del handler
        return {"type": "string", "format": "date-time", "pattern": INSTANT_PATTERN}


def _number(low: int | None = None, high: int | None = None, *, above: int | None = None) -> Any:
    """The type of a JSON number within bounds, kept as it was sent: 4 stays 4, 4.5 stays 4.5."""
    bounds = {"minimum": low, "maximum": high, "exclusiveMinimum": above}
    schema = {"type": "number"} | {key: n for key, n in bounds.items() if n is not None}

    def within_bounds(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError("must be a number")  # noqa: TRY004 – pydantic reports ValueErrors.
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("must be a finite number")
        if above is not None and value <= above:
            raise ValueError(f"must be more than {above}")
        if (low is not None and value < low) or (high is not None and value > high):
            raise ValueError(f"must be at least {low}" + (f" and at most {high}" if high else ""))
        return value

    return Annotated[Any, AfterValidator(within_bounds), WithJsonSchema(schema)]


def _scalar(value: object) -> object:
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise ValueError("must be text, a number, true, false or null: custom fields are flat")


Source = Annotated[
    str, StringConstraints(min_length=1, max_length=LABEL_LENGTH, pattern=SOURCE_PATTERN)
]
EventId = Annotated[str, StringConstraints(min_length=1, max_length=EVENT_ID_LENGTH)]
RequiredId = Annotated[str, StringConstraints(min_length=1, max_length=ID_LENGTH)]
Id = Annotated[str, StringConstraints(max_length=ID_LENGTH)]
Label = Annotated[str, StringConstraints(max_length=LABEL_LENGTH)]
Order = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Instant = Annotated[datetime, _Rfc3339]
Seconds = Annotated[int, Field(ge=0, le=100 * 366 * 86_400)]
Status = Literal["new", "open", "pending", "hold", "solved", "closed"]
Presence = Literal["online", "away", "break", "offline"]
Scalar = Annotated[
    Any,
    AfterValidator(_scalar),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]
CsatScore, CsatScale = _number(low=1), _number(above=1)
NpsScore, CesScore, QaScore = _number(0, 10), _number(1, 7), _number(0, 100)
