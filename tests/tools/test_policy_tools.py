"""`penstock policy` as its users run it."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.support.command import penstock

pytestmark = pytest.mark.tools
ALLOWED = {
    "testsuites": {"tests", "failures", "errors", "name", "time", "disabled"},
    "testsuite": {
        "name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id",
        "package", "disabled",
    },
    "testcase": {"name", "classname", "time", "assertions", "status"},
    "failure": {"type", "message"},
}  # fmt: skip
"""Elements and attributes of the schema by which Jenkins and GitLab read JUnit."""
INSIDE = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure"},
    "failure": set[str](),
}
NEEDED = {"testsuite": {"name", "tests"}, "testcase": {"name", "classname"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy folder as `init` leaves it."""
    place = tmp_path_factory.mktemp("repository")
    ran = penstock("policy", "init", cwd=place)
    assert ran.code == 0, ran.err
    assert "penstock policy test policies --mutate" in ran.out
    return place


def changed(folder: Path, place: Path, before: str, after: str) -> Path:
    gate = (folder / "policies" / "gate.yaml").read_text(encoding="utf-8")
    assert before in gate
    (place / "policies" / "tests").mkdir(parents=True)
    tests = (folder / "policies" / "tests" / "default_test.yaml").read_text(encoding="utf-8")
    (place / "policies" / "tests" / "default_test.yaml").write_text(tests, encoding="utf-8")
    (place / "policies" / "gate.yaml").write_text(gate.replace(before, after), encoding="utf-8")
    return place


def check_junit(element: ET.Element) -> None:
    """Hold an element and what is in it against the schema."""
    assert set(element.attrib) <= ALLOWED[element.tag]
    assert NEEDED.get(element.tag, set()) <= set(element.attrib)
    assert {child.tag for child in element} <= INSIDE[element.tag]
    if element.tag in ("testsuite", "testsuites"):
        cases = list(element.iter("testcase"))
        assert element.attrib["tests"] == str(len(cases))
        assert element.attrib["failures"] == str(len(list(element.iter("failure"))))
    for child in element:
        check_junit(child)


def test_a_new_policy_is_green_sees_every_weakening_and_is_clean(folder: Path) -> None:
    ran = penstock("policy", "test", "--mutate", cwd=folder)
    assert (ran.code, ran.err) == (0, "")
    assert "each seen by a test" in ran.out
    ran = penstock("policy", "lint", "--format", "json", cwd=folder)
    assert ran.code == 0
    assert json.loads(ran.out)["findings"] == []


@pytest.mark.parametrize(
    ("typed", "owned"), [("ci/policies", "/ci/policies/ "), ("./p/", "/p/ "), ("a/../b", "/b/ ")]
)
def test_the_lines_for_owners_name_the_folder_from_the_top(
    typed: str, owned: str, tmp_path: Path
) -> None:
    ran = penstock("policy", "init", typed, "--from", "minimal", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert owned in (tmp_path / typed / "CODEOWNERS.sample").read_text(encoding="utf-8")


def test_it_is_not_written_twice(folder: Path) -> None:
    ran = penstock("policy", "init", cwd=folder)
    assert ran.code == 2
    assert "nothing was written" in ran.err


def test_a_red_case_says_why_and_ends_with_1_in_every_format(folder: Path, tmp_path: Path) -> None:
    place = changed(folder, tmp_path, "severity: [critical, high]}\n    effect: fail\n    grace",
                    "severity: [critical]}\n    effect: fail\n    grace")  # fmt: skip
    out = tmp_path / "out.xml"
    ran = penstock("policy", "test", "--format", "json", "--format", f"junit={out}", cwd=place)
    assert ran.code == 1
    told = json.loads(ran.out)
    red = [one for one in told["cases"] if not one["green"]]
    assert not told["green"]
    assert "a high one fails" in [one["name"] for one in red]
    assert "GATE-002 does not match f1: severity = critical (is high)" in ran.out
    root = ET.fromstring(out.read_text(encoding="utf-8"))
    check_junit(root)
    assert root.attrib["failures"] == str(len(red))
    only = penstock("policy", "test", "-k", "nothing found", cwd=place)
    assert only.code == 0
    assert "1 case, all green" in only.out


def test_what_no_test_sees_is_listed_and_ends_with_1(folder: Path, tmp_path: Path) -> None:
    place = changed(folder, tmp_path, "name: own", "name: own")
    tests = place / "policies" / "tests" / "default_test.yaml"
    text = tests.read_text(encoding="utf-8")
    start = text.index("  - name: less was looked at than before")
    end = text.index("  - name: every stage has to answer")
    tests.write_text(text[:start] + text[end:], encoding="utf-8")
    out = tmp_path / "out.xml"
    ran = penstock(
        "policy", "test", "--mutate", "--format", "text", "--format", f"junit={out}", cwd=place
    )
    assert ran.code == 1
    assert "UNSEEN  GATE-008 is dropped" in ran.out
    assert "write a case that fails by GATE-008 alone" in ran.out
    check_junit(ET.fromstring(out.read_text(encoding="utf-8")))
    lint = penstock("policy", "lint", cwd=place)
    assert lint.code == 1
    assert "error rule-untested" in lint.out


def test_no_line_is_wider_than_a_terminal(folder: Path) -> None:
    for command in (["show", "--env", "main"], ["test", "--mutate"], ["lint"], ["init", "x"]):
        ran = penstock("policy", *command, cwd=folder)
        assert max(map(len, ran.out.splitlines())) <= 90, ran.out


def test_a_policy_is_shown_in_words_as_json_and_as_a_page(folder: Path) -> None:
    ran = penstock("policy", "show", "--env", "weekly", cwd=folder)
    assert ran.code == 0
    assert "BUD-003" in ran.out
    assert "GATE-001 No P0 open. FAILS on all findings with priority P0." in ran.out
    told = json.loads(penstock("policy", "show", "--format", "json", cwd=folder).out)
    assert told["schema"] == "penstock/policy-words@1"
    assert "BUD-003" not in json.dumps(told)
    page = penstock("policy", "show", "--format", "markdown", cwd=folder).out
    assert page.startswith("# Policy `own` for `pr`")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("test", "--mutate", "-k", "x"), "--mutate needs every test"),
        (("test", "-k", "no such case"), "no case is called"),
        (("test", "--format", "html"), "there is no format"),
        (("show", "--env", "prod"), "there is no environment"),
        (("lint", "--format", "xml"), "there is no format"),
        (("init", "y", "--from", "nothing"), "there is no start"),
        (("lint", "nowhere"), "nowhere holds no gate.yaml"),
    ],
)
def test_what_cannot_be_meant_ends_with_2(
    arguments: tuple[str, ...], message: str, folder: Path
) -> None:
    ran = penstock("policy", *arguments, cwd=folder)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_a_base_that_cannot_be_read_shows_no_policy(folder: Path) -> None:
    ran = penstock("policy", "show", "--base", "0" * 40, cwd=folder)
    assert ran.code == 3
    assert ran.out == ""
