"""The made-up help desk, taken once: its history ends when it was first asked for.

tickets: 12000
days: 120
seed: 1
"""

from collections.abc import Iterator

from ingestion.intake import Intake, delivery_intake
from ingestion.sample import SampleSpec, generate
from ingestion.sources import SourceOptions, Taking


class Source(SourceOptions):
    """What `sources.yml` says of a sample."""

    tickets: int = 12_000
    days: int = 120
    seed: int = 1

    def intakes(self, taking: Taking) -> Iterator[Intake]:
        """All its deliveries, unless they were taken to the end.

        An interrupted sample begins again with the same events, and those that are there already
        change nothing.
        """
        if taking.taken_at is not None:
            return
        spec = SampleSpec(
            until=taking.first_at, tickets=self.tickets, days=self.days, seed=self.seed
        )
        yield from map(delivery_intake, generate(spec))
