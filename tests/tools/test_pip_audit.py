"""The pip-audit stage with the real tool over small snapshots."""

import threading
import time
from pathlib import Path

import pytest

from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Pin
from pipeline.model.outcome import Answer, Canary, account
from pipeline.stages.pip_audit import stage as pip_audit
from pipeline.toolchain import process
from pipeline.toolchain.command import Report
from tests.support.dependencies import job, pin, record, recorded_records, snapshot
from tests.support.installed import tool

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def real() -> Tool:
    path = str(tool("pip-audit"))
    return Tool(name="pip-audit", version="2.10.1", path=path, sha256="0", locked=True)


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return snapshot(tmp_path / "feed", recorded_records())


def run(work: Path, using: Tool, feed: Feed, *pins: Pin) -> Answer:
    """Ask the stage as a run does, and return what its parser reads."""
    (work / "work").mkdir(exist_ok=True)
    asked = job(*pins, work=work / "work", tool=using, feed=feed)
    (command,) = pip_audit.commands(asked)
    for path, data in command.inputs:
        path.write_bytes(data)
    ended = process.run(command, private=work / "private", stop=threading.Event())
    return pip_audit.parse(asked, {"pip-audit": ended.result})


def script(path: Path, body: str) -> Tool:
    """Make a tool that misbehaves."""
    path.write_text("#!/bin/sh\n" + body)
    path.chmod(0o755)
    return Tool(name="pip-audit", version="0", path=str(path), sha256="0", locked=True)


def test_bad_pins_are_found_and_clean_ones_are_answered(
    tmp_path: Path, real: Tool, feed: Feed
) -> None:
    pins = (pin("requests==2.19.0"), pin("certifi==2024.8.30"), pin("jinja2==2.10+corp1"))
    answer = run(tmp_path, real, feed, *pins)
    assert answer.canary is Canary.FOUND
    assert answer.gaps == ()
    assert answer.answered == {one.target for one in pins}
    assert {(one.purl, one.rule) for one in answer.findings} == {
        ("pkg:pypi/requests@2.19.0", "CVE-2018-18074"),
        ("pkg:pypi/requests@2.19.0", "CVE-2023-32681"),
        ("pkg:pypi/jinja2@2.10%2Bcorp1", "CVE-2019-10906"),
        ("pkg:pypi/jinja2@2.10%2Bcorp1", "CVE-2020-28493"),
    }


def test_a_clean_project_has_no_findings_and_a_canary_that_sang(
    tmp_path: Path, real: Tool, feed: Feed
) -> None:
    answer = run(tmp_path, real, feed, pin("requests==2.32.3"), pin("unheard-of==1.0"))
    assert answer.findings == ()
    assert len(answer.answered) == 2
    assert answer.canary is Canary.FOUND


@pytest.mark.slow
def test_one_name_in_several_versions_is_answered_for_each(
    tmp_path: Path, real: Tool, feed: Feed
) -> None:
    pins = (
        pin("requests==2.19.0"),
        pin("requests==2.30.0", manifest="b.txt"),
        pin("requests==2.32.3", manifest="c.txt"),
    )
    answer = run(tmp_path, real, feed, *pins)
    assert answer.answered == {one.target for one in pins}
    assert {(one.target, one.rule) for one in answer.findings} == {
        ("requirements.txt", "CVE-2018-18074"),
        ("requirements.txt", "CVE-2023-32681"),
        ("b.txt", "CVE-2023-32681"),
    }


def test_a_database_without_the_known_bad_misses_the_canary(tmp_path: Path, real: Tool) -> None:
    hollow = snapshot(tmp_path / "feed", [record("PYSEC-2024-1", "demo")])
    answer = run(tmp_path, real, hollow, pin("requests==2.19.0"))
    assert answer.canary is Canary.MISSED


@pytest.mark.slow
def test_an_excerpt_is_asked_what_it_knows(tmp_path: Path, real: Tool) -> None:
    excerpt = snapshot(
        tmp_path / "feed",
        [record("PYSEC-2024-1", "demo", {"introduced": "0"}, {"fixed": "2.0"})],
        excerpt=True,
    )
    answer = run(tmp_path, real, excerpt, pin("demo==1.0"), pin("requests==2.19.0"))
    assert answer.canary is Canary.FOUND
    assert [(one.rule, one.fix_versions) for one in answer.findings] == [("PYSEC-2024-1", ("2.0",))]


def test_records_that_would_trip_pip_audit_are_read_all_the_same(
    tmp_path: Path, real: Tool
) -> None:
    odd = record(
        "GHSA-odd",
        "Demo.Pkg",
        {"introduced": "0"},
        {"fixed": "next"},
        {"fixed": "2.0"},
        published="2020-01-01T00:00:00+00:00",
        schema_version="2.0.0",
        aliases=None,
        summary=None,
    )
    feed = snapshot(tmp_path / "feed", [*recorded_records(), odd])
    answer = run(tmp_path, real, feed, pin("demo-pkg==1.0"))
    assert answer.gaps == ()
    assert [(one.rule, one.fix_versions) for one in answer.findings] == [("GHSA-odd", ("2.0",))]


def test_every_other_thing_that_the_tool_skips_is_exactly_that_gap(
    tmp_path: Path, real: Tool, feed: Feed
) -> None:
    """A wrapper lets the real tool forget one line of its input."""
    # A scanner sees its own installation and what that links to, and can change no input.
    installed = tmp_path / "deaf" / "bin"
    installed.mkdir(parents=True)
    (installed.parent / "pyvenv.cfg").touch()
    (installed / "real").symlink_to(real.path)
    deaf = script(
        installed / "deaf",
        'sed "/^certifi/d" "$2" > "$TMPDIR/short.txt"\nword="$1"; shift 2\n'
        f'exec {real.path} "$word" "$TMPDIR/short.txt" "$@"\n',
    )
    pins = (pin("certifi==2024.8.30"), pin("requests==2.32.3"))
    asked = job(*pins)
    done, _ = account("pip-audit", asked.scope, run(tmp_path, deaf, feed, *pins))
    assert [(gap.target, gap.reason) for gap in done.gaps] == [
        ("requirements.txt#certifi==2024.8.30", GapReason.NOT_LISTED)
    ]


@pytest.mark.slow
def test_three_hundred_pins_are_one_round_of_seconds(
    tmp_path: Path, real: Tool, feed: Feed
) -> None:
    pins = [pin(f"package-{number}==1.{number}") for number in range(300)]
    began = time.monotonic()
    answer = run(tmp_path, real, feed, *pins)
    assert len(answer.answered) == 300
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("exit 1\n", GapReason.TOOL_FAILED),
        ("exit 0\n", GapReason.TOOL_OUTPUT),
        ("kill -9 $$\n", GapReason.TOOL_FAILED),
        ("echo '<html>'\n", GapReason.TOOL_OUTPUT),
        ("echo null\n", GapReason.TOOL_OUTPUT),
        ('echo \'{"results": [], "errors": []}\'\n', GapReason.TOOL_OUTPUT),
        ('echo \'{"dependencies": [], "fixes": []}\'; exit 2\n', GapReason.TOOL_FAILED),
        ("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done\n", GapReason.LIMIT),
    ],
    ids=["crash", "silence", "killed", "html", "null", "another tool", "usage", "flood"],
)
def test_a_tool_that_misbehaves_is_a_failure_and_never_clean(
    tmp_path: Path,
    feed: Feed,
    body: str,
    reason: GapReason,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pip_audit, "_LIMIT", 1 << 20)
    with pytest.raises(ToolError) as caught:
        run(tmp_path, script(tmp_path / "bad", body), feed, pin("requests==2.19.0"))
    assert caught.value.reason is reason


def test_a_tool_that_lists_without_asking_proves_nothing(tmp_path: Path, feed: Feed) -> None:
    forged = (
        '{"dependencies": [{"name": "requests", "version": "2.19.0", "vulns": []}], "fixes": []}'
    )
    answer = run(
        tmp_path, script(tmp_path / "liar", f"echo '{forged}'\n"), feed, pin("requests==2.19.0")
    )
    assert answer.canary is Canary.MISSED
    assert answer.answered == frozenset()


def test_a_tool_that_cannot_be_started_says_so(tmp_path: Path, feed: Feed) -> None:
    bad = script(tmp_path / "bad", "")
    Path(bad.path).write_bytes(b"\x7fELF junk")
    with pytest.raises(ToolError, match="could not be started") as caught:
        run(tmp_path, bad, feed, pin("requests==2.19.0"))
    assert caught.value.reason is GapReason.TOOL_FAILED


@pytest.mark.slow
@pytest.mark.parametrize("name", ["records.ndjson", "index.json"])
def test_a_snapshot_that_breaks_after_it_was_opened_is_no_clean_answer(
    tmp_path: Path, real: Tool, feed: Feed, name: str
) -> None:
    path = Path(feed.path) / name
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ToolError):
        run(tmp_path, real, feed, pin("pyyaml==5.1"))


@pytest.mark.slow
def test_the_environment_cannot_steer_the_tool(
    tmp_path: Path, real: Tool, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_AUDIT_OSV_URL", "PIP_AUDIT_OUTPUT", "PIP_NO_INDEX", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "pip_audit.py").write_text("raise SystemExit(0)")
    answer = run(tmp_path, real, feed, pin("requests==2.19.0"))
    assert len(answer.findings) == 2


@pytest.mark.slow
def test_the_report_is_what_the_parser_was_written_for(
    tmp_path: Path, real: Tool, feed: Feed
) -> None:
    asked = job(pin("requests==2.19.0"), work=tmp_path, tool=real, feed=feed)
    (command,) = pip_audit.commands(asked)
    for path, data in command.inputs:
        path.write_bytes(data)
    ended = process.run(command, private=tmp_path / "private", stop=threading.Event())
    assert isinstance(ended.result, Report)
    first = pip_audit.parse(asked, {"pip-audit": ended.result})
    assert pip_audit.parse(asked, {"pip-audit": ended.result}) == first
