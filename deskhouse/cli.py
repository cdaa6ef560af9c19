"""`deskhouse`: a table of commands, each imported only when it is asked for.

A command lives in a module that has `add_arguments(parser)` and `run(arguments) -> int | None`.
The table is also where leaves are bound to each other: `deskhouse.gate` and its like are
protocols, and what implements them is named here.
"""

import argparse
import importlib
import os
import sys
from dataclasses import dataclass
from types import ModuleType

from deskhouse import __version__
from deskhouse.errors import AnswerIsNo, DeskhouseError, WrongInput


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the table: what it does, and the module that does it."""

    summary: str
    module: str


COMMANDS = {
    "demo": Command("a seeded help desk, from events to a dashboard", "orchestration.demo"),
    "up": Command(
        "start the local services and bring the database up to date",
        "deskhouse.services.commands.up",
    ),
    "down": Command("stop the local services", "deskhouse.services.commands.down"),
    "status": Command("what runs, and how fresh the data is", "deskhouse.services.commands.status"),
    "doctor": Command("what this machine lacks, with the cure", "deskhouse.doctor"),
    "ingest": Command("take events: events, eventlog or sample", "ingestion.command"),
    "build": Command("raw events to marts", "orchestration.build"),
    "refresh": Command("ingest what is due, build, judge what was built", "orchestration.refresh"),
    "check": Command("whether what came in and what readers see is fit", "expectations.command"),
    "publish": Command(
        "bring Superset up to the bundle of charts and dashboards", "superset_assets.command"
    ),
    "verify": Command("build a choice of tickets anew, aside, and compare", "orchestration.verify"),
    "export": Command("a public mart as a file", "exporters.command"),
    "metrics": Command("named metrics: list, show, query", "deskhouse.metrics.command"),
    "url": Command("a connection URL", "deskhouse.warehouse.command"),
}

GATE = "expectations.delivery:DeliveryGate"
"""What `deskhouse.gate.registered_gate` makes: the gate behind which deliveries land."""


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: deskhouse COMMAND [ARGUMENT …]   (deskhouse COMMAND --help says more)",
            "",
            *lines,
            "",
            "Exit codes: 0 done, 1 the answer is no, 2 wrong input, 3 it failed.",
        ]
    )


def _load(name: str) -> ModuleType:
    """The command's module.

    Raises:
        WrongInput: there is no such command; the nearest name is suggested.
    """
    if name not in COMMANDS:
        import difflib

        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"Did you mean {near[0]}?" if near else "deskhouse --help lists the commands."
        raise WrongInput(f"there is no command {name!r}", hint)
    return importlib.import_module(COMMANDS[name].module)


def _report(error: DeskhouseError) -> int:
    """Write the error as one line, and its hint as part of it; return the exit code."""
    line = " ".join(f"{error}".split())
    hint = " ".join(error.hint.split())
    if hint:
        line = f"{line.rstrip('.')}. {hint}"
    sys.stderr.write(f"deskhouse: {line}\n")
    if isinstance(error, AnswerIsNo):
        return 1
    return 2 if isinstance(error, WrongInput) else 3


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        sys.stdout.write(_usage() + "\n")
        return 0 if arguments else 2
    if arguments[0] in {"-V", "--version"}:
        sys.stdout.write(f"deskhouse {__version__}\n")
        return 0
    name, rest = arguments[0], arguments[1:]
    try:
        module = _load(name)
        parser = argparse.ArgumentParser(
            prog=f"deskhouse {name}", description=COMMANDS[name].summary
        )
        module.add_arguments(parser)
        return module.run(parser.parse_args(rest)) or 0
    except DeskhouseError as error:
        return _report(error)
    except BrokenPipeError:
        # The reader of our output went away (`deskhouse … | head`); nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("deskhouse: interrupted\n")
        return 130
