"""`penstock exception export`: what it writes, and what it leaves alone."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.app import answer
from pipeline.errors import Exit
from pipeline.policy.loading.load import load
from pipeline.stages import STAGES
from pipeline.vex import openvex
from tests.support import bundles
from tests.support.judging import answers, case, code, exception, gate, package

CLAIM = {
    "type": "not_affected",
    "evidence": "sha256:" + "e" * 64,
    "vex": "{status: not_affected, justification: component_not_present}",
}
TARGET = "{vulnerability: CVE-2026-11111, purl: 'pkg:pypi/jinja2@2.10'}"


def bundle(root: Path, now: str = "2026-11-25T12:00:00+00:00", **fields: str) -> Path:
    files = {
        "gate.yaml": gate(),
        "exceptions/EX-1.yaml": exception("EX-1", **{"target": TARGET, **CLAIM, **fields}),
    }
    loaded = load(files, stages=tuple(STAGES), where="policies")
    asked = case(
        loaded, package(), code(), stages=answers(), now=datetime.fromisoformat(now).astimezone(UTC)
    )
    return bundles.write(root / now[:10], asked, files)


def export(*arguments: str | Path) -> int:
    return answer(["exception", "export", *map(str, arguments)])


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


@pytest.mark.parametrize("form", ["openvex", "cyclonedx", "vdr"])
def test_each_format_is_written_and_says_the_same_again(form: str, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    made = bundle(tmp_path)
    assert export(made, "--format", form, "--out", out) == Exit.OK
    first = out.read_bytes()
    assert export(made, "--format", form, "--out", out) == Exit.OK
    assert out.read_bytes() == first


def test_a_claim_that_ran_out_is_taken_back_in_the_next_version(tmp_path: Path) -> None:
    out = tmp_path / "shop.openvex.json"
    export(bundle(tmp_path), "--out", out, "--author", "Acme")
    first = read(out)
    assert [one["status"] for one in first["statements"]] == ["not_affected"]
    export(bundle(tmp_path, "2026-12-10T00:00:00+00:00"), "--out", out)
    second = read(out)
    assert [one["status"] for one in second["statements"]] == ["affected"]
    assert (second["@id"], second["version"], second["author"]) == (first["@id"], 2, "Acme")


@pytest.mark.parametrize("form", ["openvex", "cyclonedx", "vdr"])
@pytest.mark.parametrize("data", [b"years of work", b'{"thesis": 1}'])
def test_a_file_that_is_something_else_is_left_as_it_is(
    form: str, data: bytes, tmp_path: Path
) -> None:
    out = tmp_path / "thesis.txt"
    out.write_bytes(data)
    assert export(bundle(tmp_path), "--format", form, "--out", out) == Exit.USAGE
    assert out.read_bytes() == data


def test_what_is_left_out_is_said_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = f"{{match_key: {code().match_key}}}"
    made = bundle(tmp_path, target=target, type="false_positive")
    assert export(made, "--out", tmp_path / "none.json") == Exit.OK
    told = capsys.readouterr()
    assert told.out == ""
    assert "EX-1 is left out: it speaks of no advisory" in told.err
    assert not (tmp_path / "none.json").exists()


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    made = bundle(tmp_path)
    assert export(made, "--format", "csaf") == Exit.USAGE
    assert export(made, "--product", "shop") == Exit.USAGE
    assert export(tmp_path / "nowhere") == Exit.USAGE
    assert export(made, "--out", tmp_path) == Exit.USAGE
    (made / "findings.ndjson").write_bytes(b"")
    assert export(made) == Exit.INCONCLUSIVE


def test_a_missing_folder_of_out_is_the_callers_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(bundle(tmp_path), "--out", tmp_path / "none" / "x.json") == Exit.USAGE
    assert "make it first" in capsys.readouterr().err


@pytest.mark.parametrize("before", [b"", b"{}"], ids=["new", "there"])
def test_what_somebody_else_wrote_meanwhile_is_left_as_it_is(
    before: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "shop.openvex.json"
    if before:
        export(bundle(tmp_path), "--out", out)
    theirs = b'{"theirs": true}'

    def meanwhile(*arguments: Any, **named: Any) -> Any:
        out.write_bytes(theirs)
        return write(*arguments, **named)

    write = openvex.write
    monkeypatch.setattr(openvex, "write", meanwhile)
    late = bundle(tmp_path, "2026-12-10T00:00:00+00:00")
    assert export(late, "--out", out) == Exit.INCONCLUSIVE
    assert out.read_bytes() == theirs
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
