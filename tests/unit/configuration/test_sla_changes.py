"""Which tickets other policies give other targets."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from deskhouse.configuration.sla_changes import Region, Values, differing
from deskhouse.configuration.sla_policies import Policy

ANY = Values((), is_all_but=True)
JANUARY, MARCH = date(2026, 1, 1), date(2026, 3, 1)
REST = Policy(9, "rest", None, None, None, "first_reply", "calendar", 900, None)
URGENT = replace(REST, position=1, policy_id="urgent", priority="urgent", target_seconds=60)


def only(*names: str) -> Values:
    return Values(names, is_all_but=False)


def all_but(*names: str) -> Values:
    return Values(names, is_all_but=True)


def test_the_same_policies_differ_nowhere() -> None:
    assert differing((URGENT, REST), (REST, URGENT)) == ()
    assert differing((), ()) == ()


def test_the_first_policy_of_all_concerns_every_ticket() -> None:
    assert differing((), (REST,)) == (Region(None, None, ANY, ANY, ANY),)
    assert differing((REST,), ()) == (Region(None, None, ANY, ANY, ANY),)


def test_a_policy_in_front_concerns_those_that_match_it() -> None:
    expected = (Region(None, None, only("urgent"), ANY, ANY),)
    assert differing((REST,), (URGENT, REST)) == expected


def test_a_policy_behind_concerns_those_that_are_left_to_it() -> None:
    longer = replace(REST, target_seconds=1000)
    expected = (Region(None, None, all_but("urgent"), ANY, ANY),)
    assert differing((URGENT, REST), (URGENT, longer)) == expected


def test_each_of_what_a_policy_gives_is_a_difference() -> None:
    for other in (
        replace(REST, target_seconds=901),
        replace(REST, hours="business"),
        replace(REST, policy_id="other"),
        replace(REST, metric="resolution"),
    ):
        assert differing((REST,), (other,)) == (Region(None, None, ANY, ANY, ANY),)


def test_other_numbers_in_the_same_order_differ_nowhere() -> None:
    moved = (replace(URGENT, position=7), replace(REST, position=8))
    assert differing((URGENT, REST), moved) == ()


def test_a_policy_that_is_never_reached_differs_nowhere() -> None:
    shadowed = replace(REST, position=10, channel="chat", target_seconds=5)
    assert differing((REST,), (REST, shadowed)) == ()


def test_one_of_another_metric_is_tried_apart() -> None:
    resolution = replace(REST, metric="resolution", position=1, channel="chat")
    expected = (Region(None, None, ANY, only("chat"), ANY),)
    assert differing((REST,), (REST, resolution)) == expected


def test_a_dated_policy_concerns_what_is_after_its_date() -> None:
    dated = replace(URGENT, valid_from=MARCH)
    expected = (Region(MARCH, None, only("urgent"), ANY, ANY),)
    assert differing((REST,), (REST, dated)) == expected


def test_another_date_concerns_what_lies_between_the_two() -> None:
    earlier, later = replace(URGENT, valid_from=JANUARY), replace(URGENT, valid_from=MARCH)
    expected = (Region(JANUARY, MARCH, only("urgent"), ANY, ANY),)
    assert differing((earlier, REST), (later, REST)) == expected


def test_a_date_at_which_nothing_of_it_differs_cuts_nothing() -> None:
    chat = replace(REST, position=2, channel="chat", valid_from=MARCH)
    longer = replace(REST, target_seconds=1000)
    assert differing((URGENT, chat, REST), (URGENT, chat, longer)) == (
        Region(None, MARCH, all_but("urgent"), ANY, ANY),
        Region(MARCH, None, all_but("urgent"), all_but("chat"), ANY),
    )
    assert differing((chat, REST), (replace(chat, position=3), longer)) == (
        Region(None, MARCH, ANY, ANY, ANY),
        Region(MARCH, None, ANY, all_but("chat"), ANY),
    )
    everywhere = replace(REST, position=1, valid_from=MARCH)
    two = (URGENT, replace(everywhere, position=2, metric="resolution"))
    assert differing((), two) == (
        Region(None, MARCH, only("urgent"), ANY, ANY),
        Region(MARCH, None, ANY, ANY, ANY),
    )


_NAMES = st.sampled_from((None, "a", "b"))
_POLICIES = st.lists(
    st.builds(
        Policy,
        position=st.just(0),
        policy_id=st.sampled_from(("p", "q")),
        priority=st.sampled_from((None, "low", "high")),
        channel=_NAMES,
        team_id=_NAMES,
        metric=st.sampled_from(("first_reply", "resolution")),
        hours=st.just("calendar"),
        target_seconds=st.integers(0, 2),
        valid_from=st.sampled_from((None, JANUARY, MARCH)),
    ),
    max_size=5,
).map(lambda found: [replace(policy, position=at) for at, policy in enumerate(found)])


def target(
    policies: Iterable[Policy], metric: str, has: tuple[str | None, ...], day: date
) -> tuple[str, int] | None:
    """What a ticket is given, as METRICS.md § 5 says it."""
    for policy in sorted(policies, key=lambda one: one.position):
        wants = (policy.priority, policy.channel, policy.team_id)
        if (
            policy.metric == metric
            and (policy.valid_from is None or policy.valid_from <= day)
            and all(want is None or want == of for want, of in zip(wants, has, strict=True))
        ):
            return policy.policy_id, policy.target_seconds
    return None


def is_in(region: Region, has: tuple[str | None, ...], day: date) -> bool:
    return (
        (region.valid_from is None or region.valid_from <= day)
        and (region.valid_to is None or day < region.valid_to)
        and all(
            (value in some.names) is not some.is_all_but
            for some, value in zip(
                (region.priorities, region.channels, region.teams), has, strict=True
            )
        )
    )


@given(_POLICIES, _POLICIES)
def test_regions_hold_exactly_what_is_given_another_target(
    before: list[Policy], now: list[Policy]
) -> None:
    regions = differing(before, now)
    days = (date(2025, 1, 1), JANUARY, MARCH)
    values = product((None, "low", "high"), (None, "a", "b"), (None, "a", "b", "c"))
    for has, day in product(values, days):
        is_other = any(
            target(before, metric, has, day) != target(now, metric, has, day)
            for metric in ("first_reply", "resolution")
        )
        assert any(is_in(region, has, day) for region in regions) is is_other
