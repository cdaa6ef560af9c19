"""Who may do what, as a table; and whose rows a personal login sees, by whatever way it tries."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from deskhouse.warehouse.connection import Role
from tests.integration.warehouse.desk import DIMENSIONS, MARTS, TICKET_MARTS, Desk
from tests.reference.configuration import AgentRow, Configuration, TeamRow

AS_OF = datetime(2026, 5, 5, tzinfo=UTC)
ROLES = ("loader", "transformer", "reader", "people", "public")

# What each may do; of several lines the most exact one counts, and what is in none is nobody's.
# The transformer owns what dbt makes. `public` is everybody.
SCHEMAS = {
    "loader": {"raw": "usage", "ops": "usage", "public": "usage"},
    "transformer": {"raw": "usage", "ops": "usage", "public": "usage"},
    "reader": {"marts": "usage", "ops": "usage", "public": "usage"},
    "people": {"marts": "usage", "ops": "usage", "public": "usage"},
    "public": {"public": "usage"},
}
OPS_VIEWS = dict.fromkeys(
    ("ops.data_state", "ops.freshness", "ops.quarantine_counts", "ops.verdicts"), "select"
)
TABLES: dict[str, dict[str, str]] = {
    "loader": {
        "raw.*": "insert select",
        "raw.batches": "insert select update",
        "raw.source_states": "insert select update",
        "raw.landing": "delete insert select",
        "raw.config_agents": "delete insert select update",
        "raw.config_teams": "delete insert select update",
        "raw.config_calendar_hours": "delete insert select update",
        "raw.config_calendar_exceptions": "delete insert select update",
        "raw.config_calendar_assignments": "delete insert select update",
        "raw.config_calendars": "delete insert select update",
        "raw.config_calendar_openings": "delete insert select update",
        "raw.config_sla_policies": "delete insert select update",
        "raw.calendar_reach": "insert select update",
    },
    "transformer": {
        "raw.*": "select",
        "ops.*": "select",
        "ops.builds": "insert select update",
        "ops.judgements": "insert select update",
        "ops.fitness": "insert select update",
    },
    "reader": {"marts.*": "select", **OPS_VIEWS},
    "people": {"marts.*": "select", **OPS_VIEWS},
    "public": {},
}
POLICY = {"ops.my_teams", "ops.sees_all"}
LAST_SUM = {f"ops.last_sum{part}" for part in ("", "_step", "_combine", "_end")}
JUDGED = {"marts.sla_instances"}
FUNCTIONS = {
    "loader": {"raw.make_room", "ops.key_shown"},
    "transformer": {
        "ops.day_start",
        "ops.ensure_months",
        "ops.hour_start",
        "ops.key_shown",
        "ops.purge_verdicts",
        *POLICY,
        *LAST_SUM,
        *JUDGED,
    },
    "reader": POLICY | LAST_SUM | JUDGED,
    "people": POLICY | LAST_SUM | JUDGED,
    "public": set[str](),
}
SEQUENCES = {"loader": {"raw.batch_ids"}}
DATABASE = {
    "loader": "connect temporary",
    "transformer": "connect create temporary",
    "reader": "connect",
    "people": "connect",
    "public": "",
}

IN_OURS = "n.nspname !~ '^(pg_|information_schema)'"
SCHEMAS_HELD = f"""
    select nspname, concat_ws(' ',
        case when has_schema_privilege(%(role)s, n.oid, 'create') then 'create' end,
        case when has_schema_privilege(%(role)s, n.oid, 'usage') then 'usage' end)
    from pg_namespace as n
    where {IN_OURS} and pg_get_userbyid(n.nspowner) <> %(role)s
"""
# A month's table is reached through the one that it belongs to.
TABLES_HELD = f"""
    select format('%%s.%%s', n.nspname, c.relname), c.relispartition, array_to_string(array(
        select p from unnest(array[
            'delete', 'insert', 'references', 'select', 'trigger', 'truncate', 'update']) as p
        where has_table_privilege(%(role)s, c.oid, p)
            or (p in ('insert', 'references', 'select', 'update')
                and has_any_column_privilege(%(role)s, c.oid, p))
        order by p), ' ')
    from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
    where {IN_OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and pg_get_userbyid(c.relowner) <> %(role)s
"""
FUNCTIONS_HELD = f"""
    select format('%%s.%%s', n.nspname, p.proname)
    from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace
    where {IN_OURS} and has_function_privilege(%(role)s, p.oid, 'execute')
"""
SEQUENCES_HELD = f"""
    select format('%%s.%%s', n.nspname, c.relname)
    from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
    where {IN_OURS}
        and case when c.relkind = 'S' then has_sequence_privilege(%(role)s, c.oid, 'usage') end
"""
DATABASE_HELD = """
    select concat_ws(' ',
        case when has_database_privilege(%(role)s, current_database(), 'connect')
            then 'connect' end,
        case when has_database_privilege(%(role)s, current_database(), 'create') then 'create' end,
        case when has_database_privilege(%(role)s, current_database(), 'temporary')
            then 'temporary' end)
"""
POWERS = """
    select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
        exists (select from pg_auth_members where member = r.oid)
    from pg_roles as r where rolname = %(role)s
"""


PROMISE = {"metric": "resolution", "target_seconds": 3600, "hours": "calendar"}


def _event(ticket: int, number: int, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "event_id": str(number),
        "source": "desk",
        "ticket_id": str(ticket),
        "type": kind,
        "occurred_at": (AS_OF - timedelta(days=2) + timedelta(minutes=number)).isoformat(),
        "actor_kind": "agent",
        "actor_id": "a1",
        **more,
    }


def _ticket(ticket: int, team: str | None, later: str | None = None) -> list[dict[str, Any]]:
    """Asked, answered, handed over if there is a later team, asked again, rated, promised."""
    asked = {"channel": "email", "team_id": team, "requester_id": "c1", "assignee_id": "a1"}
    given = {name: value for name, value in asked.items() if value}
    customer = {"actor_kind": "customer", "actor_id": "c1"}
    log = [
        _event(ticket, 1, "ticket_created", attributes=given, **customer),
        _event(ticket, 2, "public_reply"),
        _event(ticket, 3, "public_reply", **customer),
        _event(ticket, 5, "csat_offered"),
        _event(ticket, 6, "csat_rated", attributes={"score": 5, "scale": 5}, **customer),
        _event(ticket, 7, "sla_target_set", attributes=PROMISE),
    ]
    if later:
        log.append(_event(ticket, 4, "team_changed", from_value=team, to_value=later))
    return log


LOG = [*_ticket(1, "t1"), *_ticket(2, "t1", "t2"), *_ticket(3, "t2"), *_ticket(4, None)]
CONFIGURATION = Configuration(
    agents=(AgentRow("desk", "a1", "ann"),),
    teams=(TeamRow("desk", "t1", "billing"), TeamRow("desk", "t2", "support")),
)
# Persons, what they were granted, and the tickets that they see whole.
GRANTS = {
    "biller": ({"billing"}, {"1", "2"}),
    "supporter": ({"support"}, {"2", "3"}),
    "both": ({"billing", "support"}, {"1", "2", "3"}),
    "chief": ({"*"}, {"1", "2", "3", "4"}),
    "stranger": (set[str](), set[str]()),
}


@pytest.fixture(scope="module")
def desk(standing_desk: Desk) -> Iterator[Desk]:
    """A desk of two teams, and persons with logins of their own."""
    standing_desk.configure(CONFIGURATION)
    standing_desk.deliver(LOG)
    standing_desk.build(AS_OF)
    names = {person: _login(standing_desk, person) for person in GRANTS}
    with standing_desk.warehouse.connect(Role.OWNER) as owner:
        people = sql.Identifier(standing_desk.warehouse.role_name("people"))
        for person, (teams, _) in GRANTS.items():
            login = sql.Identifier(names[person])
            owner.execute(
                sql.SQL("create role {} login password 'known' in role {}").format(login, people)
            )
            for team in teams:
                owner.execute(
                    "insert into ops.access_policy values (%s, %s)", (names[person], team)
                )
    yield standing_desk
    with standing_desk.warehouse.connect(Role.OWNER) as owner:
        owner.execute(
            "delete from ops.access_policy where person = any (%s)", (list(names.values()),)
        )
        for name in names.values():
            owner.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


def _login(desk: Desk, person: str) -> str:
    return f"{desk.warehouse.database}_{person}"


def _as(desk: Desk, person: str) -> psycopg.Connection[Any]:
    """A session of a person's own."""
    return psycopg.connect(
        host=desk.warehouse.host,
        port=desk.warehouse.port,
        dbname=desk.warehouse.database,
        user=_login(desk, person),
        password="known",
        autocommit=True,
        options="-c timezone=UTC",
    )


def _held(desk: Desk, role: str, query: str) -> list[Any]:
    name = role if role == "public" else desk.warehouse.role_name(role)
    with desk.warehouse.connect(Role.OWNER) as owner:
        return owner.execute(query.encode(), {"role": name}).fetchall()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_it_must_and_nothing_else(desk: Desk, role: str) -> None:
    schemas = {name: held for name, held in _held(desk, role, SCHEMAS_HELD) if held}
    assert schemas == SCHEMAS[role]
    allowed = TABLES[role]
    for name, is_part, held in _held(desk, role, TABLES_HELD):
        expected = allowed.get(name, allowed.get(f"{name.split('.')[0]}.*", ""))
        if is_part:
            assert set(held.split()) <= set(expected.split()), name
        else:
            assert (name, held) == (name, expected)
    assert {name for (name,) in _held(desk, role, FUNCTIONS_HELD)} == FUNCTIONS[role]
    assert {name for (name,) in _held(desk, role, SEQUENCES_HELD)} == SEQUENCES.get(role, set())
    assert _held(desk, role, DATABASE_HELD) == [(DATABASE[role],)]
    if role != "public":
        assert _held(desk, role, POWERS) == [(False,) * 6]


def test_the_server_looks_after_sessions_of_builds_whose_client_is_gone(desk: Desk) -> None:
    """What it does for one that was killed is shown in tests of crashes."""
    shown = "show client_connection_check_interval"
    assert desk.rows(shown, Role.TRANSFORMER) == [("2s",)]


def test_a_person_sees_the_rows_of_granted_teams_and_no_other_also_after_a_swap(
    desk: Desk,
) -> None:
    for _ in range(2):
        for person, (teams, tickets) in GRANTS.items():
            with _as(desk, person) as session:
                for mart in MARTS:
                    granted = _granted(desk, mart, teams, tickets)
                    assert _rows(session, mart) == granted, (person, mart)
                judged = f"sla_instances('{AS_OF.isoformat()}')"
                assert _rows(session, judged) == _rows(session, "fct_sla_instances"), person
        desk.build(AS_OF, full_refresh=True)


def _granted(desk: Desk, mart: str, teams: set[str], tickets: set[str]) -> list[str]:
    """What the reader sees of a mart, reduced to some teams or tickets."""
    whole = desk.rows(f"select t::text, to_jsonb(t) from marts.{mart} as t")
    assert whole, mart
    if mart in DIMENSIONS or "*" in teams:
        kept = [text for text, _ in whole]
    elif mart in TICKET_MARTS and mart != "metrics_raw":
        kept = [text for text, row in whole if row["ticket_id"] in tickets]
    else:
        kept = [text for text, row in whole if row["team_id"] in teams]
    return sorted(kept)


def _rows(session: psycopg.Connection[Any], mart: str) -> list[str]:
    rows = session.execute(f"select t::text from marts.{mart} as t".encode())
    return sorted(row for (row,) in rows)


def test_nothing_that_a_person_may_set_widens_what_is_seen(desk: Desk) -> None:
    reader, people = (desk.warehouse.role_name(role) for role in ("reader", "people"))
    seen = _granted(desk, "fct_tickets", *GRANTS["biller"])
    for attempt in (
        f"set role {people}",
        f"select set_config('role', '{people}', false)",
        "select set_config('search_path', 'pg_temp, core, ops', false)",
        "select set_config('deskhouse.person', 'chief', false)",
        "set row_security = off",
        "set session characteristics as transaction isolation level serializable",
    ):
        with _as(desk, "biller") as session:
            session.execute(attempt.encode())
            assert (attempt, _rows(session, "fct_tickets")) == (attempt, seen)
    for attempt in (
        f"set role {reader}",
        f"set role {_login(desk, 'chief')}",
        f"set session authorization {reader}",
        f"select set_config('role', '{reader}', false)",
        f"select set_config('session_authorization', '{reader}', false)",
        f"grant {reader} to current_user",
        "insert into ops.access_policy values (session_user, '*')",
        "select * from ops.access_policy",
        "select * from core.fct_tickets",
        "select * from raw.ticket_events",
        "create temporary table access_policy (person text, team text)",
        "create schema mine",
        "create function public.sees_all() returns boolean language sql return true",
        "create or replace function ops.sees_all() returns boolean language sql return true",
        "alter view marts.fct_tickets reset (security_barrier)",
    ):
        with _as(desk, "biller") as session:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(attempt.encode())
            assert (attempt, _rows(session, "fct_tickets")) == (attempt, seen)


def test_a_condition_is_not_asked_of_rows_that_a_person_does_not_see(desk: Desk) -> None:
    """It could tell of them by failing."""
    trap = "select ticket_id from marts.fct_reply_streaks where 1 / (4 - ticket_id::integer) >= 0"
    with _as(desk, "biller") as session:
        assert set(session.execute(trap.encode())) == {("1",), ("2",)}
    with _as(desk, "chief") as session, pytest.raises(psycopg.errors.DivisionByZero):
        session.execute(trap.encode())


def test_a_grant_holds_from_the_next_query_on_and_ends_likewise(desk: Desk) -> None:
    with _as(desk, "stranger") as session, desk.warehouse.connect(Role.OWNER) as owner:
        login = _login(desk, "stranger")
        owner.execute("insert into ops.access_policy values (%s, 'support')", (login,))
        owner.commit()
        assert session.execute("select count(*) from marts.fct_tickets").fetchall() == [(2,)]
        owner.execute("delete from ops.access_policy where person = %s", (login,))
        owner.commit()
        assert session.execute("select count(*) from marts.fct_tickets").fetchall() == [(0,)]
