"""Figures as people read them."""

from decimal import Decimal

import pytest

from deskhouse.tables import Column, duration, shown, text_table


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (725, "12m 5s"),
        (3_600, "1h"),
        (3_659, "1h"),
        (5_040, "1h 24m"),
        (266_400, "3d 2h"),
    ],
)
def test_a_duration_shows_its_two_largest_units(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_what_is_not_known_is_a_dash() -> None:
    assert [shown(None, kind) for kind in ("count", "seconds", "share")] == ["–", "–", "–"]


def test_a_table_aligns_names_left_and_numbers_right() -> None:
    columns = (Column("channel", "name"), Column("created"), Column("CSAT", "share"))
    table = text_table(columns, [("email", 1204, Decimal("0.875")), ("chat", 9, None)])
    assert table == (
        "  channel   created   CSAT\n"
        "  -------   -------   ----\n"
        "  email       1,204   88 %\n"
        "  chat            9      –"
    )
