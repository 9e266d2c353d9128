"""Markers speak for all environments together, or somebody is left without an answer."""

import pytest

from pipeline.inventory.environments import covered

_OLD, _NEW = 'python_version < "3.10"', 'python_version >= "3.10"'
_WINDOWS, _OTHERS = 'sys_platform == "win32"', 'os_name != "nt"'


@pytest.mark.parametrize(
    ("wanted", "given", "whole"),
    [
        ("", [""], True),
        ("", [_OLD, _NEW], True),
        ("", [_WINDOWS, _OTHERS], True),
        (_WINDOWS, [_WINDOWS], True),
        (_WINDOWS, [""], True),
        ("python_version < '3.9'", [_OLD], True),
        (_OLD, ['python_full_version <= "3.9.20" and platform_machine != "s390x"'], True),
        ("", [], False),
        ("", [_WINDOWS], False),
        ("", [_OLD, _WINDOWS], False),
        (_OLD, [_NEW], False),
        ("", ["no marker…"], False),
        ("", ['python_version in "3.8 3.9"', 'platform_python_implementation == "PyPy"'], False),
        ("", ['python_version ~= "x"'], False),
    ],
)
def test_each_environment_in_which_it_is_wanted_has_one_that_holds(
    wanted: str, given: list[str], *, whole: bool
) -> None:
    assert covered(wanted, given) is whole
