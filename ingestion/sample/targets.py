"""What a contract promises: the targets that the help desk sets for its SLA metrics."""

from ingestion.sample.arrivals import CHAT, EMAIL, PHONE, WEB, WHATSAPP
from ingestion.sample.people import SYSTEM
from ingestion.sample.story import Story

POLICY = "contract"
ROUND_THE_CLOCK = "round_the_clock"
"""The calendar that a few tickets are promised; configuration may or may not know it."""

FIRST_REPLY = {
    CHAT: (180, "calendar"),
    PHONE: (600, "calendar"),
    WHATSAPP: (1_800, "calendar"),
    EMAIL: (8 * 3_600, "business"),
    WEB: (8 * 3_600, "business"),
}
"""By channel: seconds, and in which hours they count."""

RESOLUTION = {"urgent": 8 * 3_600, "high": 24 * 3_600, "normal": 72 * 3_600, "low": 120 * 3_600}
"""By priority: seconds of business time."""

GIVEN_A_CALENDAR = 0.04


def set_targets(story: Story) -> None:
    """At creation: what the requester's contract promises; without a contract, nothing."""
    if not story.arrival.requester.has_contract:
        return
    seconds, hours = FIRST_REPLY[story.channel]
    _set(story, "first_reply", seconds, hours)
    _promise_resolution(story)
    if story.dice.happens(GIVEN_A_CALENDAR):
        story.is_timed_by(ROUND_THE_CLOCK, SYSTEM)


def follow_priority(story: Story) -> None:
    """After a change of priority: another time for the resolution."""
    if story.arrival.requester.has_contract:
        _promise_resolution(story)


def end_promise(story: Story) -> None:
    """The contract has run out: its promise of a resolution, and its calendar, are taken back."""
    if story.arrival.requester.has_contract:
        story.record("sla_target_cleared", SYSTEM, attributes={"metric": "resolution"})
        story.is_timed_by(None, SYSTEM)


def _promise_resolution(story: Story) -> None:
    _set(story, "resolution", RESOLUTION[story.priority or "normal"], "business")


def _set(story: Story, metric: str, seconds: int, hours: str) -> None:
    story.record(
        "sla_target_set",
        SYSTEM,
        attributes={
            "metric": metric,
            "target_seconds": seconds,
            "hours": hours,
            "policy_id": POLICY,
        },
    )
