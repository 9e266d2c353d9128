"""A policy denies scanners by their own names, and by those of what comes with them."""

from datetime import date
from typing import Final

import pytest

from pipeline.model.artifact import Tool
from pipeline.plan.barred import barred
from pipeline.toolchain import lock as locks
from tests.support.judging import policy

LOCK: Final = locks.read()
PACKAGE, NUMBER = next(pin for pin in locks.pins(LOCK.tool("semgrep")) if "-" in pin[0])
MODULE, TAG = locks.pins(LOCK.tool("trivy"))[0]


def told(name: str, tool: str, version: str, *, locked: bool = True) -> str:
    entry = f"{{tool: {tool}, versions: ['{version}'], reason: a stolen key, source: GHSA-x}}"
    demands = policy(evidence=f"{{tools: {{denied: [{entry}]}}}}").demands
    one = Tool(
        name=name, version=LOCK.tool(name).version, path="/t", sha256="0", locked=locked
    )  # fmt: skip
    return barred(one, demands, LOCK, date(2026, 11, 26))


def test_what_comes_with_a_scanner_is_denied_by_its_name_however_it_is_written() -> None:
    for name in (PACKAGE, PACKAGE.upper(), PACKAGE.replace("-", "_"), PACKAGE.replace("-", ".")):
        said = told("semgrep", name, NUMBER)
        assert said.startswith("semgrep ")
        assert f"it brings {name}, which was denied: a stolen key (GHSA-x)" in said
    assert "it brings" in told("trivy", MODULE, TAG)
    assert "it brings" in told("trivy", MODULE, TAG.removeprefix("v"))


@pytest.mark.parametrize(
    ("name", "version"), [(PACKAGE, "0.0.1"), (f"{PACKAGE}-evil", NUMBER), (MODULE, TAG)]
)
def test_another_version_and_another_package_are_not(name: str, version: str) -> None:
    assert told("semgrep", name, version) == ""


def test_of_an_unlocked_program_nobody_knows_what_it_brings() -> None:
    assert told("semgrep", PACKAGE, NUMBER, locked=False) == ""
    assert told("semgrep", "Semgrep", LOCK.tool("semgrep").version, locked=False) != ""


def test_every_module_of_a_go_program_is_listed() -> None:
    text = (locks.shipped().tools / "trivy/go.mod").read_text()
    wanted = sum(line.startswith("\t") and " v" in line for line in text.splitlines())
    found = locks.pins(LOCK.tool("trivy"))
    assert len(found) == wanted > 300
    trivy = LOCK.tool("trivy")
    assert ("github.com/aquasecurity/trivy", f"v{trivy.version}") in found
