"""A Postgres data folder: made whole or not at all, configured anew at each start.

A new one is made aside: initdb, then the owner's role and database through a single-user
server. Only then is it renamed to its place, so an interrupted `up` leaves nothing half.
"""

from pathlib import Path
from secrets import token_hex

from deskhouse.errors import Failed
from deskhouse.services.account import Account
from deskhouse.services.binaries import PostgresBinaries
from deskhouse.services.tuning import Machine, postgres_settings
from deskhouse.warehouse.connection import DATABASE, OWNER

SUPERUSER = "postgres"

_CONFIGURATION = {
    "listen_addresses": "127.0.0.1",
    # Passwords over loopback alone: a socket would need a short path, and a second door.
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # After a crash of one of its processes it ends, and the supervisor starts it anew. (Its own
    # way, starting over in place, does not heed a stop while it recovers: seen in 18.6.)
    "restart_after_crash": "off",
    # As safe as syncing file by file before a recovery, and several times faster.
    "recovery_init_sync_method": "syncfs",
}


def made_by(data: Path) -> int | None:
    """The major version that made a data folder, or None where there is none."""
    version = data / "PG_VERSION"
    return int(version.read_text(encoding="ascii")) if version.exists() else None


def make(
    data: Path, binaries: PostgresBinaries, account: Account, superuser: str, owner: str
) -> None:
    """Make the data folder, with the passwords of the superuser and of the database's owner.

    Raises:
        Failed: initdb or the server refused; the message is their last word.
    """
    account.run(
        ["find", data.parent, "-maxdepth", "1", "-name", "*.new", "-exec", "rm", "-rf", "{}", "+"]
    )
    # A name of its own: the initdb of an `up` that was killed may still be writing.
    aside = data.with_name(f"data-{token_hex(4)}.new")
    password_file = data.with_name("password")
    account.write(password_file, superuser)
    try:
        _check(account, _initdb(aside, binaries, password_file))
    finally:
        account.run(["rm", "-f", password_file])
    server: list[str | Path] = [binaries.folder / "postgres", "--single", "-D", aside]
    # A statement that failed would be logged with the password in it.
    server += ["-c", "log_min_error_statement=panic", SUPERUSER]
    _check(account, server, _owner_statements(owner))
    _check(account, ["mv", aside, data])


def configure(data: Path, account: Account, machine: Machine, port: int) -> None:
    """Write postgresql.conf; what `alter system` set in this database still wins over it."""
    settings = {**_CONFIGURATION, "port": str(port), **postgres_settings(machine)}
    lines = [f"{name} = '{value}'" for name, value in settings.items()]
    heading = "# Written at each `deskhouse up`; use `alter system` for settings of your own.\n"
    account.write(data / "postgresql.conf", heading + "\n".join(lines) + "\n")


def _initdb(data: Path, binaries: PostgresBinaries, password_file: Path) -> list[str | Path]:
    command: list[str | Path] = [binaries.folder / "initdb", "-D", data, "-U", SUPERUSER]
    command += [f"--pwfile={password_file}", "--auth=scram-sha-256", "--data-checksums"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8"]
    if binaries.major >= 17:
        # Sorts and folds alike on every machine, whatever its C library.
        command += ["--locale-provider=builtin"]
    return command


def _owner_statements(password: str) -> str:
    """What the owner is: may make roles and databases, is no superuser. One statement a line."""
    assert "'" not in password
    role = f"create role {OWNER} login createrole createdb password '{password}'"
    return f"{role};\ncreate database {DATABASE} owner {OWNER};\n"


def _check(account: Account, command: list[str | Path], given: str = "") -> None:
    done = account.run(command, given)
    problems = [line for line in done.stderr.splitlines() if "ERROR:" in line or "FATAL:" in line]
    if done.returncode != 0 or problems:
        said = (problems or done.stderr.strip().splitlines() or ["no word"])[-1]
        raise Failed(f"{Path(command[0]).name} failed: {said.strip()}")
