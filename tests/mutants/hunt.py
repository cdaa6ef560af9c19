"""Runs in a copy of the checkout: each mutant in turn is shown to the judges.

A process for each, forked from this one, which has imported what all need: dbt keeps what it has
parsed for the life of a process. From process to process only changed files are parsed anew, for
the database stays the same.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import tempfile
import time
import zoneinfo
from contextlib import nullcontext
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

from deskhouse.build.project import PROJECT
from deskhouse.errors import AnswerIsNo, DeskhouseError
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Warehouse
from tests.integration.warehouse.conftest import forget_all
from tests.integration.warehouse.desk import Desk
from tests.mutants.catalogue import MUTANTS
from tests.mutants.judges import Judge, judges
from tests.mutants.mutant import Mutant
from tests.servers import embedded_server
from tests.warehouses import fresh_warehouses, settings_of

_BRANCH = multiprocessing.get_context("fork")


def main(mutants: list[Mutant]) -> int:
    """Show each to the judges, one line each; 1 when one survives or is none."""
    import dbt.cli.main  # noqa: F401  # Before the first fork: it takes seconds.

    assert Path(__file__).parents[2] == PROJECT.parent, "the project is not that of this copy"
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    Settings.model_config["env_file"] = None
    zoneinfo.reset_tzpath(to=())
    with (
        tempfile.TemporaryDirectory(prefix="deskhouse-mutants-") as folder,
        embedded_server() as url,
        fresh_warehouses(url) as make,
    ):
        warehouse = make()
        court = Court(warehouse, settings_of(warehouse, Path(folder) / "desk"), judges())
        survivors = [mutant for mutant in mutants if not _is_caught(court, mutant)]
    _say(f"{len(mutants)} mutants, {len(survivors)} not caught")
    for mutant in survivors:
        _say(f"  {mutant.rule}: {mutant.name}")
    return 1 if survivors else 0


def _stop(number: int, frame: FrameType | None) -> None:
    """Leave, by way of what ends the server and removes the folders."""
    sys.exit(128 + number)


class Court:
    """The judges, and the warehouse in which they build."""

    def __init__(self, warehouse: Warehouse, settings: Settings, judges: tuple[Judge, ...]) -> None:
        self.judges = judges
        self._warehouse = warehouse
        self._settings = settings
        self._fair: set[str] = set()

    def verdict(self, mutant: Mutant) -> str:
        """The first judge to object to a mutant, and to what; "" when none does.

        Raises:
            DeskhouseError: it cannot be built at all, or a judge objects to any project.
            ValueError: there is no such mutant in the SQL.
        """
        for judge in self.judges:
            objections = self.ask(mutant, judge)
            if objections:
                self._see_that_it_is_fair(judge)
                return f"{judge.name}: {objections}"
        return ""

    def _see_that_it_is_fair(self, judge: Judge) -> None:
        """Once: it has nothing to say of the project as it stands."""
        if judge.name not in self._fair:
            objections = self.ask(None, judge)
            if objections:
                raise AnswerIsNo(f"of the SQL as it stands {judge.name} says: {objections}")
            self._fair.add(judge.name)

    def ask(self, mutant: Mutant | None, judge: Judge) -> str:
        """What a judge finds wrong with the project, or with a mutant of it.

        Raises:
            DeskhouseError: it cannot be built at all.
            ValueError: there is no such mutant in the SQL.
        """
        receiver, sender = _BRANCH.Pipe(duplex=False)
        with mutant.living_in(PROJECT) if mutant else nullcontext():
            process = _BRANCH.Process(target=self._answer, args=(sender, judge))
            process.start()
            sender.close()
            try:
                answer: str | Exception = receiver.recv()
            except EOFError:
                answer = DeskhouseError(f"{judge.name} ended without an answer", "")
            except BaseException:
                process.terminate()
                raise
            finally:
                process.join()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _answer(self, sender: Connection, judge: Judge) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        forget_all(self._warehouse)
        settings = self._settings.model_copy(update={"time_zone": judge.zone})
        for path in settings.config.iterdir():
            path.unlink()
        try:
            sender.send(judge.verdict(Desk(settings, self._warehouse)))
        except DeskhouseError as error:
            sender.send(DeskhouseError(str(error), ""))


def _is_caught(court: Court, mutant: Mutant) -> bool:
    """Ask judge after judge until one objects, and say what came out."""
    started = time.monotonic()
    try:
        verdict = court.verdict(mutant)
    except (DeskhouseError, ValueError) as error:
        _say(f"NO MUTANT {mutant.rule}: {mutant.name}\n    {error}")
        return False
    seconds = time.monotonic() - started
    outcome = "caught   " if verdict else "SURVIVED "
    _say(f"{outcome} {mutant.rule}: {mutant.name} ({seconds:.0f} s)\n    {verdict or 'by none'}")
    return bool(verdict)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main([MUTANTS[int(number)] for number in sys.argv[1:]]))
