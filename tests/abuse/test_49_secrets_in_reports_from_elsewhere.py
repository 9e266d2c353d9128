"""Abuse case 49, once more: reports that other programs made quote secrets wherever they can."""

import base64
import json
from pathlib import Path
from typing import Any, Final

import pytest

from pipeline.bundle.read import is_long
from pipeline.runner.gathered import FEW
from tests.support.command import Bundle, Ran, penstock
from tests.support.importing import result, sarif
from tests.support.seeded import FORMATS, SECRETS, files, seen
from tests.support.small import gate

pytestmark = pytest.mark.tools

_MADE: Final = "2026-11-25T08:00:00Z"
_AT: Final = ("--as-of", "2026-11-25T12:00:00Z", "--allow-past")
_ADDRESS: Final = f"https://user:{SECRETS['npm']}@127.0.0.1:9/x.git"


def _sentences() -> list[str]:
    """Say each secret as tools and programmers do."""
    rim = f"RSA {'PRIVATE'} KEY-----"
    named = {
        "aws-secret": "aws_secret_access_key = {}",
        "slack-hook": "posts to https://hooks.slack.com/services/{}",
        "azure": "DefaultEndpointsProtocol=https;AccountKey={}",
        "private-key": f"-----BEGIN {rim}\n{{}}\n-----END {rim}",
        "password": "Possible hardcoded password: {}",
    }
    said = []
    for kind, value in SECRETS.items():
        shown = json.dumps(value, ensure_ascii=False) if kind == "password" else value
        said.append(named.get(kind, "found {} here").format(shown))
    packed = base64.b64encode(f"user:{SECRETS['github']}".encode()).decode()
    return [*said, f"sent as {packed}", f"cloned from {_ADDRESS}"]


def _results(path: str = "app/a.py") -> list[dict[str, Any]]:
    """Quote each secret in every member that tools quote code in."""
    found = []
    for line, said in enumerate(_sentences(), 1):
        region = {"startLine": line, "snippet": {"text": said}}
        around = {"startLine": line, "snippet": {"text": f"x\n{said}\ny"}}
        place = {"artifactLocation": {"uri": path}, "region": region, "contextRegion": around}
        where = {"physicalLocation": place, "message": {"text": said}}
        told = {"text": "see {0}", "arguments": [said]} if line % 2 else {"text": said}
        more: dict[str, Any] = {
            "locations": [where],
            "relatedLocations": [where],
            "codeFlows": [{"threadFlows": [{"locations": [{"location": where}]}]}],
            "fingerprints": {"text/v1": said},
            "properties": {"match": said, "tags": [said]},
            "fixes": [{"description": {"text": said}, "artifactChanges": []}],
        }
        found.append(result("R1", message=told, **more))
    key = SECRETS["github"]
    odd = (f"app/{key}/a.py", f"file:///home/{key}/a.py", _ADDRESS, f"app/{SECRETS['slack']}.py")
    return [*found, *(result(path=one) for one in odd), result(f"rule-{SECRETS['stripe']}")]


def _run() -> dict[str, Any]:
    said, key = _sentences(), SECRETS["gitlab"]
    notes = [
        {"message": {"text": one}, "level": "error", "descriptor": {"id": f"N/{key}"}}
        for one in said
    ]
    return {
        "tool": {"driver": {"name": "Look", "version": "1.2",
                            "rules": [{"id": "R1", "fullDescription": {"text": said[2]}}]}},
        "invocations": [{"executionSuccessful": False, "endTimeUtc": _MADE, "commandLine": key,
                         "environmentVariables": {"TOKEN": key},
                         "exitSignalName": SECRETS["docker"],
                         "toolExecutionNotifications": notes}],
        "artifacts": [{"location": {"uri": f"app/{key}/b.py"}, "roles": ["analysisTarget"],
                       "contents": {"text": "\n".join(said)}}],
        "versionControlProvenance": [{"repositoryUri": _ADDRESS, "revisionId": key}],
        "results": _results(),
    }  # fmt: skip


def _package(said: str) -> dict[str, Any]:
    told = {"id": "CVE-2026-1", "fix_versions": [], "aliases": [], "description": said}
    return {"name": f"x{len(said)}", "version": "1", "vulns": [told]}


def _trivy() -> dict[str, Any]:
    wrong = [
        {"ID": f"DS{n}", "Title": "x", "Message": said, "Severity": "HIGH", "Status": "FAIL",
         "CauseMetadata": {"Code": {"Lines": [{"Content": said}]}}}
        for n, said in enumerate(_sentences())
    ]  # fmt: skip
    keys = [
        {"RuleID": "key", "Severity": "HIGH", "Title": "A key", "Match": said, "StartLine": 1,
         "EndLine": 1, "Code": {"Lines": [{"Content": said}]}}
        for said in _sentences()
    ]  # fmt: skip
    return {
        "SchemaVersion": 2,
        "Trivy": {"Version": "0.74.0"},
        "CreatedAt": _MADE,
        "ArtifactName": _ADDRESS,
        "ArtifactType": "filesystem",
        "Results": [
            {"Target": f"{SECRETS['npm']}/Dockerfile", "Class": "config",
             "Misconfigurations": wrong},
            {"Target": "app/a.py", "Class": "secret", "Secrets": keys},
        ],
    }  # fmt: skip


REPORTS: Final[dict[str, tuple[str, bytes, tuple[str, ...]]]] = {
    "code": ("semgrep", sarif(_run()), ()),
    "secrets": ("secrets", sarif(_run()), ()),
    "trivy": ("config", json.dumps(_trivy()).encode(), ()),
    "packages": (
        "pip-audit",
        json.dumps({"dependencies": [_package(one) for one in _sentences()], "fixes": []}).encode(),
        ("--tool-version", "2", "--made", _MADE, "--target", SECRETS["google"]),
    ),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "in/policies").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "in/policies/gate.yaml").write_text(gate("semgrep"), encoding="utf-8")
    return tmp_path


def _told(done: Ran) -> bytes:
    return (done.out + done.err).encode("utf-8", "surrogateescape")


def _all(out: Path, command: str) -> list[str]:
    """Ask for every format, and for the one that people read on the terminal."""
    files = [f"{one}={out / command}.{one}" for one in FORMATS]
    return [word for one in (*files, "text") for word in ("--format", one)]


def _imported(place: Path, name: str, data: bytes, *flags: str) -> list[tuple[str, bytes]]:
    """Import a report in every format, and ask about it in every way."""
    out, stage = place / "out", REPORTS[name][0]
    report = place / "in" / f"{SECRETS['huggingface']}.json"
    report.write_bytes(data)
    ran = penstock("import", report, "--stage", stage, "--out", out / "bundle", *flags, *_AT,
                   *_all(out, "import"), cwd=place / "in")  # fmt: skip
    assert ran.code in (1, 3), ran.out + ran.err
    found = Bundle(out / "bundle").findings
    assert len(found) >= len(SECRETS)
    told = {"import": _told(ran)}
    told["gate"] = _told(penstock("gate", out / "bundle", *_all(out, "gate")))
    told["explain"] = _told(penstock("explain", out / "bundle", found[0]["id"]))
    told["verdict"] = _told(penstock("explain", out / "bundle", "--verdict"))
    return [*told.items(), *files(out)]


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_that_is_written_of_a_report_holds_a_secret(place: Path, name: str) -> None:
    _, data, flags = REPORTS[name]
    written = _imported(place, name, data, *flags)
    assert len(written) > 20
    assert not seen(written)


@pytest.mark.slow
def test_nothing_that_is_written_of_a_long_report_holds_a_secret(place: Path) -> None:
    """So long that it is read one by one ever after."""
    times = 2 * FEW // len(_results())
    many = [one for n in range(times) for one in _results(f"app/{n}.py")]
    written = _imported(place, "code", sarif({**_run(), "results": many}))
    assert is_long(place / "out/bundle")
    assert not seen(written)


@pytest.mark.parametrize(
    "broken", [b'{"runs": [{"tool": %s', b'{"runs": [], "version": %s}', b"%s"]
)
def test_no_error_about_a_report_quotes_a_secret(place: Path, broken: bytes) -> None:
    for said in _sentences():
        (place / "x.sarif").write_bytes(broken.replace(b"%s", json.dumps(said).encode()))
    ran = penstock("import", "x.sarif", "--stage", "semgrep", "--out", "b", cwd=place)
    assert ran.code == 3
    assert not seen([("error", _told(ran))])
