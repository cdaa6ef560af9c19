"""An answer as text: what the table, the JSON and the CSV of it say."""

import csv
import io
import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from deskhouse.metrics import Request, catalog
from deskhouse.metrics.answer import Answer, Shown
from deskhouse.metrics.written import as_csv, as_json, as_table


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


def test_an_answer_by_creation_says_so_in_every_form() -> None:
    answer = Answer(
        request=Request(("tickets",), grain="day", basis="creation"),
        shown=Shown(datetime(2026, 3, 1, tzinfo=UTC), ZoneInfo("UTC")),
        by=(),
        metrics=(catalog().metric("tickets"),),
        rows=((date(2026, 2, 3), 7),),
    )
    assert as_csv(answer).splitlines() == ["created_at,tickets", "2026-02-03,7"]
    record = json.loads(as_json(answer))
    assert record["basis"] == "creation"
    assert record["rows"] == [{"created_at": "2026-02-03", "tickets": 7}]
    lines = as_table(answer).splitlines()
    assert lines[0] == "as of 2026-03-01 00:00 UTC, dated by the creation of tickets"
    assert lines[2].split() == ["created_at", "Tickets"]


def test_a_name_of_several_lines_is_one_line_of_a_table_and_exact_elsewhere() -> None:
    answer = Answer(
        request=Request(("tickets",), by=("channel",)),
        shown=Shown(datetime(2026, 3, 1, tzinfo=UTC), ZoneInfo("UTC")),
        by=("channel",),
        metrics=(catalog().metric("tickets"),),
        rows=(("größer\nals\x1b[2J", 3),),
    )
    assert as_table(answer).splitlines()[4:] == ["  größer als [2J         3"]
    assert json.loads(as_json(answer))["rows"][0]["channel"] == "größer\nals\x1b[2J"
