"""Chance that falls the same everywhere.

`random.Random(seed).random()` is the one method whose sequence Python promises to keep between
versions, and `+ - * /` are exact to the bit on every machine, where `exp` and `pow` are not. So
everything here is made of those alone: no `choices`, `shuffle`, `gauss` or `lognormvariate`, nor
`sum` of fractions, which Python 3.12 began to round otherwise.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something takes, in milliseconds: least, median, 90th percentile, most.

    Even up to the median, then ever thinner: about the shape of waiting times at help desks.
    """

    least: int
    median: int
    p90: int
    most: int

    def at(self, share: float) -> float:
        """The duration below which this share (0 to 1) of all durations falls."""
        if share < 0.5:
            return self.least + (self.median - self.least) * 2 * share
        if share < 0.9:
            return self.median + (self.p90 - self.median) * _rise((share - 0.5) / 0.4)
        return self.p90 + (self.most - self.p90) * _rise((share - 0.9) * 10)


def _rise(share: float) -> float:
    """From 0 to 1, slowly first: what thins a tail out."""
    return share * (0.4 + 0.6 * share * share)


class Odds(Generic[T]):
    """Outcomes and how likely each is, in parts of any sum."""

    __slots__ = ("bounds", "outcomes")

    def __init__(self, parts: Sequence[tuple[T, float]]) -> None:
        self.outcomes = tuple(outcome for outcome, _ in parts)
        self.bounds = tuple(accumulate(part for _, part in parts))

    def at(self, share: float) -> T:
        """The outcome in whose stretch of the odds this share (0 to 1, exclusive) falls."""
        last = len(self.bounds) - 1
        return self.outcomes[bisect_right(self.bounds, share * self.bounds[-1], 0, last)]


class Dice:
    """All the chance of one sample, from its seed."""

    __slots__ = ("roll",)

    def __init__(self, seed: str) -> None:
        # A text seed is hashed by SHA-512, never by the process's own hash.
        self.roll = Random(seed).random  # noqa: S311 - no secret: it must come out the same again
        """The next share, from 0 to 1, exclusive."""

    def happens(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.roll() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, exclusive, each as likely."""
        return low + int(self.roll() * (high - low))

    def pick(self, among: Sequence[T]) -> T:
        """One of them, each as likely."""
        return among[int(self.roll() * len(among))]

    def draw(self, odds: Odds[T]) -> T:
        """One outcome."""
        return odds.at(self.roll())

    def lasts(self, spread: Spread, stretched: float = 1.0) -> int:
        """A duration in milliseconds, stretched by a factor."""
        return int(spread.at(self.roll()) * stretched)
