import base64
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from pipeline.cli.app import answer
from pipeline.toolchain import machine
from tests.support.small import repository

pytestmark = pytest.mark.tools


@pytest.fixture(autouse=True)
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_TOOLS", str(tmp_path / "tools"))
    monkeypatch.setenv("PENSTOCK_CACHE", str(tmp_path / "cache"))
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    for name in ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def report(
    folder: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> dict[str, dict[str, str]]:
    code = answer(["doctor", str(folder), "--format", "json", *more])
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "penstock/doctor@1"
    assert code == (0 if document["ok"] else 3)
    return {check["name"]: check for check in document["checks"]}


def test_a_machine_without_scanners_and_feeds_has_problems_with_help(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = report(tmp_path, capsys)
    problems = {name for name, check in checks.items() if check["state"] == "problem"}
    assert problems == {
        *(f"tool {n}" for n in ("semgrep", "pip-audit", "cyclonedx-bom", "zizmor", "trivy")),
        "feed osv",
        "feed trivy_db",
        "feed kev",
        "feed epss",
    }
    assert all(checks[name]["hint"] for name in problems)
    assert {"python", "git", "cores", "memory", "disk", "sandbox"} <= checks.keys()
    assert int(checks["cores"]["value"]) >= 1


def test_settings_of_the_target_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "own-zizmor"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "penstock.toml").write_text(
        f'schema = "penstock/config@1"\n[tools.zizmor]\npath = "{program}"\n[feeds]\nosv = "live"\n'
    )
    checks = report(tmp_path, capsys)
    assert checks["tool zizmor"]["state"] == "problem"
    assert "not locked" in checks["tool zizmor"]["value"]
    assert checks["feed osv"]["value"].startswith("live")


def test_ci_and_an_identity_are_told_without_their_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert report(tmp_path, capsys)["OIDC"]["value"].startswith("absent")
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "https://secret.example/token")
    checks = report(tmp_path, capsys)
    assert checks["CI"]["value"].startswith("set")
    assert checks["OIDC"]["value"] == "GitHub Actions"
    assert "secret.example" not in json.dumps(checks)


def test_how_the_network_is_asked_is_told_by_names_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hunter2@proxy.example:3128")
    monkeypatch.setenv("PENSTOCK_KEV_MIRROR", "https://mirror.example/kev.json")
    checks = report(tmp_path, capsys)
    assert "HTTPS_PROXY" in checks["network"]["value"]
    assert "PENSTOCK_KEV_MIRROR" in checks["network"]["value"]
    assert "hunter2" not in json.dumps(checks)


def test_a_policy_that_cannot_be_read_is_a_problem_and_the_rest_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/gate.yaml").write_text("rules: 3\n")
    checks = report(tmp_path, capsys)
    assert checks["policy"]["state"] == "problem"
    assert checks["feed osv"]["state"] == "problem"


def test_what_the_policy_does_not_ask_for_is_no_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = report(repository(tmp_path / "r", "workflows"), capsys)
    problems = {name for name, check in checks.items() if check["state"] == "problem"}
    assert problems == {"tool zizmor"}
    assert "no stage of this policy needs it" in checks["feed osv"]["value"]


def test_in_ci_what_a_change_could_have_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    (tmp_path / "penstock.toml").write_text(
        'schema = "penstock/config@1"\n[feeds]\nkev = "feeds/kev"\n'
    )
    checks = report(tmp_path, capsys)
    assert checks["trust"]["state"] == "note"
    assert "lies inside the repository" in checks["trust"]["value"]


def test_a_job_without_an_identity_learns_which_permission_signing_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    told = report(tmp_path, capsys)["OIDC"]
    assert told["value"].startswith("absent, as it has to be where scanners run")
    assert "id-token: write" in told["hint"]
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "https://issuer.example/token")
    assert report(tmp_path, capsys)["OIDC"]["value"] == "GitHub Actions"


def test_the_login_for_the_registry_of_an_image_is_looked_up_and_not_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    asked = ("--image", "ghcr.io/acme/app:1", "--image", "oci:layout")
    without = report(tmp_path, capsys, *asked)["login ghcr.io"]
    assert (without["state"], without["value"]) == ("note", "none is stored")
    assert "docker login ghcr.io" in without["hint"]
    auth = base64.b64encode(b"user:hunter2").decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"ghcr.io": {"auth": auth}}}))
    checks = report(tmp_path, capsys, *asked)
    assert checks["login ghcr.io"]["state"] == "ok"
    assert not {"hunter2", auth} & set(json.dumps(checks).replace('"', " ").split())
    (tmp_path / "config.json").write_text("{")
    assert report(tmp_path, capsys, *asked)["login ghcr.io"]["state"] == "note"
    assert [name for name in checks if name.startswith("login")] == ["login ghcr.io"]


def test_what_signs_is_imported_and_the_clock_is_held_against_the_last_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = report(tmp_path, capsys)
    assert checks["sigstore"]["value"] == metadata.version("sigstore")
    assert checks["clock"]["state"] == "ok"
    made(tmp_path, "2099-01-01T00:00:00Z")
    monkeypatch.setitem(sys.modules, "sigstore.sign", None)
    checks = report(tmp_path, capsys)
    assert checks["sigstore"]["state"] == "note"
    assert checks["clock"]["state"] == "note"
    assert "2099-01-01" in checks["clock"]["value"]


def made(folder: Path, date: str) -> None:
    """Commit in a new repository, at that time."""
    dated = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for words in (("init", "-q"), (*who, "commit", "-q", "--allow-empty", "-m", "first")):
        subprocess.run(["git", *words], cwd=folder, check=True, env={**os.environ, **dated})


def test_the_report_for_people_ends_with_how_much_there_is_to_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["doctor", str(tmp_path)]) == 3
    assert capsys.readouterr().out.splitlines()[-1].startswith("9 to mend")


def test_room_is_measured_where_a_folder_will_be(tmp_path: Path) -> None:
    assert machine.disk_mb(tmp_path / "not" / "yet") > 0
