"""Services that a URL names are asked and migrated, and never started."""

from deskhouse.services.redis import redis_url
from deskhouse.warehouse.connection import Role, Warehouse
from tests.integration.services.conftest import NewHome
from tests.integration.services.home import Home


def test_an_external_postgres_is_brought_up_to_date_and_not_started(
    new_home: NewHome, warehouse: Warehouse
) -> None:
    home = new_home()
    loader = warehouse.role_name(Role.LOADER)
    with warehouse.connect(Role.OWNER) as connection:
        connection.execute(f"revoke usage on schema raw from {loader}")
    url = warehouse.url(Role.OWNER)

    done = home.run("up", "postgres", DESKHOUSE_DATABASE_URL=url)

    assert done.stdout == f"postgres is ready at {warehouse.host}:{warehouse.port}\n"
    assert home.pids() == set()
    with warehouse.connect(Role.LOADER) as connection:
        connection.execute("select from raw.batches")


def test_with_all_of_it_external_nothing_is_started(
    home: Home, new_home: NewHome, warehouse: Warehouse
) -> None:
    home.up("redis")
    pointing = new_home()
    variables = {
        "DESKHOUSE_DATABASE_URL": warehouse.url(Role.OWNER),
        "DESKHOUSE_REDIS_URL": redis_url(home.settings),
    }
    assert pointing.run("up", **variables).returncode == 0
    assert pointing.pids() == set()
    status = pointing.run("status", **variables)
    assert status.returncode == 0
    assert [line.split()[-1] for line in status.stdout.splitlines()[1:3]] == ["external"] * 2
    assert pointing.run("down", **variables).returncode == 0
    assert home.services()["redis"].state == "ready"


def test_what_a_url_names_from_now_on_is_stopped_here(home: Home, warehouse: Warehouse) -> None:
    home.up()
    before = home.services()
    done = home.run("up", "redis", DESKHOUSE_DATABASE_URL=warehouse.url(Role.OWNER))
    assert done.returncode == 0
    assert before["postgres"].pid not in home.pids()
    assert before["redis"].pid in home.pids()

    home.up()
    assert home.is_ready()


def test_an_external_service_that_does_not_answer_is_named_without_its_password(
    home: Home,
) -> None:
    url = "postgresql://deskhouse_owner:s3cr3t@127.0.0.1:1/deskhouse"
    done = home.run("up", "postgres", DESKHOUSE_DATABASE_URL=url)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "127.0.0.1:1" in done.stderr
    status = home.run("status", DESKHOUSE_DATABASE_URL=url)
    assert status.returncode == 1
    assert "unreachable" in status.stdout
    assert "s3cr3t" not in done.stderr + status.stdout + status.stderr
