"""The secrets stage over a recorded report: found, told apart, and never given away."""

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.finding import Finding
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.outcome import Canary
from pipeline.stages.base import Options
from pipeline.stages.secrets import identity as secret_identity
from pipeline.stages.secrets import stage as secrets
from pipeline.stages.secrets.passed_over import skipped
from pipeline.stages.trivy import canary as trivy_canary
from pipeline.toolchain.command import Report
from tests.support.trivy import AWS_KEY, TOKEN, Asked, job, replay


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return replay("secrets", tmp_path)


def changed(asked: Asked, change: Any) -> Asked:
    report = asked.reports["source"]
    assert isinstance(report, Report)
    document = json.loads(report.data)
    change(document)
    data = json.dumps(document).encode()
    return Asked(asked.job, {"source": msgspec.structs.replace(report, data=data)})


def with_key(asked: Asked, key: bytes) -> Asked:
    options = Options(hmac_key=key)
    return Asked(msgspec.structs.replace(asked.job, options=options), asked.reports)


def places(findings: tuple[Finding, ...]) -> set[tuple[str, str, int]]:
    return {(one.rule, one.path, one.location.line) for one in findings if one.location}


def test_secrets_are_found_where_trivy_would_not_look_by_itself(asked: Asked) -> None:
    assert places(asked.answer.findings) == {
        ("aws-access-key-id", "tests/test_app.py", 1),
        ("aws-access-key-id", "notes.md", 2),
        ("aws-access-key-id", "notes.md", 3),
        ("github-pat", "deploy/example.env", 1),
    }


def test_a_secret_is_found_again_wherever_it_is(asked: Asked) -> None:
    keys = [one for one in with_key(asked, b"k").answer.findings if "aws" in one.rule]
    assert {one.target for one in keys} == {"tests/test_app.py", "notes.md"}
    same = {one.track_ids for one in keys if one.target == "notes.md"}
    assert {one.track_ids for one in keys if one.target != "notes.md"} & same
    assert len({one.match_key for one in keys}) == len(keys)


def test_every_text_file_is_answered_but_those_passed_over(asked: Asked) -> None:
    _, fate = asked.done
    assert fate == {
        "clean.py": "answered",
        "deploy/example.env": "answered",
        "notes.md": "answered",
        "odd.txt": "ignored_by_tool",
        "short": "answered",
        "tests/test_app.py": "answered",
    }


def test_no_value_leaves_the_parser(asked: Asked) -> None:
    for one in (asked, with_key(asked, b"key")):
        written = msgspec.json.encode(one.answer)
        for secret in (AWS_KEY, TOKEN):
            for part in (secret, secret[:12], secret[-12:]):
                assert part.encode() not in written


def test_no_context_stays_in_the_report(asked: Asked) -> None:
    report = asked.reports["source"]
    assert isinstance(report, Report)
    kept = secrets.redact(report.data)
    assert b"and more" in report.data
    assert b"and more" not in kept
    assert b"github-pat" in kept
    assert secrets.redact(b"\x00 no report").startswith(b'"not JSON')


def ids(asked: Asked) -> dict[tuple[str, int], str]:
    return {
        (one.path, one.location.line): one.match_key
        for one in asked.answer.findings
        if one.location
    }


def test_names_change_with_the_key_and_with_the_secret(asked: Asked) -> None:
    assert ids(asked) == ids(asked)
    plain, first, second = ids(asked), ids(with_key(asked, b"a")), ids(with_key(asked, b"b"))
    assert all(len({plain[k], first[k], second[k]}) == 3 for k in plain)
    path = asked.job.tree / "src" / "notes.md"
    path.write_text(path.read_text().replace(AWS_KEY, AWS_KEY[:-1] + "Z", 1))
    assert ids(asked)["notes.md", 2] != plain["notes.md", 2]
    assert ids(asked)["tests/test_app.py", 1] == plain["tests/test_app.py", 1]


def test_the_finding_says_how_it_is_named(asked: Asked) -> None:
    assert all("scrypt" in one.message for one in asked.answer.findings)
    assert all("HMAC" in one.message for one in with_key(asked, b"a").answer.findings)


def test_equal_secrets_in_one_file_are_two_findings(asked: Asked) -> None:
    keys = ids(asked)
    assert keys["notes.md", 2] != keys["notes.md", 3]


def test_all_canaries_are_found(asked: Asked) -> None:
    assert asked.answer.canary is Canary.FOUND


@pytest.mark.parametrize("name", [name for name, _, _ in trivy_canary.SECRETS])
def test_each_canary_must_be_found(asked: Asked, name: str) -> None:
    def forget(document: Any) -> None:
        kept = [r for r in document["Results"] if r["Target"] != f"canary/{name}"]
        document["Results"] = kept

    assert changed(asked, forget).answer.canary is Canary.MISSED


def test_what_was_not_copied_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "out").symlink_to("/etc/passwd")
    made = job("secrets", tmp_path, files={"a.txt": "some text here\n"})
    assert ("out", GapReason.LINK_OUTSIDE) in {(g.target, g.reason) for g in made.scope.gaps}
    assert set(made.scope.asked) == {"a.txt", "out"}


@pytest.mark.parametrize(
    "encoding",
    ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"],
)
def test_a_text_of_two_bytes_a_letter_is_a_gap_and_a_picture_is_none(
    encoding: str, tmp_path: Path
) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "wide.txt").write_bytes("key = a secret word\n".encode(encoding))
    (tmp_path / "root" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + b"\0" * 40)
    made = job("secrets", tmp_path, files={"a.txt": "some text here\n"})
    assert [path for path, _ in skipped(made)] == ["wide.txt"]


_WIDE = "key = a secret word\n".encode("utf-16-le")
_KEY = b"-----BEGIN RSA PRIVATE KEY-----\n%b-----END RSA PRIVATE KEY-----\n" % (b"Ab0=\n" * 1000)


@pytest.mark.parametrize(
    ("content", "passed"),
    [
        (b"plain\n" * 100 + _WIDE, True),
        (b"plain\n" * 2000 + _WIDE, True),
        (b"plain\n" * 100 + "key = a secret word\n".encode("utf-32-be"), True),
        (b"plain\n" * 2000 + b"\0" * 100, False),
        (b"plain\n" * 2000 + b"\1\0" + _WIDE, False),
        (b"plain\n" * 100 + b"\1\0" + _WIDE, False),
        (b"plain\n" * 100 + b"\xff\xfe\n", False),
        (b"padding line\n" * 4700 + _KEY, True),
        (b"padding line\n" * 4500 + _KEY, False),
        (b"padding line\n" * 4700 + _KEY.replace(b"Ab0=\n" * 1000, b"Ab0=\n" * 100), False),
        (_KEY + b"padding line\n" * 6000, False),
    ],
)
def test_what_trivy_does_not_see_of_a_text_is_a_gap(
    content: bytes, tmp_path: Path, *, passed: bool
) -> None:
    made = job("secrets", tmp_path, files={"a.txt": content})
    assert [path for path, _ in skipped(made)] == (["a.txt"] if passed else [])


@pytest.mark.parametrize("unit", [b"-----BEGIN ", b"-----BEGIN PRIVATE KEY-----A ", b"a\0"])
def test_a_text_that_is_made_to_be_slow_is_read_in_its_time(unit: bytes, tmp_path: Path) -> None:
    made = job("secrets", tmp_path, files={"a.txt": unit * ((1 << 20) // len(unit))})
    begun = time.process_time()
    list(skipped(made))
    assert time.process_time() - begun < 5


def _without_source(document: Any) -> None:
    document["Results"] = [one for one in document["Results"] if one["Target"][:4] != "src/"]


@pytest.mark.parametrize("target", ["src/nowhere.py", "../x.py", "/x.py", "src/../x.py", "x.py"])
def test_a_secret_in_a_file_that_nobody_listed_makes_the_report_none(
    asked: Asked, target: str
) -> None:
    def move(document: Any) -> None:
        found = [one for one in document["Results"] if one["Target"] == "src/notes.md"]
        for one in found:
            one["Target"] = target

    with pytest.raises(ToolError, match="was not given"):
        _ = changed(asked, move).answer


def test_wide_text_is_a_gap_and_binary_is_not_asked(asked: Asked, tmp_path: Path) -> None:
    files = {"wide.txt": "key = abcdefgh\n".encode("utf-16"), "data.bin": bytes(range(256))}
    (tmp_path / "other").mkdir()
    made = job("secrets", tmp_path / "other", files=files)
    told = changed(asked, _without_source)
    _, fate = Asked(made, told.reports).done
    gaps = {gap.target: gap.reason for gap in Asked(made, told.reports).answer.gaps}
    assert gaps.get("wide.txt") is GapReason.IGNORED_BY_TOOL
    assert "data.bin" not in fate


# ---------------------------------------------------------------------------- identity


@given(st.binary(min_size=1), st.binary(min_size=1), st.binary(min_size=1))
def test_a_keyed_name_is_one_of_its_key_rule_and_secret(key: bytes, a: bytes, b: bytes) -> None:
    name = secret_identity.namer(key)
    assert (name("r", a) == name("r", b)) == (a == b)
    assert name("r", a) != name("s", a)
    assert name("r", a).startswith("hmac:")


def test_a_name_without_key_is_slow_and_the_same_everywhere() -> None:
    first, second = secret_identity.namer(None), secret_identity.namer(b"")
    assert first("r", b"secret") == second("r", b"secret")
    assert first("r", b"secret") != first("s", b"secret")
    assert first("r", b"secret").startswith("scrypt:")


def test_a_repository_cannot_buy_hours_of_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_identity, "MAX_SLOW", 2)
    name = secret_identity.namer(None)
    names = [name("r", str(n).encode()).partition(":")[0] for n in (1, 2, 1, 3, 4)]
    assert names == ["scrypt", "scrypt", "scrypt", "place", "place"]


@pytest.mark.parametrize(
    ("before", "after"), [("", ""), ("key = '", "'"), ("x" * 200, "y" * 200), ("\n\na ", " b\nc")]
)
def test_a_secret_is_cut_out_by_its_stars(before: str, after: str) -> None:
    content = f"{before}SECRET{after}"
    line = content.split("\n")[before.count("\n")]
    start = len(before.rpartition("\n")[2])
    masked = line[:start] + "*" * 6 + line[start + 6 :]
    if len(line) > 100:
        masked = masked[max(0, start - 30) : start + 6 + 20]
    cut = secret_identity.cut(
        content.encode(), offset=len(before), end_line=before.count("\n") + 1, masked=masked
    )
    assert cut == b"SECRET"


def test_a_secret_of_several_lines_goes_to_the_end_of_its_last() -> None:
    content = b"x\n-----BEGIN\nabc\n-----END\nmore\n"
    cut = secret_identity.cut(content, offset=2, end_line=4, masked="")
    assert cut == b"-----BEGIN\nabc\n-----END"


@given(st.binary(max_size=60), st.integers(0, 80), st.integers(0, 5), st.text(max_size=20))
def test_any_place_can_be_cut(content: bytes, offset: int, end: int, masked: str) -> None:
    secret_identity.cut(content, offset=offset, end_line=end, masked=masked)
