"""Wherever a build is cut short, the next one makes up for it."""

import pytest

from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role, Warehouse
from tests.integration.warehouse import agreement
from tests.integration.warehouse.agreement import Reference
from tests.integration.warehouse.desk import Desk
from tests.reference.random_logs import random_configuration, random_log, window_of

SEED = 6
BEFORE = (
    "deskhouse.build.build.load",
    "deskhouse.build.transform.Transformer.run",
    "deskhouse.build.builds.publish",
)


def test_a_changed_configuration_is_not_lost_with_the_build_that_read_it(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, log = window_of(SEED), random_log(SEED, tickets=8)
    desk = Desk(settings.model_copy(update={"time_zone": window.zone}), warehouse)
    desk.deliver(log)
    desk.build(window.end)
    lost = []
    for number, step in enumerate(BEFORE):
        configuration = random_configuration(SEED + 8 * number)
        desk.configure(configuration)
        with monkeypatch.context() as patch:
            patch.setattr(step, _die)
            with pytest.raises(KeyboardInterrupt):
                desk.build(window.end)
        desk.build(window.end)
        found, expected = agreement.measured(desk, Reference(log, configuration), window.end)
        if found != expected:
            lost.append(step)
    assert lost == []
    _nothing_is_said_to_run(desk)


def _nothing_is_said_to_run(desk: Desk) -> None:
    ended = "select state from ops.builds where finished_at is not null order by build_id"
    assert desk.rows(ended, Role.OWNER) == [("done",), *[("failed",), ("done",)] * len(BEFORE)]


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
