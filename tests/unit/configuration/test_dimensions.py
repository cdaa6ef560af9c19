"""What `dimensions.csv` may say, and how what is wrong in it is named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deskhouse.configuration.dimensions import TicketDimension, read_dimensions
from deskhouse.errors import WrongConfiguration

HEADER = "name,custom_field,tag,label\n"
GOOD = "plan,Customer plan,,Plan\n"

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(content: str) -> Path:
        (tmp_path / "dimensions.csv").write_text(content, encoding="utf-8")
        return tmp_path

    return to


def test_a_folder_without_the_file_names_none(tmp_path: Path) -> None:
    assert read_dimensions(tmp_path, ()) == ()


def test_dimensions_are_read_as_they_stand(write: Write) -> None:
    folder = write(HEADER + "# ours\n" + GOOD + 'vip_2,,"VIP, 100 %",\n')
    assert read_dimensions(folder, ("channel",)) == (
        TicketDimension("plan", "Customer plan", None, "Plan"),
        TicketDimension("vip_2", None, "VIP, 100 %", "vip_2"),
    )


def test_the_label_may_be_left_out(write: Write) -> None:
    found = read_dimensions(write("tag,name,custom_field\nvip,vip,\n"), ())
    assert found == (TicketDimension("vip", None, "vip", "vip"),)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("name,field\n", "row 1, column field: is unknown; there are name, custom_field, tag, lab"),
        ("name,tag\n", "row 1, column custom_field: is missing"),
        (HEADER + "plan,Plan\n", "row 2: has 2 cells, the header 4"),
        (HEADER + ",Plan,,\n", "row 2, column name: must not be empty"),
        (
            HEADER + "Plan,Plan,,\n",
            "row 2, column name: 'Plan' can be no dimension; write up to 63",
        ),
        (HEADER + 'a"b,Plan,,\n', "row 2, column name: 'a\"b' can be no dimension"),
        (HEADER + "2nd,Plan,,\n", "row 2, column name: '2nd' can be no dimension"),
        (HEADER + "plän,Plan,,\n", "row 2, column name: 'plän' can be no dimension"),
        (HEADER + f"{'a' * 64},Plan,,\n", f"row 2, column name: '{'a' * 64}' can be no dimension"),
        (
            HEADER + GOOD + "channel,Channel,,\n",
            "row 3, column name: 'channel' is a dimension, a column or a metric already",
        ),
        (HEADER + GOOD + "plan,,gold,\n", "row 3, column name: the same name stands in row 2"),
        (HEADER + "plan,,,Plan\n", "row 2, column custom_field: must not be empty where tag is"),
        (HEADER + "plan,a,b,\n", "row 2, column tag: must be empty where custom_field is not"),
        (HEADER + f"plan,{'a' * 201},,\n", "row 2, column custom_field: must have at most 200"),
        (HEADER + f"plan,,{'a' * 201},\n", "row 2, column tag: must have at most 200"),
    ],
)
def test_a_wrong_row_is_named(write: Write, content: str, expected: str) -> None:
    with pytest.raises(WrongConfiguration) as error:
        read_dimensions(write(content), ("channel",))
    assert str(error.value).startswith(f"dimensions.csv, {expected}")
    assert "\n" not in str(error.value)


def test_the_longest_names_hold(write: Write) -> None:
    folder = write(HEADER + f"{'a' * 63},{'b' * 200},,\n")
    assert read_dimensions(folder, ())[0].name == "a" * 63
