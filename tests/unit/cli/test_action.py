"""The GitHub action's inputs, base commit and outputs."""

import json
from pathlib import Path

import pytest

from pipeline import __version__
from pipeline.cli.workflow.action import arguments_of, base_flags, publish, standing
from pipeline.cli.workflow.event import UNRESOLVED, base_of
from pipeline.errors import PenstockError, UsageError
from pipeline.toolchain.remote import Tip

SHA = "1" * 40
TIP = Tip("2" * 40, "refs/heads/trunk")
SERVER = {"GITHUB_SERVER_URL": "https://git.example.com", "GITHUB_REPOSITORY": "o/r"}


def event(tmp_path: Path, **content: object) -> dict[str, str]:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(content))
    return {**SERVER, "GITHUB_EVENT_PATH": str(path), "GITHUB_SHA": "f" * 40}


def tip(url: str) -> Tip:
    assert url == "https://git.example.com/o/r"
    return TIP


def unreachable(url: str) -> Tip:
    raise PenstockError(f"{url} does not answer")


@pytest.mark.parametrize(
    ("content", "base", "ref"),
    [
        ({"pull_request": {"base": {"sha": SHA, "ref": "main"}}}, SHA, "main"),
        (
            {"merge_group": {"base_sha": SHA, "base_ref": "refs/heads/main"}},
            SHA,
            "refs/heads/main",
        ),
        ({"before": SHA, "after": "3" * 40, "ref": "refs/heads/main"}, SHA, "refs/heads/main"),
        ({"before": "0" * 40, "ref": "refs/heads/new"}, TIP.commit, TIP.ref),
        ({"before": SHA, "ref": "refs/tags/v1"}, TIP.commit, TIP.ref),
        ({"ref": "refs/heads/feature", "inputs": {}}, TIP.commit, TIP.ref),
        ({"schedule": "17 4 * * 1"}, TIP.commit, TIP.ref),
        ({"pull_request": {"base": {"sha": "", "ref": "main"}}}, UNRESOLVED, "main"),
    ],
)
def test_the_base_comes_from_the_event_or_the_server_with_its_branch(
    tmp_path: Path, content: dict[str, object], base: str, ref: str
) -> None:
    named = base_of(event(tmp_path, **content), tip)
    assert (named.commit, named.ref, named.fault) == (base, ref, "")


@pytest.mark.parametrize(
    "content",
    [
        {"pull_request": {"base": {"sha": SHA, "ref": "main"}, "head": {"sha": "3" * 40}}},
        {"merge_group": {"base_sha": SHA, "base_ref": "main", "head_sha": "3" * 40}},
        {"before": SHA, "after": "3" * 40, "ref": "refs/heads/main"},
    ],
)
def test_a_checkout_without_the_change_that_the_event_is_about_has_no_base(
    content: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under pull_request_target the branch that the change goes to is checked out."""
    asked = []

    def is_ancestor(top: Path, commit: str, of: str) -> bool:
        asked.append((top, commit, of))
        return len(asked) == 1

    (tmp_path / ".git").mkdir()
    monkeypatch.setattr("pipeline.cli.workflow.action.is_ancestor", is_ancestor)
    environment = {**event(tmp_path, **content), "PENSTOCK_INPUT_TARGET": str(tmp_path)}
    assert base_flags(environment)[:2] == ["--base", SHA]
    assert asked == [(tmp_path, "3" * 40, "HEAD")]
    assert base_flags(environment) == ["--base", UNRESOLVED]
    assert base_flags({**environment, "PENSTOCK_INPUT_BASE": SHA}) == ["--base", UNRESOLVED]
    elsewhere = {**environment, "PENSTOCK_INPUT_TARGET": str(tmp_path / "none")}
    assert base_flags(elsewhere) == ["--base", UNRESOLVED]


def test_a_server_that_does_not_answer_leaves_a_base_that_no_run_can_use(tmp_path: Path) -> None:
    named = base_of(event(tmp_path, schedule="17 4 * * 1"), unreachable)
    assert (named.commit, named.ref) == (UNRESOLVED, None)
    assert "does not answer" in named.fault
    assert "GITHUB_SERVER_URL" in base_of({}, unreachable).fault


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"pull_request": {}}', '{"pull_request": {"base": {"sha": 1, "ref": "main"}}}',
     '{"merge_group": {"base_sha": "x"}}', '{"before": null}',
     f'{{"x": {"[" * 3000}{"]" * 3000}}}'],
)  # fmt: skip
def test_a_broken_event_file_is_an_error_and_not_a_run_without_a_base(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "event.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="event file"):
        base_of({"GITHUB_EVENT_PATH": str(path)}, tip)


def test_a_base_that_the_workflow_names_is_of_the_branch_of_the_event_only_if_it_is_its_base(
    tmp_path: Path,
) -> None:
    environment = event(tmp_path, pull_request={"base": {"sha": SHA, "ref": "main"}})
    assert base_flags(environment) == ["--base", SHA, "--base-ref", "main"]
    same = {**environment, "PENSTOCK_INPUT_BASE": SHA}
    assert base_flags(same) == ["--base", SHA, "--base-ref", "main"]
    other = {**environment, "PENSTOCK_INPUT_BASE": "4" * 40}
    assert base_flags(other) == ["--base", "4" * 40]


def test_what_a_server_says_cannot_give_the_runner_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hostile(url: str, **_: object) -> Tip:
        raise PenstockError("no\n::set-output name=verdict::PASS")

    monkeypatch.setattr("pipeline.cli.workflow.action.default_tip", hostile)
    assert base_flags(event(tmp_path)) == ["--base", UNRESOLVED]
    assert "\n::set" not in capsys.readouterr().out


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
    (out / "verdict.json").write_bytes(b'{"verdict": "\xff"}')
    publish(environment, 3)
    assert outputs.read_text().count("INCONCLUSIVE") == 2
    (out / "verdict.json").write_text('{"verdict": "FAIL"}')
    (out / "summary.md").write_text("## FAIL\n")
    publish(environment, 1)
    assert outputs.read_text().count("FAIL") == 1
    assert summary.read_text() == "## FAIL\n"


def test_a_verdict_that_the_change_brought_along_is_none_of_this_run(tmp_path: Path) -> None:
    out, said, shown = tmp_path / "out", tmp_path / "outputs", tmp_path / "shown"
    out.mkdir()
    (out / "verdict.json").write_text('{"verdict": "PASS"}')
    (out / "summary.md").write_text("## PASS")
    environment = {
        "PENSTOCK_INPUT_OUT": str(out),
        "GITHUB_OUTPUT": str(said),
        "GITHUB_STEP_SUMMARY": str(shown),
    }
    before = standing(environment)
    publish(environment, 2, before=before)
    assert _outputs(said) == {
        "verdict": "INCONCLUSIVE",
        "exit-code": "2",
        "bundle": "",
        "sarif": "",
        "summary": "",
    }
    assert "PASS" not in said.read_text()
    assert not shown.exists()
    out.rename(tmp_path / "aside")
    out.mkdir()
    (out / "verdict.json").write_text('{"verdict": "WARN"}')
    (out / "summary.md").write_text("## WARN")
    publish(environment, 0, before=before)
    assert "\nWARN\n" in said.read_text()
    assert shown.read_text() == "## WARN"
    assert _outputs(said)["bundle"] == str(out)
    assert _outputs(said)["summary"] == str(out / "summary.md")
    assert _outputs(said)["sarif"] == ""


def _outputs(file: Path) -> dict[str, str]:
    """Read the outputs as the runner does; the last one of a name counts."""
    lines = iter(file.read_text().splitlines())
    found = {}
    for line in lines:
        name, _, mark = line.partition("<<")
        found[name] = "\n".join(iter(lines.__next__, mark))
    return found
