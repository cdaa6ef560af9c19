"""What arrives when: most events at once, some late, some twice, all in order of arrival.

Events wait here for their arrival, in the hour it falls in; what the present hour brings is
sorted and handed on. So what is held at any time is what is on its way, a few days' worth.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby

from ingestion.delivery import Delivery, EventRow
from ingestion.sample.chance import Dice, Odds, Spread
from ingestion.sample.clock import DAY, HOUR, MINUTE, SECOND, instant
from ingestion.sample.story import Told

MOST_EVENTS = 20_000
"""A delivery is a day, or as much of one as this."""

PROMPT = Spread(150, 900, 3 * SECOND, 25 * SECOND)
DELAYED = Spread(20 * SECOND, 3 * MINUTE, 10 * MINUTE, 15 * MINUTE)
LATE = Spread(15 * MINUTE, 90 * MINUTE, 9 * HOUR, DAY)
VERY_LATE = Spread(DAY, 30 * HOUR, 3 * DAY, 5 * DAY)
LAGS = Odds(((PROMPT, 960), (DELAYED, 25), (LATE, 12), (VERY_LATE, 3)))

CREATION_LATE = 0.001
UNTIL_CREATION = Spread(20 * MINUTE, 5 * HOUR, 20 * HOUR, 2 * DAY)
REPEATED = 0.012
UNTIL_REPEATED = Spread(5 * SECOND, 10 * MINUTE, 20 * HOUR, 3 * DAY)


class InTransit:
    """Events on their way, from the first millisecond of the sample to the last.

    What a telephone dated too early arrives no earlier than it was sent, and by the end all
    that has happened has arrived.
    """

    def __init__(self, dice: Dice, begin: int, end: int) -> None:
        self._dice, self._now, self._end = dice, begin, end
        self._by_hour: defaultdict[int, list[tuple[int, int, EventRow]]] = defaultdict(list)
        self._sent = 0

    def send(self, events: Iterable[Told]) -> None:
        """Put events on their way; those after the end never happen."""
        dice, end = self._dice, self._end
        creation = 0
        for at, row in events:
            if at > end:
                continue
            if row.type != "ticket_created":
                arrives = max(at + dice.lasts(dice.draw(LAGS)), creation)
            elif dice.happens(CREATION_LATE):
                arrives = at + dice.lasts(UNTIL_CREATION)
            else:
                # A prompt creation comes before all that follows it.
                creation = arrives = at + dice.lasts(PROMPT)
            self._arrives(arrives, row)
            if dice.happens(REPEATED):
                self._arrives(arrives + dice.lasts(UNTIL_REPEATED), row)

    def arrived(self, hour: int) -> list[EventRow]:
        """Take what arrives in an hour (counted from 1970), in order of arrival."""
        self._now = (hour + 1) * HOUR
        arrived = self._by_hour.pop(hour, [])
        arrived.sort()
        return [row for _, _, row in arrived]

    def _arrives(self, at: int, row: EventRow) -> None:
        self._sent += 1
        at = min(max(at, self._now), self._end)
        # The count keeps two of one instant in order, and rows from being compared.
        self._by_hour[at // HOUR].append((at, self._sent, row))


def packed(hours: Iterable[tuple[int, list[EventRow]]]) -> Iterator[Delivery]:
    """Deliveries of a day each, in UTC, or of `MOST_EVENTS`; never an empty one.

    Args:
        hours: each hour, counted from 1970, with what arrives in it.
    """
    for day, of_day in groupby(hours, key=_day_of):
        part, packing = 1, list[EventRow]()
        for _, arrived in of_day:
            packing += arrived
            while len(packing) >= MOST_EVENTS:
                yield _delivery(day, part, packing[:MOST_EVENTS])
                part, packing = part + 1, packing[MOST_EVENTS:]
        if packing:
            yield _delivery(day, part, packing)


def _day_of(hour: tuple[int, list[EventRow]]) -> int:
    return hour[0] * HOUR // DAY


def _delivery(day: int, part: int, events: list[EventRow]) -> Delivery:
    name = f"sample {instant(day * DAY).date()}"
    return Delivery(name if part == 1 else f"{name}, part {part}", tuple(events))
