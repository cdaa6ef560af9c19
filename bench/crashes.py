"""What is killed while it works leaves nothing half and loses nothing: tried at random instants.

    .venv/bin/python -m bench.crashes [--kills 50] [--seed 1] [--every 5]

A home and a Postgres of its own, which sync as users' do. Deliveries of a few hundred random
tickets come in and are built, now and then under another configuration or from nothing, at an
as_of that goes both ways. Each time `kill -9` ends a command, or all of Postgres beneath it. Then
Postgres is brought up, the interrupted delivery is repeated, a build is made, and the questions of
`tests.integration.crashes.wholeness` are asked. Every few kills, and at the end, the marts are held
row for row against a build from nothing.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from deskhouse.services import running
from deskhouse.settings import Settings
from deskhouse.warehouse.connection import Role
from tests.integration.crashes import wholeness
from tests.integration.crashes.trial import Delivery, Trial, trial_in
from tests.integration.crashes.victims import Ended, Victim, kill_postgres, watching
from tests.reference.configuration import Configuration
from tests.reference.random_logs import SOURCES, random_configuration, random_log, window_of

KINDS = ("ingest", "Postgres in ingest", "build", "Postgres in build")
TICKETS = 400
NEW_EVENTS = 100
EVENTS_AGAIN = 300
# Events of agents make a landing last, and a build hardly.
PRESENCES = 4_000
BAD_LINES = 3


def main() -> int:
    """Kill as often as asked and print a table; the exit code is 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=5, help="kills between full comparisons")
    arguments = parser.parse_args()
    _forget_a_developers_settings()
    started = time.monotonic()
    with _folder() as folder:
        trial = trial_in(folder, random_configuration(arguments.seed))
        try:
            killing = _Killing(trial, arguments.seed)
            killing.prepare()
            while killing.kills < arguments.kills:
                before = killing.kills
                killing.round()
                is_due = killing.kills % arguments.every == 0 or killing.kills == arguments.kills
                if is_due and killing.kills > before:
                    killing.compare()
        finally:
            running.down(trial.desk.settings)
    killing.print_table(time.monotonic() - started)
    return 1 if killing.findings else 0


@dataclass
class _Tally:
    """Kills of one kind: how many, at which second, what they hit, how the command ended.

    `too_late` are those not made, for the command had ended.
    """

    kills: int = 0
    too_late: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    after: list[float] = field(default_factory=list)
    hit: Counter[str] = field(default_factory=Counter)


class _Killing:
    """Rounds of a delivery and a build, one of the two interrupted in each."""

    def __init__(self, trial: Trial, seed: int) -> None:
        self.trial, self.seed = trial, seed
        self.random = Random(f"crashes {seed}")  # noqa: S311 - repeatable, no secret
        self.window = window_of(seed)
        self.ahead = random_log(seed, tickets=TICKETS)
        self.random.shuffle(self.ahead)
        self.behind: list[dict[str, Any]] = []
        self.tallies = {kind: _Tally() for kind in KINDS}
        self.findings: list[str] = []
        # Seconds from the first or second session of a command to its end.
        self.spans: dict[tuple[str, int], float] = {}
        self.as_of = self.window.end
        self.comparisons = self.presences = 0

    @property
    def kills(self) -> int:
        """How many there were."""
        return sum(tally.kills for tally in self.tallies.values())

    def prepare(self) -> None:
        """Do each thing once whole, to know how long it takes."""
        for what, full_refresh in (("first", False), ("build", False), ("full refresh", True)):
            landed = self.trial.landed(_well(self.trial.ingest(self._delivery()).end()))
            self.spans["ingest", 1] = landed.seconds
            victim = self.trial.build(self.as_of, full_refresh=full_refresh)
            began = []
            for sessions in (1, 2):
                self._wait_for_sessions(victim, Role.TRANSFORMER, sessions)
                began.append(time.monotonic())
            _well(victim.end())
            for sessions in (1, 2):
                self.spans[what, sessions] = time.monotonic() - began[sessions - 1]

    def round(self) -> None:
        """A delivery and a build; one of them, or Postgres in it, is killed."""
        fewest = min(tally.kills for tally in self.tallies.values())
        kind = self.random.choice([k for k in KINDS if self.tallies[k].kills <= fewest + 1])
        delivery = self._delivery()
        found = self._killed_landing(kind, delivery) if "ingest" in kind else []
        found += self.trial.wrong_with_a_repeat(delivery)
        self._change_what_a_build_reads()
        if "build" in kind:
            found += self._killed_build(kind)
            if self.random.random() < 0.3:
                self._change_what_a_build_reads()
        found += self._build(kind)
        sys.stderr.write(f"{self.kills:3} kills; {kind}\n")
        self._found(found)

    def _killed_landing(self, kind: str, delivery: Delivery) -> list[str]:
        before = wholeness.accepted_batches(self.trial.warehouse)
        ended = self._interrupt(kind, self.trial.ingest(delivery), ("ingest", 1), Role.LOADER)
        self.trial.up()
        if ended is None:
            return []
        self.trial.landed(ended)
        all_of_it = wholeness.accepted_batches(self.trial.warehouse) > before
        self.tallies[kind].hit["all landed" if all_of_it else "nothing landed"] += 1
        return [*ended.complaints, *self.trial.wrong_with_batches()]

    def _killed_build(self, kind: str) -> list[str]:
        full_refresh = self.random.random() < 0.25
        victim = self.trial.build(self.as_of, full_refresh=full_refresh)
        span = ("full refresh" if full_refresh else "build", self.random.choice((1, 2, 2, 2)))
        ended = self._interrupt(kind, victim, span, Role.TRANSFORMER)
        self.trial.up()
        if ended is None:
            return []
        models = wholeness.models_done(self.trial.warehouse, aside=full_refresh)
        self.tallies[kind].hit[f"{len(models):2} models"] += 1
        return [
            *ended.complaints,
            *self.trial.wrong_with_batches(),
            *wholeness.unreadable_marts(self.trial.warehouse),
        ]

    def compare(self) -> None:
        """Hold the marts against a build from nothing."""
        self.comparisons += 1
        self._found(self.trial.wrong_with_marts(self.as_of))

    def _found(self, findings: list[str]) -> None:
        lines = [f"after kill {self.kills}: {finding}" for finding in findings]
        self.findings += lines
        sys.stderr.writelines(f"    {line}\n" for line in lines)

    def _interrupt(
        self, kind: str, victim: Victim, span: tuple[str, int], role: Role
    ) -> Ended | None:
        """Kill at a random instant since the command has so many sessions; None: it had ended."""
        self._wait_for_sessions(victim, role, span[1])
        after = self.random.uniform(0, self.spans[span])
        victim.run_on(after)
        tally = self.tallies[kind]
        if not victim.is_running:
            tally.too_late += 1
            self.spans[span] *= 0.9
            return None
        if kind.startswith("Postgres"):
            kill_postgres(self.trial.home)
            ended = victim.end()
        else:
            ended = victim.kill()
        tally.kills += 1
        tally.codes[ended.code] += 1
        tally.after.append(after)
        return ended

    def _wait_for_sessions(self, victim: Victim, role: Role, sessions: int) -> None:
        with watching(self.trial.warehouse) as watch:
            victim.wait_for(lambda: watch.sessions(role) >= sessions)

    def _build(self, kind: str) -> list[str]:
        """Build to the end: by a new command, or in this process, which has built before."""
        found = []
        if "build" in kind and self.random.random() < 0.5:
            ended = self.trial.build(self.as_of).end()
            found = [] if ended.code == 0 else [f"a build ended with {ended.code}: {ended.errors}"]
        else:
            self.trial.desk.build(self.as_of)
        return found + wholeness.tickets_apart(self.trial.warehouse)

    def _change_what_a_build_reads(self) -> None:
        """Another instant, and now and then another configuration."""
        length = self.window.end - self.window.start
        self.as_of = self.window.start + length * self.random.uniform(0.4, 1.1)
        if self.random.random() < 0.3:
            other = random_configuration(self.seed + 8 * self.random.randrange(1, 100))
            self.trial.desk.configure(Configuration(self.window.zone, other.agents, other.teams))

    def _delivery(self) -> Delivery:
        """New events, some that came before, and many of agents."""
        new, self.ahead = self.ahead[:NEW_EVENTS], self.ahead[NEW_EVENTS:]
        self.behind += new
        again = self.random.choices(self.behind, k=EVENTS_AGAIN)
        presences = [self._presence() for _ in range(PRESENCES)]
        return self.trial.delivery([*new, *presences, *again], BAD_LINES)

    def _presence(self) -> dict[str, Any]:
        self.presences += 1
        at = self.window.start + (self.window.end - self.window.start) * self.random.random()
        return {
            "event_id": f"seen {self.presences}",
            "source": self.random.choice(SOURCES),
            "type": "agent_state_changed",
            "occurred_at": at.isoformat(),
            "actor_id": "a1",
            "actor_kind": "agent",
            "to_value": "online",
        }

    def print_table(self, seconds: float) -> None:
        """How many were killed where, and what was found."""
        lines = []
        for kind, tally in self.tallies.items():
            codes = ", ".join(f"{n} × {code}" for code, n in sorted(tally.codes.items()))
            hit = ", ".join(f"{n} × {what}" for what, n in sorted(tally.hit.items()))
            span = f"{min(tally.after):.2f} to {max(tally.after):.2f} s" if tally.after else "–"
            lines += [
                f"{kind}: {tally.kills} kills after {span} ({tally.too_late} came too late)",
                f"    exit codes: {codes}",
                f"    done by then: {hit}",
            ]
        lines += [
            "",
            f"{self.kills} kills in {seconds:.0f} s",
            f"{len(self.trial.succeeded)} landings said that they succeeded",
            f"{self.comparisons} comparisons with a build from nothing",
            f"Found wrong: {len(self.findings)}",
            *self.findings,
        ]
        sys.stdout.write("\n".join(lines) + "\n")


def _well(ended: Ended) -> Ended:
    if ended.code != 0:
        raise SystemExit(f"before any kill, a command ended with {ended.code}: {ended.errors}")
    return ended


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="deskhouse-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _forget_a_developers_settings() -> None:
    for name in list(os.environ):
        if name.startswith("DESKHOUSE_"):
            del os.environ[name]
    Settings.model_config["env_file"] = None


if __name__ == "__main__":
    raise SystemExit(main())
