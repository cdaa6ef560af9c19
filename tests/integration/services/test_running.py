"""`up`, `down` and `status`, as a user meets them."""

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from deskhouse.errors import WrongInput
from deskhouse.services.redis import redis_url
from deskhouse.warehouse.connection import Role, locate
from tests.integration.services.conftest import NewHome
from tests.integration.services.home import Home, files, free_port
from tests.waiting import until

ALL = ("postgres", "redis")


def _ready_lines(home: Home) -> list[str]:
    services = home.services()
    return [f"{name} is ready at {services[name].address}" for name in ALL]


def test_up_says_where_each_service_is_and_holds_no_pipe(home: Home) -> None:
    home.down()
    done = subprocess.run(
        ["sh", "-c", '"$@" 2>&1 | cat', "-", *home.command("up")],
        env=home.variables(),
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines() == _ready_lines(home)


def test_a_second_up_leaves_everything_as_it_runs(home: Home) -> None:
    home.up()
    before = home.services()

    done = home.run("up")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == _ready_lines(home)
    assert [home.services()[name].pid for name in ALL] == [before[name].pid for name in ALL]


def test_down_leaves_nothing_running(home: Home) -> None:
    home.up()
    assert home.pids()

    assert home.run("down").returncode == 0

    assert home.pids() == set()
    done = home.run("status")
    assert (done.returncode, done.stderr) == (1, "")
    assert [service.state for service in home.services().values()] == ["stopped", "stopped"]
    assert home.run("down").returncode == 0


def test_the_warehouse_is_migrated_and_in_utf8_with_checksums(home: Home) -> None:
    home.up()
    with locate(home.settings).connect(Role.OWNER) as connection:
        query = """
            select to_regclass('raw.ticket_events') is not null, current_setting('data_checksums'),
                pg_encoding_to_char(encoding), current_setting('fsync')
            from pg_database where datname = current_database()
        """
        assert connection.execute(query).fetchone() == (True, "on", "UTF8", "on")
        query = "select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = user"
        assert connection.execute(query).fetchone() == (False, True, True)


def test_nothing_listens_beyond_loopback(home: Home) -> None:
    home.up()
    ports = {int(service.address.rsplit(":")[-1]) for service in home.services().values()}
    listening = [address for address, port in _listening() if port in ports]
    assert listening == ["0100007F"] * len(ALL)


def test_nobody_gets_in_without_the_generated_password(home: Home) -> None:
    home.up()
    warehouse = locate(home.settings)
    url = warehouse.url(Role.OWNER).replace(warehouse.owner_password, "guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)
    port = int(home.services()["redis"].address.rsplit(":")[-1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as redis:
        redis.sendall(b"PING\r\n")
        assert redis.recv(100) == b"-NOAUTH Authentication required.\r\n"


def test_secrets_are_for_their_owner_alone_and_shown_nowhere(home: Home) -> None:
    home.up()
    secrets = files(home.folder / "secrets")
    assert {path.name for path in secrets} >= {"postgres-owner", "postgres-superuser", "redis"}
    assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}
    assert (home.folder / "secrets").stat().st_mode & 0o777 == 0o700
    words = [path.read_text().strip() for path in secrets]

    said = [home.run("up"), home.run("status"), home.run("status", "--json")]
    shown = [f"{done.stdout}{done.stderr}" for done in said]
    shown += [path.read_text(errors="replace") for path in files(home.folder / "logs")]
    shown += [Path(f"/proc/{pid}/cmdline").read_text() for pid in home.pids()]
    assert not [word for word in words for text in shown if word in text]
    for folder in ("run", "redis", "postgres"):
        assert {path.stat().st_mode & 0o077 for path in files(home.folder / folder)} == {0}


def test_status_is_a_table_or_json_of_state_address_pid_and_uptime(home: Home) -> None:
    home.up()
    services = home.services()
    table, document = home.run("status"), home.run("status", "--json")
    assert (table.returncode, document.returncode) == (0, 0)

    heading, *rows = table.stdout.partition("\n\n")[0].splitlines()
    assert heading.split() == ["service", "state", "address", "pid", "up", "data"]
    for row, name in zip(rows, ALL, strict=True):
        service = services[name]
        pattern = f"{name} +ready +{service.address} +{service.pid} +.*s +{service.folder}"
        assert re.fullmatch(pattern, row)
    read = json.loads(document.stdout)
    assert read["home"] == str(home.folder)
    for found in read["services"]:
        assert found["uptime_seconds"] >= 0
        expected = services[found["name"]].model_dump() | {
            "uptime_seconds": found["uptime_seconds"]
        }
        assert found == expected


def test_no_service_runs_as_root(home: Home) -> None:
    home.up()
    pids = home.pids() - {home.supervisor()}
    assert len(pids) > len(ALL)
    users = {os.stat(f"/proc/{pid}").st_uid for pid in pids}
    assert users == {(home.folder / "postgres").stat().st_uid}
    assert (0 in users) == (os.geteuid() != 0 and 0 in users)


def test_a_service_alone_starts_and_the_other_is_not_missed(home: Home) -> None:
    home.down()
    home.up("postgres")
    services = home.services()
    assert [services[name].state for name in ALL] == ["ready", "stopped"]
    assert home.run("status").returncode == 0

    home.up("redis")
    assert home.is_ready()
    assert home.services()["postgres"].pid == services["postgres"].pid


def test_an_unknown_service_is_named_with_the_known_ones(new_home: NewHome) -> None:
    home = new_home()
    done = home.run("up", "postgre")
    assert done.returncode == 2
    assert done.stderr == (
        "deskhouse: there is no service 'postgre'. The services are postgres, redis.\n"
    )
    assert not home.folder.exists()


def test_two_homes_run_side_by_side(home: Home, new_home: NewHome) -> None:
    # What is blank, quoted, a comment or a placeholder somewhere may be in a folder's name.
    other = new_home('it\'s a ;b #c %d %(here)s "e" ü')
    home.up()
    other.up()
    assert home.is_ready()
    assert other.is_ready()
    assert home.services()["postgres"].address != other.services()["postgres"].address

    other.down()
    assert other.pids() == set()
    assert home.is_ready()


def test_a_path_too_long_for_a_socket_is_no_hindrance(new_home: NewHome) -> None:
    home = new_home("long" * 30)
    home.up("redis")
    assert home.services()["redis"].state == "ready"
    home.down()
    assert home.pids() == set()


def test_two_ups_at_once_start_one_of_each(home: Home) -> None:
    home.down()
    both = [
        subprocess.Popen(
            home.command("up"),
            env=home.variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60) for process in both]
    assert said == [("\n".join(_ready_lines(home)) + "\n", "")] * 2
    commands = [Path(f"/proc/{pid}/cmdline").read_text() for pid in home.pids()]
    assert sum("supervisor.supervisord" in command for command in commands) == 1


def test_a_port_set_by_hand_is_used_and_kept(home: Home) -> None:
    home.up("redis")
    first, second = free_port(), free_port()
    home.down()
    home.up("redis", redis_port=first)
    assert home.services()["redis"].address == f"127.0.0.1:{first}"
    # A running service moves when it is asked for elsewhere.
    home.up("redis", redis_port=second)
    home.up("redis")
    assert home.services()["redis"].address == f"127.0.0.1:{second}"
    assert redis_url(home.settings).endswith(f"@127.0.0.1:{second}/0")


def test_a_port_set_by_hand_and_taken_is_an_error(home: Home) -> None:
    home.down()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        done = home.run("up", "postgres", DESKHOUSE_POSTGRES_PORT=str(taken))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"DESKHOUSE_POSTGRES_PORT: port {taken} " in done.stderr
    assert home.pids() == set()


def test_a_running_service_is_not_stopped_for_a_port_that_is_taken(home: Home) -> None:
    home.up("redis")
    before = home.services()["redis"].pid
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(WrongInput):
        home.up("redis", redis_port=other.getsockname()[1])
    assert home.services()["redis"].pid == before
    assert home.services()["redis"].state == "ready"


def test_a_kept_port_that_was_taken_since_is_given_up(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    home.up("redis")
    kept = home.services()["redis"].address
    port = int(kept.rsplit(":")[-1])
    home.down()
    with socket.create_server(("127.0.0.1", port)):
        home.up("redis")
        assert home.services()["redis"].address != kept
        assert home.services()["redis"].state == "ready"
    assert f"port {port} was taken" in caplog.text


def test_in_the_foreground_it_stays_until_told_to_stop(home: Home) -> None:
    home.down()
    for number in (signal.SIGTERM, signal.SIGINT):
        with _foreground(home) as process:
            process.send_signal(number)
            assert process.wait(timeout=30) == 0
        assert home.pids() == set()


def test_in_the_foreground_it_ends_when_brought_down(home: Home) -> None:
    home.down()
    with _foreground(home) as process:
        second = home.run("up", "--foreground")
        assert second.returncode == 3
        assert "deskhouse down" in second.stderr
        assert home.run("down").returncode == 0
        assert process.wait(timeout=30) == 0


def test_in_the_foreground_it_takes_everything_with_it(home: Home) -> None:
    home.down()
    with _foreground(home) as process:
        process.kill()
    until(lambda: not home.pids())


def test_children_heed_signals_whatever_the_shell_ignored(home: Home) -> None:
    home.down()
    with _foreground(home) as process:
        for service in home.services().values():
            status = Path(f"/proc/{service.pid}/status").read_text()
            ignored = int(status.split("SigIgn:")[1].split()[0], 16)
            assert not ignored & 1 << signal.SIGINT - 1
        process.terminate()


@contextmanager
def _foreground(home: Home) -> "Iterator[subprocess.Popen[str]]":
    """`up --foreground`, started as a shell's `&` does (with SIGINT ignored), and ready."""
    with subprocess.Popen(
        ["sh", "-c", 'trap "" INT; exec "$@" 2>&1', "-", *home.command("up", "--foreground")],
        env=home.variables(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said: list[str] = []
        try:
            while [line.split()[0] for line in said if "is ready at" in line] != list(ALL):
                said.append(process.stdout.readline())
                assert said[-1], f"it ended: {said}"
            yield process
        finally:
            process.kill()


def _listening() -> list[tuple[str, int]]:
    """Address (in hexadecimal) and port of every listening TCP socket of this machine."""
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path("/proc/net", table).read_text().splitlines()[1:]
    ]
    sockets = [fields[1].split(":") for fields in lines if fields[3] == "0A"]
    return [(address, int(port, 16)) for address, port in sockets]
