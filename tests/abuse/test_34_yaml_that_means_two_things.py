"""Abuse 34: YAML that reads one way to a person and another to a program is refused by line."""

from pathlib import Path

import pytest

from pipeline.cli.app import answer
from tests.support.judging import exception, gate, with_exceptions
from tests.support.judging import verdict as judged

pytestmark = pytest.mark.tools
ROLES = b"apiVersion: penstock/v1\nkind: Roles\nroles: {security: {members: [alice@example.com]}}\n"
TEST = (
    b"apiVersion: penstock/v1\nkind: PolicyTest\nnow: 2026-11-25T12:00:00Z\n"
    b"cases: [{name: a, env: pr, expect: {verdict: pass}}]\n"
)
WHOLE = {"gate.yaml": gate(), "roles.yaml": ROLES, "tests/a_test.yaml": TEST}
BOMB = b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n"
TRICKS = {
    "a duplicate key": (b"kind: Other\n", "again"),
    "a merge key": (b"<<: {kind: Other}\n", "merge key"),
    "an anchor": (b"x: &a 1\n", "anchor"),
    "an alias": (b"x: *a\n", "alias"),
    "a billion laughs": (BOMB, "anchor"),
    "a tag that runs code": (b"x: !!python/object/apply:os.system [id]\n", "tag"),
    "a second document": (b"---\nkind: Other\n", "second document"),
    "a tab": (b"x:\n\ty: 1\n", "cannot start any token"),
    "a NUL": (b"x: a\0b\n", "U+0000"),
    "text that runs backwards": ("x: a\u202eb\n".encode(), "U+202E"),
    "a space of no width": ("x: a\u200bb\n".encode(), "U+200B"),
    "deep lists": (b"x: " + b"[" * 10_000 + b"\n", "nest"),
    "deep mappings": (b"x: " + b"{a: " * 10_000 + b"\n", "nest"),
    "a number of no end": (b"x: .inf\n", "finite"),
    "a day that is none": (b"x: 2026-13-45\n", "month"),
    "a key that is no word": (b"? [a]\n: 1\n", "a key is a word"),
}


def told(files: dict[str, bytes], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    assert answer(["policy", "lint", str(folder)]) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("file", sorted(WHOLE))
@pytest.mark.parametrize("trick", sorted(TRICKS))
def test_it_is_refused_where_it_stands(
    trick: str, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    added, message = TRICKS[trick]
    said = told({**WHOLE, file: WHOLE[file] + added}, tmp_path, capsys)
    assert message in said
    line = WHOLE[file].count(b"\n") + 1
    assert f"{tmp_path.name}/{file}:" in said
    assert any(f"{file}:{line + n}:" in said for n in range(2)), said


@pytest.mark.parametrize("file", sorted(WHOLE))
@pytest.mark.parametrize("size", [100 << 20, 65 << 10])
def test_a_file_of_100_mb_is_refused_unread(
    size: int, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, data in WHOLE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with (tmp_path / file).open("ab") as stream:
        stream.truncate(size)
    assert answer(["policy", "lint", str(tmp_path)]) == 2
    assert "bytes" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_another_encoding_is_refused(
    encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {**WHOLE, "gate.yaml": WHOLE["gate.yaml"].decode().encode(encoding)}
    said = told(files, tmp_path, capsys)
    assert f"{tmp_path.name}/gate.yaml:1:1" in said


@pytest.mark.parametrize("word", ["NO", "off", "yes", "on", "010", "1:30", "00123456"])
def test_words_of_yaml_1_1_are_what_they_look_like(
    word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = f"[{{id: A, title: a, effect: fail, match: {{severity: [{word}]}}}}]"
    said = told({**WHOLE, "gate.yaml": gate(rules=rule)}, tmp_path, capsys)
    assert "rules.0.match.severity.0" in said


@pytest.mark.parametrize("trick", sorted(TRICKS))
def test_an_exception_of_this_kind_excepts_nothing_and_is_listed(trick: str) -> None:
    said = judged(with_exceptions(exception() + TRICKS[trick][0]))
    assert [one.status for one in said.exceptions] == ["invalid"]
    assert said.verdict == "WARN"
