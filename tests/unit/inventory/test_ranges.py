import pytest
from packaging.specifiers import SpecifierSet

from pipeline.inventory.ranges import Answer, Fixed, answer, exact


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("==1.0", "1.0"),
        ("== 1.0.0", "1.0.0"),
        ("===1.0", "1.0"),
        ("==1.0,>=0.5", "1.0"),
        ("==1.0rc1", "1.0rc1"),
        ("==1.0+local.1", "1.0+local.1"),
        ("==1.0-1", "1.0.post1"),
        ("==1.*", None),
        ("===anything", None),
        ("==1.0,>=2", None),
        ("==1.0,!=1.0", None),
        (">=1.0", None),
        ("~=1.0", None),
        ("", None),
    ],
)
def test_only_one_possible_version_is_exact(written: str, version: str | None) -> None:
    assert exact(SpecifierSet(written)) == version


def fixed(path: str, folders: set[str], *, is_lock: bool = True) -> Fixed:
    return Fixed(
        path=path,
        folders=frozenset(folders),
        versions={"flask": ("2.0", "3.0")},
        own=frozenset({"shop"}),
        is_lock=is_lock,
    )


def ask(path: str, form: str, written: str, *locks: Fixed, name: str = "flask") -> Answer:
    return answer(path, form, name, SpecifierSet(written), locks)


def test_a_lock_beside_it_answers_for_a_range() -> None:
    assert ask("a/pyproject.toml", "pyproject.toml", ">=2", fixed("a/uv.lock", {"a"})) == Answer(
        by="a/uv.lock"
    )


def test_a_lock_elsewhere_does_not() -> None:
    found = ask("a/pyproject.toml", "pyproject.toml", ">=2", fixed("uv.lock", {""}))
    assert (found.by, found.own) == ("", False)
    assert "no lock" in found.detail


def test_a_lock_whose_version_is_outside_the_range_does_not() -> None:
    found = ask("pyproject.toml", "pyproject.toml", ">=4", fixed("uv.lock", {""}))
    assert found.by == ""
    assert "uv.lock pins 2.0, 3.0" in found.detail


def test_a_project_of_the_tree_itself_is_nobody_s_question() -> None:
    found = ask("pyproject.toml", "pyproject.toml", "", fixed("uv.lock", {""}), name="shop")
    assert found == Answer(own=True)


@pytest.mark.parametrize("path", ["requirements.txt", "requirements/base.txt"])
def test_a_requirements_file_answers_for_its_project(path: str) -> None:
    lock = fixed(path, set(), is_lock=False)
    assert ask("pyproject.toml", "pyproject.toml", "<3", lock).by == path


def test_a_compiled_file_answers_for_its_source_and_for_no_other() -> None:
    lock = fixed("requirements/dev.txt", set(), is_lock=False)
    assert ask("requirements/dev.in", "requirements", ">=2", lock).by == "requirements/dev.txt"
    assert ask("requirements/doc.in", "requirements", ">=2", lock).by == ""
    assert ask("requirements/doc.txt", "requirements", ">=2", lock).by == ""
