"""The pages for release engineers and deployers: their example is read, their options are there."""

import re
from pathlib import Path
from typing import Final

import pytest

from pipeline.cli.app import answer
from pipeline.verification.load import load

ROOT: Final = Path(__file__).parents[3]
PAGES: Final = ("signing", "verifying", "release")
COMMANDS: Final = ("run", "attest", "sign", "verify", "promote")
_FENCE: Final = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
_OPTION: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def page(name: str) -> str:
    return (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")


def test_the_example_of_verify_yaml_is_read_as_it_stands(tmp_path: Path) -> None:
    (example,) = (text for kind, text in _FENCE.findall(page("verifying")) if kind == "yaml")
    (tmp_path / "verify.yaml").write_text(example)
    read = load(tmp_path / "verify.yaml")
    assert read.environment == "release"
    assert read.denied_tools[0].tool == "semgrep"


@pytest.mark.parametrize("name", PAGES)
def test_no_page_names_an_option_that_no_command_has(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\n".join(one for one in page(name).replace("\\\n", " ").splitlines()
                     if not one.lstrip().startswith(("cosign ", "--certificate")))  # fmt: skip
    for command in COMMANDS:
        assert answer([command, "--help"]) == 0
    known = set(_OPTION.findall(capsys.readouterr().out))
    assert set(_OPTION.findall(text)) - known == set()


def test_every_option_of_signing_and_verifying_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = "".join(map(page, PAGES))
    for command in ("sign", "verify", "promote"):
        assert answer([command, "--help"]) == 0
    known = set(_OPTION.findall(capsys.readouterr().out)) - {"--help"}
    assert "--fallback-key" in known
    assert {one for one in known if one not in told} == set()
