"""Dagster's pages ask for a login, on every path, and take nothing from other sites."""

import asyncio
import base64
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from orchestration.defs.login import Login

HOST = "127.0.0.1:3000"


def basic(user: str = "deskhouse", password: str = "right") -> dict[str, str]:
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


async def _inside(scope: Scope, receive: Receive, send: Send) -> None:
    """What is behind the login."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inside"})


def status(
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    kind: str = "http",
) -> int:
    """The status of the answer; 101 for a websocket that was let in."""
    given = {"host": HOST} | {name.lower(): value for name, value in (headers or {}).items()}
    scope: dict[str, Any] = {
        "type": kind,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "extensions": {"websocket.http.response": {}},
        **({"method": method} if kind == "http" else {}),
    }
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect" if kind == "websocket" else "http.request"}

    async def send(message: Message) -> None:
        said.append(message)

    asyncio.run(Login(_inside, "deskhouse", "right")(scope, receive, send))
    return int(said[0].get("status", 101))


@pytest.mark.parametrize("path", ["/", "/graphql", "/server_info", "/assets/main.js", "/logs/1"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(password="wrong"),
        basic(password=""),
        basic(password="righ"),
        basic(user="admin"),
        {"Authorization": "Basic"},
        {"Authorization": "Basic %%%"},
        {"Authorization": "Bearer " + basic()["Authorization"].partition(" ")[2]},
    ],
)
def test_who_does_not_know_the_password_gets_401_from_every_path(
    path: str, headers: Mapping[str, str]
) -> None:
    assert status(path, headers) == 401
    assert status(path, headers, method="POST") == 401
    assert status(path, headers, kind="websocket") == 401


def test_who_knows_it_is_let_in() -> None:
    assert status("/", basic()) == 200
    assert status("/graphql", basic(), method="POST") == 200
    assert status("/graphql", basic(), kind="websocket") == 101


def test_its_own_pages_may_ask_and_post() -> None:
    own = basic() | {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
    assert status("/graphql", own, method="POST") == 200
    assert status("/graphql", own, kind="websocket") == 101


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:4000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_site_has_a_browser_ask_is_refused_though_it_sends_the_password(
    elsewhere: Mapping[str, str],
) -> None:
    headers = basic() | dict(elsewhere)
    assert status("/graphql", headers, method="POST") == 403
    assert status("/graphql", headers) == 403
    assert status("/graphql", headers, kind="websocket") == 403


def test_a_link_from_another_site_opens_a_page_but_asks_no_query() -> None:
    link = basic() | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert status("/runs", link) == 200
    assert status("/graphql", link) == 403
    assert status("/graphql/", link) == 403
    assert status("/graphql", link, method="POST") == 403


def test_a_name_that_somebody_had_point_here_is_not_answered() -> None:
    assert status("/", basic() | {"Host": "evil.example:3000"}) == 403
    assert status("/", basic() | {"Host": "localhost:3000"}) == 200
