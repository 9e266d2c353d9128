"""The example shop, run as a user runs it, is held to its EXPECTED.md row by row."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import pytest

from examples import build
from tests.support.command import Bundle, Ran, penstock

pytestmark = pytest.mark.tools

SHOP: Final = Path(build.__file__).parent / "shop"


class Row(NamedTuple):
    """A line of a table of EXPECTED.md."""

    stage: str
    rule: str
    target: str
    place: str
    severity: str
    policy: str


def _rows() -> Iterator[Row]:
    stage = ""
    for line in (SHOP / "EXPECTED.md").read_text().partition("## Not found")[0].splitlines():
        if line.startswith("### "):
            stage = line.removeprefix("### ")
        elif stage and line.startswith("| ") and not line.startswith("| Rule"):
            yield Row(stage, *[cell.strip() for cell in line.strip("|").split("|")])


ROWS: Final = tuple(_rows())


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Bundle]:
    out = tmp_path_factory.mktemp("shop") / "bundle"
    return penstock("run", SHOP, "--out", out), Bundle(out)


def _place(finding: Any) -> str:
    if finding["purl"]:
        return unquote(str(finding["purl"]).partition("?")[0])
    return str(finding["location"]["line"])


def _severity(finding: Any) -> str:
    return f"{finding['severity']}{' (assumed)' if finding['severity_assumed'] else ''}"


def _key(finding: Any) -> tuple[str, ...]:
    where = finding["target"]
    return (finding["stage"], finding["rule"], where, _place(finding), _severity(finding))


def test_the_verdict_is_the_expected_one(ran: tuple[Ran, Bundle]) -> None:
    done, bundle = ran
    verdict = bundle.verdict
    assert (done.code, verdict["verdict"], verdict["exit_code"]) == (1, "FAIL", 1)
    assert verdict["demo"]
    assert verdict["unanswered"] == []
    assert [(e["id"], e["status"]) for e in verdict["exceptions"]] == [("EX-2026-0001", "active")]
    assert not any(budget["breached"] for budget in verdict["budgets"])
    assert "FAIL (DEMO)" in done.out


def test_what_is_expected_is_found_and_nothing_else(ran: tuple[Ran, Bundle]) -> None:
    found = Counter(_key(finding) for finding in ran[1].findings)
    expected: Counter[tuple[str, ...]] = Counter(row[:5] for row in ROWS)
    assert len(ROWS) > 40
    assert sorted((expected - found).elements()) == []
    assert sorted((found - expected).elements()) == []


def test_each_vulnerability_has_the_row_of_the_directive_that_is_named(
    ran: tuple[Ran, Bundle],
) -> None:
    table = (SHOP / "EXPECTED.md").read_text().partition("## Rows of BOD 26-04")[2]
    lines = [line for line in table.splitlines() if line.startswith("| CVE-")]
    named = [[cell.strip() for cell in line.strip("|").split("|")][:3] for line in lines]
    rows = {cve: row.split(", ") for cve, _, row in named}
    found = [one for one in ran[1].findings if one["kind"] == "sca"]
    assert {(cve, target) for cve, target, _ in named} <= {(f["rule"], f["target"]) for f in found}
    assert {one["rule"] for one in found} == rows.keys()
    for one in found:
        assert (one["ssvc_possible"] or [one["ssvc"]]) == rows[one["rule"]], one["rule"]


def test_each_finding_meets_the_rules_that_are_named(ran: tuple[Ran, Bundle]) -> None:
    bundle = ran[1]
    met: dict[str, set[str]] = {finding["id"]: set() for finding in bundle.findings}
    for entry in (*bundle.verdict["breaches"], *bundle.verdict["warnings"]):
        if entry["finding"]:
            met[entry["finding"]].add(entry["rule"])
    excepted = {e["finding"]: e["exception"] for e in bundle.verdict["excepted"]}
    for row in ROWS:
        (finding,) = [f for f in bundle.findings if _key(f) == row[:5]]
        if row.policy.startswith("excepted by "):
            assert excepted[finding["id"]] == row.policy.removeprefix("excepted by ")
        else:
            assert met[finding["id"]] == set(row.policy.split()) - {"-"}, row


def test_a_silenced_finding_is_found_and_marked(ran: tuple[Ran, Bundle]) -> None:
    marked = [f for f in ran[1].findings if f["suppressed_inline"]]
    assert [_place(f) for f in marked] == ["36"]


def test_two_tools_on_one_manifest_are_one_finding_and_the_image_joins_its_group(
    ran: tuple[Ran, Bundle],
) -> None:
    findings = ran[1].findings
    jinja = [f for f in findings if f["rule"] == "CVE-2020-28493"]
    assert {f["target"] for f in jinja} == {"requirements.txt", "oci:image/layout"}
    assert len({f["group"] for f in jinja}) == 1
    source = next(f for f in jinja if f["target"] == "requirements.txt")
    assert source["sources"] == ["pip-audit", "packages"]


def test_no_file_of_the_bundle_holds_the_planted_secret(ran: tuple[Ran, Bundle]) -> None:
    line = (SHOP / "deploy/shop.env").read_text().splitlines()[3]
    secret = line.partition("=")[2].encode()
    assert len(secret) > 12
    for path in ran[1].path.rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes(), path
    assert secret.decode() not in ran[0].out + ran[0].err


def test_judging_the_bundle_again_gives_the_same_verdict(ran: tuple[Ran, Bundle]) -> None:
    done, bundle = ran
    again = penstock("gate", bundle.path, "--format", "json")
    assert again.code == done.code
    assert json.loads(again.out)["verdict"] == bundle.verdict
    assert "another verdict" not in again.err


@pytest.mark.slow
def test_a_second_run_finds_the_same_ids(ran: tuple[Ran, Bundle], tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(SHOP, copy, ignore=shutil.ignore_patterns(".penstock"))
    penstock("run", copy, "--out", tmp_path / "again")
    again = Bundle(tmp_path / "again")
    assert (again.path / "findings.ndjson").read_bytes() == (
        ran[1].path / "findings.ndjson"
    ).read_bytes()
