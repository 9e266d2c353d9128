"""What becomes of a stage before anything starts."""

from pathlib import Path

import pytest

from pipeline.model.artifact import Tool
from pipeline.model.gap import GapReason
from pipeline.model.inventory import Exclusion, Inventory
from pipeline.model.outcome import Failed, Skipped, SkipReason
from pipeline.plan.model import Planned, Ready
from pipeline.plan.stage import Context, plan_stage, refuse_broken_needs
from pipeline.stages import STAGES
from pipeline.stages.base import Options
from tests.support import staging

WORKFLOW = staging.bare(workflows=(".github/workflows/a.yml", ".github/workflows/b.yml"))
NOTHING = staging.bare()
TOOL = Tool(name="zizmor", version="1", path="/tools/zizmor", sha256="0", locked=True)


def planned(
    inventory: Inventory = WORKFLOW,
    *,
    whole: Inventory | None = None,
    required: str = "always",
    selected: bool = True,
    prefix: str = "",
    tools: dict[str, Tool] | None = None,
    name: str = "workflows",
    max_report: int = 1 << 30,
) -> Planned:
    context = Context(
        tree=Path("/tree"),
        work=Path("/work-folder"),
        word="a1b2c3d4",
        inventory=inventory,
        whole=whole or inventory,
        prefix=prefix,
        tools={"zizmor": TOOL} if tools is None else tools,
        feeds={},
        cores=2,
        max_report=max_report,
    )
    return plan_stage(
        name, STAGES[name], required=required, selected=selected, options=Options(),
        context=context,
    )  # fmt: skip


def test_a_stage_that_is_asked_is_ready_with_its_commands() -> None:
    decision = planned().decision
    assert isinstance(decision, Ready)
    assert decision.commands


def test_no_report_may_be_larger_than_the_policy_says() -> None:
    decision = planned(max_report=1 << 20).decision
    assert isinstance(decision, Ready)
    assert {one.max_report for one in decision.commands} == {1 << 20}
    larger = planned(max_report=1 << 40).decision
    assert isinstance(larger, Ready)
    assert all(one.max_report <= 1 << 30 for one in larger.commands)


@pytest.mark.parametrize(
    ("required", "selected", "why"),
    [
        ("always", False, SkipReason.DESELECTED),
        ("when_present", False, SkipReason.DESELECTED),
        ("no", True, SkipReason.NOT_REQUIRED),
        ("no", False, SkipReason.DESELECTED),
    ],
)
def test_a_stage_that_is_not_asked_says_why(
    required: str, selected: object, why: SkipReason
) -> None:
    decision = planned(required=required, selected=bool(selected)).decision
    assert decision == Skipped(why=why, asked=2, inventory=WORKFLOW.digest)


@pytest.mark.parametrize("selected", [True, False])
def test_nothing_to_ask_is_not_applicable_only_where_the_policy_says_when_present(
    selected: object,
) -> None:
    absent = planned(NOTHING, required="when_present", selected=bool(selected)).decision
    assert absent == Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory=NOTHING.digest)


def test_nothing_to_ask_where_an_answer_is_required_has_failed() -> None:
    decision = planned(NOTHING).decision
    assert isinstance(decision, Failed)
    assert decision.reason is GapReason.NO_TARGETS
    assert "when_present" in decision.message


def test_a_missing_tool_has_failed_and_keeps_what_was_asked() -> None:
    decision = planned(tools={}).decision
    assert isinstance(decision, Failed)
    assert (decision.reason, decision.asked) == (GapReason.TOOL_MISSING, 2)


def test_what_the_configuration_leaves_out_is_an_exclusion_of_the_stages_that_would_ask() -> None:
    narrow = staging.bare(
        workflows=(".github/workflows/a.yml",),
        excluded=(Exclusion(path=".github/workflows/b.yml", by=".github/**"),),
    )
    assert planned(narrow, whole=WORKFLOW).excluded == (
        Exclusion(path=".github/workflows/b.yml", by=".github/**"),
    )
    assert planned(narrow, whole=WORKFLOW, name="config").excluded == ()


def test_a_narrowed_root_is_an_exclusion_of_everything_beside_it() -> None:
    inner = staging.bare(workflows=("action.yml",))
    outer = staging.bare(workflows=("api/action.yml", "web/action.yml"))
    found = planned(inner, whole=outer, prefix="api/").excluded
    assert found == (Exclusion(path="web/action.yml", by="source.root"),)


def test_a_stage_that_waits_for_a_report_that_nobody_makes_has_failed() -> None:
    import msgspec

    good = planned()
    assert isinstance(good.decision, Ready)
    first, *others = good.decision.commands
    waiting = msgspec.structs.replace(first, needs=("nobody",))
    broken = msgspec.structs.replace(
        good, decision=msgspec.structs.replace(good.decision, commands=(waiting, *others))
    )
    (refused,) = refuse_broken_needs((broken,))
    assert isinstance(refused.decision, Failed)
    assert "nobody" in refused.decision.message
    assert refuse_broken_needs((good,)) == (good,)


def test_a_file_beside_a_narrowed_root_is_not_mistaken_for_one_of_its_own() -> None:
    inner = staging.bare(workflows=("action.yml",))
    outer = staging.bare(workflows=("action.yml", "api/action.yml"))
    found = planned(inner, whole=outer, prefix="api/").excluded
    assert found == (Exclusion(path="action.yml", by="source.root"),)
