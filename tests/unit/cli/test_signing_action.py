"""The GitHub action that signs: its inputs, its command line and its outputs."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from pipeline import __version__
from pipeline.cli.workflow.runner import publish
from pipeline.cli.workflow.signing import arguments_of, outputs_of
from pipeline.errors import UsageError

ACTION: Final[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[3] / "sign/action.yml").read_text()
)
IMAGE: Final = "ghcr.io/acme/app@sha256:" + "a" * 64
LEAST: Final = {"PENSTOCK_INPUT_IMAGE": IMAGE, "PENSTOCK_INPUT_BUNDLE": "evidence"}


def test_what_must_be_named_makes_the_shortest_command_line() -> None:
    assert arguments_of(LEAST) == ["sign", IMAGE, "--bundle", "evidence"]


def test_every_input_of_the_action_reaches_the_command_line() -> None:
    step = ACTION["runs"]["steps"][-1]
    values = {"version": __version__, "vex": "true", "failed": "True", "image": IMAGE}
    handed = {}
    for variable, expression in step["env"].items():
        name = expression.removeprefix("${{ inputs.").removesuffix(" }}")
        assert name in ACTION["inputs"]
        handed[variable] = values.get(name, f"value-of-{name}")
    assert arguments_of(handed) == [
        "sign", IMAGE, "--bundle", "value-of-bundle", "--trust=value-of-trust",
        "--verifier=value-of-verifier", "--max-age=value-of-max-age",
        "--timeout=value-of-timeout", "--fallback-key=value-of-fallback-key", "--vex", "--failed",
    ]  # fmt: skip
    assert len(handed) == len(ACTION["inputs"])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"PENSTOCK_INPUT_IMAGE": ""}, "no image was named"),
        ({"PENSTOCK_INPUT_BUNDLE": " "}, "no bundle was named"),
        ({"PENSTOCK_INPUT_IMAGE": "--key=/etc/key"}, "image is '--key=/etc/key'"),
        ({"PENSTOCK_INPUT_BUNDLE": "--resume"}, "bundle is '--resume'"),
        ({"PENSTOCK_INPUT_FAILED": "yes"}, "failed is 'yes'"),
        ({"PENSTOCK_INPUT_VERSION": "9.9.9"}, "was asked for"),
    ],
)
def test_what_cannot_be_meant_is_refused(changed: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        arguments_of({**LEAST, **changed})


def test_a_value_cannot_become_a_flag_of_its_own() -> None:
    arguments = arguments_of({**LEAST, "PENSTOCK_INPUT_TRUST": "--failed"})
    assert "--failed" not in arguments
    assert "--trust=--failed" in arguments


@pytest.mark.parametrize(
    ("code", "signed"), [(0, "true"), (1, "false"), (2, "false"), (3, "false")]
)
def test_only_zero_is_signed(tmp_path: Path, code: int, signed: str) -> None:
    environment = {"PENSTOCK_INPUT_BUNDLE": str(tmp_path)}
    found = outputs_of(environment, code)
    assert found == {"signed": signed, "exit-code": str(code), "journal": ""}
    (tmp_path / "signing.json").write_text("{}")
    assert outputs_of(environment, code)["journal"] == str(tmp_path / "signing.json")
    assert found.keys() == ACTION["outputs"].keys()


def test_no_value_ends_an_output_early(tmp_path: Path) -> None:
    file = tmp_path / "outputs"
    publish({"GITHUB_OUTPUT": str(file)}, {"journal": "a\nsigned=true\n"})
    name, _, mark = file.read_text().splitlines()[0].partition("<<")
    assert name == "journal"
    assert len(mark) == 32
    assert file.read_text().endswith(f"\n{mark}\n")
