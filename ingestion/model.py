"""The event model of METRICS.md § 1: one class per group of types, told apart by `type`.

A field that a class does not declare is unused by its types: it is taken, whatever it holds, and
kept apart (`extra="allow"`). A null stands for an absent value. What a class requires beyond § 1's
"required" is what its type means nothing without: a rating its score, a target its seconds.
Priorities, channels, tags and SLA metrics are labels, and any is taken.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from ingestion.values import (
    CesScore,
    CsatScale,
    CsatScore,
    EventId,
    Id,
    Instant,
    Label,
    NpsScore,
    Order,
    Presence,
    QaScore,
    RequiredId,
    Scalar,
    Seconds,
    Source,
    Status,
)


class Record(BaseModel):
    """What all parts of an event share: strict types, nothing refused for being unknown."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)


class NoAttributes(Record):
    """Where a type uses none: whatever the object holds is unused."""


class Attributes(Record):
    """What may come with any ticket event."""

    tags: list[RequiredId] | None = Field(None, description="All tags of the ticket.")
    custom: dict[str, Scalar] | None = Field(None, description="Custom fields, a flat object.")


class Creation(Attributes):
    """A ticket as it was at its creation, as far as it is known."""

    channel: Label | None = Field(None, description="email, whatsapp, chat, phone, web, …")
    priority: Label | None = Field(None, description="low, normal, high or urgent.")
    status: Status | None = Field(None, description="Default new.")
    team_id: Id | None = None
    assignee_id: Id | None = None
    requester_id: Id | None = None
    calendar_id: Id | None = None
    subject: str | None = None


class CsatRating(Attributes):
    """A rating on a scale of 1 to `scale`."""

    score: CsatScore
    scale: CsatScale
    comment: str | None = None
    reason: str | None = None

    @model_validator(mode="after")
    def _on_scale(self) -> "CsatRating":
        if self.score > self.scale:
            raise ValueError(f"score must be in 1 to its scale, {self.scale}")
        return self


class NpsRating(Attributes):
    """An answer to "would you recommend us"."""

    score: NpsScore


class CesRating(Attributes):
    """An answer to "how easy was it"."""

    score: CesScore


class QaReview(Attributes):
    """A reviewer's verdict."""

    score: QaScore
    agent_id: Id | None = Field(None, description="Who is reviewed; absent: the assignee then.")


class SlaTarget(Attributes):
    """A target that the source set for one SLA metric."""

    metric: RequiredId = Field(description="first_reply, next_reply, requester_wait, …")
    target_seconds: Seconds
    hours: Literal["calendar", "business"]
    policy_id: Id | None = None


class SlaMetric(Attributes):
    """The SLA metric whose target is cleared."""

    metric: RequiredId


class Deletion(Attributes):
    """Why a ticket was deleted."""

    reason: str | None = None


class _Event(Record):
    event_id: EventId = Field(description="Unique within its source.")
    source: Source | None = Field(None, description="The system it came from.")
    occurred_at: Instant = Field(description="When it happened; kept to the microsecond.")
    seq: Order | None = Field(None, description="Order within one instant; default 0.")
    actor_kind: Literal["customer", "agent", "bot", "system"] | None = Field(
        None, description="Default system."
    )
    via_automation: bool | None = Field(None, description="Default false.")
    payload: dict[str, Any] | None = Field(None, description="The source's own record, whole.")


class _TicketEvent(_Event):
    ticket_id: RequiredId
    actor_id: Id | None = Field(None, description="Who did it.")
    attributes: Attributes | None = None


class TicketCreated(_TicketEvent):
    """A ticket came to be; its actor is the submitter."""

    type: Literal["ticket_created"]
    attributes: Creation | None = None


class PlainEvent(_TicketEvent):
    """An event that carries no more than its type."""

    type: Literal["public_reply", "internal_note", "csat_offered", "restored", "redacted"]


class StatusChanged(_TicketEvent):
    """The ticket's status became `to_value`."""

    type: Literal["status_changed"]
    from_value: str | None = None
    to_value: Status


class LabelChanged(_TicketEvent):
    """The ticket's priority or channel became `to_value`."""

    type: Literal["priority_changed", "channel_changed"]
    from_value: str | None = None
    to_value: Label | None = Field(None, description="null: none.")


class IdChanged(_TicketEvent):
    """The ticket's assignee, team or calendar became `to_value`."""

    type: Literal["assignee_changed", "team_changed", "calendar_changed"]
    from_value: str | None = None
    to_value: Id | None = Field(None, description="null: none.")


class TagChanged(_TicketEvent):
    """A tag was added or removed."""

    type: Literal["tag_added", "tag_removed"]
    to_value: RequiredId


class CsatRated(_TicketEvent):
    """The customer rated the ticket."""

    type: Literal["csat_rated"]
    attributes: CsatRating


class NpsRated(_TicketEvent):
    """The customer said how likely a recommendation is."""

    type: Literal["nps_rated"]
    attributes: NpsRating


class CesRated(_TicketEvent):
    """The customer said how easy it was."""

    type: Literal["ces_rated"]
    attributes: CesRating


class QaReviewed(_TicketEvent):
    """A reviewer judged the ticket."""

    type: Literal["qa_reviewed"]
    attributes: QaReview


class SlaTargetSet(_TicketEvent):
    """A target was set for one SLA metric."""

    type: Literal["sla_target_set"]
    attributes: SlaTarget


class SlaTargetCleared(_TicketEvent):
    """The target of one SLA metric was cleared."""

    type: Literal["sla_target_cleared"]
    attributes: SlaMetric


class Merged(_TicketEvent):
    """The ticket was merged into `to_value`."""

    type: Literal["merged"]
    to_value: RequiredId


class Deleted(_TicketEvent):
    """The ticket was deleted."""

    type: Literal["deleted"]
    attributes: Deletion | None = None


class AgentStateChanged(_Event):
    """An agent came, went or took a break; belongs to no ticket."""

    type: Literal["agent_state_changed"]
    actor_id: RequiredId
    from_value: str | None = None
    to_value: Presence
    attributes: NoAttributes | None = None


Event = (
    TicketCreated
    | PlainEvent
    | StatusChanged
    | LabelChanged
    | IdChanged
    | TagChanged
    | CsatRated
    | NpsRated
    | CesRated
    | QaReviewed
    | SlaTargetSet
    | SlaTargetCleared
    | Merged
    | Deleted
    | AgentStateChanged
)

EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])  # type: ignore[arg-type, maybe-unrecognized-str-typeform]  # mypy does not know Annotated here
"""Validates an event of any type."""
