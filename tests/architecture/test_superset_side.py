"""What runs within Superset imports Superset, what that is made of, psycopg and itself."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.project import CHECKOUT

SERVER = CHECKOUT / "superset_assets" / "server"
# Superset cannot be had without these, and its configuration and application are made with them.
MADE_OF = {
    "celery",
    "flask",
    "flask_caching",
    "flask_limiter",
    "flask_login",
    "flask_migrate",
    "gunicorn",
    "jinja2",
    "redis",
    "sqlalchemy",
    "yaml",
}
ALLOWED = {"superset", "psycopg", *MADE_OF, *sys.stdlib_module_names}


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, path
            yield node.module or ""


@pytest.mark.parametrize("path", sorted(SERVER.glob("*.py")), ids=lambda path: path.name)
def test_a_module_within_superset_knows_nothing_else(path: Path) -> None:
    for module in imports(path):
        ours = module.startswith("superset_assets.server.")
        assert ours or module.partition(".")[0] in ALLOWED, module


def test_what_superset_is_made_of_is_in_its_environment() -> None:
    pinned = (CHECKOUT / "requirements" / "superset.txt").read_text(encoding="utf-8")
    names = {line.partition("==")[0].replace("-", "_") for line in pinned.splitlines()}
    assert names >= MADE_OF - {"yaml"} | {"pyyaml", "apache_superset", "psycopg", "psycopg2_binary"}
    assert "index-url" not in pinned
