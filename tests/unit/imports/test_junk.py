"""Whatever stands in a report: it is read, or refused with a reason, through the whole command."""

import contextlib
import io
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.cli.app import answer
from pipeline.imports.base import NotReadError
from pipeline.imports.quiet import quiet
from pipeline.model.finding import Kind
from tests.support.importing import read, result, sarif
from tests.support.junk import ODD, doubled, junk, places, put
from tests.unit.imports.test_formats import EACH

STAGES: Final = {
    "sarif": "semgrep",
    "cyclonedx": "packages",
    "trivy": "image",
    "pip-audit": "pip-audit",
    "osv": "packages",
}
TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "pip-audit": ("--tool-version", "2", "--made", "2026-11-25T08:00:00Z"),
    "osv": ("--tool-version", "2", "--made", "2026-11-25T08:00:00Z"),
}
GATE: Final = """apiVersion: penstock/v1
kind: GatePolicy
metadata: {name: junk}
evidence:
  stages:
    %s: {required: always}
priorities:
  - {priority: P0, title: Critical, match: {severity: [critical]}}
rules:
  - {id: R-1, title: Nothing, match: {severity: [critical, high, medium, low]}, effect: fail}
"""


def tried(data: bytes, kind: Kind) -> bool:
    """Read data as a report; false where it is refused. Nothing else may happen."""
    try:
        _, found = read(data, kind=kind)
        kept = [msgspec.json.encode(quiet(one)) for one in found]
    except NotReadError:
        return False
    for said in kept:
        assert len(said) < 70_000
        said.decode()
    return True


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize("kind", [Kind.SCA, Kind.SECRET, Kind.IAC])
@given(data=st.data())
def test_a_report_is_read_or_refused(name: str, kind: Kind, data: st.DataObject) -> None:
    tried(data.draw(junk(EACH[name])), kind)


@pytest.mark.parametrize("name", EACH)
def test_what_is_no_json_is_refused_wherever_it_stands(name: str) -> None:
    bad = ("NaN", "Infinity", "a lone surrogate", "half a pair", "bytes that are no UTF-8",
           "a member twice", "no value at all", "a comment", "a deep list", "a deep object",
           "a number without end")  # fmt: skip
    for path in places(EACH[name]):
        alone = {"no value at all"} if isinstance(path[-1], int) else set()
        for odd in set(bad) - alone:
            assert not tried(put(EACH[name], path, ODD[odd]), Kind.SCA), (path, odd)


@pytest.mark.parametrize("name", EACH)
def test_a_member_that_is_given_twice_is_refused_whatever_it_says(name: str) -> None:
    for path in places(EACH[name]):
        if isinstance(path[-1], str):
            for odd in (b"null", b"[]", b'""'):
                assert not tried(doubled(EACH[name], path, odd), Kind.SCA), path


def asked(folder: Path, name: str, data: bytes) -> tuple[int, str, Path]:
    """Import data by the command line; the exit code, what is told, and where the bundle is."""
    report, out = folder / "report.json", folder / "evidence"
    report.write_bytes(data)
    (folder / "policies").mkdir()
    (folder / "policies/gate.yaml").write_text(GATE % STAGES[name])
    told = io.StringIO()
    flags = ("--stage", STAGES[name], "--out", str(out), "--target", "x")
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stderr(told),
        contextlib.redirect_stdout(told),
    ):
        policy = ("--policy", str(folder / "policies"))
        code = answer(["import", str(report), *flags, *policy, *TOLD.get(name, ())])
        if out.exists():
            told.write(f"{answer(['gate', str(out), '--format', 'sarif'])}")
            told.write(f"{answer(['explain', str(out), '--verdict'])}")
    return code, told.getvalue(), out


def commands(told: str) -> list[str]:
    """Return the lines that a runner would obey."""
    lines = told.splitlines()
    return [one for one in lines if one.lstrip().startswith("::") or re.search(r"##\w*\[", one)]


@pytest.mark.parametrize("name", EACH)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_command_says_in_words_why_it_reads_no_junk(name: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        code, told, out = asked(Path(folder), name, data.draw(junk(EACH[name])))
        assert out.exists() or "error: " in told
    assert "itself failed" not in told, told
    assert "Traceback" not in told
    assert not commands(told)
    assert code in (1, 2, 3)  # the policy lets no report answer: never PASS


@pytest.mark.parametrize("text", ["::add-mask::x ", "##[error]x ", "##vso[task.complete]x "])
def test_no_line_that_is_told_of_a_report_is_a_command_for_a_runner(
    tmp_path: Path, text: str
) -> None:
    many = text * 40
    rule = {"id": "R1", "shortDescription": {"text": many}, "name": many}
    told = {"message": {"text": many}, "level": "error", "descriptor": {"id": many}}
    run = {
        "tool": {"driver": {"name": many, "version": text, "rules": [rule]}},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": "2026-11-25T08:00:00Z",
                         "toolExecutionNotifications": [told]}],
        "results": [result(message={"text": many}), result(text, path=f"app/{text}.py")],
    }  # fmt: skip
    _, said, out = asked(tmp_path, "sarif", sarif(run))
    assert out.exists(), said
    lines = (out / "findings.ndjson").read_bytes().splitlines()
    ids = [msgspec.json.decode(one)["id"] for one in lines]
    also = io.StringIO()
    with contextlib.redirect_stdout(also):
        for form in ("text", "markdown", "json"):
            answer(["gate", str(out), "--format", form])
        for ident in ids:
            answer(["explain", str(out), ident])
    assert len(also.getvalue()) > 1000
    assert not commands(said + also.getvalue())


def test_a_sound_report_gets_through_the_same_command(tmp_path: Path) -> None:
    """Else the tests above would be green for a command that refuses everything."""
    for name, document in EACH.items():
        folder = tmp_path / name
        folder.mkdir()
        _, told, out = asked(folder, name, msgspec.json.encode(document))
        assert out.exists(), told
        assert "itself failed" not in told
