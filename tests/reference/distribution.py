"""Means, shares and percentiles, exact, rounded once to six decimals (METRICS.md § 2.10)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import isqrt

Number = int | Fraction

MILLION = 10**6
Z = Fraction(196, 100)


@dataclass(frozen=True, slots=True)
class Distribution:
    """Ticket-level values summed up; all but count and total are NULL (None) without values."""

    count: int
    total: Number
    mean: Decimal | None
    median: Decimal | None
    p75: Decimal | None
    p90: Decimal | None
    p95: Decimal | None


def distribution(values: Collection[Number]) -> Distribution:
    """Sum up values: seconds in, seconds out."""
    return Distribution(
        count=len(values),
        total=sum(values),
        mean=mean(values),
        median=percentile(values, Fraction(1, 2)),
        p75=percentile(values, Fraction(3, 4)),
        p90=percentile(values, Fraction(9, 10)),
        p95=percentile(values, Fraction(19, 20)),
    )


def mean(values: Collection[Number]) -> Decimal | None:
    """The arithmetic mean; None of nothing."""
    return share(sum(values), len(values))


def share(part: Number, whole: Number) -> Decimal | None:
    """part ÷ whole; None when the whole is nothing."""
    return rounded(Fraction(part) / Fraction(whole)) if whole else None


def percentile(values: Collection[Number], at: Fraction) -> Decimal | None:
    """As SQL's `percentile_cont`: between the two nearest values, in proportion."""
    if not values:
        return None
    ordered = sorted(values)
    position = at * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return rounded(ordered[below] + (position - below) * (ordered[above] - ordered[below]))


def wilson(good: int, total: int) -> tuple[Decimal, Decimal] | None:
    """The 95 % Wilson interval (z = 1.96) of a share; None of nothing."""
    if not total:
        return None
    p, z2 = Fraction(good, total), Z * Z
    middle = p + z2 / (2 * total)
    spread = Z * _root(p * (1 - p) / total + z2 / (4 * total * total))
    scale = 1 + z2 / total
    return rounded((middle - spread) / scale), rounded((middle + spread) / scale)


def rounded(value: Number) -> Decimal:
    """To six decimals, halves away from zero, as Postgres rounds numeric."""
    millionths = abs(Fraction(value)) * MILLION
    nearest = int(millionths + Fraction(1, 2))
    return Decimal(nearest if value >= 0 else -nearest).scaleb(-6)


def _root(value: Fraction) -> Fraction:
    """The square root, cut after thirty decimals."""
    scale = 10**30
    return Fraction(isqrt(value.numerator * scale * scale // value.denominator), scale)
