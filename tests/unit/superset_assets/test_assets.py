"""The files of the bundle: what they may hold, and what is said of what they may not."""

import re
import shutil
from pathlib import Path

import pytest

from deskhouse.errors import WrongInput
from superset_assets.assets import FOLDER, read_bundle, uuid_of


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
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    folder: Path, name: str, text: str, problem: str
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(WrongInput, match=re.escape(problem)) as raised:
        read_bundle(folder)
    assert raised.value.hint == "Correct the file."


def test_an_id_is_made_of_the_name_and_is_the_same_in_every_home() -> None:
    assert uuid_of("charts", "agents") == uuid_of("charts", "agents")
    assert len({uuid_of(kind, "agents") for kind in ("charts", "dashboards", "datasets")}) == 3


def test_no_file_of_the_bundle_holds_an_id_or_a_formula() -> None:
    for path in FOLDER.rglob("*.yaml"):
        text = path.read_text()
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|_id:|Id:|sqlExpression", text), path.name
