"""Settings: who wins, where each came from, and what a change under test may not decide."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import outside, trust
from pipeline.config.document import seconds
from pipeline.config.load import load
from pipeline.config.settings import Flags, Settings
from pipeline.config.toml import line_of, read
from pipeline.errors import UsageError
from pipeline.model.gap import GapReason

HEAD = 'schema = "penstock/config@1"\n'


def settings(
    target: Path, *, environment: Mapping[str, str] | None = None, ci: bool = False, **flags: Any
) -> Settings:
    return load(
        Flags(target=target, **flags),
        environment=environment or {},
        base=None,
        now=datetime(2026, 11, 22, tzinfo=UTC),
        ci=ci,
        tools_root=Path("/tools"),
        cache=Path("/cache"),
    )


def origin(found: Settings, name: str) -> str:
    return next(one.origin for one in found.origins if one.name == name)


def test_flags_win_over_the_environment_over_the_file_over_the_default(tmp_path: Path) -> None:
    assert origin(settings(tmp_path), "out") == "default"
    (tmp_path / "penstock.toml").write_text(HEAD + 'out = "from-file"\n')
    by_file = settings(tmp_path)
    assert by_file.out == tmp_path / "from-file"
    assert origin(by_file, "out").endswith("penstock.toml:2")
    named = {"PENSTOCK_OUT": "/from-environment", "PENSTOCK_ENV": "main"}
    by_environment = settings(tmp_path, environment=named)
    assert (by_environment.out, by_environment.environment) == (Path("/from-environment"), "main")
    assert origin(by_environment, "out") == "environment PENSTOCK_OUT"
    by_flag = settings(tmp_path, environment=named, out="/from-flag", env="release")
    assert (by_flag.out, by_flag.environment) == (Path("/from-flag"), "release")
    assert origin(by_flag, "out") == "flag --out"


def test_the_nearest_configuration_counts_up_to_the_git_root(tmp_path: Path) -> None:
    (tmp_path / "penstock.toml").write_text(HEAD + 'out = "above-the-root"\n')
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / "api" / "inner").mkdir(parents=True)
    assert settings(root / "api").config is None
    (root / "pyproject.toml").write_text('[tool.penstock]\nschema = "penstock/config@1"\nout="o"\n')
    assert settings(root / "api" / "inner").out == root / "o"
    (root / "api" / "penstock.toml").write_text(HEAD + 'out = "near"\n')
    assert settings(root / "api" / "inner").out == root / "api" / "near"


def test_exposures_have_their_lines_and_are_seen_from_the_target(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "services/api").mkdir(parents=True)
    entries = """
[[exposure]]
exposure = "internal"
paths = ["services/**"]

[[exposure]]
exposure = "public"
images = ["oci:site*"]
"""
    (tmp_path / "penstock.toml").write_text(HEAD + entries)
    found = settings(tmp_path / "services/api")
    first, second = found.exposures
    assert (first.exposure, first.paths, first.below) == (
        "internal", ("services/**",), "services/api/",
    )  # fmt: skip
    assert (second.images, second.source.rpartition(":")[2]) == (("oci:site*",), "7")
    assert origin(found, "exposure.0").endswith("penstock.toml:3")
    assert settings(tmp_path).exposures[0].below == ""


def test_a_pyproject_without_our_table_is_passed_over() -> None:
    assert read(b"[project]\nname = 'x'\n", "pyproject.toml") is None


@pytest.mark.parametrize(("text", "value"), [("90s", 90), ("10m", 600), ("1h", 3600)])
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "0s", "-1m", "10", "5 days", "1.5h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        seconds(text)


def test_a_root_outside_the_target_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "penstock.toml").write_text(HEAD + '[source]\nroot = "b"\n')
    assert settings(tmp_path).root == tmp_path / "b"
    with pytest.raises(UsageError, match="does not lie in the target"):
        settings(tmp_path / "a")


def test_the_line_of_a_key_is_found_in_its_table() -> None:
    text = HEAD + '\n[source]\nroot = "."\n\n[stages.semgrep]\ntimeout = "1m"\n'
    assert line_of(text, ("source", "root")) == 4
    assert line_of(text, ("stages", "semgrep", "timeout")) == 7
    assert line_of(text, ("stages", "semgrep", "rules")) == 6
    assert line_of(text, ("nowhere",)) == 1


def policy(folder: Path) -> Path:
    (folder / "policies").mkdir()
    (folder / "policies/gate.yaml").write_text("a: b\n")
    return folder


def test_a_policy_of_the_working_tree_is_said_to_be_one_and_is_a_gap_in_ci(tmp_path: Path) -> None:
    here = trust.policy_files(settings(policy(tmp_path)), None, None)
    assert (here.source, here.trusted, here.gaps) == ("working-tree:policies", False, ())
    in_ci = trust.policy_files(settings(tmp_path, ci=True), None, None)
    assert [gap.reason for gap in in_ci.gaps] == [GapReason.POLICY_UNTRUSTED]


def test_without_one_the_package_s_own_judges_and_is_trusted(tmp_path: Path) -> None:
    found = trust.policy_files(settings(tmp_path, ci=True), None, None)
    assert (found.source, found.trusted, found.gaps) == ("wheel", True, ())
    assert "gate.yaml" in found.files


def test_a_named_folder_without_a_gate_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no gate\.yaml"):
        trust.policy_files(settings(tmp_path, policy=str(tmp_path)), None, None)


def test_a_policy_folder_holds_no_links(tmp_path: Path) -> None:
    (policy(tmp_path) / "policies/extra.yaml").symlink_to("gate.yaml")
    with pytest.raises(UsageError, match="is a link"):
        trust.policy_files(settings(tmp_path), None, None)


def test_in_ci_nothing_inside_the_target_is_believed(tmp_path: Path) -> None:
    (tmp_path / "penstock.toml").write_text(
        HEAD + '[feeds]\nosv = "feeds/osv"\n[tools.semgrep]\npath = "bin/semgrep"\n'
    )
    assert outside.look(settings(tmp_path), None).gaps == ()
    told = " ".join(gap.detail for gap in outside.look(settings(tmp_path, ci=True), None).gaps)
    for word in ("the configuration", "the feed osv", "the tool semgrep"):
        assert word in told
    assert "trivy_db" not in told


def test_in_ci_rules_beside_the_policy_are_the_change_s_own(tmp_path: Path) -> None:
    (tmp_path / "penstock.toml").write_text(HEAD + '[stages.semgrep]\nrules = ["a/r", "b/r"]\n')
    assert outside.look(settings(tmp_path), None).gaps == ()
    told = " ".join(gap.detail for gap in outside.look(settings(tmp_path, ci=True), None).gaps)
    for name in ("a/r", "b/r"):
        assert f"what semgrep takes its rules from, {tmp_path / name}, lies inside" in told


def test_in_ci_the_whole_repository_is_the_change_s_also_for_a_folder_of_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "api").mkdir()
    (tmp_path / "penstock.toml").write_text(HEAD + '[feeds]\nosv = "feeds/osv"\n')
    told = " ".join(
        gap.detail for gap in outside.look(settings(tmp_path / "api", ci=True), None).gaps
    )
    assert "the configuration" in told
    assert "the feed osv" in told


def test_a_platform_is_noted_where_one_was_named(tmp_path: Path) -> None:
    found = settings(tmp_path, platform="linux/arm64/v8")
    assert found.platform == "linux/arm64/v8"
    assert origin(found, "platform") == "flag --platform"
    assert "platform" not in {one.name for one in settings(tmp_path).origins}


@pytest.mark.parametrize("platform", ["", "amd64", "linux/", "linux/amd64/v8/x", "Linux/amd64"])
def test_what_is_no_platform_is_told(tmp_path: Path, platform: str) -> None:
    with pytest.raises(UsageError, match="is no platform"):
        settings(tmp_path, platform=platform)


def test_a_stage_that_is_asked_for_and_passed_over_at_once_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--only and --skip both name sbom"):
        settings(tmp_path, only=("sbom", "config"), skip=("sbom",))
