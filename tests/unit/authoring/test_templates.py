"""A new policy folder is green and clean at once, and nothing is written over."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.authoring.lint import Draft, lint
from pipeline.authoring.mutate import survivors
from pipeline.authoring.templates import STARTS, Start, folder_of
from pipeline.authoring.tested import report
from pipeline.authoring.trial import run
from pipeline.authoring.writing import write
from pipeline.errors import UsageError
from pipeline.policy.loading.load import load
from tests.support.authoring import suites
from tests.support.judging import STAGES

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize("start", STARTS)
def test_it_is_green_sees_every_weakening_and_is_clean(start: Start) -> None:
    files = folder_of(start, name="policies")
    policy = load(files, stages=STAGES, where="policies")
    read = suites(files)
    assert report(policy, run(read, policy)).green
    assert survivors(read, policy)[1] == ()
    assert lint(Draft(policy=policy, suites=read, now=NOW)) == ()


@pytest.mark.parametrize("start", STARTS)
def test_editors_find_the_schema_that_each_file_names(start: Start, tmp_path: Path) -> None:
    files = folder_of(start, name="policies")
    write(tmp_path / "p", files)
    named = [name for name in files if name.endswith(".yaml")]
    assert len(named) == 3
    for name in named:
        first = (tmp_path / "p" / name).read_text().splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema=")
        assert ((tmp_path / "p" / name).parent / first.partition("=")[2]).is_file()


def test_a_policy_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text("mine")
    with pytest.raises(UsageError, match=r"a policy in .* already"):
        write(tmp_path, folder_of("minimal", name="p"))
    assert [one.name for one in tmp_path.iterdir()] == ["gate.yaml"]


def test_a_folder_without_a_policy_gets_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "roles.yaml").write_text("mine")
    (tmp_path / "semgrep").mkdir()
    written, left = write(tmp_path, folder_of("minimal", name="p"))
    assert left == ("roles.yaml",)
    assert (tmp_path / "roles.yaml").read_text() == "mine"
    assert written[-1] == "gate.yaml"
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize("what", ["file", "link"])
def test_what_is_no_folder_is_refused(what: str, tmp_path: Path) -> None:
    place = tmp_path / "policies"
    if what == "file":
        place.write_text("mine")
    else:
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="no folder"):
        write(place, folder_of("minimal", name="p"))
    assert not list((tmp_path / "elsewhere").glob("*"))


def test_a_folder_that_cannot_be_finished_does_not_appear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = folder_of("minimal", name="p")
    original = Path.write_bytes

    def fails(self: Path, data: bytes) -> int:
        if self.name == "gate.yaml":
            raise KeyboardInterrupt
        return original(self, data)

    monkeypatch.setattr(Path, "write_bytes", fails)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "policies", files)
    assert list(tmp_path.iterdir()) == []
