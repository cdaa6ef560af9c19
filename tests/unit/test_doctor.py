"""`deskhouse doctor`: what is missing is said with its cure, all of it at once."""

import argparse
import json
import shutil
import socket
from pathlib import Path

import pytest

from deskhouse import doctor
from deskhouse.doctor import Diagnosis, diagnose
from deskhouse.services import binaries
from deskhouse.settings import Settings


@pytest.fixture(autouse=True)
def _machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that is not there yet, and a Python with all that was asked of it."""
    monkeypatch.setenv("DESKHOUSE_HOME", str(tmp_path / "not" / "made" / "yet"))
    monkeypatch.setattr(doctor, "find_spec", lambda name: name)


def missing(diagnosis: Diagnosis) -> dict[str, str]:
    """What the checks that found something wrong say, and their cures."""
    return {
        finding.check: f"{finding.found} | {finding.cure}"
        for finding in diagnosis.findings
        if not finding.good
    }


def test_nothing_is_missing_where_make_install_has_run() -> None:
    assert missing(diagnose()) == {}


def test_a_check_makes_nothing(tmp_path: Path) -> None:
    diagnose()
    assert list(tmp_path.iterdir()) == []


def test_all_that_is_missing_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DESKHOUSE_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setenv("DESKHOUSE_CONFIG", str(tmp_path / "nowhere"))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(binaries, "_package", lambda name: None)
    monkeypatch.setattr(binaries, "_SYSTEM_POSTGRES", tmp_path)
    monkeypatch.setattr(doctor, "_LEAST_FREE_BYTES", 1 << 62)
    monkeypatch.setattr(doctor, "_SHARED_MEMORY", tmp_path / "nowhere")
    found = missing(diagnose())
    assert list(found) == [
        "make",
        "home",
        "disk",
        "configuration",
        "Postgres",
        "shared memory",
        "Redis",
    ]
    assert "apt-get install -y make" in found["make"]
    assert "DESKHOUSE_HOME" in found["home"]
    assert "DESKHOUSE_HOME" in found["disk"]
    assert "DESKHOUSE_CONFIG" in found["configuration"]
    assert "DESKHOUSE_DATABASE_URL" in found["Postgres"]
    assert "mount" in found["shared memory"]
    assert "DESKHOUSE_REDIS_URL" in found["Redis"]


def test_uv_is_missing_only_where_nothing_could_fetch_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(doctor, "CHECKOUT", tmp_path)
    assert list(missing(diagnose())) == ["make"]
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert list(missing(diagnose())) == ["make", "uv", "packages"]


def test_services_named_by_url_need_no_programs_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(binaries, "_package", lambda name: None)
    monkeypatch.setattr(binaries, "_SYSTEM_POSTGRES", tmp_path)
    monkeypatch.setenv("DESKHOUSE_DATABASE_URL", "postgresql://owner@db.example/deskhouse")
    monkeypatch.setattr(doctor, "_SHARED_MEMORY", tmp_path / "nowhere")
    monkeypatch.setenv("DESKHOUSE_REDIS_URL", "redis://cache.example/0")
    assert missing(diagnose()) == {}


def test_a_port_set_by_hand_must_be_free_unless_it_is_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("DESKHOUSE_REDIS_PORT", str(port))
        assert list(missing(diagnose())) == ["ports"]
        assert f"port {port} of DESKHOUSE_REDIS_PORT is taken" in missing(diagnose())["ports"]
        kept = tmp_path / "not" / "made" / "yet" / "ports"
        kept.mkdir(parents=True)
        (kept / "redis").write_text(f"{port}\n")
        assert missing(diagnose()) == {}
    (kept / "redis").unlink()
    assert missing(diagnose()) == {}


def test_a_wrong_setting_is_a_finding_beside_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHOUSE_TIME_ZONE", "Europe/Nowhere")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    found = missing(diagnose())
    assert list(found) == ["make", "settings"]
    assert "DESKHOUSE_TIME_ZONE" in found["settings"]


@pytest.mark.parametrize(("which", "code"), [("/usr/bin/make", 0), (None, 1)])
def test_the_exit_code_is_1_where_something_is_missing(
    which: str | None,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: which)
    monkeypatch.setattr(doctor, "_OF_THE_SETTINGS", {})
    assert doctor.run(argparse.Namespace(json=False)) == code
    table = capsys.readouterr().out.splitlines()
    assert table[-1] == ("Nothing is missing." if code == 0 else "Missing: 1.")
    assert doctor.run(argparse.Namespace(json=True)) == code
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [f["check"] for f in findings if not f["good"]] == ([] if code == 0 else ["make"])


def test_a_home_that_is_there_is_checked_itself(tmp_path: Path) -> None:
    assert doctor._home(Settings(home=tmp_path, config=tmp_path)) == str(tmp_path)
