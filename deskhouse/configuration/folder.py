"""The whole configuration folder, read and validated."""

from dataclasses import dataclass
from pathlib import Path

from deskhouse.configuration.agents import Account, read_agents
from deskhouse.configuration.calendars import ALWAYS, Calendars, read_calendars
from deskhouse.configuration.sla_policies import Policy, read_policies
from deskhouse.configuration.sources import SourceEntry, read_sources
from deskhouse.configuration.teams import TeamOfSource, read_teams
from deskhouse.errors import WrongInput


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the folder says."""

    folder: Path
    agents: tuple[Account, ...] = ()
    teams: tuple[TeamOfSource, ...] = ()
    sources: tuple[SourceEntry, ...] = ()
    calendars: Calendars = ALWAYS
    policies: tuple[Policy, ...] = ()


def read_configuration(folder: Path) -> Configuration:
    """Read every file of the folder; a missing file is an empty one.

    Raises:
        WrongInput: there is no such folder.
        WrongConfiguration: the first thing that is wrong, by file, row and column.
    """
    if not folder.is_dir():
        raise WrongInput(
            f"there is no configuration folder {folder}", "Make it, or set DESKHOUSE_CONFIG."
        )
    teams = read_teams(folder)
    return Configuration(
        folder=folder,
        agents=read_agents(folder),
        teams=teams,
        sources=read_sources(folder),
        calendars=read_calendars(folder),
        policies=read_policies(folder, {team.team for team in teams}),
    )
