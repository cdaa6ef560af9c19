"""The sample looks like a help desk: its figures lie where those of real ones do."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from statistics import mean, median
from unicodedata import bidirectional

import pytest

from ingestion.delivery import EventRow
from ingestion.sample import SampleSpec
from ingestion.sample.arrivals import find_incident
from ingestion.sample.clock import instant
from ingestion.sample.people import AGENTS, Agent
from tests.unit.sample.figures import Ticket, is_human_reply

MINUTE, HOUR = 60.0, 3_600.0
AGENT_OF = {account: agent for agent in AGENTS for account in (agent.account, agent.voice_account)}


def first_replies(tickets: Iterable[Ticket], channel: str) -> list[float]:
    return [
        ticket.first_reply_seconds
        for ticket in tickets
        if ticket.channel == channel and ticket.first_reply_seconds is not None
    ]


def resolutions(tickets: Iterable[Ticket], channel: str) -> list[float]:
    return [
        ticket.resolution_seconds
        for ticket in tickets
        if ticket.channel == channel and ticket.resolution_seconds is not None
    ]


def is_positive(rating: EventRow) -> bool:
    return bool(rating.attributes["score"] >= 0.8 * rating.attributes["scale"])


@pytest.fixture(scope="session")
def by_day(tickets: list[Ticket]) -> Counter[date]:
    return Counter(ticket.created_at.date() for ticket in tickets)


@pytest.fixture(scope="session")
def bad_day(spec: SampleSpec) -> date:
    incident = find_incident(spec)
    assert incident is not None
    return instant(incident.start).date()


@pytest.mark.parametrize(
    ("channel", "least", "most"),
    [
        ("phone", 0, MINUTE),
        ("chat", MINUTE, 3 * MINUTE),
        ("whatsapp", 5 * MINUTE, 15 * MINUTE),
        ("web", HOUR, 5 * HOUR),
        ("email", 2 * HOUR, 6 * HOUR),
    ],
)
def test_a_first_reply_takes_what_it_does_on_its_channel(
    tickets: list[Ticket], channel: str, least: float, most: float
) -> None:
    assert least < median(first_replies(tickets, channel)) < most


def test_resolution_takes_minutes_in_a_chat_and_up_to_days_by_letter(
    tickets: list[Ticket],
) -> None:
    assert median(resolutions(tickets, "chat")) < HOUR
    assert 4 * HOUR < median(resolutions(tickets, "email")) < 48 * HOUR
    by_letter = sorted(resolutions(tickets, "email"))
    assert 48 * HOUR < by_letter[len(by_letter) * 9 // 10] < 10 * 24 * HOUR


def test_all_channels_are_used_and_mail_the_most(tickets: list[Ticket]) -> None:
    share = Counter(ticket.channel for ticket in tickets)
    assert set(share) == {"email", "whatsapp", "chat", "phone", "web"}
    assert share.most_common(1)[0][0] == "email"
    assert min(share.values()) > 0.05 * len(tickets)


def test_a_ticket_has_about_seven_events(events: dict[str, EventRow], spec: SampleSpec) -> None:
    of_tickets = sum(row.ticket_id is not None for row in events.values())
    assert 6.5 < of_tickets / spec.tickets < 8.5


def test_weekends_are_quieter_and_nights_quieter_than_days(
    tickets: list[Ticket], by_day: Counter[date], bad_day: date
) -> None:
    usual = {day: count for day, count in by_day.items() if day != bad_day}
    weekend = mean(count for day, count in usual.items() if day.weekday() >= 5)
    week = mean(count for day, count in usual.items() if day.weekday() < 5)
    assert weekend < 0.7 * week
    hours = Counter(ticket.created_at.hour for ticket in tickets)
    assert sum(hours[hour] for hour in range(5)) < 0.5 * sum(hours[hour] for hour in range(9, 14))


def test_the_incident_is_a_day_of_more_than_twice_its_neighbours(
    tickets: list[Ticket], by_day: Counter[date], bad_day: date
) -> None:
    neighbours = [bad_day - timedelta(days=1), bad_day + timedelta(days=1)]
    assert all(by_day[bad_day] > 2 * by_day[day] for day in neighbours)
    outage = [ticket for ticket in tickets if ticket.topic == "outage"]
    assert {ticket.created_at.date() for ticket in outage} <= {bad_day, neighbours[1]}
    assert Counter(ticket.channel for ticket in outage).most_common(1)[0][0] == "chat"


def test_on_the_incident_day_replies_are_slower_and_ratings_worse(
    tickets: list[Ticket], bad_day: date
) -> None:
    of_it = [ticket for ticket in tickets if ticket.topic == "outage"]
    others = [ticket for ticket in tickets if ticket.created_at.date() != bad_day]
    slow = median(first_replies(of_it, "chat"))
    assert slow > 1.5 * median(first_replies(others, "chat"))
    assert _positive_share(of_it) < _positive_share(others)


def test_of_solved_tickets_a_few_in_a_hundred_are_reopened(tickets: list[Ticket]) -> None:
    solved = [ticket for ticket in tickets if ticket.resolutions and not ticket.is_out]
    reopened = [ticket for ticket in solved if ticket.reopenings]
    assert 0.03 < len(reopened) / len(solved) < 0.12


def test_a_quarter_of_those_asked_rate_and_most_are_content(tickets: list[Ticket]) -> None:
    asked = [ticket for ticket in tickets if ticket.of_type("csat_offered")]
    rated = [ticket for ticket in asked if ticket.of_type("csat_rated")]
    assert 0.22 < len(rated) / len(asked) < 0.33
    assert 0.75 < _positive_share(tickets) < 0.95


def test_some_change_their_rating_either_way(tickets: list[Ticket]) -> None:
    flips = Counter(
        (is_positive(ratings[0]), is_positive(ratings[-1]))
        for ratings in (ticket.of_type("csat_rated") for ticket in tickets)
        if ratings
    )
    assert flips[True, False] > 0
    assert flips[False, True] > 0
    assert flips[True, False] + flips[False, True] < 0.1 * flips.total()


def test_the_backlog_neither_grows_nor_empties(tickets: list[Ticket], spec: SampleSpec) -> None:
    def mean_backlog(weeks_ago: Callable[[int], bool]) -> float:
        days = [day for day in range(spec.days) if weeks_ago(day // 7)]
        return mean(_backlog(tickets, spec, days_before_end=day) for day in days)

    early, late = mean_backlog(lambda week: 4 <= week < 7), mean_backlog(lambda week: week < 3)
    assert 0.6 * early < late < 1.6 * early
    assert late < 3 * spec.tickets / spec.days


def test_the_skilled_are_faster_and_please_more(tickets: list[Ticket]) -> None:
    ranked = sorted(AGENTS, key=lambda agent: agent.skill)
    unskilled, skilled = set(ranked[:8]), set(ranked[-8:])
    waits: dict[Agent, list[float]] = defaultdict(list)
    for ticket in tickets:
        reply = ticket.first_human_reply
        if reply is not None and ticket.channel == "chat":
            assert ticket.first_reply_seconds is not None
            waits[AGENT_OF[str(reply.actor_id)]].append(ticket.first_reply_seconds)
    fast, slow = (
        median(wait for agent in group for wait in waits[agent]) for group in (skilled, unskilled)
    )
    assert fast < 0.8 * slow
    assert _positive_share(_answered_by(tickets, skilled)) > _positive_share(
        _answered_by(tickets, unskilled)
    )


def test_every_agent_answers_while_online_and_only_then(
    events: dict[str, EventRow], spec: SampleSpec
) -> None:
    states: dict[Agent, list[EventRow]] = defaultdict(list)
    for row in sorted(events.values(), key=lambda row: row.occurred_at):
        if row.type == "agent_state_changed":
            states[AGENT_OF[str(row.actor_id)]].append(row)
    replies: Counter[Agent] = Counter()
    offline: Counter[Agent] = Counter()
    begin = spec.until - timedelta(days=spec.days - 1)  # before, a shift may be under way
    for row in events.values():
        if is_human_reply(row) and row.occurred_at >= begin:
            agent = AGENT_OF[str(row.actor_id)]
            replies[agent] += 1
            before = [
                state.to_value for state in states[agent] if state.occurred_at <= row.occurred_at
            ]
            offline[agent] += before[-1] != "online"
    assert set(replies) == set(AGENTS)
    # A call that rings into a break is taken, and nothing else.
    assert offline.total() < 0.002 * replies.total()


def test_shifts_cover_day_evening_night_and_weekend(events: dict[str, EventRow]) -> None:
    came = [row for row in events.values() if row.to_value == "online" and row.ticket_id is None]
    assert {row.occurred_at.weekday() for row in came} == set(range(7))
    assert len({row.occurred_at.hour for row in came}) >= 20
    assert {row.to_value for row in events.values() if row.type == "agent_state_changed"} == {
        "online",
        "away",
        "break",
        "offline",
    }


def test_some_customers_write_often_and_most_once(tickets: list[Ticket]) -> None:
    counts = Counter(ticket.creation.attributes["requester_id"] for ticket in tickets)
    once = sum(count == 1 for count in counts.values())
    assert 0.5 < once / len(counts) < 0.9
    assert 8 < counts.most_common(1)[0][1] < 0.01 * len(tickets)


def test_subjects_are_varied_and_a_few_are_hostile(tickets: list[Ticket]) -> None:
    subjects = [str(ticket.creation.attributes["subject"]) for ticket in tickets]
    assert len(set(subjects)) > len(subjects) / 4
    assert any(subject.startswith("=") for subject in subjects)
    assert any("\n" in subject for subject in subjects)
    assert any(bidirectional(letter) in ("R", "AL") for subject in subjects for letter in subject)
    assert 0.02 < mean(not subject.isascii() for subject in subjects) < 0.4


def _positive_share(tickets: Iterable[Ticket]) -> float:
    last = [ticket.of_type("csat_rated")[-1:] for ticket in tickets]
    return mean(is_positive(rating) for ratings in last for rating in ratings)


def _answered_by(tickets: Iterable[Ticket], agents: set[Agent]) -> list[Ticket]:
    return [
        ticket
        for ticket in tickets
        if ticket.first_human_reply is not None
        and AGENT_OF[str(ticket.first_human_reply.actor_id)] in agents
    ]


def _backlog(tickets: Iterable[Ticket], spec: SampleSpec, *, days_before_end: int) -> int:
    at = spec.until - timedelta(days=days_before_end)
    return sum(
        ticket.created_at < at and (ticket.left_at is None or ticket.left_at >= at)
        for ticket in tickets
    )
