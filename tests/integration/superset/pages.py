"""Superset's pages as a browser without a window asks for them: with cookies, without scripts."""

import http.client
import http.cookies
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Pages:
    """Superset at an address; `source` is where one comes from, of 127.0.0.0/8."""

    address: str
    source: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> Answer:
        """Ask, and keep the cookies that come back."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection(
            self.address, timeout=60, source_address=(self.source, 0)
        )
        try:
            connection.request(method, path, body, {"Cookie": cookie, **(headers or {})})
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return Answer(response.status, response.headers, text)

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, body: object, **headers: str) -> Answer:
        """Post a document, with the token against forgery that was asked for before."""
        token = self.get("/api/v1/security/csrf_token/").json()["result"]
        return self.ask(
            "POST",
            path,
            json.dumps(body),
            {"Content-Type": "application/json", "X-CSRFToken": token, **headers},
        )

    def log_in(self, user: str, password: str) -> Answer:
        """Fill in the form, and send it."""
        form = self.get("/login/").text
        token = re.search(r'name="csrf_token"[^>]*?value="([^"]+)"', form)
        assert token, form
        fields = {"username": user, "password": password, "csrf_token": token[1]}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", "/login/", urlencode(fields), kind)

    def who(self) -> str | None:
        """Who is logged in."""
        answer = self.get("/api/v1/me/")
        return str(answer.json()["result"]["username"]) if answer.status == 200 else None
