"""The event contract: what an object must be to land as an event, and its published schema.

`check` takes an object as JSON has it and gives the row to land, or the reason why it is none.
Fields that the event's type does not use are no reason: they stand under `payload["_unused"]`,
those of `attributes` in an object of that name there. A null, and where a text may be absent an
empty text, stand for an absent value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ingestion.delivery import NOTHING, EventRow
from ingestion.model import EVENT, Event, Record
from ingestion.values import INSTANT_PATTERN, SOURCE_PATTERN

AHEAD = timedelta(hours=24)
"""How far after its receipt an event may be dated."""

UNNAMED_SOURCE = "unknown"
"""The source of an event that names none, where nobody named one for it."""

UNUSED = "_unused"

# In the words of JSON, where pydantic speaks Python.
_WORDS = {
    "string_too_short": "missing",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
}

_validate = EVENT.validator.validate_python


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is no event: one line that names the field."""

    reason: str


def check(
    record: Mapping[str, Any], *, received_at: datetime, source: str | None = None
) -> EventRow | Refusal:
    """Hold one object against the contract.

    `source` is the source of events that name none; one that names another is refused.
    """
    try:
        event = _validate(record)
    except ValidationError as error:
        return Refusal(_reason(error))
    if event.occurred_at > received_at + AHEAD:
        return Refusal("occurred_at: is more than 24 h after its receipt")
    if source is not None and event.source is not None and event.source != source:
        return Refusal(f"source: is {event.source!r}, not {source!r} as the delivery says")
    return _row(event, event.source or source or UNNAMED_SOURCE)


def event_schema() -> dict[str, Any]:
    """The contract as a JSON Schema (2020-12).

    What no schema can say is left to `check`: a date that is none (31 February), an instant
    against the receipt, a score against its own scale.
    """
    schema = EVENT.json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Deskhouse event",
        "description": "One line of NDJSON that `deskhouse ingest events` takes.",
        **schema,
    }


def _row(event: Event, source: str) -> EventRow:
    fields = event.__dict__
    attributes: Record | None = fields.get("attributes")
    # In the order of EventRow: this runs for every event, and names would double its time.
    return EventRow(
        event.event_id,
        source,
        fields.get("ticket_id"),
        event.type,
        event.occurred_at,
        event.seq or 0,
        event.actor_id or None,
        event.actor_kind or "system",
        event.via_automation or False,
        fields.get("from_value") or None,
        fields.get("to_value") or None,
        _given(attributes.__dict__) if attributes is not None else NOTHING,
        _payload(event.payload, event.model_extra, attributes),
    )


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _payload(
    payload: Mapping[str, Any] | None,
    unknown: Mapping[str, Any] | None,
    attributes: Record | None,
) -> Mapping[str, Any]:
    """The source's own record, and what the event's type does not use beside it."""
    payload = payload or NOTHING
    unused = _present(unknown) if unknown else {}
    if attributes is not None and (of_attributes := _present(attributes.model_extra or NOTHING)):
        unused["attributes"] = of_attributes
    if not unused:
        return payload
    if UNUSED in payload:
        unused["payload"] = {UNUSED: payload[UNUSED]}
    return {**payload, UNUSED: unused}


def _reason(error: ValidationError) -> str:
    details = error.errors(include_url=False)
    reasons = [_one_reason(detail) for detail in details[:3]]
    if len(details) > len(reasons):
        reasons.append(f"{len(details) - len(reasons)} more")
    return "; ".join(reasons)


def _one_reason(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "union_tag_invalid" and detail["input"]["type"] is not None:
        return f"type: unknown, {context['tag'][:40]!r}"
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        return "type: missing"
    if not detail["loc"]:
        return "not a JSON object"
    field = ".".join(str(part) for part in detail["loc"][1:]) or "event"
    if kind == "missing" or detail["input"] is None:
        return f"{field}: missing"
    return f"{field}: {_problem(kind, context, detail)}"


def _problem(kind: str, context: Mapping[str, Any], detail: ErrorDetails) -> str:
    if kind == "string_pattern_mismatch" and context["pattern"] == INSTANT_PATTERN:
        return "must be RFC 3339 with an offset, in or after 2000 (as 2026-01-31T09:30:00Z)"
    if kind == "string_pattern_mismatch" and context["pattern"] == SOURCE_PATTERN:
        return "may not contain ':'"
    if kind == "literal_error":
        return f"must be {context['expected']}, not {str(detail['input'])[:40]!r}"
    if kind in _WORDS:
        return _WORDS[kind]
    message = detail["msg"].removeprefix("Value error, ")
    _, found, rest = message.partition(" should ")
    return f"must {rest}" if found else message
