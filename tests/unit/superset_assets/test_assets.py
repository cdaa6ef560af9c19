"""The files of the bundle: what they may hold, and what is said of what they may not."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

from deskhouse.errors import WrongInput
from deskhouse.metrics import catalog
from superset_assets.assets import FOLDER, read_bundle, uuid_of
from superset_assets.references import check

# A bundle of its own: what is wrong in the one that is published is told by its own test.
FILES = {
    "colors.yaml": "{Email: '#123456'}",
    "defaults/table.yaml": "{row_limit: 7, order_desc: true}",
    "charts/agents.yaml": """
        title: Agents
        description: Who did what.
        dataset: measurements
        viz_type: table
        params:
          metrics: [tickets_handled, csat]
          groupby: [agent]
          adhoc_filters: [{subject: status}]
          row_limit: 3
    """,
    "charts/rates.yaml": """
        title: Rates
        description: By team.
        dataset: measurements
        viz_type: table
        params: {metrics: [csat], groupby: [team]}
    """,
    "dashboards/page.yaml": """
        title: Page
        slug: page
        description: Of two charts.
        filters:
          - {title: Team, kind: select, dataset: measurements, column: team, but: [rates]}
        rows:
          - {height: 20, charts: {agents: 8, rates: 4}}
    """,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text))
    return tmp_path


def test_a_chart_has_what_all_of_its_type_have_and_its_own_goes_before(folder: Path) -> None:
    charts = read_bundle(folder).charts
    assert [charts[key].params["row_limit"] for key in ("agents", "rates")] == [3, 7]
    assert charts["agents"].params["order_desc"] is True


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("charts/agents.yaml", "title: [", "agents.yaml is no YAML: "),
        ("charts/agents.yaml", "- one\n", "agents.yaml holds no keys and values"),
        ("charts/agents.yaml", "title: A\n", "agents.yaml, description: Field required"),
        (
            "dashboards/page.yaml",
            "{title: A, slug: a, description: d, filters: [], rows: [], rowz: 1}",
            "page.yaml, rowz: Extra inputs are not permitted",
        ),
        (
            "charts/agents.yaml",
            "{title: A, description: d, dataset: d, viz_type: table, params: [1]}",
            "agents.yaml, params: Input should be a valid dictionary",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    folder: Path, name: str, text: str, problem: str
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(WrongInput, match=re.escape(problem)) as raised:
        read_bundle(folder)
    assert raised.value.hint == "Correct the file."


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        (
            *("charts/agents.yaml", "viz_type: table", "viz_type: tabel"),
            "agents.yaml: there is no type of chart 'tabel'. Did you mean table?",
        ),
        (
            *("charts/agents.yaml", "dataset: measurements", "dataset: measurement"),
            "agents.yaml: there is no dataset 'measurement'. Did you mean measurements?",
        ),
        (
            *("charts/agents.yaml", "[agent]", "[agnet]"),
            "agents.yaml: there is no column 'agnet'. Did you mean agent?",
        ),
        (
            *("charts/agents.yaml", "subject: status", "subject: state"),
            "agents.yaml: there is no column 'state'. Did you mean status?",
        ),
        (
            *("charts/agents.yaml", "csat]", "moods]"),
            "agents.yaml: there is no metric 'moods'. There are: ",
        ),
        # It is there, but of another dataset.
        (
            *("charts/agents.yaml", "csat]", "backlog]"),
            "agents.yaml: there is no metric 'backlog'. There are: ",
        ),
        (
            *("charts/agents.yaml", "csat]", "{sqlExpression: '1'}]"),
            "agents.yaml: there is no metric \"{'sqlExpression': '1'}\". There are: ",
        ),
        (
            *("dashboards/page.yaml", "{agents: 8,", "{agent: 8,"),
            "page.yaml: there is no chart 'agent'. Did you mean agents?",
        ),
        (
            *("dashboards/page.yaml", "but: [rates]", "but: [rate]"),
            "page.yaml: there is no chart 'rate'. Did you mean rates?",
        ),
        (
            *("dashboards/page.yaml", "column: team", "column: crew"),
            "page.yaml: there is no column 'crew'. There are: ",
        ),
        (
            *("dashboards/page.yaml", "rates: 4}", "rates: 5}"),
            "page.yaml: the row of agents, rates is 13 wide. Give its charts 12 columns",
        ),
    ],
)
def test_what_names_what_is_not_there_is_named(
    folder: Path, name: str, old: str, new: str, problem: str
) -> None:
    path = folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(WrongInput) as raised:
        check(read_bundle(folder), catalog())
    assert f"{raised.value}. {raised.value.hint}".startswith(problem)


def test_an_id_is_made_of_the_name_and_is_the_same_in_every_home() -> None:
    assert uuid_of("charts", "agents") == uuid_of("charts", "agents")
    assert len({uuid_of(kind, "agents") for kind in ("charts", "dashboards", "datasets")}) == 3


def test_no_file_of_the_bundle_holds_an_id_or_a_formula() -> None:
    for path in FOLDER.rglob("*.yaml"):
        text = path.read_text()
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|_id:|Id:|sqlExpression", text), path.name
