"""The dbt project as dbt compiles it, offline: what the tests of its architecture read.

Compiled, not written: macros and bound names are in place, so a rule holds for what runs.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PROJECT = CHECKOUT / "dbt_project"

# No database is asked: dbt only wants to know how it would.
_NOWHERE = {
    "DESKHOUSE_DBT_HOST": "127.0.0.1",
    "DESKHOUSE_DBT_PORT": "1",
    "DESKHOUSE_DBT_USER": "nobody",
    "DBT_ENV_SECRET_DESKHOUSE_DBT_PASSWORD": "none",
    "DESKHOUSE_DBT_DATABASE": "deskhouse",
}


@dataclass(frozen=True, slots=True)
class Model:
    """One model: its text before and after compiling, and what its YAML says of it."""

    name: str
    folder: str
    sql_path: str
    yaml_path: str
    written: str
    compiled: str
    description: str
    columns: dict[str, Any]
    config: dict[str, Any]
    reads: tuple[str, ...]

    @property
    def is_by_ticket(self) -> bool:
        """Whether its rows are tickets' (docs/decisions/0002, rules 1 and 2)."""
        return "ticket_key" in self.columns

    @property
    def is_public(self) -> bool:
        """Whether it may be read from outside dbt."""
        return bool(self.config["access"] == "public")


@dataclass(frozen=True, slots=True)
class Project:
    """All models by name, the sources by id, and what dbt knows of metrics, by name.

    `metrics` is the mart over which each is measured.
    """

    models: dict[str, Model]
    sources: dict[str, Any]
    metrics: dict[str, str]


def compile_project(target: Path) -> Project:
    """Compile the project into a folder and read what came out.

    Raises:
        AssertionError: dbt could not; the message is dbt's.
    """
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "compile"]
    command += ["--no-introspect", "--no-populate-cache", "--log-path", str(target)]
    command += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    command += ["--target-path", str(target)]
    done = subprocess.run(
        command, env={**os.environ, **_NOWHERE}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    nodes = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    return Project(
        models={node["name"]: _model(node) for node in nodes},
        sources=manifest["sources"],
        metrics={node["name"]: _measured(manifest, node) for node in manifest["metrics"].values()},
    )


def _measured(manifest: dict[str, Any], metric: dict[str, Any]) -> str:
    """The model behind a metric, by way of what it is made of."""
    above = metric["depends_on"]["nodes"][0]
    if above.startswith("metric."):
        return _measured(manifest, manifest["metrics"][above])
    return str(manifest["semantic_models"][above]["depends_on"]["nodes"][0].split(".")[-1])


def _model(node: dict[str, Any]) -> Model:
    return Model(
        name=node["name"],
        folder=node["fqn"][1],
        sql_path=node["original_file_path"],
        yaml_path=(node["patch_path"] or "").partition("://")[2],
        written=node["raw_code"],
        compiled=node["compiled_code"].strip(),
        description=node["description"],
        columns=node["columns"],
        config=node["config"],
        reads=tuple(node["depends_on"]["nodes"]),
    )
