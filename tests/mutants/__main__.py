"""Break the SQL one rule at a time and see that what judges it notices: `make mutants`.

    .venv/bin/python -m tests.mutants [--list] [SECTION or words ...]

A section of METRICS.md (`2.7`, `5`) or words of a mutant's name pick some. The checkout is copied,
and each mutant lives in the copy. Exit code 1 when one survives, or is none.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant

_CHECKOUT = Path(__file__).parents[2]
_NEEDED = ("config", "dbt_project", "deskhouse", "ingestion", "tests")
# Half of what a mutant costs is dbt's own work for each model: what no judge reads is left out.
_LEFT_OUT = (
    *("__pycache__", "target", "logs", "semantic", "*_overview_*", "fct_ticket_fields.*"),
    *(f"dim_{name}.*" for name in ("agents", "teams", "channels", "calendars")),
)


def main() -> int:
    """Read the arguments, and run in a copy."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__.splitlines()[0])
    parser.add_argument("picked", nargs="*", metavar="SECTION or words")
    parser.add_argument("--list", action="store_true", help="say which there are, and run none")
    arguments = parser.parse_args()
    chosen = [m for m in MUTANTS if not arguments.picked or _is_picked(m, arguments.picked)]
    if not chosen:
        parser.error(f"no mutant is of {' or '.join(arguments.picked)}")
    if arguments.list:
        sys.stdout.writelines(f"{m.rule:<24} {m.name}\n" for m in chosen)
        return 0
    with tempfile.TemporaryDirectory(prefix="deskhouse-mutants-") as folder:
        copy = Path(folder)
        for name in _NEEDED:
            ignored = shutil.ignore_patterns(*_LEFT_OUT)
            shutil.copytree(_CHECKOUT / name, copy / name, ignore=ignored)
        # dbt's tests are of those models too; what a build holds of them is in macros.
        shutil.rmtree(copy / "dbt_project" / "tests")
        (copy / "dbt_project" / "tests").mkdir()
        numbers = [str(MUTANTS.index(mutant)) for mutant in chosen]
        # Nothing that a developer has set; `-m` finds the copy before the checkout.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DESKHOUSE_")}
        command = [sys.executable, "-m", "tests.mutants.hunt", *numbers]
        return subprocess.run(command, cwd=copy, env=environment, check=False).returncode


def _is_picked(mutant: Mutant, picked: list[str]) -> bool:
    section = mutant.rule.partition(" ")[0]
    return any(
        section == word or section.startswith(f"{word}.") or word.lower() in mutant.name.lower()
        for word in picked
    )


if __name__ == "__main__":
    sys.exit(main())
