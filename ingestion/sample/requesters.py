"""Who writes in: customers of three regions, a few of them often, most of them once.

A requester is a number; their region, language and contract follow from it, so nothing about
them needs to be remembered.
"""

from dataclasses import dataclass
from enum import Enum

from ingestion.sample.chance import Dice
from ingestion.sample.clock import HOUR


class Region(Enum):
    """Where a customer lives, which sets when they are awake and what they write in."""

    EMEA = "emea"
    AMERICAS = "americas"
    APAC = "apac"


REGIONS = tuple(Region)
ZONES = {
    Region.EMEA: "Europe/Berlin",
    Region.AMERICAS: "America/New_York",
    Region.APAC: "Asia/Singapore",
}
LANGUAGES = {
    Region.EMEA: ("en", "en", "en", "en", "de", "fr", "es", "en", "en", "pl", "ar"),
    Region.AMERICAS: ("en", "en", "en", "en", "es", "en", "pt"),
    Region.APAC: ("en", "en", "en", "ja", "en"),
}
_ROUGH_OFFSET = {Region.EMEA: HOUR, Region.AMERICAS: -5 * HOUR, Region.APAC: 8 * HOUR}
_UP, _ABED = 7, 23

PER_TICKET = 0.8  # how many requesters there could be to a ticket
EVERY_NTH_HAS_A_CONTRACT = 7


@dataclass(frozen=True, slots=True)
class Requester:
    """One customer."""

    number: int
    region: Region

    @property
    def requester_id(self) -> str:
        """Their id in the source."""
        return f"c-{self.number}"

    @property
    def language(self) -> str:
        """What they write in: an ISO 639-1 code."""
        languages = LANGUAGES[self.region]
        return languages[self.number // len(REGIONS) % len(languages)]

    @property
    def has_contract(self) -> bool:
        """Whether their tickets carry targets."""
        return self.number // len(REGIONS) % EVERY_NTH_HAS_A_CONTRACT == 0


def draw_requester(region: Region, tickets: int, dice: Dice) -> Requester:
    """A customer of the region: the lower the number, the more often they write (as Zipf has it).

    Args:
        region: where they live.
        tickets: how many tickets there are in all: the more, the more people write.
        dice: the chance.
    """
    share = dice.roll()
    rank = int(tickets * PER_TICKET * share * (0.03 + 0.97 * share))
    return Requester(1002 + rank * len(REGIONS) + REGIONS.index(region), region)


def when_awake(region: Region, at: int) -> int:
    """`at`, or in the night there the same minute of the first hour of the morning after."""
    hour = (at + _ROUGH_OFFSET[region]) // HOUR % 24
    if _UP <= hour < _ABED:
        return at
    return at + (_UP - hour) % 24 * HOUR
