"""The random logs keep to the event contract, so that none of their events is refused."""

from ingestion.contract import Refusal, check
from tests.reference.random_logs import random_log, window_of


def test_every_event_of_a_random_log_is_accepted() -> None:
    for seed in range(16):
        received_at = window_of(seed).end
        answers = [check(event, received_at=received_at) for event in random_log(seed)]
        assert [answer for answer in answers if isinstance(answer, Refusal)] == []
