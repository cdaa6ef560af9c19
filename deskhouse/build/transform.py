"""Run dbt in this process.

dbt's target and log folders live in the home folder. A parsed project is kept for the life of the
process, so that a worker that builds again and again pays for parsing once.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from deskhouse.build.project import PROJECT
from deskhouse.errors import BuildFailed
from deskhouse.home import make_folder
from deskhouse.warehouse.connection import Role, Warehouse

Target = Literal["live", "aside"]
Progress = Callable[[str], None]

_log = logging.getLogger(__name__)

# What Postgres says of a statement that may succeed the next time; dbt passes on the text alone.
_TRANSIENT = ("deadlock detected", "terminating connection", "server closed the connection")
_manifests: dict[tuple[str, str], Any] = {}


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One model of a run: its name, seconds, and rows written, where Postgres says how many."""

    name: str
    seconds: float
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One dbt test of a run: how many failures it found, and the query whose rows they are.

    A unit test has no query; its message shows what differs.
    """

    name: str
    failures: int
    message: str
    query: str


@dataclass(frozen=True, slots=True)
class ModelText:
    """A model as it would be run: its schema, its compiled query, its hooks before as written."""

    name: str
    schema: str
    query: str
    hooks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Transformer:
    """dbt against one warehouse, with its folders in one home."""

    warehouse: Warehouse
    home: Path

    def run(
        self, target: Target, progress: Progress | None = None, *, select: str = ""
    ) -> tuple[ModelRun, ...]:
        """Build every model of a target, or those that `select` names as dbt does.

        Raises:
            BuildFailed: a model failed; the message names the first and says why in one line.
        """
        chosen = ["--select", select] if select else []
        results = self._results("run", target, chosen, {"success", "skipped"}, progress)
        return tuple(ModelRun(r.node.name, r.execution_time, _rows_written(r)) for r in results)

    def test(self, target: Target, *, select: str = "") -> tuple[Verdict, ...]:
        """Hold a target's tables to every dbt test, or to those that `select` names as dbt does.

        Raises:
            BuildFailed: a test could not be run; the message names the first and says why.
        """
        chosen = ["--select", select] if select else []
        results = self._results("test", target, chosen, {"success", "pass", "fail"})
        return tuple(
            Verdict(
                name=result.node.name,
                failures=result.failures,
                message=str(result.message or ""),
                query=str(getattr(result.node, "compiled_code", None) or ""),
            )
            for result in results
            if str(result.status) in {"pass", "fail"}
        )

    def compile(self, target: Target, models: Sequence[str]) -> dict[str, ModelText]:
        """The texts of models by name; the database is not asked.

        Raises:
            BuildFailed: a model cannot be compiled.
        """
        chosen = ["--no-introspect", "--no-populate-cache", "--select", *models]
        results = self._results("compile", target, chosen, {"success"})
        return {
            result.node.name: ModelText(
                name=result.node.name,
                schema=result.node.schema,
                query=result.node.compiled_code,
                hooks=tuple(hook.sql for hook in result.node.config.pre_hook),
            )
            for result in results
            if result.node.name in models
        }

    def _results(
        self,
        command: str,
        target: Target,
        options: Sequence[str],
        well: set[str],
        progress: Progress | None = None,
    ) -> list[Any]:
        """What a command of dbt's gives for each node.

        Raises:
            BuildFailed: a node's status is not one of `well` (the first is named), or dbt's own.
        """
        from dbt.cli.main import dbtRunner

        runner = dbtRunner(
            manifest=self._manifest(target), callbacks=[_Announcer(progress)] if progress else []
        )
        done = runner.invoke([command, *self._arguments(target), *options])
        results = list(getattr(done.result, "results", None) or [])
        for result in results:
            if str(result.status) not in well:
                problem = " ".join(str(result.message).split())
                raise BuildFailed(
                    f"{result.node.name} failed: {problem}",
                    f"dbt's log is {self._logs() / 'dbt.log'}.",
                    is_transient=any(sign in problem for sign in _TRANSIENT),
                )
        # A test that found something is no success of dbt's, and an answer to us.
        if not done.success and not any(str(result.status) == "fail" for result in results):
            raise BuildFailed(
                f"dbt failed: {' '.join(str(done.exception).split())}",
                f"dbt's log is {self._logs() / 'dbt.log'}.",
            )
        return results

    def warm(self, target: Target) -> None:
        """Parse the project now, so that a later run in this process need not.

        Raises:
            BuildFailed: dbt cannot read the project.
        """
        self._manifest(target)

    def _manifest(self, target: Target) -> Any:
        """The parsed project, parsed once a process."""
        from dbt.cli.main import dbtRunner

        # Relation names hold the database's name, so another database is another manifest.
        key = (self.warehouse.url(Role.TRANSFORMER), target)
        self._set_environment()
        if key not in _manifests:
            parsed = dbtRunner().invoke(["parse", *self._arguments(target)])
            if not parsed.success:
                raise BuildFailed(
                    f"dbt cannot read the project: {' '.join(str(parsed.exception).split())}",
                    f"dbt's log is {self._logs() / 'dbt.log'}.",
                )
            _manifests[key] = parsed.result
        return _manifests[key]

    def _arguments(self, target: Target) -> list[str]:
        # Each target has a folder of its own: two that share one parse all again at each change.
        folder = make_folder(self.home / "dbt" / target)
        return [
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target", target, "--target-path", str(folder), "--log-path", str(self._logs())),
            *("--log-level", "none", "--log-level-file", "info", "--no-version-check"),
            # A refresh a few minutes writes without end: six files of a megabyte stay.
            *("--log-file-max-bytes", "1000000"),
            # The static parser, which is no quicker here, waits for ever in a forked process.
            *("--no-write-json", "--no-static-parser"),
        ]

    def _logs(self) -> Path:
        return make_folder(self.home / "logs")

    def _set_environment(self) -> None:
        """Tell dbt's profile where the warehouse is; dbt reads nothing but the environment."""
        os.environ.update(
            DESKHOUSE_DBT_HOST=self.warehouse.host,
            DESKHOUSE_DBT_PORT=str(self.warehouse.port),
            DESKHOUSE_DBT_DATABASE=self.warehouse.database,
            DESKHOUSE_DBT_USER=self.warehouse.role_name(Role.TRANSFORMER),
            DBT_ENV_SECRET_DESKHOUSE_DBT_PASSWORD=self.warehouse.password(Role.TRANSFORMER),
            DBT_SEND_ANONYMOUS_USAGE_STATS="false",
        )


class _Announcer:
    """Passes on the name of each model as it is done."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __call__(self, event: Any) -> None:
        if event.info.name == "LogModelResult":
            node = event.data.node_info.node_name
            self._progress(f"{node}  {event.data.execution_time:.1f} s")


def _rows_written(result: Any) -> int | None:
    """What Postgres said of a model's last statement; of a view and of a hook it says nothing."""
    rows = result.adapter_response.get("rows_affected")
    return rows if isinstance(rows, int) and rows >= 0 else None
