"""Publishing: the order is made here, and carried out by a process of Superset's environment."""

import json
import os
import subprocess

from pydantic import BaseModel, ConfigDict

from deskhouse.errors import Failed
from deskhouse.metrics import catalog
from deskhouse.services.superset import environment, python_of
from deskhouse.settings import CHECKOUT, Settings
from deskhouse.warehouse.connection import Warehouse
from superset_assets.assets import Bundle
from superset_assets.order import make_order

_PUBLISHING = "superset_assets.server.publishing"


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
    changes: tuple[Change, ...]


def publish(
    settings: Settings, warehouse: Warehouse, bundle: Bundle, *, force: bool, dry_run: bool
) -> Answer:
    """Publish a bundle; all of it, or nothing.

    Raises:
        ServiceDown: there is no Postgres or no Redis in this home yet.
        Failed: Superset is not installed, was never started, or would not.
    """
    order = make_order(bundle, catalog(), warehouse, settings.time_zone)
    asked = {
        "assets": order.assets,
        "passwords": order.passwords,
        "force": force,
        "dry_run": dry_run,
    }
    done = subprocess.run(
        [str(python_of(settings)), "-P", "-m", _PUBLISHING],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
        env={**os.environ, **dict(environment(settings))},
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        problem = lines[-1].strip() if lines else f"it ended with {done.returncode}"
        raise Failed(
            f"Superset would not take the assets: {problem}",
            "Is it up? `deskhouse up superset` starts it, and makes its tables the first time.",
        )
    return Answer.model_validate_json(done.stdout)
