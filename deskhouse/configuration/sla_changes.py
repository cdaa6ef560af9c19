"""What another set of SLA policies means: which tickets are given other targets, and when.

Every combination of a priority, a channel and a team that any policy names, or of none of these,
is a cell; in each stretch between the dates that policies are valid from, it is asked which target
holds there before and after. So rows that say the same otherwise (moved, split, shadowed by
another) change nothing. Cells that differ are put together to as few regions as is simple.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from deskhouse.configuration.sla_policies import METRICS, Policy

_Cell = tuple[str | None, str | None, str | None]
"""Priority, channel, team; None: any that no policy names, and having none."""

_Names = frozenset[str | None]


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a list; or all but those, and having none too."""

    names: tuple[str, ...]
    is_all_but: bool


@dataclass(frozen=True, slots=True)
class Region:
    """Tickets while they have such values, from one local date up to another (None: no bound).

    A ticket is in it that has one of the priorities, one of the channels and one of the teams.
    """

    valid_from: date | None
    valid_to: date | None
    priorities: Values
    channels: Values
    teams: Values


def differing(before: Iterable[Policy], now: Iterable[Policy]) -> tuple[Region, ...]:
    """Where a target is another than before, or there is one only before or now."""
    old, new = _by_metric(before), _by_metric(now)
    lines = [(old[metric], new[metric]) for metric in METRICS if old[metric] != new[metric]]
    policies = [policy for pair in lines for line in pair for policy in line]
    named = (
        _named(policy.priority for policy in policies),
        _named(policy.channel for policy in policies),
        _named(policy.team_id for policy in policies),
    )
    dates = sorted({policy.valid_from for policy in policies if policy.valid_from})
    starts: list[date | None] = [None, *dates]
    regions: list[Region] = []
    last: list[Region] = []
    for start, end in zip(starts, [*dates, None], strict=True):
        cells = [
            cell
            for cell in product(*named)
            if any(_target(one, cell, start) != _target(other, cell, start) for one, other in lines)
        ]
        found = _put_together(cells, named, start, end)
        if _undated(found) == _undated(last):
            found = [replace(region, valid_to=end) for region in last]
        else:
            regions.extend(last)
        last = found
    return (*regions, *last)


def _undated(regions: Iterable[Region]) -> list[Region]:
    return [replace(region, valid_from=None, valid_to=None) for region in regions]


def _by_metric(policies: Iterable[Policy]) -> dict[str, list[Policy]]:
    """The policies of each metric in their order; which numbers make that order does not count."""
    ordered = sorted(policies, key=lambda policy: policy.position)
    return {
        metric: [replace(policy, position=0) for policy in ordered if policy.metric == metric]
        for metric in METRICS
    }


def _named(values: Iterable[str | None]) -> _Names:
    return frozenset((*values, None))


def _target(line: list[Policy], cell: _Cell, start: date | None) -> tuple[str, str, int] | None:
    """The target of the first policy that matches a cell and is valid from a date on."""
    for policy in line:
        is_valid = policy.valid_from is None or (start is not None and policy.valid_from <= start)
        wanted = (policy.priority, policy.channel, policy.team_id)
        if is_valid and all(one in (None, has) for one, has in zip(wanted, cell, strict=True)):
            return policy.policy_id, policy.hours, policy.target_seconds
    return None


def _put_together(
    cells: Iterable[_Cell],
    named: tuple[_Names, _Names, _Names],
    start: date | None,
    end: date | None,
) -> list[Region]:
    """Cells that differ in one value alone become one: by team, by channel, by priority."""
    of_teams: defaultdict[tuple[str | None, str | None], set[str | None]] = defaultdict(set)
    for priority, channel, team in cells:
        of_teams[priority, channel].add(team)
    of_channels: defaultdict[tuple[str | None, _Names], set[str | None]] = defaultdict(set)
    for (priority, channel), teams in of_teams.items():
        of_channels[priority, frozenset(teams)].add(channel)
    of_priorities: defaultdict[tuple[_Names, _Names], set[str | None]] = defaultdict(set)
    for (priority, some_teams), channels in of_channels.items():
        of_priorities[frozenset(channels), some_teams].add(priority)
    regions = [
        Region(
            start,
            end,
            _values(priorities, named[0]),
            _values(some_channels, named[1]),
            _values(some_teams, named[2]),
        )
        for (some_channels, some_teams), priorities in of_priorities.items()
    ]
    return sorted(regions, key=repr)


def _values(some: Iterable[str | None], named: _Names) -> Values:
    """A set of a dimension's names; with the unnamed in it, all but those that are missing."""
    chosen = frozenset(some)
    listed = named - chosen if None in chosen else chosen
    return Values(tuple(sorted(name for name in listed if name is not None)), None in chosen)
