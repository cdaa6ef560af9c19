"""Containers run what `deskhouse up` runs: held without an engine, by what the files say."""

import json
import re
import shlex
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deskhouse.cli import COMMANDS
from deskhouse.services.binaries import OLDEST_POSTGRES
from deskhouse.services.catalogue import catalogue
from deskhouse.services.commands import up
from deskhouse.services.redis import _CONFIGURATION
from deskhouse.settings import Settings
from tests.architecture.project import CHECKOUT
from tests.architecture.test_documentation import options
from tests.architecture.test_files import TEXTS
from tests.architecture.test_packages import LINTER

COMPOSE: dict[str, Any] = yaml.safe_load(TEXTS["docker-compose.yml"])
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
SECRETS = ("POSTGRES_PASSWORD", "DATABASE_PASSWORD", "REDIS_PASSWORD")


def filled(value: object) -> str:
    """A value as Compose hands it on, with the password `secret`."""
    text = re.sub(r"\$\{\w+:\?[^}]+\}", "secret", str(value))
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def settings_of(name: str) -> Settings:
    """What a container of ours is told."""
    given = {key: filled(value) for key, value in SERVICES[name]["environment"].items()}
    known = {f"DESKHOUSE_{field.upper()}": field for field in Settings.model_fields}
    assert given.keys() <= known.keys()
    return Settings.model_validate({known[key]: value for key, value in given.items()})


def dockerfile(name: str) -> list[list[str]]:
    """The instructions by which the image of a container of ours is made, in words."""
    build = SERVICES[name]["build"]
    assert build["context"] == "."
    text = TEXTS[build["dockerfile"]].replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [shlex.split(line) for line in lines]


def test_the_file_is_what_the_specification_of_compose_allows() -> None:
    vendored = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(vendored.read_text(encoding="utf-8"))
    check = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in check.iter_errors(COMPOSE)] == []
    wrong = {**COMPOSE, "services": {**SERVICES, "more": {"imagine": "postgres:17"}}}
    assert not check.is_valid(wrong)


def test_every_container_of_ours_runs_up_in_the_foreground() -> None:
    assert OURS == ["dagster", "superset"]
    for name in OURS:
        assert SERVICES[name]["command"] == ["deskhouse", "up", "--foreground"]
        (image,) = (words[1:] for words in dockerfile(name) if words[0] == "CMD")
        assert (
            shlex.split(" ".join(image).translate(str.maketrans("[],", "   ")))
            == (SERVICES[name]["command"])
        )
    assert up.__name__ == COMMANDS["up"].module
    assert "--foreground" in options("up", [])


def test_together_they_run_every_service_once_and_start_no_database() -> None:
    elsewhere = Settings(database_url="postgresql://owner@db/deskhouse", redis_url="redis://cache")
    started = [one.name for name in OURS for one in catalogue(settings_of(name)).local]
    assert sorted(started) == sorted(one.name for one in catalogue(elsewhere).local)
    assert len(started) == len(set(started))


def test_their_databases_are_the_containers_beside_them() -> None:
    for name in OURS:
        settings = settings_of(name)
        assert (
            settings.database_url == "postgresql://deskhouse_owner:secret@postgres:5432/deskhouse"
        )
        assert settings.redis_url == "redis://:secret@redis:6379/0"
        conditions = {
            needed: on["condition"] for needed, on in SERVICES[name]["depends_on"].items()
        }
        assert conditions == {"postgres": "service_healthy", "redis": "service_healthy"}
    image, _, version = SERVICES["postgres"]["image"].partition(":")
    assert (image, SERVICES["redis"]["image"]) == ("postgres", "redis:7")
    assert OLDEST_POSTGRES <= int(version) <= 18


def test_pages_listen_within_the_container_and_are_published_on_loopback_alone() -> None:
    for name, port in (("dagster", "dagster_port"), ("superset", "superset_port")):
        settings = settings_of(name)
        assert settings.listen == "0.0.0.0"
        (published,) = SERVICES[name]["ports"]
        host, outside, inside = filled(published).split(":")
        assert (host, inside) == ("127.0.0.1", str(getattr(settings, port)))
        assert outside == inside
    assert [name for name, service in SERVICES.items() if "ports" in service] == OURS


def test_no_password_stands_in_the_file() -> None:
    text = TEXTS["docker-compose.yml"]
    asked = re.findall(r"\$\{(\w+):\?run docker/secrets first\}", text)
    assert set(asked) == set(SECRETS)
    for word in ("PASSWORD: ", "AUTH: ", "--requirepass\n      - ", "owner:", "redis://:"):
        for rest in text.split(word)[1:]:
            assert rest.startswith("${"), word


def test_redis_keeps_what_ours_keeps() -> None:
    words = SERVICES["redis"]["command"]
    told = dict(zip(words[1::2], words[2::2], strict=True))
    ours = dict(line.split(" ", 1) for line in _CONFIGURATION.splitlines() if line[:1] != "#")
    for name in ("save", "appendonly", "maxmemory-policy"):
        assert told[f"--{name}"] == ours[name].strip('"')


@pytest.mark.parametrize("name", SERVICES)
def test_what_stops_is_noticed_and_started_again(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    if name in OURS:
        assert service["healthcheck"]["test"] == ["CMD", "deskhouse", "status", "--services"]
        assert "--services" in options("status", [])
        settings = settings_of(name)
        assert max(one.stop_seconds for one in catalogue(settings).local) < 60
        assert max(one.ready_seconds for one in catalogue(settings).local) < 5 * 60
        assert service["stop_grace_period"] == "1m"
        assert service["healthcheck"]["start_period"] == "5m"


@pytest.mark.parametrize("name", OURS)
def test_an_image_is_made_by_scripts_that_are_run_here_too(name: str) -> None:
    """Which bring what: tests/e2e/test_set_up.py."""
    runs = [words[1:] for words in dockerfile(name) if words[0] == "RUN"]
    scripts = [
        [word for word in words if not re.match(r"--mount=|[A-Z_]+=", word)] for words in runs
    ]
    wanted = {"dagster": "warehouse", "superset": "superset"}[name]
    assert scripts == [["scripts/install", wanted]]
    assert "\tscripts/install" in TEXTS["Makefile"].replace("@", "")
    assert "make test" in TEXTS[".ci/run"]


@pytest.mark.parametrize("name", OURS)
def test_an_image_has_all_that_runs(name: str) -> None:
    copied = [
        [word for word in words[1:] if not word.startswith("--")]
        for words in dockerfile(name)
        if words[0] == "COPY"
    ]
    assert all(source.rstrip("/") in TEXTS or (CHECKOUT / source).is_dir() for source, _ in copied)
    there = {target.rstrip("/") for source, target in copied if source == target}
    assert {*LINTER["root_packages"], "config", "dbt_project"} <= there
    ignored = TEXTS[".dockerignore"].splitlines()
    assert "*" in ignored
    assert {f"!{source.rstrip('/')}" for source, _ in copied} <= set(ignored)


@pytest.mark.parametrize("name", OURS)
def test_a_container_may_write_to_its_home_and_nowhere_else(name: str) -> None:
    service = SERVICES[name]
    words = dockerfile(name)
    assert ["USER", "www-data"] in words
    assert words.index(["USER", "www-data"]) > max(
        number for number, one in enumerate(words) if one[0] in {"RUN", "COPY"}
    )
    (home,) = (line[1] for line in words if line[0] == "VOLUME")
    (environment,) = (line[1:] for line in words if line[0] == "ENV")
    assert {f"HOME={home}", f"DESKHOUSE_HOME={home}"} <= set(environment)
    assert f"{name}:{home}" in service["volumes"]
    assert "./config:/srv/deskhouse/config:ro" in service["volumes"]
    assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (
        True,
        ["ALL"],
        ["/tmp"],
    )
    (owned,) = (line for line in words if line[0] == "COPY" and line[1].startswith("--chown"))
    source, target = owned[2:]
    # A folder within the folder that is copied: of that one it is sure whose it will be.
    assert (CHECKOUT / source / Path(home).relative_to(target)).is_dir()


def test_what_is_mounted_is_there_and_volumes_are_named() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert (CHECKOUT / source).exists() if "/" in source else source in COMPOSE["volumes"]
    assert (CHECKOUT / "docker" / "make-database").stat().st_mode & 0o111
