"""A whole plan of a small folder, without git and without any tool."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.config.load import load
from pipeline.config.settings import Flags
from pipeline.config.trust import policy_files
from pipeline.model.artifact import Tool
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Exclusion
from pipeline.model.outcome import Failed, Skipped, SkipReason
from pipeline.plan.make import Asked, make
from pipeline.plan.model import Plan, Planned
from pipeline.policy.loading.load import load as load_policy
from pipeline.stages import STAGES
from pipeline.toolchain.locate import Claim
from tests.support.small import repository

HEAD = 'schema = "penstock/config@1"\n'
ALL = tuple(STAGES)


def planned(folder: Path, *, name: str = "work", **flags: Any) -> Plan:
    settings = load(
        Flags(target=folder, jobs=2, **flags),
        environment={},
        base=None,
        now=datetime(2026, 11, 22, tzinfo=UTC),
        ci=False,
        tools_root=folder.parent / "tools",
        cache=folder.parent / "cache",
    )
    files = policy_files(settings, None, None)
    policy = load_policy(files.files, stages=ALL, where=files.source)
    workspace = folder.parent / name
    workspace.mkdir()
    asked = Asked(settings=settings, policy=policy, policy_files=files, gaps=())
    return make(asked, workspace=workspace)


def stage(plan: Plan, name: str) -> Planned:
    return next(one for one in plan.stages if one.stage == name)


def test_every_stage_of_the_registry_is_in_the_plan_once(tmp_path: Path) -> None:
    plan = planned(repository(tmp_path / "r"))
    assert tuple(one.stage for one in plan.stages) == ALL


def test_a_tool_that_is_not_installed_fails_its_stage_and_no_other(tmp_path: Path) -> None:
    plan = planned(repository(tmp_path / "r"))
    decision = stage(plan, "workflows").decision
    assert isinstance(decision, Failed)
    assert (decision.reason, decision.asked) == (GapReason.TOOL_MISSING, 1)
    others = {one.decision.why for one in plan.stages if isinstance(one.decision, Skipped)}
    assert others == {SkipReason.NOT_REQUIRED}
    assert plan.commands == {}


@pytest.mark.parametrize(
    ("released", "refused"),
    [("2026-11-16", True), ("2026-11-15", False), ("2027-01-01", True)],
)
def test_a_tool_that_is_too_young_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, released: str, *, refused: bool
) -> None:
    young = Tool(name="zizmor", version="9", path="/t", sha256="0", locked=True, released=released)
    found = {"zizmor": Claim("zizmor", young)}
    monkeypatch.setattr("pipeline.plan.make.claims", lambda *_, **__: found)
    decision = stage(planned(repository(tmp_path / "r")), "workflows").decision
    assert isinstance(decision, Failed) is refused
    if isinstance(decision, Failed):
        assert decision.reason is GapReason.TOOL_DENIED
        assert released in decision.message


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("", "sync osv"),
        ("feeds/osv", "sync osv --to {0}/feeds"),
        ("gone", "sync osv --to {0}, and"),
    ],
)
def test_a_feed_that_is_missing_is_fetched_to_where_the_run_reads_it(
    where: str, told: str, tmp_path: Path
) -> None:
    folder = repository(tmp_path / "r", "pip-audit", files=[("requirements.txt", "a==1\n")])
    if where:
        (folder / "penstock.toml").write_text(f'{HEAD}[feeds]\nosv = "{where}"\n')
    one = planned(folder).feeds["osv"]
    assert isinstance(one, ToolError)
    assert one.hint.startswith(f"fetch it with: penstock feeds {told.format(folder)}")
    assert where or one.hint.endswith("sync osv")


def test_equal_folders_have_equal_plans(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        repository(tmp_path / name / "r", *ALL, files=[("requirements.txt", "jinja2==2.10\n")])
    one, two = planned(tmp_path / "a/r"), planned(tmp_path / "b/r")
    assert one.inventory.digest == two.inventory.digest
    shown = [
        [(p.stage, p.required, p.scope, p.excluded, type(p.decision)) for p in plan.stages]
        for plan in (one, two)
    ]
    assert shown[0] == shown[1]
    again = planned(tmp_path / "a/r", name="again")
    assert msgspec.structs.replace(again.inventory) == one.inventory


def test_an_excluded_file_is_an_exclusion_of_every_stage_that_would_ask(tmp_path: Path) -> None:
    files = [
        ("penstock.toml", f'{HEAD}[source]\nexclude = ["old/**"]\n'),
        ("old/app.py", "x = 1\n"),
        ("old/requirements.txt", "jinja2==2.10\n"),
        ("app.py", "x = 1\n"),
    ]
    plan = planned(repository(tmp_path / "r", *ALL, files=files))
    assert stage(plan, "semgrep").excluded == (Exclusion(path="old/app.py", by="old/**"),)
    assert {one.path for one in stage(plan, "secrets").excluded} == {
        "old/app.py", "old/requirements.txt",
    }  # fmt: skip
    (pin,) = stage(plan, "pip-audit").excluded
    assert pin == Exclusion(path="old/requirements.txt#jinja2==2.10", by="old/**")
    assert pin in stage(plan, "sbom").excluded
    assert stage(plan, "workflows").excluded == ()


def test_a_narrowed_root_leaves_everything_beside_it_out_by_name(tmp_path: Path) -> None:
    files = [
        ("penstock.toml", f'{HEAD}[source]\nroot = "api"\n'),
        ("api/app.py", "x = 1\n"),
        ("app.py", "x = 1\n"),
        ("api/requirements.txt", "jinja2==2.10\n"),
        ("requirements.txt", "jinja2==2.10\n"),
    ]
    plan = planned(repository(tmp_path / "r", *ALL, files=files))
    assert stage(plan, "semgrep").scope.asked == ("app.py",)
    assert stage(plan, "semgrep").excluded == (Exclusion(path="app.py", by="source.root"),)
    assert stage(plan, "pip-audit").excluded == (
        Exclusion(path="requirements.txt#jinja2==2.10", by="source.root"),
    )
    assert stage(plan, "workflows").excluded == (
        Exclusion(path=".github/workflows/ci.yml", by="source.root"),
    )


def test_what_is_no_file_is_not_left_out_by_a_narrowed_root(tmp_path: Path) -> None:
    files = [("penstock.toml", f'{HEAD}[source]\nroot = "api"\n'), ("api/app.py", "x = 1\n")]
    folder = repository(tmp_path / "r", *ALL, files=files)
    plan = planned(folder, images=("oci:nowhere",))
    assert stage(plan, "image").scope.asked == ("oci:nowhere",)
    assert stage(plan, "image").excluded == ()
    assert "oci:nowhere" in stage(plan, "sbom").scope.asked
    assert stage(plan, "sbom").excluded == ()


def test_manifests_that_are_not_named_are_exclusions(tmp_path: Path) -> None:
    files = [
        ("penstock.toml", f'{HEAD}[source]\nrequirements = ["requirements.txt"]\n'),
        ("requirements.txt", "jinja2==2.10\n"),
        ("dev/requirements.txt", "flask==1.0\n"),
    ]
    plan = planned(repository(tmp_path / "r", *ALL, files=files))
    assert stage(plan, "pip-audit").scope.asked == ("requirements.txt#jinja2==2.10",)
    assert stage(plan, "pip-audit").excluded == (
        Exclusion(path="dev/requirements.txt#flask==1.0", by="source.requirements"),
    )


def test_a_name_with_a_number_sign_is_left_out_by_its_own_glob(tmp_path: Path) -> None:
    files = [
        ("penstock.toml", f'{HEAD}[source]\nexclude = ["c#/**"]\n'),
        ("c#/app.py", "x = 1\n"),
    ]
    plan = planned(repository(tmp_path / "r", *ALL, files=files))
    assert stage(plan, "semgrep").excluded == (Exclusion(path="c#/app.py", by="c#/**"),)


def test_what_was_deselected_is_listed_with_what_it_would_have_been_asked(tmp_path: Path) -> None:
    plan = planned(repository(tmp_path / "r", *ALL), only=("secrets",))
    decision = stage(plan, "workflows").decision
    assert decision == Skipped(why=SkipReason.DESELECTED, asked=1, inventory=plan.inventory.digest)
    assert not isinstance(stage(plan, "secrets").decision, Skipped)


def test_our_own_evidence_is_no_target(tmp_path: Path) -> None:
    folder = repository(tmp_path / "r", *ALL, files=[(".penstock/raw/x.py", "x = 1\n")])
    plan = planned(folder)
    assert not any("x.py" in target for one in plan.stages for target in one.scope.asked)
