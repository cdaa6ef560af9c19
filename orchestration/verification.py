"""Is what is kept what would be built anew? Asked each night of tickets old and new.

Marts are kept up to date by difference, so a mistake in one row would stay. Here the models' own
statements are run once more, from raw to measurements, over a choice of tickets: those that
something came for in the last seven days, and of the others one in a hundred, other ones each
night, so that each is looked at within a hundred nights. What comes out is held against what is
kept, row for row. All of it happens in one transaction that is rolled back.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection, sql

from deskhouse.build import builds
from deskhouse.build.transform import ModelText, Transformer
from deskhouse.errors import AnswerIsNo, Failed
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse, loss_told

COMPARED = (
    "stg_ticket_events",
    "int_ticket_events_ordered",
    "fct_tickets",
    "fct_ticket_intervals",
    "fct_reply_streaks",
    "fct_ticket_fields",
    "int_sla_targets",
    "fct_sla_segments",
    "fct_sla_instances",
    "customer_satisfaction",
    "metrics_raw",
)
"""The tables kept by ticket, each after those that it reads."""

MOST_TICKETS = 100_000
"""So many tickets are looked at in a night, of each of the two kinds."""

_SHOWN = 5

# Hashed, so that one in a hundred is anyone, and the same one whoever asks.
_CHOSEN = """
create temp table changed_tickets on commit drop as
with touched as (
    select distinct e.ticket_key from staging.stg_ticket_events as e
    inner join raw.batches as b on b.batch_id = e.batch_id
    where b.accepted_at > %(now)s - interval '7 days'
),
others as (
    select t.ticket_key from core.fct_tickets as t
    where mod(hashtextextended(t.ticket_key, 0) & 1048575, 100) = %(turn)s
    except
    select ticket_key from touched
)
(select ticket_key from touched order by hashtextextended(ticket_key, %(turn)s) limit %(most)s)
union all
(select ticket_key from others order by hashtextextended(ticket_key, %(turn)s) limit %(most)s)
"""
_ARRIVED = """
create temp view arrived_events as
select e.*, b.position as batch_position
from raw.ticket_events as e
inner join raw.batches as b on b.batch_id = e.batch_id
inner join changed_tickets as c on c.ticket_key = e.ticket_key
where b.position <= {position}
"""
_DIFFERENCE = """
with kept as (
    select {columns} from {table} inner join changed_tickets using (ticket_key)
),
missing as (select {columns} from {shadow} except all select {columns} from kept),
surplus as (select {columns} from kept except all select {columns} from {shadow}),
shown as (
    select distinct ticket_key from (
        select ticket_key from missing union all select ticket_key from surplus
    ) as either
    order by ticket_key limit {shown}
)
select
    (select count(*) from missing),
    (select count(*) from surplus),
    array(select ops.key_shown(ticket_key) from shown order by ticket_key)
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A table that is not what it should be.

    `missing` rows would be made and are not kept, `surplus` ones the other way round; `examples`
    are keys of up to five tickets.
    """

    table: str
    missing: int
    surplus: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        """One line: `fct_tickets: 1 row missing, 1 surplus (desk:7)`."""
        return (
            f"{self.table}: {self.missing:,} missing, {self.surplus:,} surplus"
            f" ({', '.join(self.examples)})"
        )


@dataclass(frozen=True, slots=True)
class Verified:
    """How many tickets of which build were looked at, and what differs."""

    build_id: int
    tickets: int
    differences: tuple[Difference, ...]
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether what is kept is what would be built anew."""
        return not self.differences

    def __str__(self) -> str:
        """A line, and one for each table that differs."""
        found = "as built anew" if self.is_good else "not as built anew"
        head = f"build {self.build_id}: {self.tickets:,} tickets {found} in {self.seconds:.1f} s"
        return "\n".join([head, *map(str, self.differences)])


def verify(settings: Settings, warehouse: Warehouse, *, now: datetime) -> Verified:
    """Build a choice of tickets anew, aside, and hold what is kept against it.

    `now` says which were touched lately, and whose turn it is of the others. No build runs
    meanwhile.

    Raises:
        AnswerIsNo: nothing is built yet.
        Busy: a build runs.
        BuildFailed: dbt cannot read the project.
        ServiceDown: Postgres does not answer, or went away.
        Failed: a statement failed.
    """
    began = time.perf_counter()
    texts = Transformer(warehouse, settings.home).compile("live", COMPARED)
    try:
        with (
            loss_told("the verification"),
            warehouse.connect(Role.TRANSFORMER, autocommit=True) as lock,
            builds.one_at_a_time(lock, patience=60),
        ):
            standing = builds.standing(lock)
            if standing is None:
                raise AnswerIsNo("nothing is built yet", "Run `deskhouse build` first.")
            with warehouse.connect(Role.TRANSFORMER) as connection:
                tickets = _choose(connection, now)
                _build_aside(connection, texts, standing)
                found = [_difference(connection, texts[name]) for name in COMPARED]
                connection.rollback()
    except psycopg.Error as error:
        problem = str(error).strip().splitlines()[0]
        raise Failed(f"the verification failed: {problem}") from error
    seconds = time.perf_counter() - began
    return Verified(standing.build_id, tickets, tuple(filter(None, found)), seconds)


def _choose(connection: Connection[Any], now: datetime) -> int:
    """Bind `changed_tickets`; how many they are."""
    turn = now.toordinal() % 100
    connection.execute(_CHOSEN, {"now": now, "turn": turn, "most": MOST_TICKETS})
    connection.execute("create unique index on changed_tickets (ticket_key)")
    connection.execute("analyze changed_tickets")
    row = connection.execute("select count(*) from changed_tickets").fetchone()
    assert row is not None
    return int(row[0])


def _build_aside(
    connection: Connection[Any], texts: Mapping[str, ModelText], standing: builds.Standing
) -> None:
    """Make each table anew for the chosen tickets: what it reads of them is what was made anew."""
    connection.execute(
        sql.SQL("create temp view reporting_zone as select {}::text as name").format(
            sql.Literal(standing.time_zone)
        )
    )
    connection.execute(sql.SQL(_ARRIVED).format(position=sql.Literal(standing.to_position)))
    bound: dict[str, str] = {}
    for name in COMPARED:
        for alias, model in _names_bound(texts[name].hooks).items():
            if bound.setdefault(alias, model) != model:
                raise Failed(f"{alias} means {bound[alias]} and, in {name}, {model}")
            connection.execute(
                sql.SQL("create or replace temp view {} as select * from {}").format(
                    sql.Identifier(alias), _shadow(model)
                )
            )
        connection.execute(
            sql.SQL("create temp table {} on commit drop as {}").format(
                _shadow(name),
                sql.SQL(texts[name].query),
            )
        )
        connection.execute(sql.SQL("analyze {}").format(_shadow(name)))


def _names_bound(hooks: Sequence[str]) -> dict[str, str]:
    """The names that a model's hooks bind, and the models they stand for."""
    return dict(re.findall(r"'(\w+)'\s*:\s*ref\('(\w+)'\)", " ".join(hooks)))


def _difference(connection: Connection[Any], text: ModelText) -> Difference | None:
    """How a table differs from what was made anew, or None."""
    made = connection.execute(sql.SQL("select * from {} limit 0").format(_shadow(text.name)))
    columns = sql.SQL(", ").join(sql.Identifier(each.name) for each in made.description or ())
    row = connection.execute(
        sql.SQL(_DIFFERENCE).format(
            columns=columns,
            table=sql.Identifier(text.schema, text.name),
            shadow=_shadow(text.name),
            shown=sql.Literal(_SHOWN),
        )
    ).fetchone()
    assert row is not None
    missing, surplus, examples = row
    return Difference(text.name, missing, surplus, tuple(examples)) if examples else None


def _shadow(model: str) -> sql.Identifier:
    return sql.Identifier(f"shadow_{model}")
