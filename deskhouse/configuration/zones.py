"""The time-zone database that calendars are expanded by: the one of the `tzdata` package.

A machine's own (`/usr/share/zoneinfo`) and Postgres's may be older or newer, and they would say
otherwise of the same future. This one is pinned with every other package, so the same configuration
means the same instants everywhere.
"""

from functools import cache
from importlib.metadata import version
from importlib.resources import files
from zoneinfo import ZoneInfo

ZONES = frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split())
"""The names of all zones."""

VERSION = version("tzdata")
"""Which edition of the database it is."""


@cache
def zone(name: str) -> ZoneInfo:
    """A zone of this database; `name` is one of `ZONES`."""
    path = files("tzdata.zoneinfo")
    for part in name.split("/"):
        path = path / part
    with path.open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
