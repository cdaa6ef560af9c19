"""Pages in a real browser: what a person sees and clicks, at a width of theirs.

`browse` opens a window of the machine's Chromium. What goes wrong in the page, or is answered with
an error, is kept: a test ends by looking that there was nothing.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page, Response, sync_playwright

from deskhouse.services.binaries import find_chromium


@dataclass
class Window:
    """A page, and what went wrong in it."""

    page: Page
    wrongs: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keep errors of scripts, of the console and of the server."""
        self.page.on("pageerror", lambda error: self.wrongs.append(str(error)))
        self.page.on("console", self._said)
        self.page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        # A pixel that tells others who looks at what; that it is kept from doing so is right.
        if message.type == "error" and "scarf.sh" not in message.text:
            self.wrongs.append(message.text)

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.wrongs.append(f"{response.status} {response.url}")


@contextmanager
def browse(
    width: int = 1440, height: int = 1000, login: tuple[str, str] | None = None
) -> Iterator[Window]:
    """A window of so many pixels; `login` is what it answers a page that asks by HTTP."""
    chromium = find_chromium()
    assert chromium, "there is no Chromium: as root, make test installs it; or set CHROMIUM_BIN"
    # Chromium's own sandbox does not start as root.
    switches = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=switches)
        page = browser.new_page(
            viewport={"width": width, "height": height},
            http_credentials={"username": login[0], "password": login[1]} if login else None,
        )
        window = Window(page)
        window.listen()
        yield window
        browser.close()
