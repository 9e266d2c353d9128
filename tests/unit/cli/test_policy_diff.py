"""`penstock policy diff`, from the command line to its exit code."""

from pathlib import Path

import msgspec
import pytest

from pipeline.cli.app import answer
from tests.support import bundles
from tests.support.judging import case, gate, package, policy

SOFT = "[{id: R-HIGH, title: a, match: {severity: [high]}, effect: warn}]"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("strict", gate()), ("soft", gate(rules=SOFT))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "gate.yaml").write_bytes(text)
    for number in range(2):
        out = tmp_path / "runs" / str(number)
        bundles.write(out, case(policy(), package()), {"gate.yaml": gate()}, target="/home/ci/a")
    return tmp_path


def test_a_weaker_policy_is_told_by_words_and_by_exit_code(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["policy", "diff", "strict", "soft"]) == 1
    assert "weaker    R-HIGH  effect fail -> warn" in capsys.readouterr().out
    assert answer(["policy", "diff", "strict", "strict"]) == 0


def test_past_runs_show_what_gets_through(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["policy", "diff", "strict", "soft", "--bundles", "runs"]) == 1
    shown = capsys.readouterr().out
    assert "newly passing  2 findings" in shown
    assert "R-HIGH warns" in shown
    assert "FAIL -> WARN in 2" in shown
    assert answer(["policy", "diff", "soft", "strict", "--bundles", "runs"]) == 0
    assert "newly blocked  2 findings" in capsys.readouterr().out


def test_a_damaged_bundle_is_listed_and_leaves_the_answer_open(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "runs" / "1" / "findings.ndjson").write_bytes(b"")
    command = ["policy", "diff", "strict", "strict", "--bundles", "runs", "--format", "json"]
    assert answer(command) == 3
    said = msgspec.json.decode(capsys.readouterr().out)
    assert said["schema"] == "penstock/policy-diff@1"
    assert [one["bundle"] for one in said["not_judged"]] == ["runs/1"]
    assert said["repositories"][0]["bundles"] == 1


@pytest.mark.parametrize("named", ["nowhere", "f" * 40, f"{'f' * 40}:policies"])
def test_a_policy_that_is_not_there_is_a_usage_error(place: Path, named: str) -> None:
    assert answer(["policy", "diff", "strict", named]) == 2


def test_a_folder_without_bundles_is_a_usage_error(place: Path) -> None:
    (place / "empty").mkdir()
    assert answer(["policy", "diff", "strict", "soft", "--bundles", "empty"]) == 2


def test_a_pull_request_gets_a_table(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["policy", "diff", "strict", "soft", "--bundles", "runs", "--format", "markdown"]
    assert answer(command) == 1
    assert "| /home/ci/a | 2 | 2 | 0 |" in capsys.readouterr().out


def test_where_nothing_was_judged_nothing_is_called_not_weaker(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "none" / "bad").mkdir(parents=True)
    ended = answer(["policy", "diff", "strict", "soft", "--bundles", "none"])
    assert ended == 3
    said = capsys.readouterr().out
    assert "NOT WEAKER" not in said
    assert said.endswith("NOTHING JUDGED  1 bundle cannot be\n")
