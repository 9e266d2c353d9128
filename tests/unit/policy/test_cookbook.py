"""Every recipe of the cookbook is a policy that loads, and its own cases hold."""

import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from pipeline.authoring.cases import read_suites
from pipeline.authoring.tested import report
from pipeline.authoring.trial import run
from pipeline.errors import UsageError
from pipeline.policy.loading.demands import LATER
from pipeline.policy.loading.load import load
from pipeline.policy.model import Policy
from pipeline.stages import STAGES

PAGE: Final = (Path(__file__).parents[3] / "docs/cookbook.md").read_text(encoding="utf-8")
HEAD: Final = "apiVersion: penstock/v1\nkind: PolicyTest\nnow: 2026-11-25T12:00:00Z\n"
_BLOCK: Final = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_SECTION: Final = re.compile(r"^(?=[A-Za-z_]+:)", re.MULTILINE)


class Recipe(NamedTuple):
    """What stands between two headings."""

    title: str
    sections: str
    others: str
    """roles.yaml, where there is one."""
    cases: str


def _recipes() -> tuple[str, tuple[Recipe, ...]]:
    intro, *rest = PAGE.split("\n## ")
    (base,) = _BLOCK.findall(intro)
    found = []
    for text in rest[:-1]:
        sections, *others, cases = _BLOCK.findall(text)
        found.append(Recipe(text.partition("\n")[0], sections, "".join(others), cases))
    return base, tuple(found)


BASE, RECIPES = _recipes()
every_recipe = pytest.mark.parametrize("recipe", RECIPES, ids=lambda one: one.title)


def _sections(text: str) -> dict[str, str]:
    return {part.partition(":")[0]: part for part in _SECTION.split(text) if part.strip()}


def _policy(recipe: Recipe) -> Policy:
    text = "".join({**_sections(BASE), **_sections(recipe.sections)}.values())
    files = {"gate.yaml": text.encode()}
    if recipe.others:
        files |= {"roles.yaml": recipe.others.encode(), "allowed_signers": b"", "revoked_keys": b""}
    return load(files, stages=tuple(STAGES), where="policies")


def test_they_are_numbered_and_at_least_twenty() -> None:
    assert [one.title.partition(".")[0] for one in RECIPES] == [
        str(n) for n in range(1, len(RECIPES) + 1)
    ]
    assert len(RECIPES) >= 20


@every_recipe
def test_its_cases_hold(recipe: Recipe) -> None:
    policy = _policy(recipe)
    files = {"tests/recipe_test.yaml": (HEAD + recipe.cases).encode()}
    suites = read_suites(files, where="policies", stages=(*STAGES, *LATER))
    shown = report(policy, run(suites, policy))
    assert shown.cases
    assert [(one.name, one.differences) for one in shown.cases if not one.green] == []


@every_recipe
def test_its_cases_need_it(recipe: Recipe) -> None:
    """Without the recipe some case comes out otherwise: else it would prove nothing."""
    bare = load({"gate.yaml": BASE.encode()}, stages=tuple(STAGES), where="policies")
    rules = "|".join(re.findall(r"id: ([A-Z0-9]+), title", recipe.sections)) or "-"
    known = re.sub(rf"rules: \[({rules})\], target", "rules: [HIGH], target", recipe.cases)
    files = {"tests/recipe_test.yaml": (HEAD + known).encode()}
    try:
        suites = read_suites(files, where="policies", stages=(*STAGES, *LATER))
        green = report(bare, run(suites, bare)).green
    except UsageError:
        return
    assert not green
