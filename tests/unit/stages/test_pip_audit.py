"""The pip-audit stage: what it asks, and what its reports prove."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.finding import Finding
from pipeline.model.gap import Gap, GapReason, ToolError
from pipeline.model.inventory import Pin
from pipeline.model.outcome import Answer, Canary, account
from pipeline.model.severity import Severity
from pipeline.programs.osv_known import KNOWN_BAD
from pipeline.stages.base import Job, Options
from pipeline.stages.pip_audit import rounds as ask
from pipeline.stages.pip_audit import stage as pip_audit
from pipeline.toolchain.command import Report
from tests.support.dependencies import DATA, FEED, inventory, job, pin

PINS = (
    pin("requests==2.19.0"),
    pin("jinja2==2.10", line=2),
    pin("pyyaml==5.1", line=3),
    pin("certifi==2024.8.30", line=4),
    pin("jinja2==3.1.4", manifest="dev.txt"),
)
CRASHES = json.loads((DATA / "crashes.json").read_text())
REPORTS = json.loads((DATA / "reports.json").read_text())


def recorded() -> dict[str, object]:
    """The report of a real run, to be changed by a test."""
    report: dict[str, object] = json.loads((DATA / "findings.report.json").read_bytes())
    return report


def rounds(report: dict[str, object]) -> list[dict[str, object]]:
    found = report["rounds"]
    assert isinstance(found, list)
    return found


def said(one: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    """What pip-audit said in one round."""
    told: dict[str, list[dict[str, object]]] = json.loads(str(one["stdout"]))
    return told


def parse(asked: Job, data: bytes) -> Answer:
    report = Report(label="pip-audit", data=data, exit_code=0, stderr="")
    return pip_audit.parse(asked, {"pip-audit": report})


def read(report: dict[str, object], *pins: Pin, excerpt: bool = True) -> Answer:
    import msgspec

    asked = job(*(pins or PINS), feed=msgspec.structs.replace(FEED, excerpt=excerpt))
    return parse(asked, json.dumps(report).encode())


def named(answer: Answer, rule: str) -> Finding:
    (finding,) = [one for one in answer.findings if one.rule == rule]
    return finding


def test_every_pin_is_asked_for() -> None:
    scope = pip_audit.scope(inventory(*PINS), Options())
    assert scope.asked == tuple(sorted(one.target for one in PINS))
    assert scope.gaps == ()


def test_a_pin_without_a_version_is_a_gap_with_its_reason() -> None:
    loose = Pin(
        manifest="r.txt",
        line=1,
        name="flask",
        version="",
        problem=GapReason.UNPINNED,
        detail="flask>=2",
    )
    scope = pip_audit.scope(inventory(loose), Options())
    assert scope.asked == ("r.txt#flask",)
    assert scope.gaps == (
        Gap(stage="pip-audit", target="r.txt#flask", reason=GapReason.UNPINNED, detail="flask>=2"),
    )


def test_a_range_is_answered_by_the_pin_of_its_lock() -> None:
    loose = Pin(
        manifest="pyproject.toml",
        line=0,
        name="jinja2",
        version="",
        problem=GapReason.UNPINNED,
        answered_by="requirements.txt",
    )
    scope = pip_audit.scope(inventory(*PINS, loose), Options())
    assert scope.gaps == ()
    answer = read(recorded(), *PINS, loose)
    assert loose.target in answer.answered
    assert not [one for one in answer.findings if one.target == "pyproject.toml"]


def test_a_range_whose_lock_has_no_such_pin_is_a_gap() -> None:
    loose = Pin(manifest="p.toml", line=0, name="six", version="", answered_by="uv.lock")
    (gap,) = pip_audit.scope(inventory(*PINS, loose), Options()).gaps
    assert (gap.target, gap.reason) == ("p.toml#six", GapReason.UNPINNED)


def test_a_range_is_not_answered_when_the_pin_of_its_lock_is_not() -> None:
    report = recorded()
    without(report, "pyyaml")
    loose = Pin(
        manifest="p.toml", line=0, name="pyyaml", version="", answered_by="requirements.txt"
    )
    asked = job(*PINS, loose)
    done, _ = account("pip-audit", asked.scope, read(report, *PINS, loose))
    assert {gap.target for gap in done.gaps} == {"p.toml#pyyaml", "requirements.txt#pyyaml==5.1"}


@pytest.mark.parametrize("spec", ["flask==not a version", "-r /etc/passwd==1", "a\nb==1", "==1"])
def test_what_is_no_name_and_version_is_a_gap_and_never_a_line_of_the_file(spec: str) -> None:
    odd = pin(spec)
    scope = pip_audit.scope(inventory(odd), Options())
    assert [gap.reason for gap in scope.gaps] == [GapReason.UNSUPPORTED]
    assert pip_audit.commands(job(odd)) == ()


def test_without_anything_to_ask_no_process_and_no_tool_is_needed() -> None:
    missing = ToolError(GapReason.TOOL_MISSING, "no pip-audit")
    nothing = job(tool=missing)
    assert pip_audit.commands(nothing) == ()
    assert pip_audit.parse(nothing, {}).answered == frozenset()


def test_a_missing_tool_or_feed_is_the_reason_that_is_given() -> None:
    with pytest.raises(ToolError, match="no pip-audit"):
        pip_audit.commands(job(*PINS, tool=ToolError(GapReason.TOOL_MISSING, "no pip-audit")))
    with pytest.raises(ToolError, match="no snapshot"):
        pip_audit.commands(job(*PINS, feed=ToolError(GapReason.FEED_MISSING, "no snapshot")))


def test_one_process_asks_about_all_pins_without_the_network() -> None:
    (command,) = pip_audit.commands(job(*PINS, work=Path("/w")))
    assert command.argv[1:3] == ("-I", "-S")
    assert not command.network
    files = {path.name: data for path, data in command.inputs}
    assert files["pip-audit.1.txt"].decode().splitlines() == [
        "certifi==2024.8.30",
        "jinja2==2.10",
        "penstock-canary==1.0",
        "pyyaml==5.1",
        "requests==2.19.0",
    ]
    assert b"jinja2==3.1.4\n" in files["pip-audit.2.txt"]


versions = st.lists(st.integers(0, 6), min_size=1, max_size=4).map(
    lambda parts: ".".join(map(str, parts))
)
names = st.sampled_from(["requests", "jinja2", "pyyaml", "flask", "penstock-canary"])


@given(st.lists(st.tuples(names, versions), min_size=1, max_size=30))
def test_every_pin_is_in_a_round_and_no_name_twice_in_one(pairs: list[tuple[str, str]]) -> None:
    pins = [pin(f"{name}=={version}") for name, version in pairs]
    found = ask.rounds(pins)
    assert found is not None
    asked = [key for keys in found.asked for key in keys]
    assert {ask.key_of(one) for one in pins} <= set(asked)
    for keys in found.asked:
        assert len({name for name, _ in keys}) == len(keys)
        assert found.canary in keys
    assert (found.known.name, found.known.version) in asked
    assert found.canary[0] not in {one.name for one in pins}


def test_a_project_with_one_version_of_each_name_costs_one_round() -> None:
    found = ask.rounds([pin("requests==2.32.0"), pin("jinja2==3.1.4"), pin("pyyaml==6.0.2")])
    assert found is not None
    assert len(found.asked) == 1
    assert found.known.name == "httplib2"


def test_a_project_that_pins_every_known_bad_gets_a_round_for_one_of_them() -> None:
    found = ask.rounds([pin(f"{bad.name}==99") for bad in KNOWN_BAD])
    assert found is not None
    assert [len(keys) for keys in found.asked] == [len(KNOWN_BAD) + 1, 2]


def test_a_real_report_answers_every_pin() -> None:
    asked = job(*PINS)
    answer = read(recorded())
    done, fate = account("pip-audit", asked.scope, answer)
    assert set(fate.values()) == {"answered"}
    assert done.gaps == ()
    assert answer.canary is Canary.FOUND


def test_an_advisory_that_two_databases_describe_is_one_finding() -> None:
    answer = read(recorded())
    assert sorted((one.target, one.purl, one.rule) for one in answer.findings) == [
        ("requirements.txt", "pkg:pypi/jinja2@2.10", "CVE-2019-10906"),
        ("requirements.txt", "pkg:pypi/jinja2@2.10", "CVE-2020-28493"),
        ("requirements.txt", "pkg:pypi/pyyaml@5.1", "CVE-2019-20477"),
        ("requirements.txt", "pkg:pypi/pyyaml@5.1", "CVE-2020-14343"),
        ("requirements.txt", "pkg:pypi/pyyaml@5.1", "CVE-2020-1747"),
        ("requirements.txt", "pkg:pypi/requests@2.19.0", "CVE-2018-18074"),
        ("requirements.txt", "pkg:pypi/requests@2.19.0", "CVE-2023-32681"),
    ]


def test_a_finding_says_all_that_the_records_know() -> None:
    finding = named(read(recorded()), "CVE-2019-10906")
    assert finding.aliases == ("CVE-2019-10906", "GHSA-462w-v97r-4m45", "PYSEC-2019-217")
    assert finding.fix_versions == ("2.10.1",)
    assert finding.cwes == ("CWE-693",)
    assert finding.advisory_published == "2019-04-07"
    assert finding.title == "Jinja2 sandbox escape via string formatting"
    assert finding.location is not None
    assert finding.location.line == 2
    assert finding.severity is Severity.HIGH
    assert {(claim.source, claim.value, claim.score) for claim in finding.severities} == {
        ("ghsa", Severity.HIGH, None),
        ("ghsa", Severity.HIGH, 8.6),
    }


def test_a_withdrawn_advisory_is_a_finding_that_says_so_and_no_gap() -> None:
    report = recorded()
    queries, records = report["queries"], report["records"]
    assert isinstance(queries, list)
    assert isinstance(records, dict)
    asked = next(q for q in queries if (q["name"], q["version"]) == ("pyyaml", "5.1"))
    asked["withdrawn"] = ["PYSEC-X"]
    affected = [{"package": {"ecosystem": "PyPI", "name": "pyyaml"}, "versions": ["5.1"]}]
    gone = {"withdrawn": "2026-06-06T10:00:00Z", "published": "2026-05-05T00:00:00Z"}
    records["PYSEC-X"] = {"id": "PYSEC-X", "modified": "x", "affected": affected, **gone}
    answer = read(report)
    finding = named(answer, "PYSEC-X")
    assert (finding.withdrawn, finding.advisory_published) == ("2026-06-06", "2026-05-05")
    assert {one.withdrawn for one in answer.findings if one is not finding} == {None}
    assert answer.gaps == read(recorded()).gaps


def test_an_advisory_that_nobody_rates_is_unknown_and_never_low() -> None:
    finding = named(read(recorded()), "CVE-2019-20477")
    assert finding.severity is Severity.UNKNOWN
    assert finding.severities == ()


def test_one_version_in_two_manifests_is_two_findings_in_one_group() -> None:
    twice = (*PINS, pin("requests==2.19.0", manifest="api/requirements.txt"))
    found = [one for one in read(recorded(), *twice).findings if one.rule == "CVE-2018-18074"]
    assert {one.target for one in found} == {"requirements.txt", "api/requirements.txt"}
    assert len({one.id for one in found}) == 2
    assert len({one.group for one in found}) == 1


def test_the_canaries_are_no_findings() -> None:
    lone = ask.rounds([pin("certifi==2024.8.30")])
    assert lone is not None
    assert not [one for one in read(recorded()).findings if "canary" in (one.purl or "")]


def without(report: dict[str, object], name: str) -> None:
    """Let pip-audit's own report forget a dependency."""
    for one in rounds(report):
        told = said(one)
        told["dependencies"] = [e for e in told["dependencies"] if e["name"] != name]
        one["stdout"] = json.dumps(told)


def test_a_dependency_missing_from_the_report_is_exactly_that_gap() -> None:
    report = recorded()
    without(report, "certifi")
    asked = job(*PINS)
    done, _ = account("pip-audit", asked.scope, read(report))
    assert [(gap.target, gap.reason) for gap in done.gaps] == [
        ("requirements.txt#certifi==2024.8.30", GapReason.NOT_LISTED)
    ]


def test_an_answer_about_another_version_is_none() -> None:
    report = recorded()
    rounds(report)[0]["stdout"] = str(rounds(report)[0]["stdout"]).replace("2024.8.30", "2024.8.31")
    answer = read(report)
    assert "requirements.txt#certifi==2024.8.30" not in answer.answered


def test_a_skipped_dependency_is_a_gap_with_the_reason_of_the_tool() -> None:
    report = recorded()
    one = rounds(report)[0]
    told = said(one)
    told["dependencies"] = [
        e if e["name"] != "certifi" else {"name": "certifi", "skip_reason": "not on the index"}
        for e in told["dependencies"]
    ]
    one["stdout"] = json.dumps(told)
    (gap,) = read(report).gaps
    assert gap.target == "requirements.txt#certifi==2024.8.30"
    assert gap.reason is GapReason.UNSUPPORTED
    assert gap.detail == "not on the index"


@pytest.mark.parametrize(
    "entry",
    [{"version": ""}, {"version": "", "vulns": []}, {"version": "x y"}, {"name": "Py YAML"}],
)
def test_a_name_or_version_that_is_none_makes_it_no_report(entry: dict[str, object]) -> None:
    report = recorded()
    one = rounds(report)[0]
    told = said(one)
    told["dependencies"] = [e | entry if e["name"] == "pyyaml" else e for e in told["dependencies"]]
    one["stdout"] = json.dumps(told)
    with pytest.raises(ToolError, match="which is none") as caught:
        read(report)
    assert caught.value.reason is GapReason.TOOL_OUTPUT


def test_a_question_about_what_is_no_version_makes_it_no_report() -> None:
    report = recorded()
    queries, records = report["queries"], report["records"]
    assert isinstance(queries, list)
    assert isinstance(records, dict)
    old = "2004-legacy"
    gone = {
        "id": "X-1", "withdrawn": "2024-01-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "jinja2"}, "versions": [old]}],
    }  # fmt: skip
    records["X-1"] = gone
    queries.append({"name": "jinja2", "version": old, "ids": [], "withdrawn": ["X-1"]})
    with pytest.raises(ToolError, match="which is none"):
        read(report)


def test_a_record_without_its_id_makes_it_no_report() -> None:
    report = recorded()
    records = report["records"]
    assert isinstance(records, dict)
    del next(iter(records.values()))["id"]
    with pytest.raises(ToolError, match="records without an id") as caught:
        read(report)
    assert caught.value.reason is GapReason.TOOL_OUTPUT


def test_what_was_listed_without_asking_the_database_is_no_answer() -> None:
    report = recorded()
    queries = report["queries"]
    assert isinstance(queries, list)
    report["queries"] = [query for query in queries if query["name"] != "certifi"]
    (gap,) = read(report).gaps
    assert (gap.target, gap.reason) == ("requirements.txt#certifi==2024.8.30", GapReason.NOT_READ)


def test_an_advisory_that_the_tool_was_told_of_and_dropped_is_a_finding_and_a_gap() -> None:
    report = recorded()
    one = rounds(report)[0]
    told = said(one)
    for entry in told["dependencies"]:
        if entry["name"] == "requests":
            entry["vulns"] = []
    one["stdout"] = json.dumps(told)
    answer = read(report)
    assert named(answer, "CVE-2018-18074").target == "requirements.txt"
    (gap,) = answer.gaps
    assert gap.reason is GapReason.IGNORED_BY_TOOL
    assert "CVE-2018-18074" in gap.detail


def test_a_canary_that_does_not_come_back_is_missed() -> None:
    report = recorded()
    without(report, "penstock-canary")
    assert read(report).canary is Canary.MISSED


def test_our_canary_must_come_back_in_every_round() -> None:
    report = recorded()
    one = rounds(report)[1]
    one["stdout"] = '{"dependencies": [], "fixes": []}'
    assert read(report).canary is Canary.MISSED


def test_a_complete_database_that_does_not_know_the_known_bad_is_missed() -> None:
    report = recorded()
    for one in rounds(report):
        one["stdout"] = str(one["stdout"]).replace("CVE-2018-18074", "CVE-2018-0")
    assert read(report, excerpt=False).canary is Canary.MISSED


def test_an_excerpt_need_not_know_the_known_bad() -> None:
    report = recorded()
    report["listed"] = {"requests": []}
    for one in rounds(report):
        one["stdout"] = str(one["stdout"]).replace("CVE-2018-18074", "CVE-2018-0")
    assert read(report, excerpt=True).canary is Canary.FOUND


def test_an_excerpt_that_knows_the_known_bad_must_let_it_be_heard() -> None:
    report = recorded()
    report["listed"] = {"requests": ["CVE-2018-18074"]}
    for one in rounds(report):
        one["stdout"] = str(one["stdout"]).replace("CVE-2018-18074", "CVE-2018-0")
    assert read(report, excerpt=True).canary is Canary.MISSED


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<html><body>Sign in</body></html>",
        b'{"dependencies": [], "fixes": []}',
        b'{"results": [], "errors": [], "paths": {"scanned": []}}',
        b'{"SchemaVersion": 2, "Results": []}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
def test_what_is_no_report_is_an_error_and_never_a_clean_answer(junk: bytes) -> None:
    with pytest.raises(ToolError) as caught:
        parse(job(*PINS), junk)
    assert caught.value.reason is GapReason.TOOL_OUTPUT


@pytest.mark.parametrize("junk", ["{}", "[]", "null", "<html>", '{"results": []}', "\x00"])
def test_what_pip_audit_writes_instead_of_a_report_is_an_error(junk: str) -> None:
    report = recorded()
    rounds(report)[1]["stdout"] = junk
    with pytest.raises(ToolError) as caught:
        read(report)
    assert caught.value.reason is GapReason.TOOL_OUTPUT


@pytest.mark.parametrize("case", sorted(CRASHES))
def test_every_recorded_crash_is_a_failure_and_never_vulnerable_or_clean(case: str) -> None:
    report = recorded()
    rounds(report)[0].update(CRASHES[case])
    with pytest.raises(ToolError) as caught:
        read(report)
    assert caught.value.reason is GapReason.TOOL_FAILED
    assert caught.value.message.startswith("pip-audit ended with")


def test_a_report_that_was_cut_is_an_error() -> None:
    report = recorded()
    rounds(report)[0]["whole"] = False
    with pytest.raises(ToolError) as caught:
        read(report)
    assert caught.value.reason is GapReason.LIMIT


def test_a_round_too_few_is_an_error() -> None:
    report = recorded()
    report["rounds"] = rounds(report)[:1]
    with pytest.raises(ToolError, match="2 audits were ordered and 1 reported"):
        read(report)


@pytest.mark.parametrize(
    ("part", "reason"), [("feed", GapReason.FEED_BROKEN), ("tool", GapReason.TOOL_FAILED)]
)
def test_a_program_that_could_not_begin_says_what_was_wrong(part: str, reason: GapReason) -> None:
    report = recorded()
    report["failure"] = {"of": part, "message": "it is empty"}
    with pytest.raises(ToolError, match="it is empty") as caught:
        read(report)
    assert caught.value.reason is reason


@pytest.mark.parametrize("case", ["url_skipped", "path_skipped"])
def test_recorded_skips_answer_nothing(case: str) -> None:
    report = recorded()
    rounds(report)[0]["stdout"] = REPORTS[case]
    answer = read(report)
    assert "requirements.txt#requests==2.19.0" not in answer.answered
    assert answer.canary is Canary.MISSED


def test_a_database_that_knows_nothing_misses_the_canary() -> None:
    report = recorded()
    rounds(report)[0]["stdout"] = REPORTS["f_empty"]
    assert read(report).canary is Canary.MISSED


def test_reading_twice_gives_the_same() -> None:
    assert read(recorded()) == read(recorded())
