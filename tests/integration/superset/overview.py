"""The dashboard as somebody in front of it sees it: what its charts asked for, got and drew."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Locator, Page, Response

from deskhouse.services.superset import login
from superset_assets.assets import Bundle, Chart
from tests.browser import Window, browse
from tests.integration.superset.house import House
from tests.waiting import until

PATH = "/superset/dashboard/support-overview/"

# Colours with a hue, in so many pixels: a bar, a line or an arrow, and not an axis.
_COLOURED = """canvas => {
    const {width, height} = canvas;
    if (!width || !height) return 0;
    const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    let coloured = 0;
    for (let at = 0; at < data.length; at += 4) {
        const [red, green, blue, opacity] = data.slice(at, at + 4);
        const hue = Math.max(red, green, blue) - Math.min(red, green, blue);
        if (opacity > 200 && hue > 60) coloured += 1;
    }
    return coloured;
}"""


@dataclass(frozen=True)
class Shown:
    """What a chart asked for, and what it was given."""

    asked: dict[str, Any]
    given: dict[str, Any]

    @property
    def form(self) -> dict[str, Any]:
        return dict(self.asked["form_data"])

    @property
    def query(self) -> dict[str, Any]:
        return dict(self.asked["queries"][0])

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(self.given["data"])

    def bounds(self) -> tuple[datetime, datetime]:
        """The range in local time, without a zone."""
        since, until_ = (
            datetime.fromtimestamp(self.given[name] / 1000, UTC).replace(tzinfo=None)
            for name in ("from_dttm", "to_dttm")
        )
        return since, until_


@dataclass
class Overview:
    """The dashboard in a window, and the last answer that each chart got, by its key."""

    window: Window
    house: House
    bundle: Bundle
    shown: dict[str, Shown] = field(default_factory=dict)
    tickets: list[dict[str, Any]] = field(default_factory=list)
    _keys: dict[int, str] = field(default_factory=dict)

    @property
    def page(self) -> Page:
        return self.window.page

    def log_in(self) -> None:
        """Come in, and listen to what charts ask."""
        found = self.house.pages.get("/api/v1/chart/?q=(page_size:100)").json()["result"]
        keys = {chart.title: key for key, chart in self.bundle.charts.items()}
        self._keys = {one["id"]: keys[one["slice_name"]] for one in found}
        self.page.on("response", self._answered)
        address = f"http://{self.house.pages.address}"
        self.page.goto(f"{address}/login/")
        name, password = login(self.house.settings)
        self.page.fill("#username", name)
        self.page.fill("#password", password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/superset/welcome/**")

    def open(self, keys: set[str], time_range: str = "") -> None:
        """Open it anew, as it is for who comes; or over another range; until it is drawn."""
        chosen = ""
        if time_range:
            name = "NATIVE_FILTER-date-range"
            chosen = (
                f"?native_filters=({name}:(extraFormData:(time_range:'{time_range}'),"
                f"filterState:(value:'{time_range}'),id:{name},ownState:()))"
            )
        with self.changing(keys):
            self.page.goto(f"http://{self.house.pages.address}{PATH}{chosen}")

    @contextmanager
    def changing(self, keys: set[str]) -> Iterator[None]:
        """Within the block something is done that these charts answer with other data."""
        for key in keys:
            self.shown.pop(key, None)
        yield
        until(lambda: self._came(keys), 90, f"the data of {sorted(keys)} did not come")
        until(self._is_still, 60, "the page did not come to rest")

    def choose(self, title: str, value: str) -> None:
        """Choose a value of a filter, and apply it."""
        more = self.page.get_by_text("More filters")
        if more.count() and more.is_visible():
            more.click()
        box = self.page.locator(f"#NATIVE_FILTER-{title.lower()}")
        box.click()
        box.fill(value)
        self.page.locator(".ant-select-item-option", has_text=value).first.click()
        self.page.keyboard.press("Escape")
        self.page.locator('[data-test="filter-bar__apply-button"]').click()

    def clear(self) -> None:
        """Clear all filters, also the one that has a value when the page opens."""
        self.page.locator('[data-test="filter-bar__clear-button"]').click()

    def click_bar(self, key: str) -> None:
        """Click a bar."""
        self.page.mouse.click(*self._bar(key, 0.5))

    def drill(self, key: str) -> dict[str, Any]:
        """Ask for the tickets behind a bar; by what they were told apart, as it was asked for."""
        by_all = self.page.get_by_text("Drill to detail by all")
        for across in (0.5, 0.53, 0.56, 0.6, 0.64):
            self.page.mouse.click(*self._bar(key, across), button="right")
            by = self.page.get_by_text("Drill to detail by", exact=True)
            by.wait_for()
            by.hover()
            self.page.wait_for_timeout(500)
            if by_all.count():
                break
            self.page.keyboard.press("Escape")
        with self.page.expect_response("**/datasource/samples**") as coming:
            by_all.click()
        asked = json.loads(coming.value.request.post_data or "{}")
        self.tickets = coming.value.json()["result"]["data"]
        return {one["col"]: one["val"] for one in asked["filters"] if one["op"] == "=="}

    def _bar(self, key: str, across: float) -> tuple[float, float]:
        """A point near the foot of the bars, so far from the left."""
        box = self.holder(key).locator("canvas").bounding_box()
        assert box is not None
        return box["x"] + box["width"] * across, box["y"] + box["height"] - 60

    def _answered(self, response: Response) -> None:
        if "/api/v1/chart/data" not in response.url or not response.ok:
            return
        asked = json.loads(response.request.post_data or "{}")
        key = self._keys.get(asked.get("form_data", {}).get("slice_id"))
        if key:
            self.shown[key] = Shown(asked, response.json()["result"][0])

    def holder(self, key: str) -> Locator:
        return self.page.locator(f'[data-test-chart-name="{self.bundle.charts[key].title}"]')

    def _came(self, keys: set[str]) -> bool:
        self.page.wait_for_timeout(100)
        return keys <= set(self.shown)

    def _is_still(self) -> bool:
        self.page.wait_for_timeout(100)
        return self.page.locator('[data-test="loading-indicator"]').count() == 0

    def mark(self, chart: Chart) -> str:
        """What there is to see of a chart's data; '' where it shows none."""
        holder = self.holder(chart.key)
        if chart.viz_type == "pop_kpi":
            text = holder.locator(".superset-chart-pop-kpi, .slice_container").first.inner_text()
            return next((line for line in text.splitlines() if any(map(str.isdigit, line))), "")
        if chart.viz_type == "table":
            cells = holder.locator("tbody td").all_inner_texts()
            return " ".join(cells) if len(cells) > 1 else ""
        canvas = holder.locator("canvas")
        if canvas.count() == 0:
            return ""
        coloured = canvas.first.evaluate(_COLOURED)
        return f"{coloured} pixels" if coloured > 200 else ""


@contextmanager
def overview(house: House, bundle: Bundle, width: int) -> Iterator[Overview]:
    """The dashboard's window, all of it high: what is not in the window is not drawn."""
    with browse(width, 3200 if width > 700 else 6500) as window:
        seen = Overview(window, house, bundle)
        seen.log_in()
        yield seen
