"""`ingest events`: a file of contract events, one JSON object a line."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from ingestion.contract import Refusal, check
from ingestion.delivery import BadLine, EventRow, NumberedEvent
from ingestion.files import lines, opened, shown
from ingestion.intake import Intake
from ingestion.lines import parse

_BOM = b"\xef\xbb\xbf"


def event_file(name: str, source: str | None = None) -> Intake:
    """The intake of an NDJSON file (`-`: standard input); `source` is for events that name none."""
    return Intake(origin=name, read=partial(read_events, name, source))


def read_events(
    name: str, source: str | None, received_at: datetime
) -> Iterator[NumberedEvent | BadLine]:
    """Each line as an event or as a bad line; blank lines are passed over.

    Raises:
        WrongInput: the file cannot be read, or not to its end.
    """
    with opened(name) as stream:
        for number, line in enumerate(lines(stream, name), 1):
            text = line.removeprefix(_BOM) if number == 1 else line
            if text.isspace() or not text:
                continue
            row = _row(text, source, received_at)
            if isinstance(row, Refusal):
                yield BadLine(number, row.reason, shown(line))
            else:
                yield NumberedEvent(number, row)


def _row(line: bytes, source: str | None, received_at: datetime) -> EventRow | Refusal:
    record = parse(line)
    if isinstance(record, Refusal):
        return record
    return check(record, received_at=received_at, source=source)
