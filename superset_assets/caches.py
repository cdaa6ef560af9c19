"""What Superset keeps of the data: dropped for the datasets that a build changed, and no others.

Superset's cache keys carry the instant at which a dataset changed, so to move that instant is to
forget what was kept of it.
"""

from collections.abc import Collection
from contextlib import suppress

import psycopg

from deskhouse.metrics.catalog import Catalog
from deskhouse.warehouse.beside import database_beside
from deskhouse.warehouse.connection import Role, Warehouse, loss_told
from superset_assets.assets import uuid_of
from superset_assets.references import marts_of

_DAY_BEGAN = """
select
    coalesce(
        (b.as_of at time zone b.time_zone)::date <> (p.as_of at time zone b.time_zone)::date, true
    )
from ops.builds as b
left join lateral (
    select as_of from ops.builds
    where state = 'done' and build_id < b.build_id
    order by build_id desc limit 1
) as p on true
where b.build_id = %s
"""

_IS_THERE = "select from pg_database where datname = %s"


def datasets_changed(
    catalog: Catalog, models: Collection[str], *, day_began: bool
) -> tuple[str, ...]:
    """The datasets that differ after a build that ran `models`.

    A build that runs no model behind a dataset found nothing new for it. But when a day began,
    "last week" is another one, and Superset keeps answers by such words; and what holds no metrics
    tells of the build itself.
    """
    return tuple(
        source.name
        for source in catalog.sources
        if day_began
        or not catalog.of_source(source.name)
        or not marts_of(source).isdisjoint(models)
    )


def forget(
    warehouse: Warehouse, catalog: Catalog, build_id: int, models: Collection[str]
) -> tuple[str, ...]:
    """Have Superset forget what it keeps of the datasets that a build changed; their names.

    Where Superset was never started, there is nothing to forget.

    Raises:
        ServiceDown: Postgres, or Superset's database there, does not answer.
    """
    with loss_told("the forgetting of Superset's caches"):
        with warehouse.connect(Role.TRANSFORMER) as connection:
            row = connection.execute(_DAY_BEGAN, (build_id,)).fetchone()
            superset = database_beside(warehouse, "superset")
            there = connection.execute(_IS_THERE, (superset.database,)).fetchone()
        names = datasets_changed(catalog, models, day_began=row == (True,))
        if there is not None:
            _touch(superset, names)
    return names


def _touch(superset: Warehouse, names: tuple[str, ...]) -> None:
    with superset.connect(Role.OWNER) as connection, suppress(psycopg.errors.UndefinedTable):
        connection.execute(
            "update tables set changed_on = clock_timestamp() at time zone 'utc'"
            " where uuid = any(%s::uuid[])",
            ([uuid_of("datasets", name) for name in names],),
        )
