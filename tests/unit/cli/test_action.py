"""The GitHub action's inputs, base commit and outputs."""

import json
from pathlib import Path

import pytest

from pipeline import __version__
from pipeline.cli.action import arguments_of, base_of, publish
from pipeline.errors import UsageError

SHA = "1" * 40


def event(tmp_path: Path, **content: object) -> dict[str, str]:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(content))
    return {"GITHUB_EVENT_PATH": str(path), "GITHUB_SHA": "f" * 40}


@pytest.mark.parametrize(
    ("content", "base"),
    [
        ({"pull_request": {"base": {"sha": SHA, "ref": "main"}}}, SHA),
        ({"merge_group": {"base_sha": SHA}}, SHA),
        ({"before": SHA, "after": "2" * 40}, SHA),
        ({"before": "0" * 40}, "f" * 40),
        ({"schedule": "17 4 * * 1"}, "f" * 40),
    ],
)
def test_the_base_comes_from_the_event_as_a_commit(
    tmp_path: Path, content: dict[str, object], base: str
) -> None:
    assert base_of(event(tmp_path, **content)) == base


def test_a_broken_event_file_is_an_error_and_not_a_run_without_a_base(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text("{")
    with pytest.raises(UsageError, match="event file"):
        base_of({"GITHUB_EVENT_PATH": str(path)})


def test_inputs_become_arguments_word_by_word() -> None:
    arguments = arguments_of(
        {
            "PENSTOCK_INPUT_TARGET": "svc; rm -rf /",
            "PENSTOCK_INPUT_ENV": "main",
            "PENSTOCK_INPUT_IMAGE": "oci:a oci:b",
            "PENSTOCK_INPUT_BASE": SHA,
            "PENSTOCK_INPUT_OFFLINE": "true",
            "PENSTOCK_INPUT_VERSION": __version__,
        }
    )
    assert arguments[:2] == ["run", "svc; rm -rf /"]
    assert arguments.count("--image") == 2
    assert arguments[arguments.index("--base") + 1] == SHA
    assert "--offline" in arguments


def test_another_version_is_refused() -> None:
    with pytest.raises(UsageError, match="was asked for"):
        arguments_of({"PENSTOCK_INPUT_VERSION": "9.9.9"})


def test_outputs_name_the_verdict_and_no_verdict_is_inconclusive(tmp_path: Path) -> None:
    out, outputs, summary = tmp_path / "out", tmp_path / "outputs", tmp_path / "summary"
    environment = {
        "PENSTOCK_INPUT_OUT": str(out),
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    publish(environment, 3)
    assert "INCONCLUSIVE" in outputs.read_text()
    assert not summary.exists()
    out.mkdir()
    (out / "verdict.json").write_text('{"verdict": "FAIL"}')
    (out / "summary.md").write_text("## FAIL\n")
    publish(environment, 1)
    assert outputs.read_text().count("FAIL") == 1
    assert summary.read_text() == "## FAIL\n"
