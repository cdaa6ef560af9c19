"""`kill -9`, at chosen instants, of a loader, of a build, and of Postgres beneath them.

A lock that the test holds keeps the command at the very step at which it is to be killed. The
same at random instants, many times: `bench.crashes`.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import LiteralString

import pytest

from deskhouse.build.build import build
from deskhouse.errors import Busy
from deskhouse.services import running
from deskhouse.warehouse.connection import Role
from tests.folders import open_folder
from tests.integration.crashes import wholeness
from tests.integration.crashes.trial import Delivery, Trial, trial_in
from tests.integration.crashes.victims import Ended, Victim, kill_postgres, watching
from tests.integration.warehouse.desk import Row
from tests.reference.random_logs import random_configuration, random_log, window_of
from tests.waiting import until

SEED = 9
WINDOW = window_of(SEED)
LATER = WINDOW.end + timedelta(days=1)
LOG = random_log(SEED, tickets=24)

# Both after the facts, in models of their own transactions.
BEFORE_MEASURING = "lock table core.metrics_raw in exclusive mode"
BEFORE_A_ROLLUP = "lock table core.channel_metrics_daily in exclusive mode"


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    """A desk with a third of a random log, built."""
    folder = open_folder()
    try:
        made = trial_in(folder, random_configuration(SEED))
        made.desk.deliver(_third(0))
        made.desk.build(WINDOW.end)
        yield made
    finally:
        running.down(made.desk.settings)
        shutil.rmtree(folder)


def _third(number: int) -> list[dict[str, object]]:
    return LOG[number::3]


def test_of_a_killed_landing_nothing_is_there_and_its_repeat_is_whole(trial: Trial) -> None:
    delivery = trial.delivery(_third(1), bad_lines=2)
    before = wholeness.accepted_batches(trial.warehouse)
    for land, code in ((_killed_before_acceptance, -9), (_with_its_server_killed, 3)):
        ended = land(trial, delivery)
        assert (ended.code, ended.complaints) == (code, [])
        trial.up()
        assert trial.wrong_with_batches() == []
        assert wholeness.accepted_batches(trial.warehouse) == before
    assert trial.wrong_with_a_repeat(delivery) == []
    assert wholeness.accepted_batches(trial.warehouse) == before + 1


def _killed_before_acceptance(trial: Trial, delivery: Delivery) -> Ended:
    """Every event is in its place, and the batch is about to get its own."""
    with _held(trial, Role.OWNER, "select pg_advisory_lock(4711)"):
        victim = trial.ingest(delivery)
        _wait_until_held(trial, victim, Role.LOADER)
        return victim.kill()


def _with_its_server_killed(trial: Trial, delivery: Delivery) -> Ended:
    """The events are on their way into the landing."""
    victim, text = trial.ingest(None), delivery.path.read_text(encoding="utf-8")
    victim.give(text)
    with watching(trial.warehouse) as watch:
        victim.wait_for(watch.is_copying)
    assert victim.is_running
    kill_postgres(trial.home)
    with suppress(BrokenPipeError):
        while True:
            victim.give(text)
    return victim.end()


def test_what_killed_builds_left_the_next_one_makes_whole(trial: Trial) -> None:
    trial.landed(trial.ingest(trial.delivery(_third(2))).end())
    as_of = _as_of(trial)
    with _held(trial, Role.TRANSFORMER, BEFORE_MEASURING):
        victim = trial.build(LATER)
        _wait_until_held(trial, victim, Role.TRANSFORMER)
        with pytest.raises(Busy):
            build(trial.desk.settings, trial.warehouse, as_of=LATER, patience=0.1)
        ended = victim.kill()
        # The lock is still held, yet nobody waits for it: the server noticed that nobody listens.
        with watching(trial.warehouse) as watch:
            until(lambda: watch.sessions(Role.TRANSFORMER) == 1)
    assert (ended.code, ended.complaints) == (-9, [])
    _is_short_of(trial, "metrics_raw", as_of)

    with _held(trial, Role.TRANSFORMER, BEFORE_A_ROLLUP):
        victim = trial.build(LATER)
        _wait_until_held(trial, victim, Role.TRANSFORMER)
        kill_postgres(trial.home)
        ended = victim.end()
    assert (ended.code, ended.complaints) == (3, [])
    trial.up()
    _is_short_of(trial, "channel_metrics_daily", as_of)

    trial.desk.build(LATER)
    assert wholeness.tickets_apart(trial.warehouse) == []
    assert trial.wrong_with_marts(LATER) == []


def _is_short_of(trial: Trial, model: str, as_of: list[Row]) -> None:
    """The killed build made the facts and not this model; readers read on, of the as_of before."""
    done = wholeness.models_done(trial.warehouse, aside=False)
    assert (done & {"fct_tickets", model}) == {"fct_tickets"}
    assert _as_of(trial) == as_of
    assert wholeness.unreadable_marts(trial.warehouse) == []


def _as_of(trial: Trial) -> list[Row]:
    return trial.desk.rows("select as_of from core.current_build", Role.TRANSFORMER)


@contextmanager
def _held(trial: Trial, role: Role, lock: LiteralString) -> Iterator[None]:
    """Hold a lock for the block, in which its server may go away."""
    connection = trial.warehouse.connect(role)
    try:
        connection.execute(lock)
        yield
    finally:
        connection.close()


def _wait_until_held(trial: Trial, victim: Victim, role: Role) -> None:
    with watching(trial.warehouse) as watch:
        victim.wait_for(lambda: watch.waiting(role) > 0)
    assert victim.is_running
