"""From the configuration folder to `raw.config_*`, with a note of whom each change touches.

Rows that differ are replaced. What a build has to compute again is less: an account is touched
when it belongs to another person, or is a bot or no longer one, over some stretch of time; a
source's team, when it is part of another team. A new name touches nobody.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import astuple, dataclass, fields
from datetime import date
from typing import Any, TypeVar

from psycopg import Connection, sql

from deskhouse.configuration.agents import Account
from deskhouse.configuration.folder import Configuration
from deskhouse.configuration.teams import TeamOfSource

Dated = TypeVar("Dated", Account, TeamOfSource)
Key = tuple[str, str]
Step = tuple[date | None, Hashable]


def load(connection: Connection[Any], configuration: Configuration, build_id: int) -> int:
    """Make `raw.config_*` what the folder says, in the caller's transaction.

    Notes whom it touches in `raw.config_changes`, under the build, and returns how many they are.
    Writes nothing where nothing changed. To be run as the role `loader`.
    """
    agents = _replace(
        connection, _Table("config_agents", "actor_id"), configuration.agents, Account
    )
    teams = _replace(
        connection, _Table("config_teams", "team_id"), configuration.teams, TeamOfSource
    )
    touched = [
        *(("agent", *key) for key in _differing(_people(agents), _people(configuration.agents))),
        *(("team", *key) for key in _differing(_parts(teams), _parts(configuration.teams))),
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            # A build that was killed before it began leaves its id, and its notes, to the next.
            "insert into raw.config_changes (build_id, kind, source, id) values (%s, %s, %s, %s)"
            " on conflict do nothing",
            [(build_id, *row) for row in touched],
        )
    return len(touched)


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


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of `raw`, and the column that is its key together with source and valid_from."""

    name: str
    id_column: str


def _replace(
    connection: Connection[Any], table: _Table, wanted: tuple[Dated, ...], shape: type[Dated]
) -> tuple[Dated, ...]:
    """Make a table hold these rows; returns what it held before."""
    columns = [field.name for field in fields(shape)]
    names = {
        "table": sql.Identifier("raw", table.name),
        "id": sql.Identifier(table.id_column),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
        "values": sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
    }
    select = sql.SQL("select {columns} from {table}")
    delete = sql.SQL(
        "delete from {table}"
        " where source = %s and {id} = %s and valid_from is not distinct from %s::date"
    )
    insert = sql.SQL("insert into {table} ({columns}) values ({values})")
    with connection.cursor() as cursor:
        before = tuple(shape(*row) for row in cursor.execute(select.format(**names)).fetchall())
        gone, come = set(before) - set(wanted), set(wanted) - set(before)
        cursor.executemany(
            delete.format(**names),
            [(row.source, getattr(row, table.id_column), row.valid_from) for row in gone],
        )
        cursor.executemany(insert.format(**names), [astuple(row) for row in come])
    return before
