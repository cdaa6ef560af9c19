"""The random logs keep to the event contract and their configurations to the folder's rules."""

from pathlib import Path

from deskhouse.configuration.agents import read_agents
from deskhouse.configuration.calendars import read_calendars
from deskhouse.configuration.sla_policies import Policy, read_policies
from deskhouse.configuration.teams import read_teams
from ingestion.contract import Refusal, check
from tests.reference import calendars
from tests.reference.configuration import AgentRow, PolicyRow, TeamRow
from tests.reference.random_logs import (
    configuration_files,
    random_configuration,
    random_log,
    window_of,
)

SEEDS = range(16)


def test_every_event_of_a_random_log_is_accepted() -> None:
    for seed in SEEDS:
        received_at = window_of(seed).end
        answers = [check(event, received_at=received_at) for event in random_log(seed)]
        assert [answer for answer in answers if isinstance(answer, Refusal)] == []


def test_the_files_of_a_random_configuration_say_what_it_says(tmp_path: Path) -> None:
    for seed in SEEDS:
        configuration = random_configuration(seed)
        for name, text in configuration_files(configuration).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        agents = [
            AgentRow(r.source, r.actor_id, r.agent_id, r.is_bot, r.valid_from)
            for r in read_agents(tmp_path)
        ]
        teams = [TeamRow(r.source, r.team_id, r.team, r.valid_from) for r in read_teams(tmp_path)]
        assert (tuple(agents), tuple(teams)) == (configuration.agents, configuration.teams)
        read = read_policies(tmp_path, {row.team for row in teams})
        assert [_as_read(row) for row in configuration.policies] == list(read)
        assert calendars.read_calendars(tmp_path) == configuration.calendars
        hours = read_calendars(tmp_path).hours
        assert {row.calendar_id for row in hours} == set(configuration.calendars.by_id)


def _as_read(row: PolicyRow) -> Policy:
    return Policy(
        position=row.position,
        policy_id=row.policy_id,
        priority=row.priority,
        channel=row.channel,
        team_id=row.team_id,
        metric=row.metric,
        hours=row.hours,
        target_seconds=row.target_seconds,
        valid_from=row.valid_from,
    )
