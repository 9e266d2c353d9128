"""What folders, locks, attachments and registries say reaches standard output as text only."""

import json
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, TypeAlias, cast

import pytest

from pipeline.cli.app import answer
from pipeline.cli.release import ending
from pipeline.errors import PenstockError
from pipeline.model.denied import DeniedTool
from pipeline.release.journal import Reached
from pipeline.release.signing import Signing
from pipeline.release.told import CouldNotCopy
from pipeline.toolchain import lock as locks
from pipeline.verification.model import CouldNotLook, Ignored, Refused
from tests.support import toolbox
from tests.support.audited import run, weeks

SAID: Final = "a\x1b[2J\x9b##[error]b ##vso[x]c\u202e\u2066d\n::set-output name=x::y"
NAMED: Final = SAID.replace("\x9b", "")
"""The same where a file system and a variable hold it."""
DIGEST: Final = "sha256:" + "d" * 64
Given: TypeAlias = Callable[[Path, pytest.MonkeyPatch], list[str]]


def _tools(*words: str) -> Given:
    def given(root: Path, patch: pytest.MonkeyPatch) -> list[str]:
        entry = DeniedTool(tool=toolbox.NAME, versions=(SAID,), reason=SAID, source=SAID)
        known = toolbox.lock(version=SAID, denied=(entry,))
        (root / "fake.txt").write_text("fake-tool==1.0")
        patch.setattr("pipeline.resources.requirements", lambda: root)
        patch.setattr(locks, "read", lambda: known)
        patch.setenv("PENSTOCK_TOOLS", str(root / NAMED))
        return ["tools", *words]

    return given


def _feeds(*words: str) -> Given:
    def given(root: Path, _: pytest.MonkeyPatch) -> list[str]:
        folder = root / NAMED
        (folder / "osv").mkdir(parents=True)
        quoted = json.dumps(SAID.replace("\x9b", "\\u009b"))
        (folder / "feeds.lock").write_text(
            f'schema = "penstock/feeds-lock@1"\n[feeds.osv]\ndigest = "{DIGEST}"\nrecords = 1\n'
            f"updated = {quoted}\nfetched = {quoted}\nsource = {quoted}\nversion = {quoted}\n"
        )
        return ["feeds", *words, "--to", str(folder)]

    return given


def _verify(root: Path, patch: pytest.MonkeyPatch) -> list[str]:
    patch.setattr("pipeline.verification.load.load", lambda _: None)
    patch.setattr("pipeline.release.verifying.aged", lambda *_: (SAID,))
    (root / "bundle").mkdir()
    return ["verify", str(root / "bundle"), "--policy", "verify.yaml", "--image", DIGEST]


def _refused(root: Path, patch: pytest.MonkeyPatch) -> list[str]:
    ignored = (Ignored(name=SAID, reason=SAID),)
    refused = Refused(digest=SAID, reasons=(SAID,), ignored=ignored, help=SAID)
    patch.setattr("pipeline.release.verifying.in_bundle", lambda *_, **__: refused)
    return _verify(root, patch)


def _unseen(root: Path, patch: pytest.MonkeyPatch) -> list[str]:
    unseen = CouldNotLook(digest=SAID, reasons=(SAID,))
    patch.setattr("pipeline.release.verifying.in_bundle", lambda *_, **__: unseen)
    return _verify(root, patch)


TABLES: Final[dict[str, Given]] = {
    "tools list": _tools("list"),
    "tools verify": _tools("verify"),
    "feeds verify": _feeds("verify"),
    "feeds status": _feeds("status"),
    "verify, refused": _refused,
    "verify, unseen": _unseen,
}


def unseen(text: str) -> set[str]:
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf")} - {"\n"}


def texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from texts(inner)
        case list():
            for inner in value:
                yield from texts(inner)
        case _:
            pass


@pytest.mark.parametrize("given", TABLES.values(), ids=TABLES)
def test_programs_read_what_was_said_and_a_runner_obeys_none_of_it(
    given: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    answer([*given(tmp_path, monkeypatch), "--format", "json"])
    told = capsys.readouterr()
    assert any("\x1b[2J" in text and "##[error]b" in text for text in texts(json.loads(told.out)))
    for said in (told.out, told.err):
        assert "##[" not in said
        assert "##vso[" not in said
        assert not unseen(said)


@pytest.mark.parametrize("given", TABLES.values(), ids=TABLES)
def test_people_read_it_on_lines_that_nothing_breaks(
    given: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    answer(given(tmp_path, monkeypatch))
    told = capsys.readouterr()
    assert "\\x1b[2J" in told.out
    inert(told.out + told.err)


def inert(said: str) -> None:
    assert not unseen(said)
    assert "##[" not in said
    assert "##vso[" not in said
    assert "::set-output" not in said


@pytest.mark.parametrize("name", [NAMED, NAMED.replace("\n", "")])
def test_an_audit_names_hostile_bundles_and_places_as_text(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weeks(tmp_path / "bundles", target=SAID)
    run(tmp_path / "bundles", "2026-11-12", name=name, target=SAID)
    (tmp_path / "bundles" / name / "verdict.json").write_text("{}")
    window = ("--from", "2026-11-02", "--to", "2026-11-22", "--bundles", tmp_path / "bundles")
    answer([str(one) for one in ("audit", "export", *window, "--out", tmp_path / f"to{name}")])
    said = capsys.readouterr().out
    assert "NOT COMPLETE" in said
    assert f"{tmp_path}/toa\\x1b[2J" in said
    inert(said)


REACHED: Final = (Reached(name=SAID, predicate_type=SAID, statement=DIGEST, targets=()),)


def stopped(form: ending.Format) -> None:
    """Stop a signing whose journal names a statement."""
    with ending.telling(SAID, form) as told:
        told.signing = cast("Signing", SimpleNamespace(journal=SimpleNamespace(statements=REACHED)))
        raise PenstockError(SAID, hint=SAID)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_signing_that_stops_tells_a_hostile_journal_as_text(
    form: ending.Format, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PenstockError):
        stopped(form)
    said = capsys.readouterr()
    inert(said.err)
    assert not unseen(said.out)
    assert "##[" not in said.out
    assert (form == "json") is bool(said.out)
    if said.out:
        assert json.loads(said.out)["reason"] == SAID


def test_a_promotion_that_fails_tells_programs_what_the_registry_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ending.write(CouldNotCopy(digest=DIGEST, reason=SAID, help=SAID))
    said = capsys.readouterr().out
    assert json.loads(said)["help"] == SAID
    assert not unseen(said)
    assert "##[" not in said
