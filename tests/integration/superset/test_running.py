"""Superset really started: who comes in, what it tells, what it does when it is killed."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Set
from contextlib import suppress
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from deskhouse.services import running
from deskhouse.services.superset import environment, login
from deskhouse.settings import CHECKOUT
from deskhouse.warehouse.connection import Role
from tests.integration.superset.house import House, superset_up
from tests.integration.warehouse.test_days_of_a_zone import CHANGES, near_midnight
from tests.waiting import until

MADE = "making Superset's tables"


@pytest.fixture(scope="module")
def house(server_url: str) -> Iterator[House]:
    with superset_up(server_url) as house:
        yield house


def test_the_login_of_this_home_opens_it_and_no_other_does(house: House) -> None:
    assert house.pages.who() == "admin"
    stranger = house.stranger()
    for user, password in (
        ("admin", "admin"),
        ("admin", ""),
        ("deskhouse", login(house.settings)[1]),
    ):
        stranger.log_in(user, password)
        assert stranger.who() is None


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/dashboard/",
        "/api/v1/chart/",
        "/api/v1/database/",
        "/api/v1/sqllab/",
        "/users/list/",
    ],
)
def test_a_stranger_sees_nothing(house: House, path: str) -> None:
    answer = house.stranger().get(path)
    assert answer.status in {302, 401, 403}
    assert answer.status != 302 or "/login/" in answer.headers["Location"]


@pytest.mark.parametrize("path", ["/swagger/v1", "/register/form", "/embedded/1"])
def test_what_nobody_needs_is_not_there(house: House, path: str) -> None:
    assert house.pages.get(path).status == 404


def test_what_the_form_sends_as_it_is_left_does_not_undo_the_login(house: House) -> None:
    """The two cross on their way, and the cookie that comes last is the one that is kept."""
    stranger = house.stranger()
    stranger.get("/login/")
    answer = stranger.ask("POST", "/superset/log/?explode=events", "events=[]")
    assert (answer.status, answer.headers["Set-Cookie"]) == (204, None)


def test_a_change_wants_a_token_against_forgery(house: House) -> None:
    kind = {"Content-Type": "application/json"}
    body = json.dumps({"dashboard_title": "forged"})
    forged = house.pages.ask("POST", "/api/v1/dashboard/", body, kind)
    assert (forged.status, "CSRF" in forged.text) == (400, True)
    honest = house.pages.post("/api/v1/dashboard/", {"dashboard_title": "honest"})
    assert honest.status == 201
    assert "forged" not in house.pages.get("/api/v1/dashboard/").text


def test_headers_let_a_page_load_nothing_from_elsewhere(house: House) -> None:
    headers = house.pages.get("/superset/welcome/").headers
    policy = dict(
        directive.strip().partition(" ")[::2]
        for directive in headers["Content-Security-Policy"].split(";")
    )
    assert re.fullmatch(r"'self' 'strict-dynamic' 'nonce-[\w-]+'", policy.pop("script-src"))
    assert policy.pop("style-src") == "'self' 'unsafe-inline'"
    assert policy.pop("img-src") == "'self' blob: data:"
    assert policy.pop("worker-src") == "'self' blob:"
    assert {policy.pop("object-src"), policy.pop("frame-ancestors")} == {"'none'"}
    assert set(policy.values()) == {"'self'"}
    assert policy.keys() >= {"default-src", "connect-src", "base-uri", "form-action"}
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers


def test_the_cookie_is_for_this_site_and_not_for_scripts(house: House) -> None:
    cookie = house.stranger().get("/login/").headers["Set-Cookie"]
    assert {part.strip() for part in cookie.split(";")[1:]} >= {"HttpOnly", "SameSite=Lax"}


def test_the_page_is_ours_and_fits_a_phone(house: House) -> None:
    page = house.stranger().get("/login/").text
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    for path in set(re.findall(r"/deskhouse/static/[\w.-]+\?\w+", page)):
        assert house.stranger().get(path).status == 200
    assert "durations.js" in page
    assert "Superset" not in re.findall(r"<title>(.*?)</title>", page, re.DOTALL)[0]


@pytest.fixture(scope="module")
def inside(house: House) -> dict[str, Any]:
    """What is only known within the application."""
    program = """
import json, superset.config as theirs
from superset.db_engine_specs.postgres import PostgresEngineSpec
words = ("SECRET", "PASSWORD")
public = [n for n in dir(theirs) if n.isupper() and any(word in n for word in words)]
same = [n for n in public if getattr(theirs, n) and getattr(theirs, n) == app.config.get(n)]
with app.app_context():
    grains = PostgresEngineSpec.get_time_grain_expressions()
print(json.dumps({"public": public, "same": same, "grains": grains}))
"""
    found: dict[str, Any] = house.within(program)
    return found


def test_no_secret_is_one_that_superset_comes_with(house: House, inside: dict[str, Any]) -> None:
    theirs = {"SECRET_KEY", "GUEST_TOKEN_JWT_SECRET", "GLOBAL_ASYNC_QUERIES_JWT_SECRET"}
    assert theirs | {"SMTP_PASSWORD"} <= set(inside["public"])
    # That is the name of a default, and not a setting.
    assert set(inside["same"]) <= {"CHANGE_ME_SECRET_KEY"}
    ours = [value for name, value in environment(house.settings) if "SECRET" in name]
    assert len(set(ours)) == 3
    assert min(map(len, ours)) >= 32


def test_secrets_are_for_their_owner_alone_and_shown_nowhere(house: House) -> None:
    home = house.settings.home
    files = [path for path in (home / "secrets").iterdir() if path.name.startswith("superset")]
    assert {path.name for path in files} == {
        f"superset-{name}" for name in ("async", "guest", "key", "login")
    }
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    words = [path.read_text(encoding="ascii") for path in files]
    words += [house.warehouse.derived_password("superset")]

    shown = [house.log(path.stem) for path in (home / "logs").iterdir()]
    shown += [deskhouse(house, "status"), deskhouse(house, "status", "--json")]
    shown += [
        Path(f"/proc/{one.pid}/cmdline").read_text() for one in house.services().values() if one.pid
    ]
    assert [word for word in words for text in shown if word in text] == []
    assert {path.stat().st_mode & 0o077 for path in (home / "run").iterdir()} == {0}


def test_status_shows_the_login_when_asked_to(house: House) -> None:
    user, password = login(house.settings)
    line = f"superset  http://{house.pages.address}  {user}  {password}\n"
    assert deskhouse(house, "status", "--show-login") == line


def deskhouse(house: House, *arguments: str) -> str:
    """What a command says on this home."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("DESKHOUSE_")}
    done = subprocess.run(
        [sys.executable, "-m", "deskhouse", *arguments],
        cwd=CHECKOUT,
        env={**inherited, **dict(house.settings.environment())},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("uri", ["sqlite:///tmp/x.db", "shillelagh://", "superset://"])
def test_a_database_that_would_open_the_machine_is_refused(house: House, uri: str) -> None:
    body = {"sqlalchemy_uri": uri, "database_name": "another"}
    answer = house.pages.post("/api/v1/database/test_connection/", body)
    assert answer.status in {400, 422}
    assert house.pages.post("/api/v1/database/", body).status in {400, 422}


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/New_York"])
def test_time_falls_into_buckets_of_the_wall_clock(
    house: House, inside: dict[str, Any], zone: str
) -> None:
    grains = inside["grains"]
    # In Auckland a Monday and a new quarter by then, in New York not.
    instant = datetime(2024, 3, 31, 22, 47, 5, tzinfo=ZoneInfo("UTC"))
    local = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    hour = local.replace(minute=0, second=0)
    day = hour.replace(hour=0)
    expected = {
        "PT1M": local.replace(second=0),
        "PT15M": hour.replace(minute=45),
        "PT1H": hour,
        "P1D": day,
        "P1W": day if zone == "Pacific/Auckland" else day.replace(day=25),
        "P1M": day.replace(day=1),
        "P3M": day.replace(day=1, month=4 if zone == "Pacific/Auckland" else 1),
        "P1Y": day.replace(day=1, month=1),
    }
    assert expected.keys() <= grains.keys()
    url = house.warehouse.url(Role.OWNER)
    with psycopg.connect(url, options=f"-c timezone={zone}") as connection:
        for grain, wanted in expected.items():
            sql = grains[grain].replace("{col}", "%(instant)s::timestamptz")
            found = connection.execute(f"select {sql}", {"instant": instant}).fetchone()
            assert found == (wanted,), grain


def test_a_day_of_a_chart_begins_at_midnight_also_as_clocks_change(
    house: House, inside: dict[str, Any]
) -> None:
    """23:30 and 00:30 of the days around both changes of clocks of 2025, in six zones."""
    sql = inside["grains"]["P1D"].replace("{col}", "%(instant)s::timestamptz")
    for zone, changes in CHANGES.items():
        url, options = house.warehouse.url(Role.OWNER), f"-c timezone={zone}"
        assert len(near_midnight(zone)) == 6 * len(changes)
        with psycopg.connect(url, options=options) as connection:
            for day, instant in near_midnight(zone).values():
                found = connection.execute(f"select {sql}", {"instant": instant}).fetchone()
                assert found == (datetime.combine(day, time()),), instant


def test_what_was_killed_comes_back(house: House) -> None:
    before = {name: one.pid for name, one in house.services().items() if one.pid}
    assert before.keys() >= {"redis", "superset", "superset-worker"}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    def is_back() -> bool:
        now = house.services()
        return all(now[name].state == "ready" and now[name].pid != before[name] for name in before)

    until(is_back, seconds=120)
    assert house.pages.who() == "admin"
    # Nothing of those before is left: what serves and works are their children.
    parents = {one.pid for one in house.services().values()}
    assert processes(house, "superset_assets.server") <= parents | children(parents)


def processes(house: House, module: str) -> set[int]:
    """The processes of this home that run such a module."""
    own = f"DESKHOUSE_SUPERSET_FOLDER={house.settings.home}/superset".encode()
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if module in (path / "cmdline").read_text() and own in (path / "environ").read_bytes():
                found.add(int(path.name))
    return found


def children(parents: Set[int | None]) -> set[int]:
    """Whose parent is among these."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) in parents:
                found.add(int(path.parent.name))
    return found


def test_a_second_start_makes_nothing_and_everything_is_there(house: House) -> None:
    assert (house.log() + house.log("superset-worker")).count(MADE) == 1
    running.down(house.settings)
    assert processes(house, "superset_assets.server") == set()
    running.up(house.settings)
    assert (house.log() + house.log("superset-worker")).count(MADE) == 1
    assert house.pages.who() == "admin"
    assert "honest" in house.pages.get("/api/v1/dashboard/").text


@pytest.mark.parametrize("road", ["form", "api"])
def test_whoever_tries_passwords_is_told_to_wait(house: House, road: str) -> None:
    guesser = house.stranger("127.0.0.97" if road == "form" else "127.0.0.99")

    def guess(password: str) -> int:
        if road == "form":
            return guesser.log_in("admin", password).status
        body = {"username": "admin", "password": password, "provider": "db"}
        kind = {"Content-Type": "application/json"}
        return guesser.ask("POST", "/api/v1/security/login", json.dumps(body), kind).status

    tries = 0
    while guess(f"guess {tries}") != 429:
        tries += 1
        assert tries < 41, "more than in two minutes"
    assert tries >= 20
    assert guess(login(house.settings)[1]) == 429
    # Nobody else has to.
    other = house.stranger("127.0.0.98")
    other.log_in(*login(house.settings))
    assert other.who() == "admin"
