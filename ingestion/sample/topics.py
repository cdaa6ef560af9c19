"""What tickets are about: which team they are for, how urgent they are, how hard."""

from dataclasses import dataclass

from ingestion.sample.chance import Odds
from ingestion.sample.people import Team


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """A kind of request.

    `ease` is added to the chance that an answer settles it; `has_order` and `has_product` say
    which custom fields its tickets carry.
    """

    name: str
    team: Team
    ease: float
    priorities: Odds[str]
    has_order: bool = False
    has_product: bool = False


_USUAL = Odds((("normal", 74), ("low", 12), ("high", 12), ("urgent", 2)))
_PRESSING = Odds((("normal", 48), ("high", 40), ("urgent", 12)))
_IDLE = Odds((("low", 55), ("normal", 43), ("high", 2)))

DELIVERY = Topic("delivery", Team.ORDERS, 0.08, _USUAL, has_order=True)
RETURN = Topic("return", Team.ORDERS, 0.0, _USUAL, has_order=True, has_product=True)
ORDER_CHANGE = Topic("order_change", Team.ORDERS, 0.12, _PRESSING, has_order=True)
SETUP = Topic("setup", Team.TECHNICAL, 0.02, _USUAL, has_product=True)
DEFECT = Topic("defect", Team.TECHNICAL, -0.12, _USUAL, has_order=True, has_product=True)
CONNECTION = Topic("connection", Team.TECHNICAL, -0.06, _PRESSING, has_product=True)
INVOICE = Topic("invoice", Team.BILLING, 0.08, _USUAL, has_order=True)
PAYMENT = Topic("payment", Team.BILLING, -0.02, _PRESSING, has_order=True)
SIGN_IN = Topic("sign_in", Team.ACCOUNTS, 0.1, _PRESSING)
CANCELLATION = Topic("cancellation", Team.ACCOUNTS, 0.02, _USUAL)
FEEDBACK = Topic("feedback", Team.ACCOUNTS, 0.15, _IDLE, has_product=True)
OUTAGE = Topic("outage", Team.TECHNICAL, -0.08, _PRESSING, has_product=True)
"""The incident's own; on other days nobody writes about it."""

_PARTS = (
    (DELIVERY, 24),
    (RETURN, 12),
    (ORDER_CHANGE, 6),
    (SETUP, 11),
    (DEFECT, 9),
    (CONNECTION, 8),
    (INVOICE, 7),
    (PAYMENT, 7),
    (SIGN_IN, 8),
    (CANCELLATION, 4),
    (FEEDBACK, 4),
)
TOPICS: Odds[Topic] = Odds(_PARTS)
TOPICS_AFTER_INVOICES: Odds[Topic] = Odds(
    [(topic, part * (2 if topic.team is Team.BILLING else 1)) for topic, part in _PARTS]
)
"""In the first days of a month, when invoices have gone out."""
