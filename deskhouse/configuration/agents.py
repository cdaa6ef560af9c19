"""`agents.csv`: accounts in the sources, and the person each belongs to, dated."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from deskhouse.configuration.tables import Row, read_table, require_unique

FILE = "agents.csv"
_COLUMNS = ("source", "actor_id", "agent_id", "name", "email", "team_id", "is_bot")


@dataclass(frozen=True, slots=True)
class Account:
    """From `valid_from` on (None: always) an account of a source is this person's.

    `team_id` is the person's own team; `is_bot` says that the account is a bot's, whatever its
    events say.
    """

    source: str
    actor_id: str
    agent_id: str
    name: str | None
    email: str | None
    team_id: str | None
    is_bot: bool
    valid_from: date | None


def read_agents(folder: Path) -> tuple[Account, ...]:
    """The accounts of the folder's `agents.csv`.

    Raises:
        WrongConfiguration: names the row and the column.
    """
    rows = read_table(folder / FILE, _COLUMNS, optional=("valid_from",))
    accounts = [(row, _account(row)) for row in rows]
    require_unique(
        (
            (row, (account.source, account.actor_id, account.valid_from))
            for row, account in accounts
        ),
        "actor_id",
        "the same account from the same date",
    )
    _require_one_person(accounts)
    return tuple(account for _, account in accounts)


def _account(row: Row) -> Account:
    if row.optional("team_id") is not None:
        row.unreserved("team_id")
    return Account(
        source=row.source("source"),
        actor_id=row.identifier("actor_id"),
        agent_id=row.unreserved("agent_id"),
        name=row.optional("name"),
        email=row.optional("email"),
        team_id=row.optional("team_id"),
        is_bot=row.flag("is_bot"),
        valid_from=row.date("valid_from"),
    )


def _require_one_person(accounts: list[tuple[Row, Account]]) -> None:
    """Accounts of one person say the same of the person from the same date; empty says nothing."""
    said: dict[tuple[str, date | None, str], tuple[Row, str]] = {}
    for row, account in accounts:
        for column in ("name", "email", "team_id"):
            value = row.optional(column)
            if value is None:
                continue
            first, other = said.setdefault(
                (account.agent_id, account.valid_from, column), (row, value)
            )
            if other != value:
                raise row.wrong(
                    column,
                    f"{value!r} contradicts {other!r} in row {first.number},"
                    f" of the same agent_id {account.agent_id!r} from the same date",
                )
