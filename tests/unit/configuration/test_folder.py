from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from deskhouse.configuration.agents import Account
from deskhouse.configuration.folder import Configuration, read_configuration
from deskhouse.configuration.teams import TeamOfSource
from deskhouse.errors import WrongConfiguration, WrongInput
from ingestion.sample import SampleSpec, configuration

CHECKOUT = Path(__file__).parents[3]
AGENTS = "source,actor_id,agent_id,name,email,team_id,is_bot,valid_from\n"
TEAMS = "source,team_id,team,name,valid_from\n"
MARIA = Account("zendesk", "1", "maria", "Maria Silva", "m@x.org", "billing", False, None)

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(name: str, content: str | bytes) -> Path:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(data)
        return tmp_path

    return to


def problem(folder: Path) -> str:
    with pytest.raises(WrongConfiguration) as error:
        read_configuration(folder)
    return str(error.value)


def test_a_missing_file_is_an_empty_one(tmp_path: Path) -> None:
    assert read_configuration(tmp_path) == Configuration(tmp_path)


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="no configuration folder") as error:
        read_configuration(tmp_path / "none")
    assert "DESKHOUSE_CONFIG" in error.value.hint


def test_the_shipped_folder_takes_nothing_and_knows_the_people_of_the_sample() -> None:
    """All but the day on which one of them changes team: that lies where a sample's span has it."""
    shipped = read_configuration(CHECKOUT / "config")
    sample = configuration(SampleSpec(until=datetime(2026, 1, 1, tzinfo=UTC)))
    assert shipped.sources == ()
    assert shipped.teams == sample.teams
    assert [replace(account, valid_from=None) for account in shipped.agents] == [
        replace(account, valid_from=None) for account in sample.agents
    ]


def test_the_shipped_examples_of_sources_hold_once_uncommented(write: Write) -> None:
    text = (CHECKOUT / "config" / "sources.yml").read_text(encoding="utf-8")
    head, _, examples = text.partition("sources: []\n")
    lines = [line.removeprefix("#") for line in examples.splitlines()]
    found = read_configuration(write("sources.yml", head + "sources:\n" + "\n".join(lines)))
    assert [source.name for source in found.sources] == ["exports", "incidents"]


def test_agents_and_teams_are_read_as_they_stand(write: Write) -> None:
    write(
        "agents.csv",
        AGENTS
        + "zendesk,1,maria,Maria Silva,m@x.org,billing,false,\n"
        + 'chat, 17 ,maria,"Silva, Maria",,,TRUE,2026-01-31\n',
    )
    folder = write("teams.csv", TEAMS + "zendesk,36,billing,Billing,\nzendesk,36,x,,2026-02-01\n")
    found = read_configuration(folder)
    assert found.agents == (
        MARIA,
        Account("chat", "17", "maria", "Silva, Maria", None, None, True, date(2026, 1, 31)),
    )
    assert found.teams == (
        TeamOfSource("zendesk", "36", "billing", "Billing", None),
        TeamOfSource("zendesk", "36", "x", None, date(2026, 2, 1)),
    )


@pytest.mark.parametrize(
    "content",
    [
        AGENTS + "zendesk,1,maria,Maria Silva,m@x.org,billing,false,",
        "\ufeff" + AGENTS + "zendesk,1,maria,Maria Silva,m@x.org,billing,false,\n",
        (AGENTS + "zendesk,1,maria,Maria Silva,m@x.org,billing,,\n").replace("\n", "\r\n"),
        f'# "note\n\n{AGENTS}\n ,,,,,,,\n#,\nzendesk,1,maria,Maria Silva,m@x.org,billing,false,\n',
        """is_bot,team_id,email,name,agent_id,actor_id,source
False,billing,m@x.org,Maria Silva,maria,1,zendesk
""",
    ],
    ids=["no last newline", "BOM", "CRLF", "blanks and comments", "other order, no valid_from"],
)
def test_agents_are_read_however_the_file_is_written(write: Write, content: str) -> None:
    assert read_configuration(write("agents.csv", content)).agents == (MARIA,)


GOOD = "zendesk,1,maria,Maria,m@x.org,billing,false,\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("source,actor_id\n", "row 1, column agent_id: is missing"),
        (AGENTS.replace("name", "nmae"), "row 1, column nmae: is unknown; there are source, actor"),
        (AGENTS.replace("email", "name"), "row 1, column name: stands twice"),
        (AGENTS.replace(",", ";"), "row 1, column source;actor_id;agent_id;name;email;team_id;is_"),
        (AGENTS + GOOD + "zendesk,1,maria,,,,\n", "row 3: has 7 cells, the header 8"),
        (AGENTS + "zendesk,1,maria,a,b,c,false,,\n", "row 2: has 9 cells, the header 8"),
        (AGENTS + ",1,maria,,,,,\n", "row 2, column source: must not be empty"),
        (AGENTS + "\nzendesk, ,maria,,,,,\n", "row 3, column actor_id: must not be empty"),
        (AGENTS + "zendesk,1,,,,,,\n", "row 2, column agent_id: must not be empty"),
        (AGENTS + f"zendesk,1,{'m' * 201},,,,,\n", "row 2, column agent_id: must have at most"),
        (AGENTS + "a:b,1,maria,,,,,\n", "row 2, column source: 'a:b' can be no source"),
        (AGENTS + "zendesk,1,none,,,,,\n", "row 2, column agent_id: 'none' is what reports call"),
        (AGENTS + "zendesk,1,maria,,,none,,\n", "row 2, column team_id: 'none' is what reports"),
        (AGENTS + "zendesk,1,maria,,,,yes,\n", "row 2, column is_bot: must be true or false, not"),
        (AGENTS + "zendesk,1,maria,,,,,31.1.2026\n", "row 2, column valid_from: must be a date"),
        (AGENTS + "zendesk,1,maria,,,,,2026-02-30\n", "row 2, column valid_from: must be a date"),
        (AGENTS + "zendesk,1,maria,,,,,20260131\n", "row 2, column valid_from: must be a date"),
        (
            AGENTS + GOOD + '"zendesk",1,ben,,,,,\n',
            "row 3, column actor_id: the same account from the same date stands in row 2 already",
        ),
        (
            AGENTS + GOOD + "chat,9,maria,Mary,,,,\n",
            "row 3, column name: 'Mary' contradicts 'Maria' in row 2, of the same agent_id 'maria'",
        ),
        (
            AGENTS + GOOD + "chat,9,maria,,n@x.org,,,\n",
            "row 3, column email: 'n@x.org' contradicts",
        ),
        (AGENTS + GOOD + "chat,9,maria,,,sales,,\n", "row 3, column team_id: 'sales' contradicts"),
        (AGENTS + 'zendesk,1,"maria" x,,,,,\n', "row 2: is no CSV: ',' expected after '\"'"),
        (AGENTS + 'zendesk,1,"maria,,,,,\n', "row 2: is no CSV: unexpected end of data"),
        (AGENTS.encode() + b"zendesk,1,ma,Jos\xe9,,,,\n", "row 2: is not UTF-8"),
        (AGENTS + "zendesk,1,ma\0ria,,,,,\n", "row 2: holds NUL"),
    ],
    ids=lambda value: str(value)[-60:],
)
def test_a_wrong_row_is_named(write: Write, content: str | bytes, expected: str) -> None:
    found = problem(write("agents.csv", content))
    assert found.startswith(f"agents.csv, {expected}")
    assert "\n" not in found


def test_what_accounts_of_a_person_say_may_differ_from_another_date_on(write: Write) -> None:
    folder = write("agents.csv", AGENTS + GOOD + "zendesk,1,maria,Maria,,sales,,2026-03-01\n")
    assert len(read_configuration(folder).agents) == 2


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("zendesk,36,none,,\n", "row 2, column team: 'none' is what reports call a missing one"),
        ("zendesk,36,,,\n", "row 2, column team: must not be empty"),
        ("zendesk,36,a,,\nzendesk,36,b,,\n", "row 3, column team_id: the same team from the same"),
        ("zendesk,36,a,A,\nchat,2,a,B,\n", "row 3, column name: 'B' contradicts 'A' in row 2"),
        ("zendesk,36,a,A,soon\n", "row 2, column valid_from: must be a date such as 2026-01-31"),
    ],
)
def test_a_wrong_team_is_named(write: Write, rows: str, expected: str) -> None:
    assert problem(write("teams.csv", TEAMS + rows)).startswith(f"teams.csv, {expected}")


def test_a_row_is_named_by_its_line_also_after_cells_of_several_lines(write: Write) -> None:
    folder = write("teams.csv", TEAMS + 'a,1,x,"two\nlines",\na,2,x,other,\n')
    assert problem(folder).startswith("teams.csv, row 4, column name: 'other' contradicts")


def test_a_source_keeps_what_is_its_kinds_own(write: Write) -> None:
    folder = write(
        "sources.yml",
        "sources:\n- {name: a, kind: folder, every: 90m, path: 'x*.csv', deep: {er: [1]}}\n"
        "- {name: b, kind: sample}\n",
    )
    first, second = read_configuration(folder).sources
    assert (first.name, first.kind, first.every) == ("a", "folder", timedelta(minutes=90))
    assert first.options == {"path": "x*.csv", "deep": {"er": [1]}}
    assert (second.every, second.options) == (None, {})


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "sources:\n", "sources: []\n", "\ufeffsources: []\r\n"]
)
def test_a_file_of_no_sources_takes_nothing(write: Write, content: str) -> None:
    assert read_configuration(write("sources.yml", content)).sources == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("- a\n", ": must be a valid dictionary"),
        ("source: []\n", "source: is no key there"),
        ("sources: {}\n", "sources: must be a valid list"),
        ("sources: [a]\n", "sources.0: must be a valid dictionary"),
        ("sources: [{kind: folder}]\n", "sources.0.name: is missing"),
        ("sources: [{name: a}]\n", "sources.0.kind: is missing"),
        ("sources: [{name: 5, kind: folder}]\n", "sources.0.name: must be a valid string"),
        ("sources: [{name: a, kind: x, every: 5}]\n", "sources.0.every: must be a number with its"),
        ("sources: [{name: a, kind: x, every: 1 week}]\n", "sources.0.every: must be a number"),
        ("sources: [{name: a, kind: x, every: 0s}]\n", "sources.0.every: must be a number"),
        (
            "sources: [{name: a, kind: x}, {name: a, kind: y}]\n",
            "sources.1.name: 'a' stands twice",
        ),
        ("sources:\n- name: a\n  name: b\n  kind: x\n", "row 3: name: given twice"),
        ("sources: [\n", "row 2: expected the node content"),
        ("a: b: c\n", "row 1: mapping values are not allowed here"),
        ("sources: !!python/object:os.system {}\n", "row 1: could not determine a constructor"),
        (b"sources: \xff\n", "is not UTF-8"),
        ("sources: \x01\n", "is no YAML: unacceptable character"),
    ],
)
def test_a_wrong_source_is_named_by_its_key(
    write: Write, content: str | bytes, expected: str
) -> None:
    found = problem(write("sources.yml", content))
    assert found.startswith("sources.yml")
    assert expected in found
