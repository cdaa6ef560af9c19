"""The reader of statements sees what the rules need it to see."""

import pytest

from tests.architecture import statements
from tests.architecture.statements import Cte, Join, blanked

SQL = """
-- One row per ticket (a comment with join nothing on nothing).
with

events as (
    select
        ticket_key,
        ') join x on y' as text,
        lag(at) over (partition by ticket_key order by at) as before,
        sum(n) over trailing_hours as n
    from "db"."staging"."stg_ticket_events"
    window trailing_hours as (partition by team_id order by at)
),

named as not materialized (
    select distinct on (ticket_key, at)
        e.ticket_key,
        case when (select count(*) from events) > 1 then 1 end as many
    from events as e
    inner join (
        select distinct kind, source
        from stg_accounts
    ) as a
        on e.source = a.source and e.actor_id = a.account_id
    left join lateral (
        values (1)
    ) as v (n) on true
    cross join days
    where e.at is distinct from a.at
    order by e.ticket_key
),

summed as (
    select
        ticket_key,
        count(distinct kind)
    from named inner join events using (ticket_key)
    where true
    group by coalesce(ticket_key, 'x'), extract(hour from at) having count(*) > 1
)

select * from summed
"""


@pytest.fixture
def sql() -> str:
    return blanked(SQL)


def test_comments_and_literals_are_blanked_in_place(sql: str) -> None:
    assert len(sql) == len(SQL)
    assert sql.count("\n") == SQL.count("\n")
    assert "nothing" not in sql
    assert "join x on y" not in sql


def test_ctes_are_told_from_windows(sql: str) -> None:
    found = statements.ctes(sql)
    assert [(cte.name, cte.is_not_materialized) for cte in found] == [
        ("events", False),
        ("named", True),
        ("summed", False),
    ]
    assert isinstance(found[0], Cte)
    assert "partition by ticket_key" in found[0].body


def test_every_reading_of_a_cte_counts(sql: str) -> None:
    assert [statements.uses(sql, name) for name in ("events", "named", "summed", "days")] == [
        3,
        1,
        1,
        1,
    ]


def test_windows_are_seen_by_name_and_in_place(sql: str) -> None:
    assert list(statements.windows(sql)) == [
        "partition by team_id order by at",
        "partition by ticket_key order by at",
    ]


def test_a_window_that_is_not_there_is_an_error() -> None:
    with pytest.raises(AssertionError, match="there is no window later"):
        list(statements.windows("select sum(n) over later from t"))


def test_groups_end_where_their_clause_does(sql: str) -> None:
    found = [" ".join(group.split()) for group in statements.groups(sql)]
    assert found == [
        "coalesce(ticket_key, ), extract(hour from at)",
        "ticket_key, at",
        "kind, source",
    ]


def test_joins_with_a_condition_are_seen_with_it(sql: str) -> None:
    found = [
        Join(join.relation, " ".join(join.condition.split())) for join in statements.joins(sql)
    ]
    assert found == [
        Join("", "e.source = a.source and e.actor_id = a.account_id"),
        Join("events", "(ticket_key)"),
    ]
