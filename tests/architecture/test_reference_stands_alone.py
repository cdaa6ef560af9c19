"""The reference of the metrics is an oracle: it may lean on nothing that it is held against."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[1] / "reference"
MODULES = sorted(REFERENCE.glob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def is_its_own(name: str) -> bool:
    return name == "tests.reference" or name.startswith("tests.reference.")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_the_reference_imports_the_standard_library_alone(module: Path) -> None:
    names = imported(ast.parse(module.read_text(encoding="utf-8")))
    foreign = [
        name
        for name in names
        if name.partition(".")[0] not in sys.stdlib_module_names and not is_its_own(name)
    ]
    assert foreign == []


def test_the_lint_sees_every_way_to_import() -> None:
    source = "import pandas as p, os\nfrom dbt.cli import main\ndef f():\n    from . import x"
    assert list(imported(ast.parse(source))) == ["pandas", "os", "dbt.cli", "."]
    assert len(MODULES) > 10
