"""Tags and custom fields of a ticket as of its last event that counts (METRICS.md § 1, § 2.1, 2.7).

Read so, where METRICS.md is silent: `tags` with an event are all tags of the ticket after it, also
beside a `tag_added` of its own; `custom` sets the fields that it names and leaves the others, a
null unsets one. An event counts if the ticket is not deleted and not merged before it: so the
deletion, the restore and the merge themselves do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.reference.events import Event, TicketLog, in_order


@dataclass(frozen=True, slots=True)
class Fields:
    """The tags in the order of their code points, and the custom fields by name."""

    tags: tuple[str, ...]
    custom_fields: dict[str, Any]


def fields(log: TicketLog) -> Fields:
    """What the events of one ticket leave it with."""
    tags: set[str] = set()
    custom: dict[str, Any] = {}
    for event in _counting(log):
        if event.attributes.get("tags") is not None:
            tags = set(event.attributes["tags"])
        elif event.type == "tag_added":
            tags.add(str(event.to_value))
        elif event.type == "tag_removed":
            tags.discard(str(event.to_value))
        custom.update(event.attributes.get("custom") or {})
    set_ones = {name: value for name, value in custom.items() if value is not None}
    return Fields(tuple(sorted(tags)), set_ones)


def _counting(log: TicketLog) -> list[Event]:
    counting: list[Event] = []
    is_deleted = False
    for step in in_order(log):
        if is_deleted and step.event.type != "restored":
            continue
        counting.append(step.event)
        is_deleted = step.event.type == "deleted"
        if step.event.type == "merged":
            break
    return counting
