"""What is killed without a warning comes back, with every committed row."""

import os
import subprocess

import pytest

from deskhouse.errors import ServiceDown
from deskhouse.services import cluster, running
from deskhouse.services.account import account_for
from deskhouse.services.binaries import find_postgres
from deskhouse.warehouse.connection import Role, locate
from tests.integration.services.conftest import NewHome
from tests.integration.services.home import Home, kill
from tests.waiting import until


def _rows(home: Home) -> int:
    with locate(home.settings).connect(Role.OWNER) as connection:
        connection.execute("create table if not exists kept (number integer)")
        row = connection.execute("select count(*) from kept").fetchone()
    assert row is not None
    return int(row[0])


def _commit_rows(home: Home) -> int:
    """Add rows, and return how many there are."""
    before = _rows(home)
    with locate(home.settings).connect(Role.OWNER) as connection:
        connection.execute("insert into kept select generate_series(1, 1000)")
    return before + 1000


def test_everything_killed_comes_up_again_with_every_committed_row(home: Home) -> None:
    home.up()
    committed = _commit_rows(home)
    kill(*home.pids())
    home.up()
    assert _rows(home) == committed


def test_a_killed_supervisor_leaves_nothing_behind(home: Home) -> None:
    home.up()
    committed = _commit_rows(home)
    kill(home.supervisor())
    until(lambda: not home.pids())
    assert [service.state for service in home.services().values()] == ["stopped", "stopped"]
    home.up()
    assert _rows(home) == committed


def test_up_right_after_the_supervisor_was_killed_waits_for_what_it_left(home: Home) -> None:
    home.up()
    committed = _commit_rows(home)
    addresses = [service.address for service in home.services().values()]
    kill(home.supervisor())
    home.up()
    assert [service.address for service in home.services().values()] == addresses
    assert _rows(home) == committed


def test_a_server_that_was_started_by_hand_is_taken_over(home: Home) -> None:
    home.up("postgres")
    committed = _commit_rows(home)
    home.down()
    data = home.folder / "postgres" / "data"
    account = account_for(home.folder, "postgres")
    by_hand = subprocess.Popen(
        [find_postgres().folder / "postgres", "-D", data],
        user=account.uid,
        group=account.gid,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    pid_file = data / "postmaster.pid"
    until(lambda: pid_file.exists() and "ready" in pid_file.read_text())

    home.up("postgres")

    assert by_hand.wait(timeout=20) == 0
    assert _rows(home) == committed


def test_a_crashed_child_is_started_again(home: Home) -> None:
    home.up()
    before = [service.pid for service in home.services().values()]
    kill(*filter(None, before))

    until(home.is_ready)
    after = [service.pid for service in home.services().values()]
    assert not set(before) & set(after)


def test_what_cannot_stay_up_is_told_of_and_mended_by_up(home: Home) -> None:
    home.down()
    home.up("redis")
    configuration = home.folder / "redis" / "redis.conf"
    configuration.write_text(configuration.read_text() + "no such thing\n")
    kill(*home.pids() - {home.supervisor()})
    until(lambda: home.services()["redis"].state == "restarting")
    assert home.run("status", "--services").returncode == 1

    # `up` writes the configuration anew and does not wait for the next try.
    home.up("redis")
    assert home.services()["redis"].state == "ready"
    assert home.run("status", "--services").returncode == 0


def test_what_does_not_start_is_told_in_its_own_words_and_left_stopped(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_PATIENCE", 0.5)
    home.up("postgres")
    home.down()
    control = home.folder / "postgres" / "data" / "global" / "pg_control"
    control.rename(control.with_name("hidden"))

    with pytest.raises(ServiceDown) as failure:
        running.up(home.settings, ["postgres"])

    log = home.folder / "logs" / "postgres.log"
    assert "postgres does not come up: " in str(failure.value)
    assert "global/pg_control" in str(failure.value)
    assert str(failure.value).split("come up: ")[1] in log.read_text()
    assert failure.value.hint == f"Its log is {log}."
    assert home.pids() == set()

    control.with_name("hidden").rename(control)
    home.up("postgres")


def test_an_up_that_was_killed_leaves_no_half_of_a_database(
    new_home: NewHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_home()
    folder = home.folder / "postgres"
    with monkeypatch.context() as patch:

        def die(*_: object) -> str:
            raise KeyboardInterrupt

        patch.setattr(cluster, "_owner_statements", die)
        with pytest.raises(KeyboardInterrupt):
            running.up(home.settings, ["postgres"])
    assert [path.suffix for path in folder.iterdir()] == [".new"]

    home.up("postgres")
    assert [path.name for path in folder.iterdir()] == ["data"]


def test_a_pid_file_that_outlived_its_process_harms_nobody(home: Home) -> None:
    home.up("postgres")
    home.down()
    stranger = subprocess.Popen(["sleep", "60"])
    pid_file = home.folder / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n")
    os.chown(pid_file, pid_file.parent.stat().st_uid, pid_file.parent.stat().st_gid)

    home.down()

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
    pid_file.unlink()
