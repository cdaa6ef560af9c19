"""The configuration that goes with a sample names everybody who acts in it."""

from datetime import date
from pathlib import Path

from deskhouse.configuration.dimensions import read_dimensions
from deskhouse.configuration.folder import read_configuration
from deskhouse.settings import CHECKOUT
from ingestion.delivery import EventRow
from ingestion.sample import SampleSpec, configuration, write_configuration
from ingestion.sample.people import AGENTS, ASSISTANT_ID, GREETER_ID
from tests.unit.sample.figures import Ticket


def test_every_account_and_team_of_the_events_is_in_it(
    events: dict[str, EventRow], spec: SampleSpec
) -> None:
    rows = configuration(spec)
    accounts = {row.actor_id for row in rows.agents}
    acting = {row.actor_id for row in events.values() if row.actor_kind in ("agent", "bot")}
    assigned = {row.to_value for row in events.values() if row.type == "assignee_changed"}
    assert acting | assigned - {None} == accounts
    teams = {row.team_id for row in rows.teams}
    given = {row.attributes.get("team_id") for row in events.values()} - {None}
    moved = {row.to_value for row in events.values() if row.type == "team_changed"}
    assert given | moved == teams
    assert {row.team_id for row in rows.agents} - {None} == teams


def test_bots_are_marked_the_one_among_them_that_passes_for_an_agent(
    events: dict[str, EventRow], spec: SampleSpec
) -> None:
    bots = {row.actor_id for row in configuration(spec).agents if row.is_bot}
    assert bots == {GREETER_ID, ASSISTANT_ID}
    says = {row.actor_kind for row in events.values() if row.actor_id == ASSISTANT_ID}
    assert says == {"agent"}


def test_accounts_of_one_person_share_an_agent_id(spec: SampleSpec) -> None:
    rows = [row for row in configuration(spec).agents if row.valid_from is None]
    people = {row.agent_id for row in rows}
    assert len(rows) - len(people) == sum(agent.has_voice_account for agent in AGENTS)
    assert {row.name for row in rows if row.agent_id == "ines-duarte"} == {"Ines Duarte"}


def test_who_changes_team_has_a_row_from_that_day_on(spec: SampleSpec) -> None:
    rows = [row for row in configuration(spec).agents if row.agent_id == "daniel-whitcomb"]
    # 60 days up to 20 April begin on 19 February; 55 % of them later, by whole days, is 24 March.
    assert [(row.team_id, row.valid_from) for row in rows] == [
        ("orders", None),
        ("technical", date(2026, 3, 24)),
    ]


def test_what_is_written_is_what_the_folder_is_read_as(spec: SampleSpec, tmp_path: Path) -> None:
    written = configuration(spec)
    write_configuration(written, tmp_path)
    read = read_configuration(tmp_path)
    assert (read.agents, read.teams) == (written.agents, written.teams)


def test_the_dimensions_that_are_shipped_tell_its_tickets_apart(tickets: list[Ticket]) -> None:
    told = [ticket.creation.attributes for ticket in tickets]
    dimensions = read_dimensions(CHECKOUT / "config", ())
    assert dimensions
    for one in dimensions:
        if one.tag is None:
            values = {attributes.get("custom", {}).get(one.custom_field) for attributes in told}
            assert 1 < len(values) < 20
        else:
            assert {one.tag in attributes["tags"] for attributes in told} == {True, False}
