"""Who is credited with what, by hand-made tickets (METRICS.md § 2.8), and the CSAT of a ticket."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.reference.aggregates import SPEEDS, csat, everything
from tests.reference.configuration import AgentRow, Configuration, TeamRow
from tests.reference.hand_made import (
    assigned,
    at,
    created,
    dated,
    event,
    offer,
    only,
    rating,
    reply,
    row,
    status,
)

# Credit


def test_a_resolution_is_its_actors_else_the_assignees_of_that_instant() -> None:
    base = created(), assigned(5, "b", seq=9)
    assert row(*base, status(5, "solved", "agent:a")).resolver_id == "a"
    assert row(*base, status(5, "solved", "agent:a", via_automation=True)).resolver_id == "b"
    assert row(*base, status(5, "solved", "agent")).resolver_id == "b"
    assert row(*base, status(5, "solved", "customer:c")).resolver_id == "b"
    assert row(created(), status(5, "solved", "customer:c")).resolver_id is None
    twice = status(5, "solved", "agent:a", seq=1), status(5, "closed", "agent:d", seq=2)
    assert row(*base, *twice).resolver_id == "d"


def test_a_reopen_goes_to_whom_the_resolution_was_credited_as_a_person_of_that_day() -> None:
    agents = (AgentRow("s", "a", "ann"), AgentRow("s", "a", "bob", False, date(2026, 3, 3)))
    persons = Configuration(agents=agents)
    log = created(), status(5, "solved", "agent:a"), status(2000, "open", "agent:z")
    reopen = only("reopen", dated(*log, configuration=persons))
    assert (reopen.account, reopen.agent_id) == ("a", "ann")
    later = only("agent_reply", dated(created(), reply(2000), configuration=persons))
    assert later.agent_id == "bob"


def test_a_team_is_the_houses_of_the_day_and_an_unmapped_id_carries_its_source() -> None:
    teams = (TeamRow("s", "t", "billing"), TeamRow("s", "t", "payments", date(2026, 3, 3)))
    log = created(team_id="t"), reply(5), reply(2000), event("team_changed", 2001, to_value="u")
    found = dated(*log, reply(2002), configuration=Configuration(teams=teams))
    replies = [one.team_id for one in found if one.metric == "agent_reply"]
    assert replies == ["billing", "payments", "s:u"]
    assert {one.agent_id for one in found if one.metric == "agent_reply"} == {"s:a"}


def test_a_measurement_has_the_tickets_values_of_its_instant() -> None:
    log = created(channel="chat", priority="low"), reply(1), reply(9)
    changed = (
        event("channel_changed", 9, to_value="email"),
        event("priority_changed", 9, to_value=None),
    )
    found = [one for one in dated(*log, *changed) if one.metric == "agent_reply"]
    assert [(one.channel, one.priority) for one in found] == [("chat", "low"), ("email", None)]


def test_an_account_without_a_person_is_itself_and_a_missing_one_nobody() -> None:
    configuration = Configuration(agents=(AgentRow("s", "a"),))
    assert configuration.person("s", "a", at(0)) == configuration.person("s", "a", at(9)) == "s:a"
    assert configuration.person("s", None, at(0)) is None


def test_the_latest_row_of_an_account_that_has_begun_holds() -> None:
    days = (date(2026, 3, 3), None, date(2026, 3, 2), date(2026, 3, 1))
    agents = tuple(AgentRow("s", "a", str(day), False, day) for day in days)
    assert Configuration(agents=agents).person("s", "a", at(0)) == "2026-03-02"
    assert Configuration(agents=agents[:2]).person("s", "a", at(0)) == "None"


# Satisfaction


def test_a_rating_without_an_offer_is_its_own_offer() -> None:
    found = row(created(), reply(1), rating(5, 4), offer(6), reply(4, "b"))
    assert (found.csat_offered_at, found.csat_rated_at) == (at(5), at(5))
    assert (found.csat_agent_id, found.is_csat_positive) == ("b", True)


def test_an_offer_that_nobody_answered_stands_with_its_credit() -> None:
    found = row(created(assignee_id="z"), offer(1), reply(2), offer(3), reply(4, "b"))
    assert (found.csat_offered_at, found.csat_agent_id) == (at(3), "a")
    assert (found.csat_score, found.is_csat_positive, found.is_first_csat_positive) == (None,) * 3
    assert row(created(assignee_id="z"), offer(1), assigned(2, "y")).csat_agent_id == "z"


def test_positive_is_four_fifths_of_the_scale_exactly() -> None:
    assert row(created(), rating(5, 2.4, 3)).is_csat_positive
    assert not row(created(), rating(5, 3.9, 5)).is_csat_positive


def test_the_cohort_of_satisfaction_is_the_last_offer_that_was_answered() -> None:
    log = created(), reply(1), offer(2), rating(3, 1), offer(4), rating(5, 5), offer(6)
    found = dated(*log)
    assert only("csat_offered", found).at == only("csat_bad_to_good", found).at == at(4)
    whole = csat(found, everything)[None]
    assert (whole.offered, whole.rated, whole.positive) == (1, 1, 1)
    assert (whole.mean_normalised_score, whole.offered_without_credit) == (Decimal(1), 0)
    nobodys = csat(dated(created(), rating(3, 3)), everything)[None]
    assert (nobodys.offered_without_credit, nobodys.rated_without_credit) == (1, 1)
    assert (nobodys.mean_normalised_score, nobodys.positive) == (Decimal("0.5"), 0)


def test_a_flip_is_a_change_between_the_first_and_the_last_rating() -> None:
    def flips(*scores: float) -> set[str]:
        rated = [rating(minute, score) for minute, score in enumerate(scores, 2)]
        found = dated(created(), offer(1), *rated)
        return {one.metric for one in found if "_to_" in one.metric}

    assert flips(1, 5) == flips(1, 5, 1, 5) == {"csat_bad_to_good"}
    assert flips(5, 1) == {"csat_good_to_bad"}
    assert flips(1, 5, 1) == flips(1) == flips(5, 4) == set()


def test_a_count_has_the_value_one() -> None:
    found = dated(created(), offer(1), reply(2), status(3, "solved"))
    durations = {name for names in SPEEDS.values() for name in names}
    counts = [one for one in found if one.metric not in durations]
    assert sorted(one.metric for one in counts) == [
        "agent_reply",
        "backlog_entered",
        "backlog_left",
        "created",
        "csat_offered",
        "customer_message",
        "one_touch",
        "resolution",
    ]
    assert {one.value for one in counts} == {1}
