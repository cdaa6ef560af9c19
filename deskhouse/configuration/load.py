"""From the configuration folder to `raw.config_*`, with a note of whom each change touches.

Rows that differ are replaced. What a build has to compute again is less: an account is touched
when it belongs to another person, or is a bot or no longer one, over some stretch of time; a
source's team, when it is part of another team; what a ticket names a calendar by, when that opens
or closes at other instants (`load_calendars`). A new name touches nobody. What other SLA policies
touch is noted apart, as sets of values that tickets have (`load_sla_policies`).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection

from deskhouse.configuration.agents import Account
from deskhouse.configuration.folder import Configuration
from deskhouse.configuration.load_calendars import Reach, load_calendars
from deskhouse.configuration.load_sla_policies import load_policies, reaching
from deskhouse.configuration.rows import replace_rows
from deskhouse.configuration.teams import TeamOfSource

Key = tuple[str, str]
Step = tuple[date | None, Hashable]


@dataclass(frozen=True, slots=True)
class Change:
    """What means something else than before: its kind, as in `raw.config_changes`, and its id.

    `source` is that of an account or a team, and empty for what no source has.
    """

    kind: str
    source: str
    id: str


def load(
    connection: Connection[Any], configuration: Configuration, build_id: int, reach: Reach
) -> tuple[Change, ...]:
    """Make `raw.config_*` what the folder says, in the caller's transaction.

    Notes what it changes under the build, of SLA policies in `raw.config_sla_changes`, of all else
    in `raw.config_changes`, and returns the latter. Writes nothing where nothing changed. To be run
    as the role `loader`.
    """
    agents = replace_rows(connection, "config_agents", configuration.agents, Account)
    teams = replace_rows(connection, "config_teams", configuration.teams, TeamOfSource)
    wanted = reaching(reach, configuration.policies)
    calendars = load_calendars(connection, configuration.calendars, wanted)
    load_policies(connection, configuration.policies, build_id)
    people = _differing(_people(agents), _people(configuration.agents))
    parts = _differing(_parts(teams), _parts(configuration.teams))
    changes = (
        *(Change("agent", *key) for key in people),
        *(Change("team", *key) for key in parts),
        *(Change(kind, "", name) for kind, name in calendars),
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            # A build that was killed before it began leaves its id, and its notes, to the next.
            "insert into raw.config_changes (build_id, kind, source, id) values (%s, %s, %s, %s)"
            " on conflict do nothing",
            [(build_id, change.kind, change.source, change.id) for change in changes],
        )
    return changes


def _people(accounts: Iterable[Account]) -> dict[Key, tuple[Step, ...]]:
    """Per account, whose it is and whether it is a bot, over time; unmapped, it is its own."""
    steps: defaultdict[Key, list[Step]] = defaultdict(list)
    for account in accounts:
        key = (account.source, account.actor_id)
        steps[key].append((account.valid_from, (account.agent_id, account.is_bot)))
    return {key: _melted(line, (":".join(key), False)) for key, line in steps.items()}


def _parts(teams: Iterable[TeamOfSource]) -> dict[Key, tuple[Step, ...]]:
    """Per team of a source, which team it is part of over time; unmapped, it is its own."""
    steps: defaultdict[Key, list[Step]] = defaultdict(list)
    for team in teams:
        steps[team.source, team.team_id].append((team.valid_from, team.team))
    return {key: _melted(line, ":".join(key)) for key, line in steps.items()}


def _melted(line: list[Step], unmapped: Hashable) -> tuple[Step, ...]:
    """A line over time with equal neighbours melted; before its first step it is unmapped."""
    melted: list[Step] = []
    before = unmapped
    for start, value in sorted(line, key=lambda step: step[0] or date.min):
        if value != before:
            melted.append((start, value))
        before = value
    return tuple(melted)


def _differing(old: dict[Key, tuple[Step, ...]], new: dict[Key, tuple[Step, ...]]) -> list[Key]:
    return sorted(key for key in old.keys() | new.keys() if old.get(key, ()) != new.get(key, ()))
