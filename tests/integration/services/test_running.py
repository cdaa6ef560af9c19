"""`up`, `down` and `status` on homes of their own."""

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from deskhouse.services.redis import redis_url
from deskhouse.warehouse.connection import Role, locate
from tests.integration.services.conftest import NewHome
from tests.integration.services.home import Home, files, free_port, until

ALL = {"postgres", "redis"}


def test_a_second_up_leaves_everything_as_it_runs(running_home: Home) -> None:
    before = running_home.services()
    assert {name: service["state"] for name, service in before.items()} == dict.fromkeys(
        ALL, "ready"
    )

    running_home.up()

    after = running_home.services()
    assert [after[name]["pid"] for name in ALL] == [before[name]["pid"] for name in ALL]


def test_up_says_where_each_service_is(running_home: Home) -> None:
    done = running_home.run("up")
    addresses = {name: found["address"] for name, found in running_home.services().items()}
    assert done.stdout.splitlines() == [
        f"{name} is ready at {addresses[name]}" for name in ("postgres", "redis")
    ]
    assert done.stderr == ""


def test_the_warehouse_is_migrated_and_in_utf8_with_checksums(running_home: Home) -> None:
    with locate(running_home.settings).connect(Role.OWNER) as connection:
        query = """
            select to_regclass('raw.ticket_events') is not null, current_setting('data_checksums'),
                pg_encoding_to_char(encoding), current_setting('fsync')
            from pg_database where datname = current_database()
        """
        assert connection.execute(query).fetchone() == (True, "on", "UTF8", "on")
        query = (
            "select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
        )
        assert connection.execute(query).fetchone() == (False, True, True)


def test_nothing_listens_beyond_loopback(running_home: Home) -> None:
    listening = _listening()
    ports = {int(s["address"].rsplit(":")[-1]) for s in running_home.services().values()}
    assert {address for address, port in listening if port in ports} == {"127.0.0.1"}


def test_nobody_gets_in_without_the_generated_password(running_home: Home) -> None:
    warehouse = locate(running_home.settings)
    url = warehouse.url(Role.OWNER).replace(warehouse.owner_password, "guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)
    port = running_home.services()["redis"]["address"].rsplit(":")[-1]
    with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as redis:
        redis.sendall(b"PING\r\n")
        assert redis.recv(100) == b"-NOAUTH Authentication required.\r\n"


def test_secrets_are_for_their_owner_alone_and_shown_nowhere(running_home: Home) -> None:
    secrets = files(running_home.folder / "secrets")
    assert {path.name for path in secrets} >= {"postgres-owner", "postgres-superuser", "redis"}
    assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}
    assert (running_home.folder / "secrets").stat().st_mode & 0o777 == 0o700
    words = [path.read_text().strip() for path in secrets]

    said = [running_home.run("status"), running_home.run("status", "--json")]
    shown = [f"{done.stdout}{done.stderr}" for done in said]
    shown += [path.read_text(errors="replace") for path in files(running_home.folder / "logs")]
    shown += [Path(f"/proc/{pid}/cmdline").read_text() for pid in running_home.pids()]
    assert not [word for word in words for text in shown if word in text]
    open_to_others = [
        path
        for path in files(running_home.folder)
        if any(word.encode() in path.read_bytes() for word in words) and path.stat().st_mode & 0o077
    ]
    assert open_to_others == []


def test_status_is_a_table_with_state_address_pid_and_uptime(running_home: Home) -> None:
    services = running_home.services()
    done = running_home.run("status")
    assert done.returncode == 0
    heading, *rows = done.stdout.splitlines()
    assert heading.split() == ["service", "state", "address", "pid", "up", "data"]
    for row, name in zip(rows, ("postgres", "redis"), strict=True):
        service = services[name]
        pattern = f"{name} +ready +{service['address']} +{service['pid']} +.*s +{service['folder']}"
        assert re.fullmatch(pattern, row)


def test_no_service_runs_as_root(running_home: Home) -> None:
    pids = running_home.pids() - {running_home.supervisor()}
    assert len(pids) > len(ALL)
    assert 0 not in {os.stat(f"/proc/{pid}").st_uid for pid in pids} or os.geteuid() != 0
    if os.geteuid() != 0:
        assert {os.stat(f"/proc/{pid}").st_uid for pid in pids} == {os.geteuid()}


def test_children_heed_an_interrupt_whatever_the_shell_ignored(home: Home) -> None:
    # A shell starts what ends with `&` with SIGINT ignored, and Python ignores SIGPIPE.
    subprocess.run(
        ["sh", "-c", 'trap "" INT; "$@"', "-", *home.command("up")],
        env=home.variables(),
        check=True,
        timeout=60,
        capture_output=True,
    )
    for service in home.services().values():
        status = Path(f"/proc/{service['pid']}/status").read_text()
        ignored = int(status.split("SigIgn:")[1].split()[0], 16)
        assert not ignored & 1 << signal.SIGINT - 1


def test_up_holds_no_pipe_of_its_caller(home: Home) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" 2>&1 | cat', "-", *home.command("up")],
        env=home.variables(),
        stdin=subprocess.PIPE,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.count(b"is ready at") == len(ALL)


def test_down_leaves_nothing_running(home: Home) -> None:
    home.up()
    assert home.pids()

    assert home.run("down").returncode == 0

    assert home.pids() == set()
    done = home.run("status")
    assert (done.returncode, done.stderr) == (1, "")
    assert {service["state"] for service in home.services().values()} == {"stopped"}
    assert home.run("down").returncode == 0


def test_a_service_alone_starts_and_the_other_is_not_missed(home: Home) -> None:
    home.up("postgres")
    services = home.services()
    assert {name: services[name]["state"] for name in ALL} == {
        "postgres": "ready",
        "redis": "stopped",
    }
    assert home.run("status").returncode == 0

    home.up("redis")
    assert home.services()["redis"]["state"] == "ready"
    assert home.services()["postgres"]["pid"] == services["postgres"]["pid"]


def test_an_unknown_service_is_named_with_the_known_ones(home: Home) -> None:
    done = home.run("up", "postgre")
    assert done.returncode == 2
    assert done.stderr == (
        "deskhouse: there is no service 'postgre'. The services are postgres, redis.\n"
    )
    assert not home.folder.exists()


def test_two_homes_run_side_by_side(running_home: Home, home: Home) -> None:
    home.up()
    one, other = running_home.services(), home.services()
    assert {s["state"] for s in (*one.values(), *other.values())} == {"ready"}
    assert len({s["address"] for s in (*one.values(), *other.values())}) == 2 * len(ALL)

    home.run("down")
    assert {s["state"] for s in running_home.services().values()} == {"ready"}


def test_two_ups_at_once_start_one_of_each(home: Home) -> None:
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
    assert said[0] == said[1]
    assert [process.returncode for process in both] == [0, 0]
    commands = [Path(f"/proc/{pid}/cmdline").read_text() for pid in home.pids()]
    assert sum("supervisor.supervisord" in command for command in commands) == 1


@pytest.mark.parametrize("name", ['it\'s a ;b #c %d %(here)s "e" ü', "long" * 25])
def test_a_home_may_have_any_name(new_home: NewHome, name: str) -> None:
    home = new_home(name)
    home.up()
    assert {service["state"] for service in home.services().values()} == {"ready"}
    assert home.run("down").returncode == 0
    assert home.pids() == set()


def test_a_port_set_by_hand_is_used_and_kept(home: Home) -> None:
    first, second = free_port(), free_port()
    home.up("redis", DESKHOUSE_REDIS_PORT=str(first))
    assert home.services()["redis"]["address"] == f"127.0.0.1:{first}"
    # The command moves a running service when it is told another port.
    home.up("redis", DESKHOUSE_REDIS_PORT=str(second))
    home.up("redis")
    assert home.services()["redis"]["address"] == f"127.0.0.1:{second}"
    with Redis.from_url(redis_url(home.settings)) as client:
        assert client.ping()


def test_a_port_set_by_hand_and_taken_is_an_error(home: Home, running_home: Home) -> None:
    taken = running_home.services()["postgres"]["address"].rsplit(":")[-1]
    done = home.run("up", "postgres", DESKHOUSE_POSTGRES_PORT=taken)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"DESKHOUSE_POSTGRES_PORT: port {taken} " in done.stderr
    assert home.pids() == set()


def test_a_kept_port_that_was_taken_since_is_given_up(home: Home, running_home: Home) -> None:
    taken = running_home.services()["redis"]["address"].rsplit(":")[-1]
    (home.folder / "ports").mkdir(parents=True)
    (home.folder / "ports" / "redis").write_text(taken)

    done = home.run("up", "redis")

    address = home.services()["redis"]["address"]
    assert done.stdout == f"redis is ready at {address}\n"
    assert address != f"127.0.0.1:{taken}"
    assert f"port {taken} was taken" in done.stderr


def test_in_the_foreground_it_stays_until_told_to_stop(home: Home) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with _foreground(home) as process:
            assert home.run("up", "--foreground").returncode == 3
            process.send_signal(number)
            assert process.wait(timeout=30) == 0
        assert home.pids() == set()


def test_in_the_foreground_it_ends_when_brought_down(home: Home) -> None:
    with _foreground(home) as process:
        assert home.run("down").returncode == 0
        assert process.wait(timeout=30) == 0


def test_in_the_foreground_it_takes_everything_with_it(home: Home) -> None:
    with _foreground(home) as process:
        process.kill()
    until(lambda: not home.pids())


def _foreground(home: Home) -> "subprocess.Popen[str]":
    """`up --foreground`, started as a shell's `&` does, and ready."""
    process = subprocess.Popen(
        ["sh", "-c", 'trap "" INT; exec "$@"', "-", *home.command("up", "--foreground")],
        env=home.variables(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ready: set[str] = set()
    while ready != ALL:
        line = process.stdout.readline()
        assert line, "it ended"
        if "is ready at" in line:
            ready.add(line.split()[0])
    return process


def _listening() -> list[tuple[str, int]]:
    """Every listening TCP socket of this machine: address and port."""
    found = []
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        address, port = line.split()[1].split(":")
        if line.split()[3] == "0A":
            octets = [str(int(address[i : i + 2], 16)) for i in (6, 4, 2, 0)]
            found.append((".".join(octets), int(port, 16)))
    for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]:
        address, port = line.split()[1].split(":")
        if line.split()[3] == "0A":
            found.append((address, int(port, 16)))
    return found
