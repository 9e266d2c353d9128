"""Whatever names, words and bytes a run meets: the bundle holds them, or is refused."""

import errno
import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bundle import coverage
from pipeline.bundle import read as reading
from pipeline.bundle.coverage import TargetList, entry, evidence
from pipeline.bundle.place import place
from pipeline.bundle.read import BundleError, read
from pipeline.bundle.write import findings_lines
from pipeline.errors import PenstockError, UsageError
from pipeline.model.artifact import Feed, Tool, sha256_of
from pipeline.model.finding import Finding, Location
from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Exclusion
from pipeline.model.outcome import Canary, Completed, Failed, Skipped, SkipReason, StageEvidence
from pipeline.model.severity import Severity
from tests.support import records
from tests.unit.bundle.test_round_trip import files

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
"""Any text that UTF-8 holds: newlines, escapes, bidirectional marks and NUL too."""
WORD = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
DIGEST = st.from_regex(r"(sha256:)?[0-9a-f]{64}", fullmatch=True)
COUNT = st.integers(0, 10_000)
GAPS = st.lists(
    st.builds(
        Gap,
        stage=st.just("semgrep"),
        target=st.none() | TEXT,
        reason=st.sampled_from(GapReason),
        detail=TEXT,
    ),
    max_size=4,
).map(tuple)
OUTCOMES = st.one_of(
    st.builds(Completed, asked=COUNT, answered=COUNT, gaps=GAPS, canary=st.sampled_from(Canary)),
    st.builds(Failed, asked=COUNT, reason=st.sampled_from(GapReason), message=TEXT, gaps=GAPS),
    st.builds(Skipped, why=st.sampled_from(SkipReason), asked=COUNT, inventory=TEXT),
)
TOOLS = st.builds(
    Tool, name=TEXT, version=TEXT, path=TEXT, sha256=TEXT, locked=st.just(value=False)
) | st.builds(Tool, name=WORD, version=WORD, path=WORD, sha256=DIGEST, locked=st.just(value=True))
FEEDS = st.builds(
    Feed, name=TEXT, path=TEXT, digest=TEXT, updated=TEXT, excerpt=st.booleans(), records=COUNT
)
EVIDENCE = st.builds(
    StageEvidence,
    stage=st.just("semgrep"),
    outcome=OUTCOMES,
    excluded=st.lists(st.builds(Exclusion, path=TEXT, by=TEXT), max_size=3).map(tuple),
    tools=st.lists(TOOLS, max_size=2).map(tuple),
    feeds=st.lists(FEEDS, max_size=2).map(tuple),
)


@given(EVIDENCE)
def test_every_evidence_is_read_as_it_was_written(found: StageEvidence) -> None:
    written = msgspec.json.encode(entry(found, "always", TargetList(file="f", sha256="s")))
    assert evidence(msgspec.json.decode(written, type=coverage.StageEntry)) == found


@pytest.mark.parametrize("day", ["soon", "2026-13-01", "2026"])
def test_a_tool_of_a_day_that_is_none_is_refused(day: str) -> None:
    """The cool-down counts from it."""
    tool = Tool(
        name="zizmor", version="1", path="/z", sha256="0" * 64, locked=True, released="2026-01-01"
    )
    done = Completed(asked=1, answered=1, gaps=(), canary=Canary.FOUND)
    found = StageEvidence(stage="workflows", outcome=done, tools=(tool,))
    written = msgspec.json.encode(entry(found, "always", TargetList(file="f", sha256="s")))
    odd = written.replace(b"2026-01-01", day.encode())
    with pytest.raises(ValueError, match=r"isoformat|month"):
        evidence(msgspec.json.decode(odd, type=coverage.StageEntry))


@given(st.lists(st.tuples(TEXT, TEXT, st.sampled_from(Severity)), max_size=5))
def test_every_finding_is_one_line_and_is_read_as_it_was_written(
    drawn: list[tuple[str, str, Severity]],
) -> None:
    made = [
        msgspec.structs.replace(
            records.sast(n, severity=severity, title=title),
            target=path,
            location=Location(path, 1, 1),
        )
        for n, (title, path, severity) in enumerate(drawn)
    ]
    written = findings_lines(tuple(made))
    assert written.count(b"\n") == len(made)
    back = [msgspec.json.decode(line, type=Finding) for line in written.splitlines()]
    assert back == sorted(made, key=lambda one: one.id)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    place(tmp_path / "out", files())
    return tmp_path / "out"


def listed() -> list[str]:
    return sorted(set(files()) - {"run.json"})


@pytest.mark.parametrize("name", listed())
def test_a_missing_or_truncated_file_is_refused(name: str, bundle: Path) -> None:
    if data := (bundle / name).read_bytes():
        (bundle / name).write_bytes(data[:-1])
        with pytest.raises(BundleError, match="altered"):
            read(bundle)
    (bundle / name).unlink()
    with pytest.raises(BundleError, match="lacks"):
        read(bundle)


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 10_000))
def test_half_a_description_describes_nothing(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("half") / "out"
    place(out, files())
    whole = (out / "run.json").read_bytes()
    (out / "run.json").write_bytes(whole[: cut % len(whole.rstrip())])
    with pytest.raises(BundleError):
        read(out)


def test_a_link_to_elsewhere_is_no_file_of_the_bundle(bundle: Path, tmp_path: Path) -> None:
    policy = bundle / "inputs/policy/gate.yaml"
    (tmp_path / "elsewhere").write_bytes(policy.read_bytes())
    policy.unlink()
    policy.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match="lacks"):
        read(bundle)


def relisted(bundle: Path, name: str, data: bytes) -> None:
    """Alter a file as somebody would who can also write run.json."""
    (bundle / name).write_bytes(data)
    run = json.loads((bundle / "run.json").read_bytes())
    run["files"][name] = sha256_of(data)
    (bundle / "run.json").write_text(json.dumps(run))


@pytest.mark.parametrize(
    "now",
    ["2026-11-22T12:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "yesterday", 5],
)
def test_an_instant_that_nothing_can_be_judged_by_is_refused(now: object, bundle: Path) -> None:
    facts = json.loads((bundle / "inputs/facts.json").read_bytes())
    relisted(bundle, "inputs/facts.json", json.dumps({**facts, "now": now}).encode())
    with pytest.raises(BundleError, match="cannot be read"):
        read(bundle)


def without(value: object, path: tuple[str | int, ...]) -> object:
    """Copy a document, without the field at a path."""
    here, *rest = path
    if isinstance(value, dict):
        return {
            k: without(v, tuple(rest)) if k == here and rest else v
            for k, v in value.items()
            if k != here or rest
        }
    assert isinstance(value, list)
    return [without(v, tuple(rest)) if n == here else v for n, v in enumerate(value)]


def fields(value: object, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*above, key)
            yield from fields(inner, (*above, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from fields(inner, (*above, number))


def test_no_field_of_the_coverage_has_a_default(bundle: Path) -> None:
    document = json.loads((bundle / "coverage.json").read_bytes())
    paths = list(fields(document))
    assert len(paths) > 40
    for path in paths:
        relisted(bundle, "coverage.json", json.dumps(without(document, path)).encode())
        with pytest.raises(BundleError, match="cannot be read"):
            read(bundle)


BROKEN = {
    "a name that is too long": {"z" * 300: b""},
    "a file that is also a folder": {"zz": b"", "zz/a": b""},
}


@pytest.mark.parametrize("more", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("before", [False, True], ids=["a new place", "over a bundle"])
def test_half_a_bundle_never_stands(more: dict[str, bytes], before: object, tmp_path: Path) -> None:
    out = tmp_path / "out"
    if before:
        place(out, files())
    with pytest.raises(PenstockError, match="could not be written"):
        place(out, {**files(), **more})
    assert [one.name for one in tmp_path.iterdir()] == (["out"] if before else [])
    if before:
        read(out)


def test_an_empty_folder_is_a_place_and_a_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    place(tmp_path / "out", files())
    read(tmp_path / "out")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="no folder"):
        place(tmp_path / "file", files())
    assert (tmp_path / "file").read_text() == "mine"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "out"]


def test_others_may_read_a_bundle_and_not_write_it(bundle: Path) -> None:
    mode = stat.S_IMODE(bundle.stat().st_mode)
    assert mode & 0o555 == 0o555
    assert not mode & 0o022


def unreadable(path: Path) -> None:
    path.unlink()
    path.mkdir()


def turning(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


@pytest.mark.parametrize("change", [unreadable, turning])
def test_a_file_that_is_none_any_more_refuses_the_bundle(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    place(tmp_path / "out", files())
    change(tmp_path / "out" / "findings.ndjson")
    with pytest.raises(BundleError, match=r"lacks findings\.ndjson"):
        read(tmp_path / "out")


def test_a_file_that_may_not_be_read_refuses_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    place(tmp_path / "out", files())
    monkeypatch.setattr(reading, "sha256_file", refused)
    with pytest.raises(BundleError, match=r"cannot be read: .*Permission denied: .*findings"):
        read(tmp_path / "out")
