"""What Superset's processes are given, and who is shown a login."""

from pathlib import Path

import pytest

from deskhouse.errors import WrongInput
from deskhouse.home import keep_port
from deskhouse.services.catalogue import catalogue
from deskhouse.services.commands.status import _logins
from deskhouse.services.superset import SupersetPages, SupersetWorker, environment, login
from deskhouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    url = "postgresql://owner:x@db.example:5433/desk?sslmode=require"
    return Settings(home=tmp_path, database_url=url, redis_url="redis://r.example/3")


def test_its_tables_are_beside_the_warehouse_under_a_login_of_their_own(settings: Settings) -> None:
    given = dict(environment(settings))["DESKHOUSE_SUPERSET_DATABASE"]
    scheme, _, rest = given.partition("://desk_superset:")
    assert scheme == "postgresql+psycopg2"
    assert rest.endswith("@db.example:5433/desk_superset?sslmode=require")


def test_its_keys_in_a_redis_of_many_begin_with_the_warehouse(settings: Settings) -> None:
    given = dict(environment(settings))
    assert given["DESKHOUSE_SUPERSET_REDIS"] == "redis://r.example/3"
    assert given["DESKHOUSE_SUPERSET_PREFIX"] == "desk:superset:"


def test_every_secret_is_another_and_stays(settings: Settings) -> None:
    def secrets() -> list[str]:
        words = ("SECRET", "PASSWORD")
        return [v for name, v in environment(settings) if any(word in name for word in words)]

    assert len(set(secrets())) == 4
    assert secrets() == secrets()
    assert login(settings)[1] in secrets()


def test_a_port_set_by_hand_is_its_port(settings: Settings) -> None:
    keep_port(settings.home, "superset", 23_456)
    by_hand = settings.model_copy(update={"superset_port": 8_088})
    assert SupersetPages(settings).address() == "127.0.0.1:23456"
    assert dict(environment(by_hand))["DESKHOUSE_SUPERSET_BIND"] == "127.0.0.1:8088"


def test_pages_listen_where_they_are_told(settings: Settings) -> None:
    keep_port(settings.home, "superset", 23_456)
    assert dict(environment(settings))["DESKHOUSE_SUPERSET_BIND"] == "127.0.0.1:23456"
    contained = settings.model_copy(update={"listen": "0.0.0.0"})
    assert dict(environment(contained))["DESKHOUSE_SUPERSET_BIND"] == "0.0.0.0:23456"


def test_pages_and_worker_start_each_without_the_other(settings: Settings) -> None:
    for service in (SupersetPages(settings), SupersetWorker(settings)):
        alone = settings.model_copy(update={"services": service.name})
        assert [one.name for one in catalogue(alone).services] == [
            "postgres",
            "redis",
            service.name,
        ]


def test_logins_are_of_the_pages_that_this_home_has(settings: Settings) -> None:
    keep_port(settings.home, "superset", 23_456)
    pages, both = "superset,superset-worker", "dagster,superset"
    line = f"superset  http://127.0.0.1:23456  admin  {login(settings)[1]}\n"
    assert _logins(settings.model_copy(update={"services": pages})) == line
    assert _logins(settings.model_copy(update={"services": both})).endswith("\n" + line)
    assert _logins(settings.model_copy(update={"services": "redis"})) == ""


def test_a_service_that_there_is_none_of_is_refused(settings: Settings) -> None:
    with pytest.raises(WrongInput, match="superset-workr"):
        catalogue(settings.model_copy(update={"services": "superset-workr"}))
