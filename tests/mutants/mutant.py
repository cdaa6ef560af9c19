"""A mutant: the dbt project with one text of it changed, so that it breaks one rule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

EVENTS = "models/intermediate/int_ticket_events_ordered.sql"
TARGETS = "models/intermediate/int_sla_targets.sql"
TICKETS = "models/marts/fct_tickets.sql"
STREAKS = "models/marts/fct_reply_streaks.sql"
INTERVALS = "models/marts/fct_ticket_intervals.sql"
SEGMENTS = "models/marts/fct_sla_segments.sql"
INSTANCES = "models/marts/fct_sla_instances.sql"
MEASUREMENTS = "models/marts/metrics_raw.sql"
SATISFACTION = "models/marts/customer_satisfaction.sql"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule broken.

    `rule` is its section of METRICS.md, with what of it (`2.7`, `3 on_hold`, `5 met`); `name` says
    what the mutant does instead, as a sentence. In `path`, below dbt_project/, `old` occurs once
    and becomes `new`.
    """

    rule: str
    name: str
    path: str
    old: str
    new: str

    def applied(self, project: Path) -> str:
        """The changed text.

        Raises:
            ValueError: the old text is not there, or not once: the SQL has changed since.
        """
        text = (project / self.path).read_text(encoding="utf-8")
        found = text.count(self.old)
        if found != 1:
            raise ValueError(f"{self.path} holds {found} times what '{self.name}' changes")
        return text.replace(self.old, self.new)

    @contextmanager
    def living_in(self, project: Path) -> Iterator[None]:
        """The project is the mutant within the block."""
        path = project / self.path
        text, changed = path.read_text(encoding="utf-8"), self.applied(project)
        path.write_text(changed, encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(text, encoding="utf-8")
