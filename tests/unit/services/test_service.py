"""The order in which services start."""

from dataclasses import dataclass

import pytest

from deskhouse.errors import WrongInput
from deskhouse.services.service import waves


@dataclass(frozen=True)
class _Thing:
    name: str
    needs: tuple[str, ...] = ()

    def address(self) -> str:
        return ""

    def probe(self) -> str | None:
        return None

    def settle(self) -> None:
        """Nothing."""


POSTGRES, REDIS = _Thing("postgres"), _Thing("redis")
WORKER = _Thing("worker", ("postgres", "redis"))
SCREEN = _Thing("screen", ("worker",))
ALL = [SCREEN, WORKER, POSTGRES, REDIS]


def _names(groups: list[list[_Thing]]) -> list[list[str]]:
    return [[thing.name for thing in group] for group in groups]


def test_what_is_needed_starts_before_what_needs_it() -> None:
    assert _names(waves(ALL, [])) == [["postgres", "redis"], ["worker"], ["screen"]]


def test_a_service_brings_what_it_needs_and_nothing_else() -> None:
    assert _names(waves(ALL, ["worker"])) == [["postgres", "redis"], ["worker"]]
    assert _names(waves(ALL, ["redis"])) == [["redis"]]


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(WrongInput, match="there is no service 'mailbox'") as error:
        waves(ALL, ["redis", "mailbox"])
    assert error.value.hint == "The services are screen, worker, postgres, redis."
