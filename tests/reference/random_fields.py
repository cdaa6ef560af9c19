"""Tags and custom fields for the events of a random log, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

TAGS = ("vip", "VIP", "Ärger", "refund", "a b")
KEYS = ("plan", "seats", "Плaн")
VALUES = ("gold", "", "7", 7, 7.5, 0, -3, True, False, None)


def with_fields(log: Iterable[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """The log with tags and custom fields on some events; equal events stay equal."""
    return [_told(event, seed) for event in log]


def _told(event: dict[str, Any], seed: int) -> dict[str, Any]:
    if event["type"] == "agent_state_changed":
        return event
    random = Random(f"fields {seed} {event['source']} {event['ticket_id']} {event['event_id']}")
    told = dict(event)
    said: dict[str, Any] = {}
    if random.random() < 0.1:
        said["tags"] = random.choices(TAGS, k=random.choice((0, 1, 2, 4)))
    if random.random() < 0.2:
        said["custom"] = {
            random.choice(KEYS): random.choice(VALUES) for _ in range(random.choice((0, 1, 2)))
        }
    if said:
        told["attributes"] = {**event.get("attributes", {}), **said}
    if event["type"] in ("tag_added", "tag_removed"):
        told["to_value"] = random.choice(TAGS)
    return told
