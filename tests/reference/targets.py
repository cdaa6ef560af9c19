"""Which SLA target holds for a ticket, when (METRICS.md § 5 "Targets of a metric")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.reference.buckets import start_of
from tests.reference.configuration import Configuration, PolicyRow
from tests.reference.history import Deed, History, Line, line_of


@dataclass(frozen=True, slots=True)
class Target:
    """So many seconds of `calendar` or `business` hours; `policy_id` is the setting event's own."""

    policy_id: str | None
    hours: str
    target_seconds: int

    @property
    def amount(self) -> timedelta:
        """The target as a duration."""
        return timedelta(seconds=self.target_seconds)


def targets(history: History, configuration: Configuration, metric: str) -> Line[Target | None]:
    """The targets of a metric over a ticket's life, None where there is none.

    Where the ticket ever got a `sla_target_set` for the metric, among the events that count, these
    alone and none before the first; a `sla_target_cleared` without any leaves it to the policies.
    The line goes on after the ticket's last event, with policies that begin later.
    """
    explicit = _explicit(history, metric)
    return explicit or _of_policies(history, configuration, metric)


def _explicit(history: History, metric: str) -> Line[Target | None] | None:
    told = [
        deed
        for deed in history.deeds
        if deed.event.type in ("sla_target_set", "sla_target_cleared")
        and deed.event.attributes["metric"] == metric
    ]
    if not any(deed.event.type == "sla_target_set" for deed in told):
        return None
    return line_of([(history.created_at, None), *((deed.at, _told(deed)) for deed in told)])


def _told(deed: Deed) -> Target | None:
    if deed.event.type == "sla_target_cleared":
        return None
    given: Any = deed.event.attributes
    return Target(given.get("policy_id"), given["hours"], given["target_seconds"])


def _of_policies(
    history: History, configuration: Configuration, metric: str
) -> Line[Target | None]:
    """The first policy that matches, at every instant at which another could.

    These are the changes of the ticket's priority, channel and team, and the local midnights (of
    the reporting zone) from which a policy, or a team's name in the house, holds.
    """
    policies = [row for row in configuration.policies if row.metric == metric]
    policies.sort(key=lambda row: row.position)
    lines = (history.priority, history.channel, history.team)
    instants = {history.created_at} | {since for line in lines for since, _ in line.steps}
    dates = [row.valid_from for row in policies] + [row.valid_from for row in configuration.teams]
    midnights = {start_of(day, configuration.zone) for day in dates if day is not None}
    instants |= {at for at in midnights if at > history.created_at}

    def first_match(at: datetime) -> Target | None:
        found = [row for row in policies if _matches(row, history, configuration, at)]
        if not found:
            return None
        return Target(found[0].policy_id, found[0].hours, found[0].target_seconds)

    return line_of([(at, first_match(at)) for at in sorted(instants)])


def _matches(
    policy: PolicyRow, history: History, configuration: Configuration, at: datetime
) -> bool:
    """Whether a policy is valid at an instant and names the ticket's values of that moment."""
    team = configuration.team(history.log.source, history.team.at(at), at)
    wanted = (
        (policy.priority, history.priority.at(at)),
        (policy.channel, history.channel.at(at)),
        (policy.team_id, team),
    )
    has_begun = policy.valid_from is None or policy.valid_from <= configuration.local_date(at)
    return has_begun and all(named in (None, value) for named, value in wanted)
