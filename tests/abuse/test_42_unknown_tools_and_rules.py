"""Abuse 42: a tool that nobody knows, another tool's words, or rules under other names."""

from pathlib import Path
from typing import Final

import pytest

from tests.support.command import penstock
from tests.support.liars import Liar
from tests.support.small import gate, repository

pytestmark = pytest.mark.tools

WRITTEN: Final = {
    "a tool of penstock.toml": (
        "penstock.toml",
        'schema = "penstock/config@1"\n[tools.trivy2]\npath = "/usr/bin/true"\n',
        "trivy2",
    ),
    "a stage of penstock.toml": (
        "penstock.toml",
        'schema = "penstock/config@1"\n[stages.semgrep2]\ntimeout = "1m"\n',
        "semgrep2",
    ),
    "a stage of the policy": (
        "policies/gate.yaml",
        gate("workflows").replace("    semgrep:", "    semgrep2: {required: no}\n    semgrep:"),
        "semgrep2",
    ),
}


@pytest.mark.parametrize("what", WRITTEN)
def test_a_name_that_nobody_knows_is_refused_where_it_stands(what: str, tmp_path: Path) -> None:
    name, text, word = WRITTEN[what]
    folder = repository(tmp_path / "repository", files=[(name, text)])
    done = penstock("run", folder, "--out", tmp_path / "out")
    assert done.code == 2, done
    assert word in done.err
    assert f"{name}:" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--only", "--skip"])
def test_a_stage_that_nobody_knows_cannot_be_asked_or_skipped(option: str, tmp_path: Path) -> None:
    folder = repository(tmp_path / "repository")
    done = penstock("run", folder, "--out", tmp_path / "out", option, "workflows2")
    assert done.code == 2
    assert "workflows2" in done.err


OTHERS: Final = {
    "semgrep": "echo '[]' | put",
    "secrets": """echo '{"version": "1.182.0", "results": [], "errors": [], "paths": {}}' | put""",
    "workflows": """echo '{"SchemaVersion": 2, "ArtifactType": "filesystem"}' | put""",
    "pip-audit": """echo '{"bomFormat": "CycloneDX", "specVersion": "1.7", "version": 1}'""",
    "sbom": """sed 's/cyclonedx-py/cyclonedx-js/' <<'END' | put
{"bomFormat": "CycloneDX", "specVersion": "1.7", "version": 1, "components": [],
"metadata": {"tools": {"components": [{"name": "cyclonedx-py"}]}}}
END""",
}
"""By stage: what another tool would have reported."""


@pytest.mark.parametrize("stage", OTHERS)
def test_the_words_of_another_tool_answer_nothing(stage: str, tmp_path: Path) -> None:
    liar = Liar(tmp_path, stage)
    liar.says(OTHERS[stage])
    assert liar.reasons() == {"tool_output"}


RENAMED: Final = {
    "secrets": 's/"SchemaVersion": 2/"SchemaVersion": 3/',
    "workflows": "s/template-injection/injection/g",
    "semgrep": "s/penstock[.]canary[.]/another./g",
}
"""By stage: its own report under a new schema, or with its rules renamed."""


@pytest.mark.parametrize("stage", RENAMED)
def test_rules_under_other_names_are_not_the_rules_that_were_asked(
    stage: str, tmp_path: Path
) -> None:
    liar = Liar(tmp_path, stage)
    liar.alters(f"sed '{RENAMED[stage]}'")
    assert liar.reasons() <= {"canary_missed", "tool_output"}


def test_a_tool_of_another_version_is_not_the_locked_one(tmp_path: Path) -> None:
    """What is installed under a name of the lock has to be what was noted, byte by byte."""
    liar = Liar(tmp_path, "workflows")
    place = liar.tools.put("zizmor", f'#!/bin/sh\nexec "{liar.real}" "$@"\n')
    place.write_text(f'#!/bin/sh\n# 2.0\nexec "{liar.real}" "$@"\n')
    assert liar.reasons() == {"digest_mismatch"}
