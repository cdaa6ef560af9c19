"""Dagster's tables in Postgres, over connections that stay open.

Dagster's own opens one for each statement, a hundred for a quiet refresh, and logging in is what
they cost. Its web server has a way to keep them; here every process has it.
"""

from collections.abc import Mapping
from typing import Any

from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import pg_url_from_config

_STATEMENT_MILLISECONDS = 60_000
_RECYCLE_SECONDS = 3_600
_MORE_CONNECTIONS = 20


class PooledStorage(DagsterPostgresStorage):
    """As Dagster's, with a connection kept open for each kind of table."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "PooledStorage":
        """Made from dagster.yaml."""
        made = cls(postgres_url=pg_url_from_config(config_value), inst_data=inst_data)
        for part in (made.run_storage, made.event_log_storage, made.schedule_storage):
            part.optimize_for_webserver(
                _STATEMENT_MILLISECONDS, _RECYCLE_SECONDS, _MORE_CONNECTIONS
            )
        return made
