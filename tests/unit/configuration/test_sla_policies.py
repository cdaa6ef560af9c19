"""What `sla_policies.csv` may say, and how what is wrong in it is named."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from deskhouse.configuration.folder import read_configuration
from deskhouse.configuration.sla_policies import Policy, read_policies
from deskhouse.errors import WrongConfiguration

SHIPPED = Path(__file__).parents[3] / "config"
HEADER = "position,policy_id,priority,channel,team_id,metric,hours,target_seconds,valid_from\n"
GOOD = "1,gold,,,,first_reply,calendar,900,\n"

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(rows: str) -> Path:
        (tmp_path / "sla_policies.csv").write_text(HEADER + rows, encoding="utf-8")
        return tmp_path

    return to


def problem(folder: Path, teams: tuple[str, ...] = ("billing", "orders")) -> str:
    with pytest.raises(WrongConfiguration) as error:
        read_policies(folder, teams)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_folder_without_policies_has_none(tmp_path: Path) -> None:
    assert read_policies(tmp_path, ()) == ()


def test_policies_are_read_as_they_stand(write: Write) -> None:
    folder = write(
        "20,gold,urgent,chat,billing,resolution,business,0,2026-01-31\n"
        "20,gold,,web form,zendesk:36,agent_work,calendar,3162240000,\n"
    )
    assert read_policies(folder, ("billing",)) == (
        Policy(
            20, "gold", "urgent", "chat", "billing", "resolution", "business", 0, date(2026, 1, 31)
        ),
        Policy(
            20, "gold", None, "web form", "zendesk:36", "agent_work", "calendar", 3162240000, None
        ),
    )


def test_the_column_of_dates_may_be_missing(tmp_path: Path) -> None:
    text = HEADER.replace(",valid_from", "") + GOOD.replace(",\n", "\n")
    (tmp_path / "sla_policies.csv").write_text(text, encoding="utf-8")
    assert read_policies(tmp_path, ())[0].valid_from is None


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (",gold,,,,resolution,calendar,1,", "2, column position: must be a whole number from 0 on"),
        ("-1,gold,,,,resolution,calendar,1,", "2, column position: must be a whole number from 0"),
        ("1.5,gold,,,,resolution,calendar,1,", "2, column position: must be a whole number from 0"),
        (
            "٣,gold,,,,resolution,calendar,1,",
            "2, column position: must be a whole number from 0 on",
        ),
        (
            "2147483648,gold,,,,resolution,calendar,1,",
            "2, column position: must be at most 2147483647, not 2147483648",
        ),
        (
            GOOD + "2,gold,,,,first_reply,calendar,900,\n1,rest,,,,first_reply,calendar,5,",
            "4, column position: this position of the same metric stands in row 2 already",
        ),
        ("1,,,,,resolution,calendar,1,", "2, column policy_id: must not be empty"),
        (
            "1,gold,urgnt,,,resolution,calendar,1,",
            "2, column priority: must be one of low, normal, high, urgent, not 'urgnt'; did",
        ),
        ("1,gold,Low,,,resolution,calendar,1,", "2, column priority: must be one of low, normal"),
        ("1,gold,p1,,,resolution,calendar,1,", "2, column priority: must be one of low, normal"),
        (
            "1,gold,,,biling,resolution,calendar,1,",
            "2, column team_id: 'biling' is no team of teams.csv; did you mean billing?",
        ),
        ("1,gold,,,x,resolution,calendar,1,", "2, column team_id: 'x' is no team of teams.csv"),
        (
            "1,gold,,,,first_respnse,calendar,1,",
            "2, column metric: must be one of first_reply, next_reply, requester_wait, agent_work,",
        ),
        ("1,gold,,,,,calendar,1,", "2, column metric: must not be empty"),
        (
            "1,gold,,,,resolution,busines,1,",
            "2, column hours: must be one of calendar, business, not 'busines'; did you mean b",
        ),
        ("1,gold,,,,resolution,,1,", "2, column hours: must not be empty"),
        ("1,gold,,,,resolution,calendar,,", "2, column target_seconds: must be a whole number"),
        ("1,gold,,,,resolution,calendar,-5,", "2, column target_seconds: must be a whole number"),
        ("1,gold,,,,resolution,calendar,15m,", "2, column target_seconds: must be a whole number"),
        (
            "1,gold,,,,resolution,calendar,3162240001,",
            "2, column target_seconds: must be at most 3162240000, not 3162240001",
        ),
        ("1,gold,,,,resolution,calendar,1,1.2.2026", "2, column valid_from: must be a date such"),
    ],
)
def test_a_wrong_row_is_named(write: Write, rows: str, expected: str) -> None:
    assert problem(write(rows + "\n")).startswith(f"sla_policies.csv, row {expected}")


def test_the_metric_that_is_nearest_is_offered(write: Write) -> None:
    found = problem(write("1,gold,,,,first_respnse,calendar,1,\n"))
    assert found.endswith("resolution, not 'first_respnse'; did you mean first_reply?")


def test_a_number_without_end_is_a_wrong_row_as_well(write: Write) -> None:
    folder = write(f"{'9' * 5000},gold,,,,resolution,calendar,1,\n")
    assert "column position: must be at most" in problem(folder)


def test_teams_of_the_folder_are_the_teams_that_a_policy_may_name(write: Write) -> None:
    folder = write("1,gold,,,money,resolution,calendar,1,\n")
    (folder / "teams.csv").write_text(
        "source,team_id,team,name\nzendesk,36,money,Money\n", encoding="utf-8"
    )
    assert read_configuration(folder).policies[0].team_id == "money"
    (folder / "teams.csv").unlink()
    with pytest.raises(WrongConfiguration, match=r"'money' is no team of teams\.csv"):
        read_configuration(folder)


def test_the_shipped_folder_gives_no_targets_and_its_examples_hold_once_uncommented(
    write: Write,
) -> None:
    assert read_configuration(SHIPPED).policies == ()
    head, _, examples = (SHIPPED / "sla_policies.csv").read_text(encoding="utf-8").partition(HEADER)
    assert all(line.startswith("#") for line in head.splitlines())
    lines = [line.removeprefix("#") for line in examples.splitlines()]
    found = read_policies(write("\n".join(lines)), ("billing",))
    assert [policy.policy_id for policy in found] == [
        "urgent", "live", "everybody", "billing", "everybody",
    ]  # fmt: skip
