"""`teams.csv`: the sources' teams, and the team each is part of, dated."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from deskhouse.configuration.tables import Row, read_table, require_unique

FILE = "teams.csv"
_COLUMNS = ("source", "team_id", "team", "name")


@dataclass(frozen=True, slots=True)
class TeamOfSource:
    """From `valid_from` on (None: always) a source's team is part of this team."""

    source: str
    team_id: str
    team: str
    name: str | None
    valid_from: date | None


def read_teams(folder: Path) -> tuple[TeamOfSource, ...]:
    """The teams of the folder's `teams.csv`.

    Raises:
        WrongConfiguration: names the row and the column.
    """
    rows = read_table(folder / FILE, _COLUMNS, optional=("valid_from",))
    teams = [(row, _team(row)) for row in rows]
    require_unique(
        ((row, (team.source, team.team_id, team.valid_from)) for row, team in teams),
        "team_id",
        "the same team from the same date",
    )
    _require_one_name(teams)
    return tuple(team for _, team in teams)


def _team(row: Row) -> TeamOfSource:
    return TeamOfSource(
        source=row.source("source"),
        team_id=row.identifier("team_id"),
        team=row.unreserved("team"),
        name=row.optional("name"),
        valid_from=row.date("valid_from"),
    )


def _require_one_name(teams: list[tuple[Row, TeamOfSource]]) -> None:
    """Rows of one team give it the same name from the same date; empty says nothing."""
    said: dict[tuple[str, date | None], tuple[Row, str]] = {}
    for row, team in teams:
        if team.name is None:
            continue
        first, other = said.setdefault((team.team, team.valid_from), (row, team.name))
        if other != team.name:
            raise row.wrong(
                "name",
                f"{team.name!r} contradicts {other!r} in row {first.number},"
                f" of the same team {team.team!r} from the same date",
            )
