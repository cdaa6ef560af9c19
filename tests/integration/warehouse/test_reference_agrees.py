"""On random logs with every event and every oddity, the marts are what the reference computes."""

from datetime import timedelta

import pytest

from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Warehouse
from tests.integration.warehouse import agreement
from tests.integration.warehouse.agreement import Reference
from tests.integration.warehouse.desk import Desk
from tests.reference.random_logs import random_configuration, random_log, window_of
from tests.reference.sla import sla_instances
from tests.reference.spans import MICROSECOND


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Two seeds, and so many more as `--seeds` asks for beyond one."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", [1, 6, *range(9, 8 + metafunc.config.getoption("seeds"))])


def test_every_mart_is_what_the_reference_computes(
    settings: Settings, warehouse: Warehouse, seed: int
) -> None:
    window, configuration = window_of(seed), random_configuration(seed)
    log = random_log(seed, tickets=60)
    desk = Desk(settings.model_copy(update={"time_zone": window.zone}), warehouse)
    desk.configure(configuration)
    desk.deliver(log)
    reference = Reference(log, configuration)
    as_of = window.end
    desk.build(as_of)
    _assert_equal(agreement.tickets(desk, reference))
    _assert_equal(agreement.streaks(desk, reference))
    _assert_equal(agreement.intervals(desk, reference))
    _assert_equal(agreement.sla_instances(desk, reference))
    for days in (-30, 1, 3, 40, 400):
        later = as_of + timedelta(days=days)
        _assert_equal(agreement.sla_instances(desk, reference, later))
    _assert_equal(agreement.fields(desk, reference))
    _assert_equal(agreement.measured(desk, reference, as_of))
    _assert_equal(agreement.cohorts(desk, reference, as_of))
    for grain in ("hour", "day"):
        _assert_equal(agreement.channels(desk, reference, as_of, grain))
        _assert_equal(agreement.agents(desk, reference, as_of, grain))
        _assert_equal(agreement.backlogs(desk, reference, as_of, grain))


def test_a_breach_that_no_event_tells_of_counts_from_the_very_as_of_at_which_it_is_one(
    settings: Settings, warehouse: Warehouse
) -> None:
    """Builds of one log as a clock falls due, just after, and then as if it were earlier again."""
    seed = 6
    window, configuration = window_of(seed), random_configuration(seed)
    log = random_log(seed, tickets=20)
    desk = Desk(settings.model_copy(update={"time_zone": window.zone}), warehouse)
    desk.configure(configuration)
    desk.deliver(log)
    reference = Reference(log, configuration)
    due = min(
        instance.due_at
        for facts in reference.known
        for instance in sla_instances(facts, configuration, window.end)
        if instance.state == "active" and instance.due_at
    )
    breaches = []
    for as_of in (due, due + MICROSECOND, window.end):
        desk.build(as_of)
        measured = agreement.measured(desk, reference, as_of)
        _assert_equal(measured)
        _assert_equal(agreement.channels(desk, reference, as_of, "day"))
        _assert_equal(agreement.agents(desk, reference, as_of, "day"))
        breaches.append(sum(row[0] == "sla_breached" for row in measured[0]))
    assert breaches[0] < breaches[1]


def _assert_equal(pair: agreement.Pair) -> None:
    found, expected = pair
    only_found = [row for row in found if row not in expected]
    only_expected = [row for row in expected if row not in found]
    assert (only_found[:1], only_expected[:1]) == ([], [])
    assert found == expected
