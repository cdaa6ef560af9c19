"""The help desk's own people, as the configuration folder names them: agents.csv, teams.csv."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path

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
class AgentRow:
    """A row of agents.csv: an account, the person behind it, and their team from a day on."""

    source: str
    actor_id: str
    agent_id: str
    name: str
    email: str
    team_id: str
    is_bot: bool
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A row of teams.csv: a team of the source, and the team that it is reported as."""

    source: str
    team_id: str
    team: str
    name: str
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a configuration folder needs to know of the sample."""

    agents: tuple[AgentRow, ...]
    teams: tuple[TeamRow, ...]


def configuration(spec: SampleSpec) -> Configuration:
    """The agents and teams of a sample; who changes team has a row from that day on.

    Two agents have an account of its own for calls; one bot passes for an agent in its events.
    """
    agents = [row for agent in AGENTS for row in _rows(agent, spec)]
    agents += [
        AgentRow(
            SOURCE, REVIEWER_ID, "marta-silva", REVIEWER_NAME, "marta.silva@example.com", "", False
        ),
        AgentRow(SOURCE, GREETER_ID, GREETER_ID, GREETER_NAME, "", "", True),
        AgentRow(SOURCE, ASSISTANT_ID, "order-assistant", ASSISTANT_NAME, "", "", True),
    ]
    teams = [TeamRow(SOURCE, team.value, team.value, TEAM_NAMES[team]) for team in Team]
    return Configuration(tuple(agents), tuple(teams))


def write_configuration(of: Configuration, folder: Path) -> None:
    """Write agents.csv and teams.csv into an existing folder, over those that are there."""
    _write(folder / "agents.csv", AgentRow, of.agents)
    _write(folder / "teams.csv", TeamRow, of.teams)


def _rows(agent: Agent, spec: SampleSpec) -> Iterable[AgentRow]:
    accounts = [agent.account]
    if agent.has_voice_account:
        accounts.append(agent.voice_account)
    teams: list[tuple[Team, date | None]] = [(agent.team, None)]
    if agent.moves_to is not None:
        teams.append((agent.moves_to, instant(turning_point(spec, agent.moves)).date()))
    for account in accounts:
        for team, valid_from in teams:
            yield AgentRow(
                SOURCE,
                account,
                agent.agent_id,
                agent.name,
                agent.email,
                team.value,
                False,
                valid_from,
            )


def _write(path: Path, kind: type, rows: Sequence[AgentRow] | Sequence[TeamRow]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(kind))
        writer.writerows(map(_cells, rows))


def _cells(row: AgentRow | TeamRow) -> list[str]:
    """Booleans as `true` and `false`, what is not given as nothing."""
    cells = []
    for value in astuple(row):
        match value:
            case None:
                cells.append("")
            case bool():
                cells.append(str(value).lower())
            case _:
                cells.append(str(value))
    return cells
