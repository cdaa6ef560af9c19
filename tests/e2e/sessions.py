"""Sessions in a page: the `$ ` lines of its console blocks, each with the output that it shows.

In shown output `…` stands for what differs from run to run: a rest of a line, or whole lines.
"""

import re
from dataclasses import dataclass

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """A command as typed, possibly over several lines, and what it is shown to print."""

    command: str
    shown: str

    def matches(self, printed: str) -> bool:
        """Whether a command's output is what is shown; blanks at the ends of lines aside."""
        pattern = ".*".join(re.escape(part) for part in _trimmed(self.shown).split("…"))
        return re.fullmatch(pattern, _trimmed(printed), re.DOTALL) is not None


def steps(page: str) -> list[Step]:
    """The steps of all blocks of a page, in order.

    A command goes on in the next line while a quote is open.
    """
    found: list[Step] = []
    for block in _BLOCK.findall(page):
        lines = block.splitlines()
        while lines:
            command = lines.pop(0).removeprefix("$ ")
            while command.count('"') - command.count('\\"') & 1:
                command += "\n" + lines.pop(0)
            shown = []
            while lines and not lines[0].startswith("$ "):
                shown.append(lines.pop(0))
            found.append(Step(command, "\n".join(shown)))
    return found


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()).strip("\n")
