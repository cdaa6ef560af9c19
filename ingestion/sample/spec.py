"""What a sample is asked to be: tickets, over days, up to an instant, from a seed."""

import hashlib
from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from deskhouse.errors import WrongInput
from ingestion.sample.clock import DAY, milliseconds

MOST_TICKETS = 100_000_000
MOST_DAYS = 3_660
EARLIEST, LATEST = datetime(2001, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""The event contract takes no instant before 2000; a little room is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSpec:
    """The same spec gives the same events, whatever machine, process or time it runs at.

    Args:
        until: the end of the history, with an offset; no event is later. The caller decides what
            "now" is. Cut to the millisecond.
        tickets: how many are created, exactly.
        days: how many days of 24 hours before `until` the history begins.
        seed: any whole number.

    Raises:
        WrongInput: a value is out of range, or `until` carries no offset.
    """

    until: datetime
    tickets: int = 12_000
    days: int = 120
    seed: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.tickets <= MOST_TICKETS:
            raise WrongInput(
                f"a sample of {self.tickets} tickets cannot be made",
                f"Ask for 1 to {MOST_TICKETS} tickets.",
            )
        if not 1 <= self.days <= MOST_DAYS:
            raise WrongInput(
                f"a sample of {self.days} days cannot be made", f"Ask for 1 to {MOST_DAYS} days."
            )
        if self.until.utcoffset() is None:
            raise WrongInput(
                f"the end of the sample, {self.until.isoformat()}, carries no offset",
                "Write it as in 2026-03-01T00:00:00+00:00.",
            )
        if not EARLIEST + timedelta(days=self.days) <= self.until <= LATEST:
            raise WrongInput(
                f"a sample of {self.days} days up to {self.until.isoformat()} does not lie between"
                " 2001 and 2200",
                "Choose another end or fewer days.",
            )

    @property
    def end(self) -> int:
        """The last millisecond, since 1970, at which anything happens."""
        return milliseconds(self.until)

    @property
    def begin(self) -> int:
        """The millisecond, since 1970, at which the history begins."""
        return self.end - self.days * DAY

    @property
    def mark(self) -> str:
        """Four letters and digits that lead every id of this sample.

        Two samples in one warehouse are two help desks beside each other, not two versions of
        the same tickets.
        """
        text = f"{self.tickets}/{self.days}/{self.seed}/{self.end}"
        return b32encode(hashlib.sha256(text.encode()).digest())[:4].decode().lower()
