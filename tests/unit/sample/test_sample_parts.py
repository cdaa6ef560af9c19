"""The parts that the sample is made of, each by itself."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.delivery import EventRow
from ingestion.sample import SampleSpec
from ingestion.sample.arrivals import arrivals, find_incident
from ingestion.sample.chance import Dice, Odds, Spread
from ingestion.sample.clock import DAY, HOUR, MINUTE, instant, milliseconds
from ingestion.sample.deliveries import MOST_EVENTS, InTransit, packed
from ingestion.sample.desk import Desk
from ingestion.sample.people import AGENTS, Team
from ingestion.sample.requesters import REGIONS, ZONES, when_awake
from ingestion.sample.shifts import WorkingLife, working_lives

# The clocks of Europe and America change within these weeks.
SPRING = SampleSpec(tickets=2_000, days=40, seed=9, until=datetime(2026, 4, 10, 6, tzinfo=UTC))
STAYING = [agent for agent in AGENTS if agent.leaves == 1.0]


@pytest.fixture(scope="module")
def lives() -> tuple[WorkingLife, ...]:
    return working_lives(SPRING)


@pytest.fixture(scope="module")
def desk(lives: tuple[WorkingLife, ...]) -> Desk:
    return Desk(SPRING, lives, None)


def event(name: str, kind: str = "public_reply") -> EventRow:
    return EventRow(name, "sample", "1", kind, instant(0))


class TestChance:
    def test_a_spread_passes_through_its_four_points(self) -> None:
        spread = Spread(10, 100, 1_000, 5_000)
        assert spread.at(0.0) == 10
        assert spread.at(0.5) == 100
        assert spread.at(0.9) == 1_000
        assert spread.at(1.0) == pytest.approx(5_000)

    @given(st.lists(st.floats(0, 1, exclude_max=True), min_size=2, max_size=2))
    def test_a_spread_never_falls(self, shares: list[float]) -> None:
        spread = Spread(10, 100, 1_000, 5_000)
        low, high = sorted(shares)
        assert spread.at(low) <= spread.at(high)

    def test_odds_give_each_outcome_its_part(self) -> None:
        odds = Odds((("a", 1), ("b", 0), ("c", 3)))
        assert [odds.at(share) for share in (0.0, 0.2499, 0.25, 0.9999)] == ["a", "a", "c", "c"]
        assert odds.at(1.0) == "c"

    def test_dice_of_one_seed_fall_alike(self) -> None:
        one, other = Dice("seed"), Dice("seed")
        assert [one.between(0, 10**9) for _ in range(5)] == [
            other.between(0, 10**9) for _ in range(5)
        ]


class TestArrivals:
    def test_numbers_follow_the_order_of_creation_and_hours_are_kept(self) -> None:
        incident = find_incident(SPRING)
        assert incident is not None
        hour, numbers, instants = SPRING.begin // HOUR, [], []
        for arrived in arrivals(SPRING, incident):
            assert all(arrival.at // HOUR == hour for arrival in arrived)
            numbers += [arrival.number for arrival in arrived]
            instants += [arrival.at for arrival in arrived]
            hour += 1
        assert numbers == list(range(1001, 1001 + SPRING.tickets))
        assert instants == sorted(instants)
        assert SPRING.begin <= instants[0]
        assert instants[-1] < SPRING.end

    @pytest.mark.parametrize("shift", range(7))
    def test_an_incident_falls_into_the_middle_of_a_week_and_of_the_history(
        self, shift: int
    ) -> None:
        until = SPRING.until + timedelta(days=shift)
        spec = SampleSpec(days=14, until=until)
        incident = find_incident(spec)
        assert incident is not None
        assert spec.begin < incident.start < incident.end < spec.end
        local = instant(incident.start).astimezone(ZoneInfo("Europe/Berlin"))
        assert local.weekday() in (1, 2, 3)
        assert local.hour == 8

    def test_a_short_history_has_no_incident(self) -> None:
        assert find_incident(SampleSpec(days=13, until=SPRING.until)) is None


class TestRequesters:
    @given(st.sampled_from(REGIONS), st.integers(0, 3_000 * DAY))
    def test_a_message_waits_for_the_morning_and_no_longer(self, region: object, at: int) -> None:
        awake = when_awake(region, at)  # type: ignore[arg-type]
        assert at <= awake <= at + 8 * HOUR
        assert when_awake(region, awake) == awake  # type: ignore[arg-type]

    def test_regions_have_a_clock_each(self) -> None:
        assert set(ZONES) == set(REGIONS)


class TestShifts:
    def test_a_shift_keeps_its_local_hours_when_the_clocks_change(
        self, lives: tuple[WorkingLife, ...]
    ) -> None:
        for life in lives:
            clock = ZoneInfo(life.agent.shift.zone)
            came = [
                instant(before.at).astimezone(clock)
                for before, after in zip(life.presence, life.presence[1:], strict=False)
                if before.state == "online" and after.state == "break"
            ]
            assert came or life.agent.joins > 0
            for at in came:
                opens = at.replace(hour=life.agent.shift.opens, minute=0, second=0, microsecond=0)
                assert timedelta(minutes=-5) < at - opens < timedelta(minutes=10)

    def test_every_shift_begins_online_and_ends_offline(
        self, lives: tuple[WorkingLife, ...]
    ) -> None:
        for life in lives:
            states = [change.state for change in life.presence]
            instants = [change.at for change in life.presence]
            assert instants == sorted(instants)
            assert states[0] == "online"
            assert states[-1] == "offline"
            assert states.count("offline") == states.count("break")

    def test_people_join_leave_and_take_leave(self, lives: tuple[WorkingLife, ...]) -> None:
        by_name = {life.agent.name: life for life in lives}
        newcomer, leaver = by_name["Kwame Mensah"].online, by_name["Fatima Benali"].online
        assert newcomer[0].start > SPRING.begin + 0.35 * SPRING.days * DAY
        assert leaver[-1].end < SPRING.begin + 0.85 * SPRING.days * DAY


class TestDesk:
    @given(st.sampled_from(STAYING), st.integers(0, 39 * DAY), st.integers(0, 10 * HOUR))
    def test_work_is_done_online(self, desk: Desk, agent: object, after: int, amount: int) -> None:
        at = SPRING.begin + after
        done = desk.after_work(agent, at, amount)  # type: ignore[arg-type]
        assert done >= at + amount
        assert desk.online_from(agent, at) <= done  # type: ignore[arg-type]

    def test_work_skips_the_time_away(self, desk: Desk, lives: tuple[WorkingLife, ...]) -> None:
        life = lives[0]
        first, second = life.online[:2]
        done = desk.after_work(life.agent, first.end - MINUTE, 3 * MINUTE)
        assert done == second.start + 2 * MINUTE
        assert desk.online_from(life.agent, first.end) == second.start
        assert desk.online_from(life.agent, second.start + 1) == second.start + 1

    @given(st.sampled_from(Team), st.integers(0, 39 * DAY))
    def test_somebody_of_the_team_is_there_when_it_opens(
        self, desk: Desk, team: Team, after: int
    ) -> None:
        at = desk.open_from(team, SPRING.begin + after)
        assert at >= SPRING.begin + after
        assert desk.is_open(team, at)
        agent = desk.someone(team, at, Dice("any"))
        assert desk.online_from(agent, at) < at + HOUR

    def test_when_somebody_goes_home_the_next_who_is_there_is_named(
        self, desk: Desk, lives: tuple[WorkingLife, ...]
    ) -> None:
        stays = [life for life in lives if life.agent.moves_to is None]
        for life in stays:
            ends = [part.end for part in life.online if SPRING.begin <= part.end <= SPRING.end]
            team = [other.agent for other in stays if other.agent.team is life.agent.team]
            for end in ends:
                named = desk.someone(life.agent.team, end, Dice("any"))
                # Those who leave within the hour themselves are not counted on.
                next_there = min(desk.online_from(agent, end + HOUR) for agent in team)
                assert desk.online_from(named, end) < next_there + 2 * HOUR

    def test_who_has_left_is_not_waited_for(
        self, desk: Desk, lives: tuple[WorkingLife, ...]
    ) -> None:
        leaver = next(life for life in lives if life.agent.leaves < 1)
        assert desk.online_from(leaver.agent, leaver.online[-1].end) > SPRING.end + 100 * DAY

    def test_open_time_stands_still_while_the_team_is_gone(self, desk: Desk) -> None:
        friday_evening = milliseconds(datetime(2026, 3, 27, 23, tzinfo=UTC))
        done = instant(desk.after_open_time(Team.ACCOUNTS, friday_evening, HOUR))
        assert done > datetime(2026, 3, 30, tzinfo=UTC)

    def test_a_team_that_is_gone_is_covered_by_one_that_is_there(self, desk: Desk) -> None:
        saturday = milliseconds(datetime(2026, 3, 28, 12, tzinfo=UTC))
        assert not desk.is_open(Team.BILLING, saturday)
        covering = desk.covering(Team.BILLING, saturday)
        assert desk.is_open(covering, saturday)
        assert desk.covering(covering, saturday) is covering


class TestDeliveries:
    def test_what_is_sent_arrives_by_the_end_and_what_happens_later_never(self) -> None:
        end = 3 * HOUR + MINUTE
        transit = InTransit(Dice("any"), 0, end)
        transit.send([(MINUTE * n, event(str(n))) for n in range(300)])
        arrived = [row for hour in range(5) for row in transit.arrived(hour)]
        assert {row.event_id for row in arrived} == {str(n) for n in range(182)}

    def test_what_is_dated_into_an_hour_gone_by_arrives_now(self) -> None:
        transit = InTransit(Dice("any"), 0, DAY)
        transit.arrived(0)
        transit.send([(MINUTE, event("early", "ticket_created"))])
        assert "early" in {row.event_id for row in transit.arrived(1)}

    def test_a_full_delivery_goes_off_before_the_day_is_over(self) -> None:
        rows = [event(str(n)) for n in range(MOST_EVENTS * 2 + 1)]
        sent = list(packed([(5, rows[:10]), (6, rows[10:]), (24, [event("next")]), (50, [])]))
        assert [delivery.name for delivery in sent] == [
            "sample 1970-01-01",
            "sample 1970-01-01, part 2",
            "sample 1970-01-01, part 3",
            "sample 1970-01-02",
        ]
        whole = [row for delivery in sent for row in delivery.events]
        assert whole == [*rows, event("next")]
