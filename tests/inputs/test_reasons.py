"""Every reason for a gap is produced somewhere by the real thing; this index cannot rot."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from pipeline.model.gap import GapReason
from tests.support.command import Bundle, penstock
from tests.support.installed import tool
from tests.support.small import repository

pytestmark = pytest.mark.tools

TESTS: Final = Path(__file__).parents[1]
PRODUCED: Final[Mapping[GapReason, str]] = {
    GapReason.NO_TARGETS: "inputs/test_repositories.py",
    GapReason.NOT_READ: "inputs/test_repositories.py",
    GapReason.PARSE_ERROR: "tools/test_semgrep.py",
    GapReason.TIMEOUT: "faults/faults.py",
    GapReason.RULE_ERROR: "inputs/test_reasons.py",
    GapReason.IGNORED_BY_TOOL: "tools/test_secrets.py",
    GapReason.EXCLUDED: "inputs/test_reasons.py",
    GapReason.NOT_LISTED: "tools/test_image.py",
    GapReason.UNPINNED: "inputs/test_repositories.py",
    GapReason.UNSUPPORTED: "inputs/test_repositories.py",
    GapReason.NO_PACKAGES: "tools/test_image.py",
    GapReason.THIRD_PARTY: "tools/test_image.py",
    GapReason.AMBIGUOUS_IMAGE: "faults/tables.py",
    GapReason.REMOTE_MODULE: "inputs/test_reasons.py",
    GapReason.LINK_OUTSIDE: "inputs/test_repositories.py",
    GapReason.SUBMODULE: "inputs/test_repositories.py",
    GapReason.LFS_POINTER: "inputs/test_repositories.py",
    GapReason.NO_RULES: "tools/test_semgrep.py",
    GapReason.TOOL_MISSING: "faults/faults.py",
    GapReason.TOOL_UNLOCKED: "inputs/test_reasons.py",
    GapReason.TOOL_DENIED: "unit/toolchain/test_locate.py",
    GapReason.TOOL_FAILED: "faults/faults.py",
    GapReason.TOOL_OUTPUT: "faults/faults.py",
    GapReason.FEED_MISSING: "faults/tables.py",
    GapReason.FEED_STALE: "faults/tables.py",
    GapReason.FEED_FUTURE: "faults/tables.py",
    GapReason.FEED_EXCERPT: "faults/tables.py",
    GapReason.FEED_BROKEN: "faults/tables.py",
    GapReason.CANARY_MISSED: "tools/test_image.py",
    GapReason.DIGEST_MISMATCH: "faults/tables.py",
    GapReason.POLICY_UNTRUSTED: "tools/test_base_commit.py",
    GapReason.BASE_MISSING: "tools/test_base_commit.py",
    GapReason.INTERRUPTED: "tools/test_interrupt.py",
    GapReason.CLOCK: "abuse/test_51_clock.py",
    GapReason.LIMIT: "faults/faults.py",
}


def run(folder: Path) -> tuple[int, set[tuple[str | None, str | None, str]]]:
    out = folder.parent / "out"
    return penstock("run", folder, "--out", out).code, Bundle(out).unanswered()


def test_every_reason_is_produced_or_said_not_to_be() -> None:
    assert set(PRODUCED) == set(GapReason)
    for reason, name in PRODUCED.items():
        words = rf"\b{reason.value}\b|GapReason\.{reason.name}\b"
        assert re.search(words, (TESTS / name).read_text()), reason


def test_two_rules_with_one_id_are_a_rule_error_before_semgrep_starts(tmp_path: Path) -> None:
    rule = (
        "rules:\n  - id: own.x\n    languages: [python]\n    severity: INFO\n"
        "    message: x\n    pattern: f(...)\n"
    )
    folder = repository(
        tmp_path / "r",
        "semgrep",
        files=[("app.py", "x = 1\n"), ("policies/semgrep/a.yml", rule),
               ("policies/semgrep/b.yml", rule)],
    )  # fmt: skip
    code, missing = run(folder)
    assert (code, missing) == (3, {("semgrep", None, "rule_error")})


def test_an_exclusion_is_a_gap_named_by_its_glob(tmp_path: Path) -> None:
    settings = 'schema = "penstock/config@1"\n[source]\nexclude = [".github/workflows/b*"]\n'
    folder = repository(
        tmp_path / "r",
        files=[("penstock.toml", settings), (".github/workflows/b.yml", "on: push\n")],
    )
    code, missing = run(folder)
    assert (code, missing) == (3, {("workflows", ".github/workflows/b*", "excluded")})


def test_a_module_from_elsewhere_is_a_gap_of_the_file_that_names_it(tmp_path: Path) -> None:
    module = 'module "vpc" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "5.0.0"\n}\n'
    folder = repository(tmp_path / "r", "config", files=[("main.tf", module)])
    code, missing = run(folder)
    assert (code, missing) == (3, {("config", "main.tf", "remote_module")})


def test_a_tool_of_the_user_s_own_is_unlocked(tmp_path: Path) -> None:
    settings = f'schema = "penstock/config@1"\n[tools.zizmor]\npath = "{tool("zizmor")}"\n'
    folder = repository(tmp_path / "r", files=[("penstock.toml", settings)])
    code, missing = run(folder)
    assert (code, missing) == (3, {("workflows", None, "tool_unlocked")})
