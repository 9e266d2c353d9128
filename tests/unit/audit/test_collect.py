"""An export holds every run, and names what an auditor would ask about."""

import json
from datetime import date
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from pipeline.audit.reading import Window
from pipeline.model.artifact import sha256_file
from pipeline.model.finding import Finding
from pipeline.model.gap import GapReason
from pipeline.model.severity import Severity
from tests.support.audited import altered, exception, export, files, kinds, run, weeks
from tests.support.judging import done, gap, package


def test_a_month_with_every_weekly_run_has_nothing_to_answer(tmp_path: Path) -> None:
    weeks(tmp_path)
    audit = export(tmp_path)
    assert (audit.complete, audit.problems, audit.bundles) == (True, (), 4)
    assert {one.verdict for one in audit.runs} == {"PASS"}


def test_every_run_is_listed_with_scanners_digests_and_coverage(tmp_path: Path) -> None:
    weeks(tmp_path, package())
    audit = export(tmp_path)
    assert [one.verdict for one in audit.runs] == ["FAIL"] * 4
    first = audit.runs[0]
    assert (first.repository, first.environment, first.bundle) == (
        "shop",
        "weekly",
        "weekly-2026-11-04",
    )
    assert first.run_digest.startswith("sha256:")
    semgrep = next(one for one in audit.scanners if one.stage == "semgrep")
    assert semgrep.tools == ("semgrep 1.182.0 " + "ab" * 32,)
    assert (semgrep.asked, semgrep.answered, semgrep.canary) == (3, 3, "found")
    assert semgrep.feeds == ("osv sha256:0 2026-11-04T06:00:00Z",)


def test_a_week_without_its_weekly_run_is_named(tmp_path: Path) -> None:
    weeks(tmp_path)
    (gone,) = tmp_path.glob("weekly-2026-11-11")
    gone.rename(tmp_path.with_name("elsewhere"))
    run(tmp_path, "2026-11-11", env="main")
    (problem,) = export(tmp_path).problems
    assert problem.kind == "weekly_missing"
    assert problem.subject == "2026-W46 (2026-11-09 to 2026-11-15)"


def test_each_repository_owes_its_own_weekly_runs(tmp_path: Path) -> None:
    weeks(tmp_path / "shop")
    run(tmp_path, "2026-11-05", env="main", target="/ci/other/billing")
    missing = [one for one in export(tmp_path).problems if one.kind == "weekly_missing"]
    assert [one.repository for one in missing] == ["billing"] * 4


def test_a_week_that_is_not_over_owes_nothing_yet(tmp_path: Path) -> None:
    weeks(tmp_path)
    far = Window(since=date(2026, 11, 2), until=date(2027, 6, 30))
    missing = [one.day for one in export(tmp_path, far).problems if one.kind == "weekly_missing"]
    assert missing == ["2026-11-30", "2026-12-07", "2026-12-14", "2026-12-21"]


def test_a_damaged_bundle_is_named_and_the_export_is_not_complete(tmp_path: Path) -> None:
    weeks(tmp_path)
    findings = tmp_path / "weekly-2026-11-11" / "findings.ndjson"
    findings.write_bytes(findings.read_bytes() + b"{}\n")
    audit = export(tmp_path)
    assert not audit.complete
    assert kinds(audit) == ["damaged_bundle", "weekly_missing"]
    assert "altered" in next(one.detail for one in audit.problems if one.kind == "damaged_bundle")


@pytest.mark.parametrize("data", [None, b"", b"{}", b"[" * 100_000, b'{"schema": "other@1"}'])
def test_a_bundle_whose_run_json_is_gone_or_junk_does_not_vanish(
    data: bytes | None, tmp_path: Path
) -> None:
    weeks(tmp_path)
    file = tmp_path / "weekly-2026-11-11" / "run.json"
    file.unlink() if data is None else file.write_bytes(data)
    audit = export(tmp_path)
    assert not audit.complete
    assert [one.subject for one in audit.problems if one.kind == "damaged_bundle"] == [
        "weekly-2026-11-11"
    ]


def test_a_window_without_a_run_is_not_complete(tmp_path: Path) -> None:
    audit = export(tmp_path)
    assert (audit.complete, kinds(audit)) == (False, ["no_runs"])


def test_runs_outside_of_the_window_do_not_count(tmp_path: Path) -> None:
    weeks(tmp_path)
    run(tmp_path, "2026-11-01")
    run(tmp_path, "2026-11-30")
    assert export(tmp_path).bundles == 4


def test_a_run_that_was_copied_counts_once(tmp_path: Path) -> None:
    weeks(tmp_path)
    copytree(tmp_path / "weekly-2026-11-04", tmp_path / "again" / "copy")
    audit = export(tmp_path)
    assert (audit.bundles, kinds(audit)) == (4, ["copied_bundle"])


def test_what_takes_weight_from_a_run_is_named(tmp_path: Path) -> None:
    weeks(tmp_path)
    run(tmp_path, "2026-11-20", env="release", trusted=False)
    run(tmp_path, "2026-11-21", env="main", interrupted=True)
    run(tmp_path, "2026-11-22", env="pr", trusted=False)
    audit = export(tmp_path)
    named = {(one.kind, one.subject) for one in audit.problems}
    assert named == {
        ("untrusted_policy", "release-2026-11-20"),
        ("interrupted", "main-2026-11-21"),
    }


def test_a_week_whose_weekly_run_proved_nothing_is_named(tmp_path: Path) -> None:
    weeks(tmp_path)
    blind = done(3, gap("semgrep", GapReason.TIMEOUT, "app.py"))
    rmtree(tmp_path / "weekly-2026-11-11")
    run(tmp_path, "2026-11-11", outcomes={"semgrep": blind})
    (problem,) = export(tmp_path).problems
    assert (problem.kind, problem.subject[:8]) == ("weekly_inconclusive", "2026-W46")
    run(tmp_path, "2026-11-12")
    assert export(tmp_path).problems == ()


def test_a_run_that_was_judged_as_of_another_day_is_named(tmp_path: Path) -> None:
    weeks(tmp_path)
    run(tmp_path, "2026-11-20", env="main", started="2026-11-27T12:00:00Z")
    (problem,) = export(tmp_path).problems
    assert (problem.kind, problem.day) == ("as_of", "2026-11-27")


def test_a_demo_of_a_release_and_evidence_of_others_are_named(tmp_path: Path) -> None:
    weeks(tmp_path)
    run(tmp_path, "2026-11-20", env="release")
    altered(tmp_path / "release-2026-11-20", "verdict.json", demo=True)
    run(tmp_path, "2026-11-21", env="main")
    altered(tmp_path / "main-2026-11-21", "run.json", origin="imported")
    assert kinds(export(tmp_path)) == ["demo", "imported"]


def test_what_lies_in_a_bundle_is_no_bundle_of_its_own(tmp_path: Path) -> None:
    weeks(tmp_path)
    copytree(tmp_path / "weekly-2026-11-04", tmp_path / "weekly-2026-11-11" / "raw" / "x")
    assert export(tmp_path).problems == ()


def test_two_verdicts_over_one_commit_on_one_day_are_named(tmp_path: Path) -> None:
    weeks(tmp_path)
    run(tmp_path, "2026-11-20", package(), env="release", name="first")
    run(tmp_path, "2026-11-20", env="release", name="second")
    run(tmp_path, "2026-11-21", env="release")
    (problem,) = export(tmp_path).problems
    assert problem.kind == "differing_verdicts"
    assert problem.detail == "release: FAIL in first, PASS in second"


def test_the_worst_week_counts_for_criticals_and_the_last_run_for_exceptions(
    tmp_path: Path,
) -> None:
    run(tmp_path, "2026-11-04", package(severity=Severity.CRITICAL))
    for day in ("2026-11-11", "2026-11-18", "2026-11-25"):
        run(tmp_path, day, policy=files(exception(created="2026-11-01")))
    promised = {one.name: (one.value, one.limit, one.met) for one in export(tmp_path).kpis}
    assert promised == {
        "criticals in weekly scan": (1, 1, False),
        "exceptions outstanding": (1, 2, True),
    }


def test_a_control_names_its_rules_its_evidence_and_whether_it_was_checked(tmp_path: Path) -> None:
    weeks(tmp_path)
    rows = {one.control: one for one in export(tmp_path).controls}
    checked = rows["SOC2-CC7.1"]
    assert (checked.framework, checked.confirmed, checked.rules) == ("SOC 2", True, ("R-HIGH",))
    assert {kind.kind: kind.count for kind in checked.evidence}["scans"] == 4
    assert not rows["PCI-12.10"].confirmed
    own = rows["ACME-7"]
    assert (own.framework, own.confirmed, own.evidence) == ("", False, ())


def test_a_problem_counts_against_the_controls_that_it_weakens(tmp_path: Path) -> None:
    weeks(tmp_path)
    (tmp_path / "weekly-2026-11-25" / "verdict.json").unlink()
    rows = {one.control: one.problems for one in export(tmp_path).controls}
    assert rows["SOC2-CC7.1"] >= 2
    assert rows["PCI-7.2"] == 0


def test_bundles_are_found_however_deep_and_links_are_not_followed(tmp_path: Path) -> None:
    weeks(tmp_path / "a" / "b" / "c")
    (tmp_path / "loop").symlink_to(tmp_path / "a")
    assert export(tmp_path).bundles == 4


def test_a_policy_that_this_version_cannot_read_is_named_and_the_run_still_counts(
    tmp_path: Path,
) -> None:
    weeks(tmp_path)
    folder = tmp_path / "weekly-2026-11-04"
    policy = folder / "inputs/policy/gate.yaml"
    policy.write_text("apiVersion: penstock/v9\n")
    run_file = json.loads((folder / "run.json").read_text())
    run_file["files"]["inputs/policy/gate.yaml"] = sha256_file(policy)
    (folder / "run.json").write_text(json.dumps(run_file))
    audit = export(tmp_path)
    assert (audit.bundles, kinds(audit)) == (4, ["policy_unreadable"])


@pytest.mark.parametrize("found", [(), (package(),)], ids=["INCONCLUSIVE", "FAIL"])
def test_zero_criticals_are_promised_by_no_week_that_proves_nothing(
    tmp_path: Path, found: tuple[Finding, ...]
) -> None:
    weeks(tmp_path)
    blind = done(3, gap("semgrep", GapReason.TIMEOUT, "app.py"))
    rmtree(tmp_path / "weekly-2026-11-11")
    run(tmp_path, "2026-11-11", *found, outcomes={"semgrep": blind})
    audit = export(tmp_path)
    (kpi,) = [one for one in audit.kpis if one.name == "criticals in weekly scan"]
    assert (kpi.value, kpi.met, kpi.unproven) == (0, False, 1)
    assert kinds(audit) == ["weekly_inconclusive"]
    run(tmp_path, "2026-11-12", *found)
    (kpi,) = [one for one in export(tmp_path).kpis if one.name == "criticals in weekly scan"]
    assert (kpi.value, kpi.met, kpi.unproven) == (0, True, 0)
