"""dbt's manifest, kept in the home: what the asset graph is drawn from.

Parsing takes seconds, so it is done once for a text of the project, and asks no database. Kept is
what a graph needs: without the macros, which are most of a manifest.
"""

import hashlib
import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from deskhouse.build.project import PROJECT, SEMANTIC, project_hash
from deskhouse.errors import BuildFailed
from deskhouse.home import make_folder

# Names of relations are no part of the graph, so where the warehouse is does not matter here.
_NOWHERE = {
    "DESKHOUSE_DBT_HOST": "127.0.0.1",
    "DESKHOUSE_DBT_PORT": "1",
    "DESKHOUSE_DBT_DATABASE": "deskhouse",
    "DESKHOUSE_DBT_USER": "nobody",
    "DBT_ENV_SECRET_DESKHOUSE_DBT_PASSWORD": "none",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}
_KEPT = (
    "metadata",
    "nodes",
    "sources",
    "exposures",
    "metrics",
    "groups",
    "selectors",
    "disabled",
    "parent_map",
    "child_map",
    "group_map",
    "saved_queries",
    "semantic_models",
    "unit_tests",
)


def kept_manifest(home: Path) -> Path:
    """The manifest of the project as it is now, made if this home has none of it.

    Raises:
        BuildFailed: dbt cannot read the project.
    """
    folder = make_folder(home / "dbt" / "manifests")
    path = folder / f"{_fingerprint()}.json"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=folder) as aside:
            whole = _parse(Path(aside))
            unfinished = Path(aside, "kept.json")
            unfinished.write_text(json.dumps(_without_macros(whole)), encoding="utf-8")
            unfinished.replace(path)
        for other in folder.glob("*.json"):
            if other != path:
                other.unlink(missing_ok=True)
    return path


@cache
def _fingerprint() -> str:
    """Of all that is parsed: `project_hash`, and what it leaves out, tests and metrics."""
    digest = hashlib.sha256(project_hash().encode())
    for path in sorted([*(PROJECT / "tests").rglob("*.sql"), *SEMANTIC.rglob("*.yml")]):
        digest.update(path.relative_to(PROJECT).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


def _parse(folder: Path) -> dict[str, Any]:
    from dbt.cli.main import dbtRunner

    before = {name: os.environ.get(name) for name in _NOWHERE}
    os.environ.update(_NOWHERE)
    try:
        done = dbtRunner().invoke(
            [
                "parse",
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", str(folder), "--log-path", str(folder)),
                *("--log-level", "none", "--log-level-file", "none", "--no-version-check"),
                "--no-static-parser",
            ]
        )
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    if not done.success:
        raise BuildFailed(
            f"dbt cannot read the project: {' '.join(str(done.exception).split())}",
            f"Run `dbt parse` in {PROJECT}.",
        )
    parsed: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return parsed


def _without_macros(manifest: dict[str, Any]) -> dict[str, Any]:
    return {name: manifest[name] for name in _KEPT if name in manifest} | {"macros": {}, "docs": {}}
