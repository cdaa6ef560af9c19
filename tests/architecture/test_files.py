"""Every file of the repository: readable, valid, and of no machine in particular."""

import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.architecture.project import CHECKOUT


def _files() -> list[Path]:
    """What git knows, or would take; a link or a file that is being removed is none."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    paths = [CHECKOUT / name for name in listed.stdout.split("\0") if name]
    return sorted({path for path in paths if path.is_file() and not path.is_symlink()})


FILES = _files()
TEXTS = {
    str(path.relative_to(CHECKOUT)): path.read_text(encoding="utf-8")
    for path in FILES
    if path.suffix not in {".gz", ".png"}
}

# Put together here, so that this file is not found itself.
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.*])/(?:work|farm|root|home/\w+)" + "/",
    "a package registry's address": "|".join(
        host.replace("!", r"\.")
        for host in ("pypi!" + "org/simple", "pythonhosted!" + "org", "registry!" + "npmjs")
    )
    + r"|--(?:extra-)?index-url|^--find-links",
    "work left to do": r"\b(?:TO" + "DO|FIX" + r"ME|XX" + r"X)\b",
    "a conflict of merging": r"^(?:<{7}|>{7}) ",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for name, text in TEXTS.items()
        for match in [pattern.search(text)]
        if match
    ]
    assert found == []


def test_lines_end_where_their_text_does() -> None:
    licence = {"LICENSE"}
    ragged = [
        name
        for name, text in TEXTS.items()
        if name not in licence
        and text
        and (re.search(r"[ \t]+$|\r", text, re.MULTILINE) or not text.endswith("\n"))
    ]
    assert ragged == []


def test_yaml_json_and_toml_are_valid() -> None:
    read: dict[str, Callable[[str], object]] = {
        ".yml": yaml.safe_load,
        ".yaml": yaml.safe_load,
        ".toml": tomllib.loads,
        ".json": json.loads,
    }
    for name, text in TEXTS.items():
        suffix = Path(name).suffix
        try:
            if suffix in read:
                read[suffix](text)
            elif suffix == ".ndjson" and not name.startswith("tests/"):
                [json.loads(line) for line in text.splitlines()]
        except (yaml.YAMLError, tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
            pytest.fail(f"{name}: {error}")


def test_no_key_stands_twice_in_a_yaml_file() -> None:
    for name, text in TEXTS.items():
        if Path(name).suffix in {".yml", ".yaml"}:
            _refuse_twins(name, yaml.compose(text))


def _refuse_twins(name: str, node: yaml.Node | None) -> None:
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        assert len(keys) == len(set(keys)), f"{name}, line {node.start_mark.line + 1}"
        for _, value in node.value:
            _refuse_twins(name, value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_twins(name, item)


@pytest.mark.parametrize("stem", ["warehouse", "dev", "redis", "uv"])
def test_every_requirement_is_pinned_by_hash(stem: str) -> None:
    text = TEXTS[f"requirements/{stem}.txt"]
    pins = re.split(r"\n(?=\S)", text.strip())
    loose = [pin for pin in pins if not re.match(r"\S+==\S+.*\\\n\s+--hash=sha256:", pin)]
    assert loose == []
    assert len(pins) == len({pin.partition(" \\")[0] for pin in pins})


def test_what_runs_is_tested_in_the_very_versions() -> None:
    def pins(stem: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", TEXTS[f"requirements/{stem}.txt"], re.MULTILINE))

    assert pins("warehouse") < pins("dev")
