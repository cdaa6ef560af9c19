"""A login before an ASGI application that has none.

HTTP Basic, over every path, page, query and websocket. A browser that is logged in sends the
password also with what another site has it ask for; so what comes from elsewhere is refused.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

_ASK = {"WWW-Authenticate": 'Basic realm="Deskhouse", charset="UTF-8"'}
_PAGES = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Login:
    """Lets through to `app` who names himself `user` with the `password`, from its own pages.

    `hosts` are the names under which it is reached, without a port: another name is one that
    somebody had point here.
    """

    app: ASGIApp
    user: str
    password: str
    hosts: frozenset[str] = frozenset({"127.0.0.1", "localhost"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or 403, or hand over."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(HTTPConnection(scope))
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(refusal)
        else:
            await refusal(scope, receive, send)

    def _refusal(self, connection: HTTPConnection) -> PlainTextResponse | None:
        headers = connection.headers
        if headers.get("host", "").rpartition(":")[0] not in self.hosts:
            return PlainTextResponse("unknown host\n", 403)
        if not self._is_known(headers):
            return PlainTextResponse("log in first: deskhouse status --show-login\n", 401, _ASK)
        if _is_from_elsewhere(headers) and not _is_a_page_being_opened(connection):
            return PlainTextResponse("asked for by another site\n", 403)
        return None

    def _is_known(self, headers: Headers) -> bool:
        kind, _, token = headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(token.strip(), validate=True)
        except (binascii.Error, ValueError):
            given = b""
        right = f"{self.user}:{self.password}".encode()
        return hmac.compare_digest(given, right) and kind.lower() == "basic"


def _is_from_elsewhere(headers: Headers) -> bool:
    """Whether a browser says that a page of another origin asks."""
    origin = headers.get("origin")
    if origin is not None:
        return origin.partition("://")[2] != headers.get("host")
    return headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}


def _is_a_page_being_opened(connection: HTTPConnection) -> bool:
    """Whether somebody follows a link to here: harmless, but for queries that are asked by GET."""
    scope = connection.scope
    return (
        scope.get("method") in _PAGES
        and connection.headers.get("sec-fetch-mode") == "navigate"
        and not connection.url.path.rstrip("/").endswith("/graphql")
    )
