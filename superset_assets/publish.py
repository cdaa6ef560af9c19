"""Publishing: the order is made here, and carried out by a process of Superset's environment."""

import json
import os
import subprocess

from pydantic import BaseModel, ConfigDict

from deskhouse.errors import Busy, Failed, ServiceDown
from deskhouse.metrics import catalog
from deskhouse.services.superset import environment, python_of
from deskhouse.settings import CHECKOUT, Settings
from deskhouse.warehouse.beside import database_beside
from deskhouse.warehouse.connection import Role, Warehouse
from superset_assets.assets import Bundle
from superset_assets.order import make_order
from superset_assets.references import check

_PUBLISHING = "superset_assets.server.publishing"
_IS_MADE = "select to_regclass('alembic_version') is not null"


class Change(BaseModel):
    """What became of an asset; `note` says why, or what differs.

    `action`: created, updated, overwritten, removed, unchanged, edited (by hand, and left so), kept
    (for somebody uses it) or refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    action: str
    note: str


class Answer(BaseModel):
    """What became of an order; where it is not done, nothing was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    done: bool
    changes: tuple[Change, ...] = ()
    is_busy: bool = False
    problem: str = ""


def publish(
    settings: Settings,
    warehouse: Warehouse,
    bundle: Bundle,
    *,
    force: bool,
    dry_run: bool,
    patience: float = 60.0,
) -> Answer:
    """Publish a bundle; all of it, or nothing.

    Raises:
        WrongInput: the bundle names what is not there.
        ServiceDown: Postgres does not answer, or there is no Redis in this home yet.
        Busy: another has been publishing for `patience` seconds.
        Failed: Superset is not installed, was never started, or would not.
    """
    check(bundle, catalog())
    order = make_order(bundle, catalog(), warehouse, settings.time_zone)
    asked = {
        "assets": order.assets,
        "passwords": order.passwords,
        "force": force,
        "dry_run": dry_run,
        "patience": patience,
    }
    python = python_of(settings)
    _see_that_it_is_made(warehouse)
    done = subprocess.run(
        [str(python), "-P", "-m", _PUBLISHING],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
        env={**os.environ, **dict(environment(settings))},
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        raise _refusal(lines[-1].strip() if lines else f"it ended with {done.returncode}")
    answer = Answer.model_validate_json(done.stdout)
    if answer.is_busy:
        raise Busy(
            f"another publish has been running for more than {patience:g} s",
            "Wait for it, and publish again.",
        )
    if answer.problem:
        raise _refusal(answer.problem)
    return answer


def _see_that_it_is_made(warehouse: Warehouse) -> None:
    """See that there are Superset's tables.

    Raises:
        ServiceDown: Postgres does not answer.
        Failed: there are none.
    """
    warehouse.connect(Role.OWNER).close()
    try:
        with database_beside(warehouse, "superset").connect(Role.OWNER) as connection:
            is_made = connection.execute(_IS_MADE).fetchone() == (True,)
    except ServiceDown:
        # The server answers; so there is no such database, or no such login.
        is_made = False
    if not is_made:
        raise Failed(
            "Superset has no tables yet", "Run `deskhouse up superset`: its first start makes them."
        )


def _refusal(problem: str) -> Failed:
    return Failed(
        f"Superset would not take the assets: {problem}",
        "Nothing was changed; look at `deskhouse status`, and publish again.",
    )
