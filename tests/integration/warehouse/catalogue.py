"""All that the database knows of dbt's schemas but the rows, as lines that can be compared."""

from psycopg import Connection

from deskhouse.warehouse.connection import Role
from tests.integration.warehouse.desk import Desk

SCHEMAS = ("staging", "intermediate", "core", "marts")

_RELATION = """
    select c.*, format('%%s.%%s', n.nspname, c.relname) as name
    from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any (%(schemas)s)
"""
_QUERIES = {
    "schema": """
        select nspname, pg_get_userbyid(nspowner), obj_description(oid, 'pg_namespace'),
            array(select a::text from unnest(nspacl) as a order by 1)
        from pg_namespace where nspname = any (%(schemas)s)
    """,
    "relation": """
        select name, relkind, relispartition, pg_get_expr(relpartbound, oid),
            pg_get_partkeydef(oid), relpersistence, relrowsecurity, pg_get_userbyid(relowner),
            array(select o from unnest(reloptions) as o order by 1),
            array(select a::text from unnest(relacl) as a order by 1),
            obj_description(oid, 'pg_class')
        from relation where relkind <> 'i' and relkind <> 'I'
    """,
    # What a month's columns mean is said by the table that it belongs to.
    "column": """
        select name, attnum, attname, format_type(atttypid, atttypmod), attnotnull,
            pg_get_expr(d.adbin, d.adrelid), attacl,
            case when not relispartition then col_description(r.oid, attnum) end
        from relation as r inner join pg_attribute as a on a.attrelid = r.oid
        left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where attnum > 0 and not attisdropped and relkind <> 'i' and relkind <> 'I'
    """,
    # dbt names an index anew each time.
    "index": """
        select name, indisunique, indisprimary, indisvalid,
            regexp_replace(pg_get_indexdef(indexrelid), 'INDEX \\S+ ON', 'INDEX ON')
        from relation as r inner join pg_index as i on i.indrelid = r.oid
    """,
    "constraint": """
        select name, contype, convalidated, pg_get_constraintdef(k.oid)
        from relation as r inner join pg_constraint as k on k.conrelid = r.oid
    """,
    "view": "select name, pg_get_viewdef(oid) from relation where relkind in ('v', 'm')",
}


def catalogue(desk: Desk) -> dict[str, list[str]]:
    """Each kind of thing, with its owner, grants and comment, as sorted lines."""
    with desk.warehouse.connect(Role.OWNER) as connection:
        return {kind: _lines(connection, query) for kind, query in _QUERIES.items()}


def _lines(connection: Connection[tuple[object, ...]], query: str) -> list[str]:
    rows = connection.execute(
        f"with relation as ({_RELATION}) {query}".encode(), {"schemas": list(SCHEMAS)}
    )
    return sorted(map(str, rows.fetchall()))
