"""A seeded, lifelike help desk: what `deskhouse ingest sample` and the demo take in.

    SampleSpec ─▶ arrivals   when tickets come, on which channel, about what
                 ─▶ plot     each ticket's story, step by step, told in events
                 ─▶ deliveries   what arrives when: late, twice, out of order

It is one world: `people` who work `shifts`, a `desk` that knows who is there, `requesters` who
write again. The standard library alone, and nothing that a machine or a process could tip.
"""

from ingestion.sample.configuration import (
    SampleConfiguration,
    configuration,
    write_configuration,
)
from ingestion.sample.history import generate
from ingestion.sample.spec import SampleSpec

__all__ = [
    "SampleConfiguration",
    "SampleSpec",
    "configuration",
    "generate",
    "write_configuration",
]
