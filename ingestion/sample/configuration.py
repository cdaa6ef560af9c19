"""The help desk's own people, as a configuration folder names them: agents.csv and teams.csv."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path

from deskhouse.configuration import agents, teams
from deskhouse.configuration.agents import Account
from deskhouse.configuration.teams import TeamOfSource
from ingestion.sample.clock import instant
from ingestion.sample.people import (
    AGENTS,
    ASSISTANT_ID,
    ASSISTANT_NAME,
    GREETER_ID,
    GREETER_NAME,
    REVIEWER_ID,
    REVIEWER_NAME,
    SOURCE,
    TEAM_NAMES,
    Agent,
    Team,
)
from ingestion.sample.shifts import turning_point
from ingestion.sample.spec import SampleSpec


@dataclass(frozen=True, slots=True)
class SampleConfiguration:
    """What a configuration folder needs to know of a sample."""

    agents: tuple[Account, ...]
    teams: tuple[TeamOfSource, ...]


def configuration(spec: SampleSpec) -> SampleConfiguration:
    """The accounts and teams of a sample; who changes team has a row from that day on.

    Two agents have an account of its own for calls; one bot passes for an agent in its events.
    """
    others = (
        _account(REVIEWER_ID, REVIEWER_NAME),
        _account(GREETER_ID, GREETER_NAME, is_bot=True),
        _account(ASSISTANT_ID, ASSISTANT_NAME, is_bot=True),
    )
    return SampleConfiguration(
        agents=(*(row for agent in AGENTS for row in _accounts(agent, spec)), *others),
        teams=tuple(
            TeamOfSource(SOURCE, team.value, team.value, TEAM_NAMES[team], None) for team in Team
        ),
    )


def write_configuration(of: SampleConfiguration, folder: Path) -> None:
    """Write agents.csv and teams.csv into an existing folder, over those that are there."""
    _write(folder / agents.FILE, of.agents)
    _write(folder / teams.FILE, of.teams)


def _accounts(agent: Agent, spec: SampleSpec) -> Iterator[Account]:
    names = {agent.account: None, agent.voice_account: None}  # one or two, in this order
    stays: list[tuple[Team, date | None]] = [(agent.team, None)]
    if agent.moves_to is not None:
        stays.append((agent.moves_to, instant(turning_point(spec, agent.moves)).date()))
    for account in names:
        for team, valid_from in stays:
            yield Account(
                source=SOURCE,
                actor_id=account,
                agent_id=agent.agent_id,
                name=agent.name,
                email=agent.email,
                team_id=team.value,
                is_bot=False,
                valid_from=valid_from,
            )


def _account(actor_id: str, name: str, *, is_bot: bool = False) -> Account:
    """Of somebody, or something, that belongs to no team."""
    agent_id = name.lower().replace(" ", "-")
    return Account(SOURCE, actor_id, agent_id, name, None, None, is_bot, None)


def _write(path: Path, rows: Sequence[Account] | Sequence[TeamOfSource]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(rows[0]))
        writer.writerows(map(_cells, rows))


def _cells(row: Account | TeamOfSource) -> list[str]:
    """Booleans as `true` and `false`, what is not known as nothing."""
    return [
        "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        for value in astuple(row)
    ]
