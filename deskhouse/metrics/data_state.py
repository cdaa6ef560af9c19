"""A source beside the metrics': up to when the data goes, and whether it is fit to read."""

from deskhouse.metrics.catalog import Column, Source

_COLUMNS = (
    Column("as_of", "As of", "Up to when the data goes.", "timestamptz", "b.as_of", is_time=True),
    Column(
        "local_as_of",
        "As of, local time",
        "The same, on the clocks of the reporting zone.",
        "timestamp",
        "b.as_of at time zone b.time_zone",
        is_time=True,
    ),
    Column("time_zone", "Reporting zone", "The zone of days and hours.", "text", "b.time_zone"),
    Column("state", "State", "fit, unfit, or unjudged where nobody looked yet.", "text", "d.state"),
    Column("since", "Since", "Since when it is so.", "timestamptz", "d.since", is_time=True),
    Column(
        "reasons",
        "Reasons",
        "Why it is unfit, an expectation a line; empty where it is fit.",
        "text",
        "array_to_string(d.reasons, E'\\n')",
    ),
)

DATA_STATE = Source(
    name="data_state",
    label="Data state",
    description="One row: up to when the data goes, and whether it is fit to read.",
    columns=_COLUMNS,
    sql="select\n"
    + ",\n".join(f'    {column.sql} as "{column.name}"' for column in _COLUMNS)
    + "\nfrom marts.current_build as b\ncross join ops.data_state as d",
)
