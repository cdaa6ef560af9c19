"""From a spec to deliveries: hour by hour, the tickets that come and the agents that log in."""

from collections import Counter
from collections.abc import Iterator

from ingestion.delivery import Delivery, EventRow
from ingestion.sample.arrivals import arrivals, find_incident
from ingestion.sample.chance import Dice
from ingestion.sample.clock import HOUR, instant
from ingestion.sample.deliveries import InTransit, packed
from ingestion.sample.desk import Desk
from ingestion.sample.people import SOURCE, Agent
from ingestion.sample.plot import tell
from ingestion.sample.shifts import Presence, WorkingLife, working_lives
from ingestion.sample.spec import SampleSpec
from ingestion.sample.story import Told, World


def generate(spec: SampleSpec) -> Iterator[Delivery]:
    """The sample's deliveries, in the order in which they arrive.

    Each holds a day's events, or 20,000 of them; repeated and late ones are among them, and no
    event is dated after `spec.until`. They are made as they are asked for: memory holds the
    shifts of the whole history and the events of a few days, not the tickets.
    """
    return packed(_hours(spec))


def _hours(spec: SampleSpec) -> Iterator[tuple[int, list[EventRow]]]:
    """Each hour of the history, counted from 1970, with what arrives in it."""
    incident = find_incident(spec)
    lives = working_lives(spec)
    desk = Desk(spec, lives, incident)
    world = World(spec.mark, desk, Dice(f"{spec.seed}/stories"), incident)
    transit = InTransit(Dice(f"{spec.seed}/transit"), spec.begin, spec.end)
    presence = _presence(spec, lives)
    next_state = next(presence, None)
    hour = spec.begin // HOUR
    for created in arrivals(spec, incident):
        for arrival in created:
            transit.send(tell(arrival, world, spec.end))
        while next_state is not None and next_state[0] < (hour + 1) * HOUR:
            transit.send([next_state])
            next_state = next(presence, None)
        yield hour, transit.arrived(hour)
        hour += 1
    yield hour, transit.arrived(hour)


def _presence(spec: SampleSpec, lives: tuple[WorkingLife, ...]) -> Iterator[Told]:
    """The agents' changes of state from the begin on, by instant."""
    states = [state for life in lives for state in life.presence if state.at >= spec.begin]
    states.sort(key=_instant_of)
    counts: Counter[Agent] = Counter()
    before: dict[Agent, str] = {}
    for state in states:
        counts[state.agent] += 1
        account = state.agent.account
        yield (
            state.at,
            EventRow(
                event_id=f"{spec.mark}-{account}-{counts[state.agent]}",
                source=SOURCE,
                ticket_id=None,
                type="agent_state_changed",
                occurred_at=instant(state.at),
                actor_id=account,
                actor_kind="agent",
                from_value=before.get(state.agent),
                to_value=state.state,
            ),
        )
        before[state.agent] = state.state


def _instant_of(state: Presence) -> int:
    return state.at
