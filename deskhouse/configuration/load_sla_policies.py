"""From the SLA policies of the folder to `raw`, with a note of where targets are others now."""

from dataclasses import replace
from typing import Any

from psycopg import Connection

from deskhouse.configuration.load_calendars import Reach
from deskhouse.configuration.rows import replace_rows
from deskhouse.configuration.sla_changes import Region, differing
from deskhouse.configuration.sla_policies import Policy


def reaching(wanted: Reach, policies: tuple[Policy, ...]) -> Reach:
    """How far calendars must be known where these policies give targets too."""
    longest = max(
        (policy.target_seconds for policy in policies if policy.hours == "business"), default=0
    )
    return replace(wanted, open_seconds=max(wanted.open_seconds, longest))


def load_policies(
    connection: Connection[Any], policies: tuple[Policy, ...], build_id: int
) -> tuple[Region, ...]:
    """Make the policies in `raw` what the folder says, in the caller's transaction.

    Notes in `raw.config_sla_changes`, under the build, where targets are others, and returns it.
    """
    before = replace_rows(connection, "config_sla_policies", policies, Policy)
    regions = differing(before, policies)
    with connection.cursor() as cursor:
        cursor.executemany(
            # A build that was killed before it began leaves its id, and its notes, to the next.
            "insert into raw.config_sla_changes"
            " select %(build)s, 1 + count(*), %(from)s::date, %(to)s::date,"
            " %(priorities)s::text[], %(but_priorities)s, %(channels)s::text[], %(but_channels)s,"
            " %(teams)s::text[], %(but_teams)s"
            " from raw.config_sla_changes where build_id = %(build)s",
            [_cells(region, build_id) for region in regions],
        )
    return regions


def _cells(region: Region, build_id: int) -> dict[str, object]:
    return {
        "build": build_id,
        "from": region.valid_from,
        "to": region.valid_to,
        "priorities": list(region.priorities.names),
        "but_priorities": region.priorities.is_all_but,
        "channels": list(region.channels.names),
        "but_channels": region.channels.is_all_but,
        "teams": list(region.teams.names),
        "but_teams": region.teams.is_all_but,
    }
