"""When tickets come, from where, on which channel and about what.

Every hour of the history has a weight: how many people of each region write on each channel at
that hour of their day and week, times slow growth, the day's own mood, and an incident. The hours
share the tickets in proportion, so that there are exactly as many as were asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, reduce
from operator import add
from zoneinfo import ZoneInfo

from ingestion.sample.chance import Dice, Odds, Spread
from ingestion.sample.clock import DAY, HOUR, MINUTE, instant, milliseconds
from ingestion.sample.people import TUESDAY, Team
from ingestion.sample.requesters import REGIONS, ZONES, Region, Requester, draw_requester
from ingestion.sample.spec import SampleSpec
from ingestion.sample.topics import OUTAGE, TOPICS, TOPICS_AFTER_INVOICES, Topic

EMAIL, WHATSAPP, CHAT, PHONE, WEB = CHANNELS = ("email", "whatsapp", "chat", "phone", "web")

REGION_SHARE = {Region.EMEA: 0.60, Region.AMERICAS: 0.28, Region.APAC: 0.12}
CHANNEL_SHARE = {EMAIL: 0.34, WHATSAPP: 0.17, CHAT: 0.24, PHONE: 0.12, WEB: 0.13}
# For each local hour of the day, how lively a channel is.
HOURS = {
    EMAIL: (1, 1, 1, 1, 1, 2, 3, 6, 9, 11, 11, 10, 9, 9, 10, 10, 9, 7, 6, 5, 5, 4, 3, 2),
    WHATSAPP: (1, 1, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 9, 8, 8, 8, 9, 10, 11, 12, 12, 10, 7, 3),
    CHAT: (1, 1, 1, 1, 1, 1, 2, 4, 8, 10, 11, 11, 10, 11, 11, 10, 10, 9, 8, 8, 8, 6, 4, 2),
    PHONE: (0, 0, 0, 0, 0, 0, 0, 2, 9, 13, 13, 12, 9, 11, 12, 11, 9, 5, 2, 1, 0, 0, 0, 0),
    WEB: (1, 1, 1, 1, 1, 1, 2, 5, 8, 10, 10, 10, 9, 9, 10, 9, 8, 7, 7, 7, 7, 6, 4, 2),
}
WEEKDAY = (1.18, 1.08, 1.04, 1.0, 0.94, 0.50, 0.42)
GROWTH = 0.12  # over the whole history
MOOD = 0.14  # how far a day may lie from the usual, up or down

DUPLICATES = 0.028  # of tickets, followed by another of the same requester about the same
UNTIL_REPEATED = Spread(2 * MINUTE, 70 * MINUTE, 9 * HOUR, 20 * HOUR)
DAYS_AFTER_INVOICES = 4
FIRST_NUMBER = 1001

FEWEST_DAYS_WITH_INCIDENT = 14
INCIDENT_AT = 0.6  # of the history
INCIDENT_HOURS = range(8, 20)  # by the clock of EMEA
INCIDENT_EXTRA = 2.0  # times what the whole day would bring
INCIDENT_CHANNELS = Odds(((CHAT, 68), (WHATSAPP, 12), (EMAIL, 8), (PHONE, 7), (WEB, 5)))


@dataclass(frozen=True, slots=True)
class Incident:
    """A bad day: something breaks, and the technical team's chat fills up, [start, end)."""

    start: int
    end: int

    def load(self, team: Team, at: int) -> float:
        """How much longer than on other days a ticket waits."""
        if not self.start <= at < self.end + DAY:
            return 1.0
        if at >= self.end:
            return 1.5
        return 6.0 if team is Team.TECHNICAL else 1.6

    def spoils(self, team: Team, at: int) -> bool:
        """Whether a ticket of that team, created then, leaves people less content."""
        return team is Team.TECHNICAL and self.start <= at < self.end


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A ticket to be: `duplicate_of` is the number of the one that it repeats."""

    at: int
    number: int
    channel: str
    requester: Requester
    topic: Topic
    duplicate_of: int | None = None


def find_incident(spec: SampleSpec) -> Incident | None:
    """The bad day, a Tuesday, Wednesday or Thursday; a short history has none."""
    if spec.days < FEWEST_DAYS_WITH_INCIDENT:
        return None
    clock = ZoneInfo(ZONES[Region.EMEA])
    at = spec.begin + int(spec.days * DAY * INCIDENT_AT)
    day = instant(at).astimezone(clock).date()
    while day.weekday() not in range(TUESDAY, TUESDAY + 3):
        at += DAY
        day = instant(at).astimezone(clock).date()
    start, end = (
        milliseconds(datetime(day.year, day.month, day.day, hour, tzinfo=clock))
        for hour in (INCIDENT_HOURS.start, INCIDENT_HOURS.stop)
    )
    return Incident(start, end)


@dataclass(frozen=True, slots=True)
class _Hour:
    """An hour's part of the history, [start, end): who writes how, and how much it brings."""

    start: int
    end: int
    writers: Odds[tuple[Region, str]]
    usual: float
    extra: float


@dataclass(frozen=True, slots=True)
class _Repeat:
    """A ticket that will repeat another."""

    at: int
    first: Arrival


def arrivals(spec: SampleSpec, incident: Incident | None) -> Iterator[list[Arrival]]:
    """Every ticket of the sample, hour by hour (empty hours too), in order of creation.

    Numbers follow that order and begin at 1001.
    """
    dice = Dice(f"{spec.seed}/arrivals")
    # Not `sum`, which rounds otherwise from Python 3.12 on.
    total = reduce(add, (hour.usual + hour.extra for hour in _hours(spec, incident)))
    reached, given = 0.0, 0
    coming: list[_Repeat] = []
    for hour in _hours(spec, incident):
        reached += hour.usual + hour.extra
        # The last hour reaches the very sum that it is divided by.
        slots = int(spec.tickets * (reached / total)) - given
        due = [repeat for repeat in coming if repeat.at < hour.end][:slots]
        coming = [repeat for repeat in coming if repeat.at >= hour.end]
        moments: list[tuple[int, _Repeat | None]] = [
            # One that follows within the hour is taken up at the next.
            (max(repeat.at, hour.start), repeat)
            for repeat in due
        ]
        moments += [(dice.between(hour.start, hour.end), None) for _ in range(slots - len(due))]
        moments.sort(key=_instant_of)
        arrived = []
        for at, repeat in moments:
            given += 1
            number = FIRST_NUMBER + given - 1
            arrived.append(
                _repeated(at, number, repeat.first, dice)
                if repeat
                else _new(at, number, hour, spec, dice)
            )
        coming += [
            _Repeat(one.at + dice.lasts(UNTIL_REPEATED), one)
            for one in arrived
            if one.duplicate_of is None and dice.happens(DUPLICATES)
        ]
        yield arrived


def _instant_of(moment: tuple[int, _Repeat | None]) -> int:
    return moment[0]


def _repeated(at: int, number: int, first: Arrival, dice: Dice) -> Arrival:
    channel = dice.pick((EMAIL, WEB, WHATSAPP, first.channel))
    channel = EMAIL if channel == PHONE else channel
    return Arrival(at, number, channel, first.requester, first.topic, first.number)


def _new(at: int, number: int, hour: _Hour, spec: SampleSpec, dice: Dice) -> Arrival:
    region, channel = dice.draw(hour.writers)
    requester = draw_requester(region, spec.tickets, dice)
    if dice.roll() * (hour.usual + hour.extra) < hour.extra:
        return Arrival(at, number, dice.draw(INCIDENT_CHANNELS), requester, OUTAGE)
    month_begins = instant(at).day <= DAYS_AFTER_INVOICES
    topic = dice.draw(TOPICS_AFTER_INVOICES if month_begins else TOPICS)
    return Arrival(at, number, channel, requester, topic)


def _hours(spec: SampleSpec, incident: Incident | None) -> Iterator[_Hour]:
    """The history cut at full hours, each with its weight; an ordinary weekday sums to about 1."""
    moods = Dice(f"{spec.seed}/moods")
    clocks = [ZoneInfo(ZONES[region]) for region in REGIONS]
    mood, start = 1.0, spec.begin
    while start < spec.end:
        end = min((start // HOUR + 1) * HOUR, spec.end)
        if start % DAY == 0 or start == spec.begin:
            mood = 1 - MOOD + 2 * MOOD * moods.roll()
        now = instant(start)
        local = [now.astimezone(clock) for clock in clocks]
        writers, weight = _writers(tuple((there.weekday(), there.hour) for there in local))
        grown = 1 + GROWTH * ((start - spec.begin) / (spec.end - spec.begin))
        part = (end - start) / HOUR
        is_bad = incident is not None and incident.start <= start < incident.end
        extra = grown * INCIDENT_EXTRA / len(INCIDENT_HOURS) if is_bad else 0.0
        yield _Hour(start, end, writers, weight * grown * mood * part, extra * part)
        start = end


@cache
def _writers(local: tuple[tuple[int, int], ...]) -> tuple[Odds[tuple[Region, str]], float]:
    """Who writes how, and how much in all, when it is this weekday and hour in each region."""
    parts = [
        (
            (region, channel),
            REGION_SHARE[region]
            * CHANNEL_SHARE[channel]
            * WEEKDAY[weekday]
            * (HOURS[channel][hour] / sum(HOURS[channel])),
        )
        for region, (weekday, hour) in zip(REGIONS, local, strict=True)
        for channel in CHANNELS
    ]
    odds = Odds(parts)
    return odds, odds.bounds[-1]
