"""A bundle is whole or absent, and what was written is what is read."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from pipeline.bundle.facts import Facts
from pipeline.bundle.place import beside, check, is_bundle, place
from pipeline.bundle.read import BundleError, read
from pipeline.bundle.write import files_of
from pipeline.errors import PenstockError, UsageError
from pipeline.model.artifact import Feed
from tests.support import records
from tests.support.judging import feed


def files(hostile: str = "", *, feeds: tuple[Feed, ...] = ()) -> dict[str, bytes]:
    record = records.record(hostile=hostile)
    facts = Facts(
        schema="penstock/facts@1",
        environment="pr",
        now=datetime(2026, 11, 22, 12, tzinfo=UTC),
        subject=record.verdict.subject,
        source=record.verdict.policy,
        gaps=(),
        feeds=feeds,
        feed_faults=(),
    )
    return files_of(
        record,
        judged_by=facts,
        policy={"gate.yaml": b"a: b\n", "semgrep/x.yml": b"rules: []\n"},
        raw={"semgrep/semgrep.report": b"{}"},
        reports={"summary.md": b"x"},
        inventory="sha256:1",
    )


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    place(tmp_path / "out", files())
    stored = read(tmp_path / "out")
    record = records.record()
    assert stored.findings == record.findings
    assert stored.stages == tuple(result.evidence for result in record.results)
    assert stored.verdict == record.verdict
    assert stored.required == record.required
    assert stored.policy == {"gate.yaml": b"a: b\n", "semgrep/x.yml": b"rules: []\n"}


def test_the_snapshots_that_enriched_stand_in_every_file_that_tells_of_inputs() -> None:
    made = files(feeds=(feed(name="kev", version="2026.11.25"),))
    for name in ("run.json", "coverage.json", "inputs/facts.json"):
        (one,) = json.loads(made[name])["feeds"]
        assert (one["name"], one["digest"], one["version"]) == ("kev", "sha256:0", "2026.11.25")


def test_findings_stand_one_a_line_sorted_by_id_with_their_schema() -> None:
    lines = files()["findings.ndjson"].splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert ids == sorted(ids)
    assert {json.loads(line)["schema"] for line in lines} == {"penstock/finding@1"}


def test_a_name_with_a_newline_stays_on_its_line() -> None:
    listed = files("a\nb.py")["coverage/semgrep.txt"]
    assert b"\x1b" not in listed
    assert json.loads(files("a\nb.py")["coverage.json"])["stages"][0]["gaps"][0]["target"] == (
        "a\nb.py"
    )


def test_every_file_but_run_json_is_listed_with_its_digest() -> None:
    made = files()
    assert set(json.loads(made["run.json"])["files"]) == set(made) - {"run.json"}


@pytest.mark.parametrize("name", sorted(set(files()) - {".gitignore"}))
def test_one_changed_byte_anywhere_is_noticed(name: str, tmp_path: Path) -> None:
    place(tmp_path / "out", files())
    path = tmp_path / "out" / name
    path.write_bytes(path.read_bytes().replace(b"s", b"t", 1) + b" ")
    if name == "run.json":
        path.write_bytes(b"{}")
    with pytest.raises(PenstockError):
        read(tmp_path / "out")


def test_a_file_that_slipped_in_as_policy_is_refused(tmp_path: Path) -> None:
    place(tmp_path / "out", files())
    (tmp_path / "out/inputs/policy/exceptions").mkdir()
    (tmp_path / "out/inputs/policy/exceptions/EX-1.yaml").write_text("id: EX-1\n")
    with pytest.raises(BundleError, match="was added to the bundle"):
        read(tmp_path / "out")


def test_a_finding_of_another_schema_is_refused(tmp_path: Path) -> None:
    made = files()
    made["findings.ndjson"] = made["findings.ndjson"].replace(b"finding@1", b"finding@9")
    run = json.loads(made["run.json"])
    from pipeline.model.artifact import sha256_of

    run["files"]["findings.ndjson"] = sha256_of(made["findings.ndjson"])
    made["run.json"] = json.dumps(run).encode()
    place(tmp_path / "out", made)
    with pytest.raises(BundleError, match="cannot be read"):
        read(tmp_path / "out")


def test_an_old_bundle_is_replaced_and_nothing_else_stays(tmp_path: Path) -> None:
    place(tmp_path / "out", files())
    (tmp_path / "out" / "left.txt").write_text("old")
    place(tmp_path / "out", files())
    assert not (tmp_path / "out" / "left.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_somebody_else_s_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="left as they are"):
        place(tmp_path / "out", files())
    assert (tmp_path / "out/mine.txt").read_text() == "mine"


def test_a_link_and_a_missing_parent_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(UsageError):
        check(tmp_path / "link")
    with pytest.raises(UsageError, match="is not there"):
        check(tmp_path / "no" / "out")


def test_a_write_that_fails_midway_keeps_the_old_one(tmp_path: Path) -> None:
    place(tmp_path / "out", files())
    before = (tmp_path / "out/run.json").read_bytes()
    broken = {**files(), "a" * 300 + ".txt": b"too long a name"}
    with pytest.raises(PenstockError, match="could not be written"):
        place(tmp_path / "out", broken)
    assert (tmp_path / "out/run.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"schema": 5}', '{"schema": "other@1"}', "[" * 9999]
)
def test_a_folder_is_ours_only_by_its_schema(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(text)
    assert not is_bundle(tmp_path)


def test_coverage_tells_the_three_endings_apart() -> None:
    stages = msgspec.json.decode(files()["coverage.json"])["stages"]
    assert [one["outcome"] for one in stages] == ["completed", "failed", "skipped"]
    assert [one["answered"] for one in stages] == [1, 0, 0]


def test_a_place_beside_which_nothing_can_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    out = tmp_path / "none" / "out"
    with pytest.raises(PenstockError, match=f"could not be written to {out}"), beside(out, "x"):
        pytest.fail("nothing was there")
