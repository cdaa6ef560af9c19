"""Named metrics: each defined once, and asked for by name.

`catalog()` says what there is, `configured` adds the dimensions that a configuration folder names;
a `Request` names metrics, dimensions, a grain, filters and a range; `statement` turns it into one
SELECT with bound parameters, and `answer` asks the warehouse as the reader.
"""

from deskhouse.metrics.answer import Answer, Shown, answer, read_shown
from deskhouse.metrics.catalog import Catalog, Column, Metric, Source
from deskhouse.metrics.fields import configured
from deskhouse.metrics.request import Filter, Grain, Request
from deskhouse.metrics.semantic import catalog
from deskhouse.metrics.statement import Statement, statement

__all__ = [
    "Answer",
    "Catalog",
    "Column",
    "Filter",
    "Grain",
    "Metric",
    "Request",
    "Shown",
    "Source",
    "Statement",
    "answer",
    "catalog",
    "configured",
    "read_shown",
    "statement",
]
