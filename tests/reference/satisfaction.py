"""The CSAT of a ticket: its last rating, the offer it answers, the credit (METRICS.md § 3, 2.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from tests.reference.credit import Credit, of_rating
from tests.reference.history import Deed, History

POSITIVE_SHARE = Fraction(4, 5)


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What a ticket that was offered or rated has; `offered_at` dates its cohort.

    Score, scale and the two flags are NULL while it is not rated.
    """

    offered_at: datetime
    rated_at: datetime | None
    score: Decimal | None
    scale: Decimal | None
    is_positive: bool | None
    is_first_positive: bool | None
    credit: Credit | None

    @property
    def normalised_score(self) -> Fraction | None:
        """How far the score is from 1 to the scale's top, 0 to 1; None while not rated."""
        if self.score is None or self.scale is None:
            return None
        return (Fraction(self.score) - 1) / (Fraction(self.scale) - 1)


def satisfaction(history: History) -> Satisfaction | None:
    """The ticket's CSAT; None when it was neither offered nor rated."""
    offers = [deed for deed in history.deeds if deed.event.type == "csat_offered"]
    ratings = [deed for deed in history.deeds if deed.event.type == "csat_rated"]
    if not ratings:
        return _unrated(history, offers[-1]) if offers else None
    last = ratings[-1]
    before = [offer for offer in offers if offer.place < last.place]
    answered = before[-1] if before else last
    return Satisfaction(
        offered_at=answered.at,
        rated_at=last.at,
        score=_number(last, "score"),
        scale=_number(last, "scale"),
        is_positive=_is_positive(last),
        is_first_positive=_is_positive(ratings[0]),
        credit=of_rating(history, answered),
    )


def _unrated(history: History, offer: Deed) -> Satisfaction:
    credit = of_rating(history, offer)
    return Satisfaction(offer.at, None, None, None, None, None, credit)


def _number(rating: Deed, name: str) -> Decimal:
    return Decimal(str(rating.event.attributes[name]))


def _is_positive(rating: Deed) -> bool:
    score, scale = Fraction(_number(rating, "score")), Fraction(_number(rating, "scale"))
    return score >= POSITIVE_SHARE * scale
