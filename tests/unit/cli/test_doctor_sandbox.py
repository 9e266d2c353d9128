"""What doctor says of the walls around scanners: the level, the cause, and what to change."""

import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.doctor.sandbox import Kernel, check
from pipeline.cli.doctor.view import State
from pipeline.model.walls import Level

PAGE = Path(__file__).parents[3] / "docs" / "sandbox.md"


def here(**fields: Any) -> Kernel:
    usual = {"root": False, "container": False, "apparmor": False, "switched_off": False}
    return Kernel(**{**usual, "none_left": False, "landlock": 7, **fields})


def test_nothing_is_to_be_changed_where_scanners_are_isolated() -> None:
    said = check(Level.ISOLATED, "enter 1", here(apparmor=True), "required")
    assert (said.state, said.hint) == (State.OK, "")
    assert said.value.startswith("isolated: ")


@pytest.mark.parametrize(
    ("refused", "fields", "cause", "change"),
    [
        ("enter 28, enter 1", {"none_left": True}, "No space", "user.max_user_namespaces=15000"),
        ("enter 1, enter 1", {"switched_off": True}, "not permitted",
         "unprivileged_userns_clone=1"),
        ("settle 13, enter 1", {"apparmor": True}, "settle: Permission",
         "apparmor_restrict_unprivileged_userns=0"),
        ("enter 1, enter 1", {"container": True, "root": True, "apparmor": True}, "not permitted",
         "seccomp=unconfined"),
        ("enter 22, enter 1", {}, "Invalid argument", "whoever runs this machine"),
        ("settle 38, enter 1", {}, "settle: Function not implemented", "Linux 5.12"),
        ("died", {}, "died", "whoever runs this machine"),
        ("", {}, "without a reason", "whoever runs this machine"),
    ],
)  # fmt: skip
def test_each_cause_is_named_with_what_would_change_it(
    refused: str, fields: dict[str, Any], cause: str, change: str
) -> None:
    said = check(Level.LANDLOCK, refused, here(**fields), "preferred")
    assert said.state is State.NOTE
    assert cause in said.hint
    assert change in said.hint
    assert "evidence.sandbox: required" in said.hint


def test_what_the_policy_requires_and_nobody_gives_is_a_problem() -> None:
    assert check(Level.LANDLOCK, "enter 1", here(), "required").state is State.PROBLEM


def test_walls_that_the_policy_does_not_want_are_told_to_be_missed() -> None:
    said = check(Level.ISOLATED, "", here(), "off")
    assert (said.state, said.value[:4]) == (State.NOTE, "off:")
    assert "could give isolated" in said.hint


def test_without_landlock_that_is_said_too() -> None:
    assert "no Landlock" in check(Level.NONE, "enter 1", here(landlock=0), "preferred").hint
    assert "no Landlock" not in check(Level.NONE, "enter 1", here(landlock=7), "preferred").hint
    assert "6.7" in check(Level.LANDLOCK_TCP, "enter 1", here(landlock=3), "preferred").hint


def test_the_page_has_every_level_and_every_change() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [f"`{level}`" for level in Level] == re.findall(r"(?m)^\| (`[a-z-]+`) \|", page)[:5]
    for fields in ({"none_left": True}, {"switched_off": True}, {"apparmor": True}):
        (command,) = re.findall(
            r"`(sysctl [^`]+)`", check(Level.NONE, "", here(**fields), "preferred").hint
        )
        assert f"`{command}`" in page
