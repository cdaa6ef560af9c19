"""The files of the bundle: what they may hold, and what is said of what they may not."""

import re
import shutil
from pathlib import Path

import pytest

from deskhouse.errors import WrongInput
from deskhouse.metrics import catalog
from superset_assets.assets import FOLDER, read_bundle, uuid_of
from superset_assets.references import check


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "bundle")
    return tmp_path / "bundle"


def test_a_chart_has_what_all_of_its_type_have_and_its_own_goes_before(folder: Path) -> None:
    (folder / "defaults" / "table.yaml").write_text("row_limit: 7\norder_desc: true\n")
    chart = folder / "charts" / "channels.yaml"
    chart.write_text(chart.read_text() + "  row_limit: 3\n")
    params = read_bundle(folder).charts["channels"].params
    assert (params["row_limit"], params["order_desc"]) == (3, True)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("charts/channels.yaml", "title: [", "channels.yaml is no YAML: "),
        ("charts/channels.yaml", "- one\n", "channels.yaml holds no keys and values"),
        ("charts/channels.yaml", "title: A\n", "channels.yaml, description: Field required"),
        (
            "dashboards/support_overview.yaml",
            "{title: A, slug: a, description: d, filters: [], rows: [], rowz: 1}",
            "support_overview.yaml, rowz: Extra inputs are not permitted",
        ),
        (
            "charts/channels.yaml",
            "{title: A, description: d, dataset: d, viz_type: table, params: [1]}",
            "channels.yaml, params: Input should be a valid dictionary",
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
        # It is there, but of another dataset.
        (
            *("charts/kpi_csat.yaml", "metric: csat", "metric: backlog"),
            "kpi_csat.yaml: there is no metric 'backlog'. There are: ",
        ),
        (
            *("dashboards/support_overview.yaml", "{agents: 12}", "{agent: 12}"),
            "support_overview.yaml: there is no chart 'agent'. Did you mean agents?",
        ),
        (
            *("dashboards/support_overview.yaml", "but: [data_state]", "but: [data]"),
            "support_overview.yaml: there is no chart 'data'. Did you mean data_state?",
        ),
        (
            *("dashboards/support_overview.yaml", "column: team", "column: crew"),
            "support_overview.yaml: there is no column 'crew'. There are: ",
        ),
        (
            *("dashboards/support_overview.yaml", "{speed: 8, csat: 4}", "{speed: 8, csat: 5}"),
            "support_overview.yaml: the row of speed, csat is 13 wide. Give its charts 12 columns",
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
