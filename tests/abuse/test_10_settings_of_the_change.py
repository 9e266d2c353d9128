"""Abuse 10: penstock.toml, variables, flags or PYTHONPATH of a change disable a scanner."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli.workflow.action import publish, standing
from tests.support.attacked import BAD, STRICT, Repository, attacked
from tests.support.command import penstock
from tests.support.slowly import quick

pytestmark = pytest.mark.tools
TOML = 'schema = "penstock/config@1"\n'


@pytest.mark.parametrize(
    "text",
    quick(
        [
            '[source]\nexclude = [".github/**"]\n',
            'policy = "mine"\n',
            '[tools.zizmor]\npath = "evil"\n',
            '[stages.workflows]\ntimeout = "1s"\n',
            "[source]\nroot = 'empty'\n",
            "not TOML at all [",
        ],
        2,
    ),
)
def test_only_the_configuration_of_the_base_counts(tmp_path: Path, text: str) -> None:
    made, base = attacked(tmp_path / "repository")
    made.write("penstock.toml", text if text.startswith("not") else TOML + text)
    made.write("empty/a.txt", "x\n")
    made.write("evil", f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n").chmod(0o755)
    made.commit()
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["verdict"]) == (1, "FAIL")
    assert not (tmp_path / "ran").exists()


def test_without_a_base_that_can_be_used_no_configuration_counts(tmp_path: Path) -> None:
    made, _ = attacked(tmp_path / "repository")
    made.write("evil", f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n").chmod(0o755)
    made.write("penstock.toml", f'{TOML}[tools.zizmor]\npath = "evil"\n')
    made.commit()
    done, bundle = made.run("--base", "f" * 40, "--only", "workflows")
    assert done.code != 0
    assert (None, None, "base_missing") in bundle.unanswered()
    assert not (tmp_path / "ran").exists()


def test_flags_and_variables_that_leave_something_out_pass_nothing(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    done, bundle = made.run("--base", base, "--skip", "workflows")
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    inside = str(made.path / "tools")
    done, bundle = made.run("--base", base, PENSTOCK_TOOLS=inside)
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert (None, None, "policy_untrusted") in bundle.unanswered()


def test_rules_that_the_change_can_write_pass_nothing(tmp_path: Path) -> None:
    made = Repository(tmp_path / "repository")
    made.write("policies/gate.yaml", STRICT)
    made.write("penstock.toml", f'{TOML}[stages.semgrep]\nrules = ["rules"]\n')
    made.write("rules/own.yaml", "rules: [{id: own, languages: [python]}]\n")
    base = made.commit()
    made.write("rules/own.yaml", "rules: [{id: other, languages: [python]}]\n")
    made.commit("no such rule any more")
    done, bundle = made.run("--base", base, "--only", "workflows")
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert (None, None, "policy_untrusted") in bundle.unanswered()


def test_a_policy_named_by_a_variable_is_one_inside_the_base(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    made.write("mine/gate.yaml", (made.path / "policies/gate.yaml").read_bytes())
    made.commit()
    done, bundle = made.run("--base", base, PENSTOCK_POLICY="mine")
    assert done.code != 0
    assert (None, None, "base_missing") in bundle.unanswered()
    assert bundle.verdict["policy"]["source"] == "wheel"


def test_the_action_imports_nothing_from_the_checkout(tmp_path: Path) -> None:
    made: Repository = attacked(tmp_path / "repository")[0]
    for name in ("pipeline/__init__.py", "sitecustomize.py", "msgspec.py", "typing.py"):
        made.write(name, f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    made.write(".github/workflows/ci.yml", BAD)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(made.path),
        "PYTHONSTARTUP": str(made.path / "sitecustomize.py"),
        "PENSTOCK_INPUT_VERSION": "0.0.0",
    }
    done = subprocess.run(
        [sys.executable, "-I", "-m", "pipeline.cli.workflow.action"],
        cwd=made.path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "was asked for" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_the_action_names_no_evidence_that_the_change_brought_along(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    out = made.path / ".penstock"
    for name, text in (
        ("verdict.json", '{"schema": "penstock/verdict@1", "verdict": "PASS"}'),
        ("report.sarif", '{"runs": []}'),
        ("summary.md", "## PASS\n"),
        ("mine.txt", "no file of a bundle, so that no run replaces the folder\n"),
    ):
        made.write(f".penstock/{name}", text)
    made.commit()
    said, shown = tmp_path / "outputs", tmp_path / "shown"
    environment = {
        "PENSTOCK_INPUT_OUT": str(out),
        "GITHUB_OUTPUT": str(said),
        "GITHUB_STEP_SUMMARY": str(shown),
    }
    before = standing(environment)
    done = penstock("run", made.path, "--out", out, "--base", base, extra={"CI": "true"})
    publish(environment, done.code, before=before)
    assert done.code == 2
    assert (out / "mine.txt").is_file()
    assert "INCONCLUSIVE" in said.read_text()
    assert not any(word in said.read_text() for word in ("PASS", ".penstock", "sarif\n"))
    assert not shown.exists()
