"""An answer as text: what the table, the JSON and the CSV of it say."""

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from deskhouse.metrics import Request, catalog
from deskhouse.metrics.answer import Answer, Shown
from deskhouse.metrics.written import as_csv


def test_a_csv_holds_no_label_that_a_spreadsheet_would_compute() -> None:
    answer = Answer(
        request=Request(("tickets",), by=("channel",)),
        shown=Shown(datetime(2026, 3, 1, tzinfo=UTC), ZoneInfo("UTC")),
        by=("channel",),
        metrics=(catalog().metric("tickets"),),
        rows=(("=1+1", 3), ("email", 5)),
    )
    rows = list(csv.reader(io.StringIO(as_csv(answer))))
    assert rows[1:] == [["'=1+1", "3"], ["email", "5"]]
