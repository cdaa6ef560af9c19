"""Figures of the ServiceNow log, taken from the CSV itself with pandas and nothing of ours.

A row of the log is an incident's state after an update. Rows stand in the order of the update, the
count of modifications and the file; an update dated before the opening counts at the opening. Of
several rows at one instant the last one holds, and before its first row an incident is new.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

_TIMES = "%d/%m/%Y %H:%M"
_STATES = {"New": "new", "Active": "open", "-100": "open", "Awaiting User Info": "pending"}
_STATES |= {f"Awaiting {what}": "hold" for what in ("Problem", "Vendor", "Evidence")}
_STATES |= {"Resolved": "solved", "Closed": "closed"}


@dataclass(frozen=True)
class Figures:
    """What the log says.

    `tickets` has a row per ticket, by number: opened_at, channel, state, resolutions, reopens,
    first_seconds, full_seconds (both from the opening), new_or_open_seconds, pending_seconds,
    hold_seconds (not over: NA, all five), reassignments, team_changes.
    `days` has a row per day (UTC), channel and team (of the moment; nobody: ?) in which something
    happened: created, resolved (tickets), resolutions, reopens. `backlog` is the number of tickets
    that are not resolved at the end of each day from the first to the last.
    """

    tickets: pd.DataFrame
    days: pd.DataFrame
    backlog: "pd.Series[int]"


def read_figures(log: Path) -> Figures:
    """Take the figures from a log (CSV, may be gzipped)."""
    rows = _rows(log)
    held = rows.drop_duplicates(["number", "at"], keep="last")
    held = held.assign(is_resolved=held["incident_state"].isin(["Resolved", "Closed"]))
    was_resolved = held.groupby("number")["is_resolved"].shift(fill_value=False)
    resolutions = held[held["is_resolved"] & ~was_resolved]
    reopens = held[~held["is_resolved"] & was_resolved]

    tickets = rows.groupby("number").agg(
        opened_at=("opened_at", "first"), channel=("contact_type", "first")
    )
    tickets["channel"] = tickets["channel"].str.lower().str.replace(" ", "_")
    last = held.groupby("number").last()
    tickets["state"] = last["incident_state"].map(_STATES)
    tickets["resolutions"] = _count(resolutions, tickets)
    tickets["reopens"] = _count(reopens, tickets)
    by_ticket = resolutions.groupby("number")["at"]
    tickets["first_seconds"] = _seconds(by_ticket.min() - tickets["opened_at"])
    is_resolved = last["is_resolved"]
    tickets["full_seconds"] = _seconds(by_ticket.max() - tickets["opened_at"]).where(is_resolved)
    for name, states in {
        "new_or_open_seconds": ("new", "open"),
        "pending_seconds": ("pending",),
        "hold_seconds": ("hold",),
    }.items():
        is_over = ~tickets["state"].isin(states)
        tickets[name] = _seconds(_time_in(states, held, tickets)).where(is_over)
    tickets["reassignments"] = _changes_of_hands(held, tickets, "assigned_to")
    tickets["team_changes"] = _changes_of_hands(held, tickets, "assignment_group")
    return Figures(
        tickets=tickets,
        days=_days(_creations(tickets, held), resolutions, reopens, tickets),
        backlog=_backlog(tickets, resolutions, reopens),
    )


def _rows(log: Path) -> pd.DataFrame:
    """The rows in order, `at` being the instant at which each counts."""
    rows = pd.read_csv(log, dtype=str, keep_default_na=False)
    rows["opened_at"] = pd.to_datetime(rows["opened_at"], format=_TIMES, utc=True)
    rows["at"] = pd.to_datetime(rows["sys_updated_at"], format=_TIMES, utc=True)
    rows["at"] = rows["at"].where(rows["at"] > rows["opened_at"], rows["opened_at"])
    rows["count"] = rows["sys_mod_count"].astype(int)
    return rows.sort_values(["number", "at", "count"], kind="stable")


def _count(changes: pd.DataFrame, tickets: pd.DataFrame) -> "pd.Series[int]":
    return changes.groupby("number").size().reindex(tickets.index, fill_value=0)


def _seconds(durations: "pd.Series[pd.Timedelta]") -> "pd.Series[int]":
    return (durations // pd.Timedelta(seconds=1)).astype("Int64")


def _time_in(
    states: tuple[str, ...], held: pd.DataFrame, tickets: pd.DataFrame
) -> "pd.Series[pd.Timedelta]":
    """How long each ticket was in some states; from its opening to its first row it is new."""
    none = pd.Timedelta(0)
    until = held.groupby("number")["at"].shift(-1)
    stretches = (until - held["at"])[held["incident_state"].map(_STATES).isin(states)]
    total = stretches.groupby(held["number"]).sum().reindex(tickets.index, fill_value=none)
    if "new" in states:
        total += held.groupby("number")["at"].min() - tickets["opened_at"]
    return total


def _changes_of_hands(held: pd.DataFrame, tickets: pd.DataFrame, column: str) -> "pd.Series[int]":
    """How often the column named somebody other than whom it named last; `?` is nobody."""
    named = held[held[column] != "?"]
    before = named.groupby("number")[column].shift()
    return _count(named[before.notna() & (named[column] != before)], tickets)


def _creations(tickets: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """A row per ticket, as it was at its opening: without a team, if no row is of that instant."""
    at_opening = held[held["at"] == held["opened_at"]].set_index("number")
    teams = at_opening["assignment_group"].reindex(tickets.index, fill_value="?")
    return pd.DataFrame({"at": tickets["opened_at"], "assignment_group": teams}).reset_index()


def _days(
    creations: pd.DataFrame,
    resolutions: pd.DataFrame,
    reopens: pd.DataFrame,
    tickets: pd.DataFrame,
) -> pd.DataFrame:
    created, resolved, reopened = (
        happened.groupby(
            [
                happened["at"].dt.floor("D").rename("day"),
                happened["number"].map(tickets["channel"]).rename("channel"),
                happened["assignment_group"].rename("team"),
            ]
        )["number"]
        for happened in (creations, resolutions, reopens)
    )
    counts = {
        "created": created.size(),
        "resolved": resolved.nunique(),
        "resolutions": resolved.size(),
        "reopens": reopened.size(),
    }
    return pd.DataFrame(counts).fillna(0).astype(int)


def _backlog(
    tickets: pd.DataFrame, resolutions: pd.DataFrame, reopens: pd.DataFrame
) -> "pd.Series[int]":
    come = pd.concat([tickets["opened_at"], reopens["at"]]).dt.floor("D").value_counts()
    gone = resolutions["at"].dt.floor("D").value_counts()
    change: pd.Series[int] = come.sub(gone, fill_value=0).astype(int)
    total: pd.Series[int] = change.resample("D").sum().cumsum()
    return total
