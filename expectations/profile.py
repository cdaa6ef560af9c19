"""A batch in counts: what its source's next batches are held against.

Of labels and of kinds of events only hashes are kept: they tell what is new, and are nobody's text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from psycopg import Connection
from psycopg.types.json import Json

LOOKED_BACK = 20
"""So many accepted batches of its source a batch is held against."""

LOOKED_UP = 500
"""So many of a batch's tickets are looked up in the warehouse."""

MOST_LABELS = 2_000
"""So many channels, statuses or teams of a batch are kept."""

_MOST_KINDS = 200

# A label is known again by this.
LABEL_HASH = "left(md5({}), 12)"

# Which label an event sets, if any.
CHANNEL = """case type
    when 'ticket_created' then attributes ->> 'channel' when 'channel_changed' then to_value end"""
STATUS = """case type
    when 'ticket_created' then attributes ->> 'status' when 'status_changed' then to_value end"""
TEAM = """case type
    when 'ticket_created' then attributes ->> 'team_id' when 'team_changed' then to_value end"""

# What an event is like, hashed: its type, who did it, and what its ticket's id looks like.
KIND = LABEL_HASH.format("""concat_ws(
    ' ', type, actor_kind, length(ticket_id) > 20,
    left(ticket_id, 1) collate "C" between '0' and '9',
    strpos(ticket_id, '-') > 0, strpos(ticket_id, '@') > 0, strpos(ticket_id, ' ') > 0
)""")


@dataclass(frozen=True, slots=True)
class Profile:
    """One batch; `kinds` counts its events by what they are like, `found` what broke each rule."""

    source_key: str
    line_count: int
    event_count: int
    ticket_count: int
    channel_event_count: int
    status_event_count: int
    team_event_count: int
    channels: tuple[str, ...]
    statuses: tuple[str, ...]
    teams: tuple[str, ...]
    kinds: Mapping[str, int]
    found: Mapping[str, int]

    @property
    def looked_up_count(self) -> int:
        """How many of its tickets are looked up."""
        return min(self.ticket_count, LOOKED_UP)

    def unlike(self, other: "Profile") -> int:
        """How many events would have to be of another kind for the shares of the two to agree."""
        excess = 0.0
        for kind, count in self.kinds.items():
            share = other.kinds.get(kind, 0) / max(other.event_count, 1)
            excess += max(0.0, count - share * self.event_count)
        return round(excess)


_COLUMNS = tuple(field.name for field in fields(Profile))


def _labels(column: str) -> str:
    """SQL for the labels of a column, hashed."""
    hashed = f"array_agg(distinct {LABEL_HASH.format(column)}) filter (where {column} is not null)"
    return f"coalesce(({hashed})[:{MOST_LABELS}], '{{}}')"


_TAKEN = f"""
with events as materialized (
    select
        ticket_key, source,
        {CHANNEL} as channel, {STATUS} as status, {TEAM} as team,
        {KIND} as kind
    from raw.landing where batch_id = %(batch_id)s
),
sources as (
    select string_agg(source, ':' order by source) as names
    from (select distinct source from events) as d
),
kinds as (
    select coalesce(jsonb_object_agg(kind, event_count), '{{}}') as counts
    from (
        select kind, count(*) as event_count from events
        group by kind order by 2 desc, 1 limit {_MOST_KINDS}
    ) as k
)
select
    (select case when length(names) <= 200 then names else 'md5 ' || md5(names) end from sources),
    %(line_count)s::bigint, count(*), count(distinct e.ticket_key),
    count(e.channel), count(e.status), count(e.team),
    {_labels("e.channel")},
    {_labels("e.status")},
    {_labels("e.team")},
    (select counts from kinds)
from events as e
"""


def take(connection: Connection[Any], batch_id: int, line_count: int) -> Profile:
    """The profile of a landed batch with at least one event; `found` is empty yet."""
    row = connection.execute(
        _TAKEN.encode(), {"batch_id": batch_id, "line_count": line_count}
    ).fetchone()
    assert row is not None
    return _profile((*row, {}))


def keep(
    connection: Connection[Any],
    batch_id: int,
    profile: Profile,
    found: Mapping[str, int],
    allowed: Mapping[str, int],
    examples: Mapping[str, tuple[str, ...]],
) -> None:
    """Write a profile down: what was found and is allowed of each rule, keys of what broke."""
    connection.execute(
        f"insert into raw.batch_profiles (batch_id, {', '.join(_COLUMNS)}, allowed, examples)"
        " values (" + ", ".join(["%s"] * 15) + ")",
        (
            batch_id,
            profile.source_key,
            profile.line_count,
            profile.event_count,
            profile.ticket_count,
            profile.channel_event_count,
            profile.status_event_count,
            profile.team_event_count,
            list(profile.channels),
            list(profile.statuses),
            list(profile.teams),
            Json(dict(profile.kinds)),
            Json(dict(found)),
            Json(dict(allowed)),
            Json({rule: list(keys) for rule, keys in examples.items()}),
        ),
    )


def history(connection: Connection[Any], source_key: str) -> tuple[Profile, ...]:
    """The last accepted batches of the same source or sources, the newest first."""
    rows = connection.execute(
        f"select {', '.join('p.' + name for name in _COLUMNS)}"
        " from raw.batch_profiles as p inner join raw.batches as b on p.batch_id = b.batch_id"
        " where p.source_key = %s and b.state = 'accepted' order by p.batch_id desc limit %s",
        (source_key, LOOKED_BACK),
    ).fetchall()
    return tuple(map(_profile, rows))


def _profile(row: tuple[Any, ...]) -> Profile:
    values = dict(zip(_COLUMNS, row, strict=True))
    for labels in ("channels", "statuses", "teams"):
        values[labels] = tuple(values[labels])
    return Profile(**values)
