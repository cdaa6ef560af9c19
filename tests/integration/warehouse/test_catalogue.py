"""What the database itself says of the marts: comments, grants, partitions; also after a swap."""

from datetime import UTC, datetime

import psycopg
import pytest

from deskhouse.warehouse.connection import Role
from tests.integration.warehouse.desk import MARTS, Desk
from tests.integration.warehouse.test_worked_examples import TRUTH

AS_OF = datetime(2026, 8, 1, tzinfo=UTC)

# Of what models make; `core` also keeps what the build knows of itself. dbt comments no column of a
# materialized view, but the public view over each has its comments.
UNCOMMENTED = """
    select distinct format('%s.%s', n.nspname, c.relname)
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname in ('staging', 'intermediate', 'core', 'marts')
        and c.relkind in ('r', 'p', 'v') and not c.relispartition
        and not (n.nspname = 'core' and c.relname in ('marks', 'current_build', 'metrics_changes'))
        and (
            col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null
        )
    order by 1
"""
READABLE = """
    select format('%s.%s', n.nspname, c.relname)
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    where n.nspname in ('raw', 'staging', 'intermediate', 'core', 'marts')
        and c.relkind in ('r', 'p', 'v', 'm')
        and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
    order by 1
"""
PARTITIONED = """
    select c.relname
    from pg_partitioned_table as p
    inner join pg_class as c on p.partrelid = c.oid
    where c.relnamespace = 'core'::regnamespace
"""


@pytest.fixture(params=["built", "rebuilt and swapped"])
def built(desk: Desk, request: pytest.FixtureRequest) -> Desk:
    """A desk with marts, as a first build leaves them and as a full refresh does."""
    desk.deliver_file(TRUTH / "worked_example.ndjson")
    desk.build(AS_OF)
    if request.param != "built":
        desk.build(AS_OF, full_refresh=True)
    return desk


def test_marts_describe_themselves_and_are_the_readers_to_read(built: Desk) -> None:
    assert built.rows(UNCOMMENTED, Role.OWNER) == []
    readable = sorted(f"marts.{name}" for name in (*MARTS, "current_build"))
    assert [name for (name,) in built.rows(READABLE)] == readable
    with built.warehouse.connect(Role.READER) as reader:
        for name in MARTS:
            assert reader.execute(f"select count(*) from marts.{name}").fetchone() is not None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("create table marts.mine (a integer)")
    assert built.rows(PARTITIONED, Role.OWNER) == [("metrics_raw",)]
