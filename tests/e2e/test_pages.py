"""What the pages show is what happens: their sessions are run, in a home of the test's own."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.questions import QUESTIONS
from tests.architecture.project import CHECKOUT
from tests.e2e.sessions import Step, steps
from tests.folders import open_folder
from tests.integration.dagster import pages as dagster_pages
from tests.integration.superset import pages as superset_pages

_END = "-- end of step --"
_PSQL = '.venv/bin/psql "$(.venv/bin/deskhouse url)"'

# Whatever a developer has in `.env`, a page is run against services of its own home.
_OURS = {
    "DESKHOUSE_DATABASE_URL": "",
    "DESKHOUSE_REDIS_URL": "",
    "PSQL_PAGER": "",
}


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that is stopped and removed after the test, whatever the page left running."""
    folder = open_folder()
    # The demo writes its agents and teams there.
    shutil.copytree(CHECKOUT / "config", folder / "config")
    try:
        yield folder
    finally:
        environment = {**os.environ, **_OURS, "DESKHOUSE_HOME": str(folder)}
        subprocess.run([CHECKOUT / ".venv/bin/deskhouse", "down"], env=environment, check=True)
        shutil.rmtree(folder)


def run_session(session: list[Step], home: Path) -> list[str]:
    """Run all steps in one shell, in the checkout, and return what each printed.

    Where a page names a home, the test's own takes its place.
    """
    script = ["set -e", "exec 2>&1"]
    for step in session:
        command = re.sub(r"^export DESKHOUSE_HOME=.*", ":", step.command)
        script += [command, f"echo '{_END}'"]
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=CHECKOUT,
        env={
            **os.environ,
            **_OURS,
            "DESKHOUSE_HOME": str(home),
            "DESKHOUSE_CONFIG": str(home / "config"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    printed = done.stdout.split(f"{_END}\n")
    assert done.returncode == 0, f"{session[len(printed) - 1].command}\n{printed[-1]}"
    return printed[:-1]


def test_a_session_is_read_as_typed() -> None:
    page = '```console\n$ a "$(b)" -c "\n   c"\n1 …\n\n2\n$ d\n```\n```sh\nx\n```\n'
    assert steps(page) == [Step('a "$(b)" -c "\n   c"', "1 …\n\n2"), Step("d", "")]
    assert Step("", "a … c\nd").matches("a b c  \nd\n")
    assert not Step("", "a … c\nd").matches("a b c\nd\ne\n")
    assert not Step("", "").matches("a\n")


@pytest.mark.parametrize("page", ["tutorial/README.md", "how-to/connect-your-help-desk.md"])
def test_a_page_prints_what_it_shows(page: str, home: Path) -> None:
    session = steps((CHECKOUT / "docs" / page).read_text(encoding="utf-8"))
    assert len(session) > 4
    for step, printed in zip(session, run_session(session, home), strict=True):
        assert step.matches(printed) or step.command.endswith("down"), f"{step.command}\n{printed}"


def words(text: str) -> set[str]:
    """The lines that hold no number, without regard to how wide their columns are."""
    lines = (re.sub(r"-+", "-", " ".join(line.split())) for line in text.splitlines())
    return {line for line in lines if line and not re.search(r"[0-9…]", line)}


def test_the_readmes_commands_do_what_it_shows(home: Path) -> None:
    """The sample ends now, so its numbers are others each day; everything else is as shown.

    The pages and the questions that the demo ends with lead somewhere.
    """
    session = steps((CHECKOUT / "README.md").read_text(encoding="utf-8"))
    assert session[0].command == "make demo"
    assert "Support overview:" in session[0].shown
    asked = [Step(f"{_PSQL} -c {shlex.quote(query)}", "") for _, query in QUESTIONS]
    printed = run_session([*session, *asked], home)
    for step, said in zip(session, printed, strict=False):
        assert words(step.shown) - words(said) == set(), f"{step.command}\n{said}"
        assert re.search("[0-9]", said), step.command
    for (title, query), said in zip(QUESTIONS, printed[len(session) :], strict=True):
        assert f"-- {title}{query}\n" in printed[0]
        assert re.search(r"^\([1-9][0-9]* rows?\)$", said, re.MULTILINE), f"{title}\n{said}"
    assert_pages_open(printed[0])


def assert_pages_open(told: str) -> None:
    """Whoever logs in as is told sees what there is: the dashboard, and Dagster's graph."""
    pages = {
        title: (address, path, user, password)
        for title, address, path, user, password in re.findall(
            r"^(.+):  http://([^/]+)(/.*)\n    log in as (\S+) with (\S+)$", told, re.MULTILINE
        )
    }
    assert set(pages) == {"Support overview", "Dagster"}
    address, path, *login = pages["Support overview"]
    superset = superset_pages.Pages(address)
    superset.log_in(*login)
    assert superset.get(path).status == 200
    slug = path.strip("/").rpartition("/")[2]
    charts = superset.get(f"/api/v1/dashboard/{slug}/charts").json()["result"]
    assert "Tickets by channel" in {chart["slice_name"] for chart in charts}
    address, path, *login = pages["Dagster"]
    status, _ = dagster_pages.Pages(address, *login).get(path)
    assert status == 200
