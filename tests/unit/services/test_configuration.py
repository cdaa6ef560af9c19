"""What supervisord is told, read back as supervisord reads it."""

import shlex

import pytest
from supervisor.options import UnhosedConfigParser  # type: ignore[import-untyped]  # it has none

from deskhouse.services.configuration import command


@pytest.mark.parametrize(
    "word",
    ["plain", "two words", "it's", 'a "b"', "a ;b", "a #b", "; c", "100%", "%(here)", "a  ;; #\t;"],
)
def test_a_command_line_survives_the_configuration_file(word: str) -> None:
    parser = UnhosedConfigParser()
    parser.read_string(f"[program:x]\ncommand={command('python', word, 'end')}\n")
    expanded = parser.get("program:x", "command") % {}
    assert shlex.split(expanded) == ["python", word, "end"]
