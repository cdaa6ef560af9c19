"""What `deskhouse status` says of the data."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from deskhouse.cli import main
from deskhouse.freshness import late_after, read_freshness
from deskhouse.gate import LineRules
from deskhouse.warehouse.connection import Role
from orchestration.pipeline import refresh
from tests.integration.warehouse.desk import Desk
from tests.integration.warehouse.test_worked_examples import TRUTH


def test_the_age_of_data_is_told_and_what_is_late_or_unfit_is_no(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESKHOUSE_HOME", str(desk.settings.home))
    monkeypatch.setenv("DESKHOUSE_DATABASE_URL", desk.warehouse.url(Role.OWNER))
    monkeypatch.setenv("DESKHOUSE_REDIS_URL", desk.warehouse.url(Role.OWNER))
    now = datetime.now(UTC)
    assert read_freshness(desk.settings, now) is None
    main(["status"])
    assert capsys.readouterr().out.splitlines()[-1] == "data: nothing is built yet"

    desk.deliver_file(TRUTH / "worked_example.ndjson")
    refresh(desk.settings, desk.warehouse, LineRules(), as_of=now)
    recent = read_freshness(desk.settings, now + late_after(desk.settings))
    assert recent is not None
    assert (recent.as_of, recent.is_late, recent.last_build) == (now, False, "done")
    assert (recent.build_id, recent.age_seconds, recent.state) == (1, 900, "fit")
    assert recent.good
    old = read_freshness(desk.settings, now + late_after(desk.settings) + timedelta(seconds=1))
    assert old is not None
    assert (old.is_late, old.good) == (True, False)
    main(["status", "--json"])
    said = json.loads(capsys.readouterr().out)["data"]
    assert (said["build_id"], said["is_late"], said["state"]) == (1, False, "fit")

    with desk.warehouse.connect(Role.OWNER) as connection:
        connection.execute("update ops.fitness set state = 'unfit', reasons = '{too few}'")
    unfit = read_freshness(desk.settings, now)
    assert unfit is not None
    assert (unfit.reasons, unfit.good) == (("too few",), False)
    assert main(["status"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "  too few"


def test_a_warehouse_that_does_not_answer_is_not_called_an_empty_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = "postgresql://deskhouse_owner:x@127.0.0.1:1/deskhouse"
    monkeypatch.setenv("DESKHOUSE_HOME", str(desk.settings.home))
    monkeypatch.setenv("DESKHOUSE_DATABASE_URL", nobody)
    monkeypatch.setenv("DESKHOUSE_REDIS_URL", desk.warehouse.url(Role.OWNER))
    assert main(["status"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("data: not known, Postgres ")
    main(["status", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["data"] is None
    assert said["data_problem"].startswith("Postgres ")
