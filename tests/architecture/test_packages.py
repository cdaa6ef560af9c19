"""Packages know each other only as the arrows go, and the command starts at once."""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from importlib.util import find_spec

import pytest

from deskhouse.cli import COMMANDS
from tests.architecture.project import CHECKOUT

LINTER = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]
NOT_OURS = {"tests", "scripts", "docs", "bench"}


def test_the_linter_of_imports_sees_every_package_of_ours() -> None:
    packages = {
        path.parent.name
        for path in CHECKOUT.glob("*/__init__.py")
        if path.parent.name not in NOT_OURS
    }
    assert set(LINTER["root_packages"]) == packages
    layered = {
        name.strip() for layer in LINTER["contracts"][0]["layers"] for name in layer.split("|")
    }
    assert layered == packages


def test_the_linter_of_imports_lists_no_exceptions() -> None:
    assert [c["name"] for c in LINTER["contracts"] if "ignore_imports" in c] == []


def test_no_installed_package_has_a_name_of_ours() -> None:
    assert set(LINTER["root_packages"]) & set(packages_distributions()) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_has_its_module(name: str) -> None:
    assert find_spec(COMMANDS[name].module) is not None


def loaded_by(arguments: list[str]) -> tuple[set[str], float]:
    """The packages that a command loads, and the CPU seconds it takes, from a start like users'."""
    program = (
        "import sys; from deskhouse.cli import main; code = main(sys.argv[1:]);"
        "sys.stderr.write(' '.join(sys.modules)); sys.exit(code)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=CHECKOUT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        modules = process.stderr.read().split()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, " ".join(modules)
    return {module.partition(".")[0] for module in modules}, used.ru_utime + used.ru_stime


def test_help_loads_no_package_at_all_and_is_there_at_once() -> None:
    packages, seconds = loaded_by(["--help"])
    assert "deskhouse" in packages
    assert packages & set(packages_distributions()) == set()
    assert seconds < 0.3


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_help_loads_nothing_heavy(name: str) -> None:
    program = [sys.executable, "-X", "importtime", "-m", "deskhouse", name, "--help"]
    done = subprocess.run(program, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    packages = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()
    }
    assert packages & {"dbt", "pandas", "sqlalchemy", "alembic", "numpy"} == set()
