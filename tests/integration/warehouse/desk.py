"""A help desk to test with: deliveries in, builds made, marts read, as a user would do it."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from deskhouse.build.build import BuildReport, build
from deskhouse.gate import LineRules
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse
from ingestion.events import event_file
from ingestion.landing import land
from tests.reference.calendars import Calendars, written
from tests.reference.configuration import Configuration
from tests.reference.random_logs import configuration_files

Row = tuple[Any, ...]

TICKET_MARTS = (
    "fct_tickets",
    "fct_ticket_intervals",
    "fct_reply_streaks",
    "fct_ticket_fields",
    "fct_sla_segments",
    "fct_sla_instances",
    "customer_satisfaction",
    "metrics_raw",
)
ROLLUPS = tuple(
    f"{name}_{grain}"
    for name in ("channel_metrics", "agent_performance", "backlog")
    for grain in ("hourly", "daily")
)
OVERVIEWS = tuple(
    f"{name}_overview_{grain}" for name in ("channel", "agent") for grain in ("hourly", "daily")
)
DIMENSIONS = (
    "dim_agents",
    "dim_teams",
    "dim_channels",
    "dim_calendars",
    "dim_dates",
    "dim_hours",
)
MARTS = (*TICKET_MARTS, *ROLLUPS, *OVERVIEWS, *DIMENSIONS)


@dataclass
class Desk:
    """A warehouse and its settings."""

    settings: Settings
    warehouse: Warehouse
    _deliveries: int = field(default=0)

    def deliver(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Land contract events as one delivery."""
        self._deliveries += 1
        path = self.settings.home / f"delivery-{self._deliveries}.ndjson"
        lines = [json.dumps(record) for record in records]
        if lines:
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            land(self.warehouse, LineRules(), event_file(str(path)))

    def deliver_file(self, path: Path) -> None:
        """Land a file of contract events."""
        land(self.warehouse, LineRules(), event_file(str(path)))

    def configure(self, configuration: Configuration) -> None:
        """Write the files of a configuration: agents, teams, calendars, SLA policies."""
        for name, text in configuration_files(configuration).items():
            (self.settings.config / name).write_text(text, encoding="utf-8")

    def configure_calendars(self, calendars: Calendars) -> None:
        """Write the three files of calendars."""
        for name, text in written(calendars).items():
            (self.settings.config / name).write_text(text, encoding="utf-8")

    def configure_policies(self, policies: Iterable[Row]) -> None:
        """Write sla_policies.csv: rows of its columns in their order, None for an empty cell."""
        names = "position,policy_id,priority,channel,team_id,metric,hours,target_seconds,valid_from"
        rows = [["" if cell is None else cell for cell in row] for row in policies]
        self._write("sla_policies.csv", names, rows)

    def build(self, as_of: datetime, *, full_refresh: bool = False) -> BuildReport:
        """Build, as `deskhouse build --as-of` does."""
        return build(self.settings, self.warehouse, as_of=as_of, full_refresh=full_refresh)

    def rows(self, query: str, role: Role = Role.READER) -> list[Row]:
        """What a login sees."""
        with self.warehouse.connect(role) as connection:
            return connection.execute(query).fetchall()

    def records(self, query: str) -> list[dict[str, Any]]:
        """Rows by column name, as the reader sees them."""
        with self.warehouse.connect(Role.READER) as connection:
            cursor = connection.execute(query)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def marts(self, names: Iterable[str] = MARTS) -> dict[str, list[str]]:
        """Every mart as the reader sees it, each row as text, sorted."""
        return {
            name: sorted(row[0] for row in self.rows(f"select t::text from marts.{name} as t"))
            for name in names
        }

    def _write(self, name: str, names: str, rows: Iterable[Iterable[Any]]) -> None:
        with (self.settings.config / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names.split(","))
            writer.writerows(rows)
