"""The delivery suite: what is expected of a batch before dbt sees it.

A rule of this suite holds a share of the batch to a limit: a fixed one, or, where the source is
used to worse, three times its worst batch. Rules that compare with a history say nothing
before the source has three batches. Each is about the batch: a line that is no event is in
quarantine, and refuses nothing by itself.

`rows` has the parameters `batch_id` and, of the history, `channels`, `statuses`, `teams`, `kinds`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from expectations.profile import (
    CHANNEL,
    KIND,
    LABEL_HASH,
    LOOKED_UP,
    MOST_LABELS,
    STATUS,
    TEAM,
    Profile,
)
from expectations.rules import Rule

LEAST_LINES = 100
"""Of fewer lines no share says anything: such a batch is not judged."""

LEAST_HISTORY = 3
LEAST_ROWS = 20

_FAR = 50
_WORSE = 3

History = tuple[Profile, ...]


@dataclass(frozen=True, slots=True)
class DeliveryRule:
    """A rule, how many rows of a batch may break it, and how they are counted if not by SQL.

    `allowed` gives None where the history is too short to say.
    """

    rule: Rule
    allowed: Callable[[Profile, History], int | None]
    found: Callable[[Profile, History], int] | None = None


def parameters(batch_id: int, history: History) -> dict[str, object]:
    """What the queries of this suite want."""
    return {
        "batch_id": batch_id,
        "channels": _union(profile.channels for profile in history),
        "statuses": _union(profile.statuses for profile in history),
        "teams": _union(profile.teams for profile in history),
        "kinds": _union(profile.kinds for profile in history),
    }


def _union(parts: Iterable[Iterable[str]]) -> list[str]:
    return sorted({one for part in parts for one in part})


def _share(
    name: str, share: float, base: str, *, least: int = LEAST_HISTORY, rows: int = LEAST_ROWS
) -> Callable[[Profile, History], int | None]:
    """So large a share of the batch's `base` may break the rule, or thrice the history's worst.

    Where that is less than `rows` rows, so many may.
    """

    def allowed(profile: Profile, history: History) -> int | None:
        if len(history) < least:
            return None
        worst = max((_ratio(one.found, name, getattr(one, base)) for one in history), default=0.0)
        of: int = getattr(profile, base)
        return max(rows, round(max(share, _WORSE * worst) * of))

    return allowed


def _unseen_share(labels: str, base: str) -> Callable[[Profile, History], int | None]:
    """A quarter of what sets a label may set an unseen one, whatever was unseen before.

    Of a source with too many labels to keep, nothing is said.
    """

    def allowed(profile: Profile, history: History) -> int | None:
        if len(history) < LEAST_HISTORY:
            return None
        if any(len(getattr(one, labels)) >= MOST_LABELS for one in history):
            return None
        of: int = getattr(profile, base)
        return max(LEAST_ROWS, round(0.25 * of))

    return allowed


def _ratio(found: Mapping[str, int], name: str, base: int) -> float:
    return found.get(name, 0) / base if base else 0.0


def _largest(_: Profile, history: History) -> int | None:
    if len(history) < LEAST_HISTORY:
        return None
    return _FAR * max(one.line_count for one in history)


def _missing(profile: Profile, history: History) -> int:
    """How many lines a batch lacks to the fiftieth part of the smallest before it."""
    smallest = min((one.line_count for one in history), default=0)
    return max(0, smallest // _FAR - profile.line_count)


def _nothing(_: Profile, history: History) -> int | None:
    return 0 if len(history) >= LEAST_HISTORY else None


def _none(*_: object) -> int | None:
    return 0


def _unlike(profile: Profile, history: History) -> int:
    """Events to be changed until the batch is like the most similar one before it."""
    return min((profile.unlike(one) for one in history), default=0)


def _unlike_allowed(profile: Profile, history: History) -> int | None:
    return round(0.6 * profile.event_count) if len(history) >= LEAST_HISTORY else None


_LINE = "line_number as place, 'line ' || line_number as key"
_KEY = "line_number as place, concat_ws(' ', 'line', line_number, ops.key_shown(ticket_key)) as key"
_LANDED = "from raw.landing where batch_id = %(batch_id)s"
_QUARANTINED = "from raw.quarantine where batch_id = %(batch_id)s"
# A line that breaks off in a text meets its own end there, which is the control character.
_CUT_JSON = """(
    reason like 'not JSON: EOF while parsing %%'
    or reason like 'not JSON: control character %% at line 2 column 0'
)"""
# An open quote takes in all that follows it.
_CUT_CSV = "reason like 'no CSV: unexpected end of data%%'"


def _unseen(label: str, known: str) -> str:
    hashed = LABEL_HASH.format(label)
    return f"select {_KEY} {_LANDED} and {hashed} <> all(%({known})s)"


QUARANTINED = Rule(
    "quarantined_lines",
    "Few of its lines are in quarantine.",
    f"select {_LINE} {_QUARANTINED}",
)
CUT_OFF = Rule(
    "lines_cut_off",
    "Its lines are whole: hardly one breaks off.",
    f"select {_LINE} {_QUARANTINED} and ({_CUT_JSON} or {_CUT_CSV})",
)
ENDS_CUT_OFF = Rule(
    "last_line_cut_off",
    "Its last line is whole: what breaks off there has lost what followed.",
    f"""
    select {_LINE} {_QUARANTINED} and (
        {_CUT_CSV} or (
            {_CUT_JSON} and line_number = greatest(
                (select max(line_number) {_QUARANTINED}), (select max(line_number) {_LANDED})
            )
        )
    )
    """,
)
TOO_LARGE = Rule("too_many_lines", "It is not far larger than the source's largest.", "")
TOO_SMALL = Rule("too_few_lines", "It is not far smaller than the source's smallest.", "")
UNSEEN_CHANNELS = Rule(
    "unseen_channels", "Tickets come by channels that are known.", _unseen(CHANNEL, "channels")
)
UNSEEN_STATUSES = Rule(
    "unseen_statuses", "Tickets take statuses that the source is known for.",
    _unseen(STATUS, "statuses"),
)  # fmt: skip
UNSEEN_TEAMS = Rule("unseen_teams", "Tickets go to teams that are known.", _unseen(TEAM, "teams"))
UNKNOWN_TICKETS = Rule(
    "unknown_tickets",
    f"Its tickets are created in it or known; {LOOKED_UP} are looked up.",
    f"""
    select l.ticket_key as place, ops.key_shown(l.ticket_key) as key
    from (
        select ticket_key, bool_or(type = 'ticket_created') as is_created {_LANDED}
            and ticket_key is not null
        group by ticket_key order by md5(ticket_key) limit {LOOKED_UP}
    ) as l
    where
        not l.is_created
        and not exists (select from raw.ticket_events as e where e.ticket_key = l.ticket_key)
    """,
)
BROKEN_ORDER = Rule(
    "broken_order",
    "The events of a ticket stand in the order in which they happened.",
    f"""
    select {_KEY} from (
        select line_number, ticket_key, occurred_at, lag(occurred_at) over (
            partition by ticket_key order by line_number) as before
        {_LANDED} and ticket_key is not null
    ) as l where occurred_at < before
    """,
)
REPEATED_IDS = Rule(
    "repeated_ids",
    "An event's id stands in it once.",
    f"""
    select {_KEY} from (
        select line_number, ticket_key, row_number() over (
            partition by source, ticket_key, event_id order by line_number) as place
        {_LANDED}
    ) as l where place > 1
    """,
)
ONE_INSTANT = Rule(
    "one_instant",
    "Its events did not all happen at one instant.",
    f"""
    select {_KEY} {_LANDED}
        and occurred_at = (select mode() within group (order by occurred_at) {_LANDED})
    """,
)
ANOTHER_SOURCE = Rule(
    "another_source",
    "Its events are like those of a batch before: types, who did it, the shape of ids.",
    f"select {_KEY} {_LANDED} and {KIND} <> all(%(kinds)s)",
)

RULES = (
    DeliveryRule(QUARANTINED, _share("quarantined_lines", 0.1, "line_count", least=0)),
    DeliveryRule(CUT_OFF, _share("lines_cut_off", 0.01, "line_count", least=0, rows=2)),
    DeliveryRule(ENDS_CUT_OFF, _none),
    DeliveryRule(TOO_LARGE, _largest, lambda profile, _: profile.line_count),
    DeliveryRule(TOO_SMALL, _nothing, _missing),
    DeliveryRule(UNSEEN_CHANNELS, _unseen_share("channels", "channel_event_count")),
    DeliveryRule(UNSEEN_STATUSES, _unseen_share("statuses", "status_event_count")),
    DeliveryRule(UNSEEN_TEAMS, _unseen_share("teams", "team_event_count")),
    DeliveryRule(UNKNOWN_TICKETS, _share("unknown_tickets", 0.25, "looked_up_count")),
    DeliveryRule(BROKEN_ORDER, _share("broken_order", 0.2, "event_count")),
    DeliveryRule(REPEATED_IDS, _share("repeated_ids", 0.25, "event_count", least=0)),
    DeliveryRule(ONE_INSTANT, _share("one_instant", 0.9, "event_count", least=0)),
    DeliveryRule(ANOTHER_SOURCE, _unlike_allowed, _unlike),
)
"""The suite."""
