"""`dimensions.csv`: what of a ticket's custom fields and tags metrics are told apart by.

It is read when a metric is asked for: no build depends on it, and no mart holds what it says.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from deskhouse.configuration.tables import Row, read_table, require_unique

FILE = "dimensions.csv"
_COLUMNS = ("name", "custom_field", "tag")
# As long as Postgres lets the name of a column be.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TicketDimension:
    """A custom field of tickets, by its value, or a tag, which a ticket has or has not.

    `name` is what one asks by, `label` what people call it; just one of `custom_field` and `tag` is
    given.
    """

    name: str
    custom_field: str | None
    tag: str | None
    label: str


def read_dimensions(folder: Path, taken: Collection[str]) -> tuple[TicketDimension, ...]:
    """The dimensions of the folder's `dimensions.csv`; `taken` are names that mean something else.

    Raises:
        WrongConfiguration: names the row and the column.
    """
    rows = read_table(folder / FILE, _COLUMNS, optional=("label",))
    dimensions = [(row, _dimension(row, taken)) for row in rows]
    require_unique(((row, one.name) for row, one in dimensions), "name", "the same name")
    return tuple(one for _, one in dimensions)


def _dimension(row: Row, taken: Collection[str]) -> TicketDimension:
    name = row.identifier("name")
    if not _NAME.fullmatch(name):
        raise row.wrong(
            "name",
            f"{name!r} can be no dimension; write up to 63 of a to z, 0 to 9 and _, a letter first",
        )
    if name in taken:
        raise row.wrong("name", f"{name!r} is a dimension, a column or a metric already")
    custom_field, tag = row.optional("custom_field"), row.optional("tag")
    if custom_field is None and tag is None:
        raise row.wrong("custom_field", "must not be empty where tag is")
    if custom_field is not None and tag is not None:
        raise row.wrong("tag", "must be empty where custom_field is not")
    row.identifier("custom_field" if tag is None else "tag")
    return TicketDimension(name, custom_field, tag, row.optional("label") or name)
