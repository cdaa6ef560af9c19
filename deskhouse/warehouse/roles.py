"""Who may do what in the warehouse, made so again at each `deskhouse up`.

| role        | may                                                                         |
|-------------|-----------------------------------------------------------------------------|
| owner       | owns `raw`, `live`, `ops`; makes roles; migrates                            |
| transformer | owns dbt's schemas; reads `raw` and `ops`; writes builds and verdicts to `ops` |
| loader      | appends to `raw`; replaces `raw.config_*`                                   |
| reader      | reads `marts` (every row) and the public views of `ops`                     |
| people      | no login: the group of personal logins, who read `marts` as policy lets them |
"""

import psycopg
from psycopg import sql

from deskhouse.warehouse.connection import Role, Warehouse

_LOGINS = (Role.TRANSFORMER, Role.LOADER, Role.READER)

# {names} are identifiers of this database's roles, filled in by `apply`.
_GRANTS = """
grant connect, temporary on database {database} to {transformer}, {loader};
grant connect on database {database} to {reader}, {people};
revoke all on database {database} from public;
revoke create on schema public from public;
-- A function is everybody's to call when it is made.
revoke execute on all functions in schema raw, ops from public;
grant create on database {database} to {transformer};

grant usage on schema raw, ops to {transformer};
grant select on all tables in schema raw, ops to {transformer};
alter default privileges in schema raw grant select on tables to {transformer};
grant insert, update on ops.builds, ops.judgements, ops.fitness to {transformer};
grant execute on all functions in schema ops to {transformer};

grant usage on schema raw, ops to {loader};
grant select, insert on all tables in schema raw to {loader};
grant update on raw.batches, raw.source_states to {loader};
grant delete on raw.landing to {loader};
grant update, delete on raw.config_agents, raw.config_teams, raw.config_calendar_hours,
raw.config_calendar_exceptions, raw.config_calendar_assignments, raw.config_calendars,
raw.config_calendar_openings, raw.config_sla_policies to {loader};
grant update on raw.calendar_reach to {loader};
grant usage on sequence raw.batch_ids to {loader};
grant execute on function raw.make_room, ops.key_shown to {loader};

grant usage on schema ops to {reader}, {people}, {transformer};
grant execute on function ops.sees_all, ops.my_teams to {reader}, {people};
-- ops.last_sum, and what it is made of.
grant execute on function ops.last_sum(timestamptz, bigint), ops.last_sum_step,
ops.last_sum_combine, ops.last_sum_end to {reader}, {people};
grant select on ops.data_state, ops.verdicts, ops.freshness, ops.quarantine_counts
to {reader}, {people};
"""


def apply(warehouse: Warehouse, connection: psycopg.Connection) -> None:
    """Make the roles, their passwords and their grants so, in the connection's transaction."""
    names = {role: warehouse.role_name(role) for role in (*_LOGINS, "people")}
    identifiers = {str(role): sql.Identifier(name) for role, name in names.items()}
    for role in _LOGINS:
        ensure_login(connection, names[role], warehouse.password(role))
    if not _exists(connection, names["people"]):
        connection.execute(sql.SQL("create role {} nologin").format(identifiers["people"]))
    # A build that was killed must not leave a backend busy behind it.
    connection.execute(
        sql.SQL("alter role {} set client_connection_check_interval = '2s'").format(
            identifiers["transformer"]
        )
    )
    database = sql.Identifier(warehouse.database)
    connection.execute(sql.SQL(_GRANTS).format(database=database, **identifiers))
    for role in (Role.READER, Role.TRANSFORMER, Role.OWNER):
        connection.execute(
            "insert into ops.access_policy (person, team) values (%s, '*') on conflict do nothing",
            (warehouse.role_name(role),),
        )


def _exists(connection: psycopg.Connection, name: str) -> bool:
    found = connection.execute("select from pg_roles where rolname = %s", (name,)).fetchone()
    return found is not None


def ensure_login(connection: psycopg.Connection, name: str, password: str) -> None:
    """Make a login with this password; the server sees its scram verifier, never the password."""
    verifier = connection.pgconn.encrypt_password(
        password.encode(), name.encode(), b"scram-sha-256"
    ).decode()
    verb = "alter" if _exists(connection, name) else "create"
    connection.execute(
        sql.SQL("{} role {} login password {}").format(
            sql.SQL(verb), sql.Identifier(name), sql.Literal(verifier)
        )
    )
