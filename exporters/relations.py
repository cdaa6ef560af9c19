"""What may be exported: the public marts, and the views of `ops` that readers see."""

import difflib
from typing import Any

from psycopg import Connection

from deskhouse.errors import WrongInput
from exporters.cells import Column, Relation

# Without its schema, a name is a mart's before it is a view's of `ops`.
_READABLE = """
    select n.nspname, c.relname, c.oid
    from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ('marts', 'ops') and c.relkind in ('r', 'p', 'v', 'm')
        and has_table_privilege(c.oid, 'select')
    order by n.nspname, c.relname
"""
_COLUMNS = """
    select a.attname, t.typname, t.typcategory
    from pg_attribute as a inner join pg_type as t on t.oid = a.atttypid
    where a.attrelid = %s and a.attnum > 0 and not a.attisdropped
    order by a.attnum
"""


def find_relation(connection: Connection[Any], asked: str) -> Relation:
    """The relation that is meant: `fct_tickets`, `marts.fct_tickets`, `ops.data_state`.

    Raises:
        WrongInput: there is none of that name for this login; the nearest is suggested.
    """
    readable = connection.execute(_READABLE).fetchall()
    for schema, name, oid in readable:
        if asked in {name, f"{schema}.{name}"}:
            columns = connection.execute(_COLUMNS, (oid,)).fetchall()
            return Relation(schema, name, tuple(Column(*column) for column in columns))
    names = [(schema, name) for schema, name, _ in readable]
    raise WrongInput(f"there is no relation {asked!r} to export", _hint(asked, names))


def _hint(asked: str, readable: list[tuple[str, str]]) -> str:
    if not any(schema == "marts" for schema, _ in readable):
        return "Nothing is built yet: deskhouse build makes the marts."
    names = [*(name for _, name in readable), *map(".".join, readable)]
    near = difflib.get_close_matches(asked, names, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"There are {', '.join(name for schema, name in readable if schema == 'marts')}."
