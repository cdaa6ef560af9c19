"""What the documentation says is so: pages, commands, options, settings, links."""

import argparse
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deskhouse.cli import COMMANDS
from deskhouse.settings import Settings
from scripts.write_reference import PAGES, REFERENCE
from tests.architecture.project import CHECKOUT
from tests.architecture.test_files import TEXTS

PAGES_OF_PROSE = {
    name: text
    for name, text in TEXTS.items()
    if name.endswith(".md") and not name.startswith("tests/")
}
MAKEFILE = TEXTS["Makefile"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_reference_is_what_the_code_says(name: str) -> None:
    """Written by `make docs`."""
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name]()


def code(text: str) -> Iterator[str]:
    """The lines of code in a page: of its blocks, and each piece within a sentence."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from block.splitlines()
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`([^`\n]+)`", prose)


def test_code_is_seen_in_blocks_and_in_sentences() -> None:
    text = "Run `make demo`.\n\n```console\n$ deskhouse up\nready\n```\n\nThen `deskhouse url`."
    assert list(code(text)) == ["$ deskhouse up", "ready", "make demo", "deskhouse url"]


def options(name: str, arguments: list[str]) -> set[str]:
    """The options of a command, or of its sub-command where the arguments name one."""
    parser = argparse.ArgumentParser()
    importlib.import_module(COMMANDS[name].module).add_arguments(parser)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            named = [word for word in arguments if word in action.choices]
            parser = action.choices[named[0]] if named else parser
    return {option for action in parser._actions for option in action.option_strings}


@pytest.mark.parametrize("page", PAGES_OF_PROSE)
def test_every_command_that_a_page_shows_exists(page: str) -> None:
    for line in code(PAGES_OF_PROSE[page]):
        for name, rest in re.findall(r"(?:^|bin/)deskhouse ([a-z]+)\b([^|;&]*)", line):
            assert name in COMMANDS, line
            arguments = rest.partition("#")[0].split()
            given = {word.partition("=")[0] for word in arguments if word.startswith("--")}
            assert given <= options(name, arguments) | {"--help"}, line


@pytest.mark.parametrize("page", PAGES_OF_PROSE)
def test_every_verb_of_make_that_a_page_shows_exists(page: str) -> None:
    verbs = set(re.findall(r"^(\w+):", MAKEFILE, re.MULTILINE))
    for line in code(PAGES_OF_PROSE[page]):
        for words in re.findall(r"(?:^|\s)make((?: \w+(?![\w=]))+)", line):
            assert set(words.split()) <= verbs, line


@pytest.mark.parametrize("page", PAGES_OF_PROSE)
def test_every_setting_that_a_page_names_exists(page: str) -> None:
    known = {f"DESKHOUSE_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"\bDESKHOUSE_\w+", PAGES_OF_PROSE[page]))
    assert named <= known | {"DESKHOUSE_REAL_DATA"}


@pytest.mark.parametrize("page", PAGES_OF_PROSE)
def test_every_link_within_the_repository_leads_somewhere(page: str) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", PAGES_OF_PROSE[page])
    broken = [
        target
        for target in targets
        if "://" not in target and not (CHECKOUT / page).parent.joinpath(target).exists()
    ]
    assert broken == []


def test_every_page_that_code_names_is_in_the_repository() -> None:
    pages = {Path(name).name for name in TEXTS if name.endswith(".md")}
    missing = {
        f"{name}: {page}"
        for name, text in TEXTS.items()
        for page in re.findall(r"\b[A-Z]+\.md\b", text)
        if page not in pages
    }
    assert missing == set()


def test_every_decision_that_is_named_was_made() -> None:
    decisions = {path.name[:4] for path in (CHECKOUT / "docs" / "decisions").glob("*.md")}
    named = {n for text in TEXTS.values() for n in re.findall(r"docs/decisions/(\d{4})", text)}
    assert named <= decisions


def test_decisions_are_numbered_in_a_row() -> None:
    names = sorted(path.name for path in (CHECKOUT / "docs" / "decisions").glob("*.md"))
    assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]
    for name in names:
        text = (CHECKOUT / "docs" / "decisions" / name).read_text(encoding="utf-8")
        assert text.startswith(f"# {int(name[:4])}. ")
