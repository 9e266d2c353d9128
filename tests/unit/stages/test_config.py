"""The config stage over a recorded report: what is found, answered, and neither."""

import json
import re
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.model.artifact import Feed, Tool
from pipeline.model.finding import Finding
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.outcome import Canary
from pipeline.model.severity import Severity
from pipeline.stages.config import stage as config
from pipeline.stages.packages import stage as packages
from pipeline.stages.secrets import stage as secrets
from pipeline.stages.trivy import log as trivy_log
from pipeline.toolchain.command import Report
from tests.support.trivy import FEED, TOOL, Asked, job, replay


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return replay("config", tmp_path)


def changed(asked: Asked, change: Any) -> Asked:
    """Change the recorded report."""
    report = asked.reports["source"]
    assert isinstance(report, Report)
    document = json.loads(report.data)
    change(document)
    data = json.dumps(document).encode()
    return Asked(asked.job, {"source": msgspec.structs.replace(report, data=data)})


def found(asked: Asked, rule: str) -> list[Finding]:
    return [one for one in asked.answer.findings if one.rule == rule]


def test_everything_bad_is_found_with_its_place(asked: Asked) -> None:
    places = {(one.rule, one.target): one.location for one in asked.answer.findings}
    for rule, target, line in (
        ("AWS-0107", "infra/main.tf", 9),
        ("DS-0002", "app/dockerfile", 2),
        ("DS-0002", "app/Dockerfile-dev", 3),
        ("KSV-0017", "k8s/pod.yaml", 5),
        ("KSV-0017", "chart/templates/pod.yaml", 1),
        ("AWS-0086", "stack/template.json", 1),
        ("penstock.base-image-unpinned", "Dockerfile", 2),
    ):
        place = places[rule, target]
        assert place is not None
        assert (place.path, place.line) == (target, line)


def test_a_resource_is_found_again_by_its_address(asked: Asked) -> None:
    (group,) = found(asked, "AWS-0107")
    assert [name.partition(":")[0] for name in group.track_ids] == ["iac/exact/1", "iac/address/1"]
    # Where Trivy knows no address it writes the lines, which are none.
    (bucket,) = found(asked, "AWS-0086")
    assert [name.partition(":")[0] for name in bucket.track_ids] == ["iac/exact/1"]


def test_what_is_clean_has_no_finding(asked: Asked) -> None:
    clean = {"infra/clean.tf", "infra/child/main.tf", "k8s/clean.yaml", "half/good.tf"}
    assert not [one for one in asked.answer.findings if one.target in clean]


def test_each_file_is_answered_or_says_why_not(asked: Asked) -> None:
    _, fate = asked.done
    assert {path: why for path, why in fate.items() if why != "answered"} == {
        "broken/Dockerfile": "parse_error",
        "half/bad.tf": "parse_error",
        "infra/used.tf": "unsupported",
        "k8s/bad.yaml": "parse_error",
        "remote/main.tf": "remote_module",
    }


def test_a_file_that_leaves_the_report_is_exactly_one_gap(asked: Asked) -> None:
    def drop(document: Any) -> None:
        document["Results"] = [
            r for r in document["Results"] if r["Target"] != "src/k8s/clean.yaml"
        ]

    before, _ = asked.done
    after, fate = changed(asked, drop).done
    assert fate["k8s/clean.yaml"] == "not_listed"
    assert {gap.target for gap in set(after.gaps) - set(before.gaps)} == {"k8s/clean.yaml"}


def test_a_module_that_leaves_the_report_takes_its_children_along(asked: Asked) -> None:
    def drop(document: Any) -> None:
        kept = [r for r in document["Results"] if not r["Target"].startswith("src/infra")]
        document["Results"] = kept

    _, fate = changed(asked, drop).done
    assert {fate["infra/clean.tf"], fate["infra/child/main.tf"]} == {"not_listed"}


def test_canaries_are_found_and_stay_out_of_the_answer(asked: Asked) -> None:
    answer = asked.answer
    assert answer.canary is Canary.FOUND
    assert not [one for one in answer.findings if "canary" in one.target]


@pytest.mark.parametrize("rule", ["DS-0002", "AWS-0107", "KSV-0017", "AWS-0092"])
def test_each_kind_of_canary_must_be_found(asked: Asked, rule: str) -> None:
    def forget(document: Any) -> None:
        for result in document["Results"]:
            if result["Target"].startswith("canary/"):
                kept = [m for m in result.get("Misconfigurations", []) if m["ID"] != rule]
                result["Misconfigurations"] = kept

    done, _ = changed(asked, forget).done
    assert GapReason.CANARY_MISSED in {gap.reason for gap in done.gaps}


def test_an_inline_comment_is_a_flag_on_the_finding(asked: Asked) -> None:
    flags = {one.target: one.suppressed_inline for one in found(asked, "DS-0002")}
    assert flags["app/Dockerfile-dev"]
    assert not flags["app/dockerfile"]


def test_a_finding_keeps_its_id_when_lines_move(asked: Asked) -> None:
    (before,) = found(asked, "AWS-0107")
    path = asked.job.tree / "src" / "infra" / "main.tf"
    path.write_text("# one more line\n" + path.read_text().replace("   = ", "  =   "))

    def move(document: Any) -> None:
        for result in document["Results"]:
            if result["Target"] == "src/infra/main.tf":
                for one in result["Misconfigurations"]:
                    one["CauseMetadata"]["StartLine"] += 1
                    one["CauseMetadata"]["EndLine"] += 1

    (after,) = found(changed(asked, move), "AWS-0107")
    assert after.id == before.id
    assert (after.location, before.location) != (before.location, None)


def test_the_same_place_twice_is_one_finding(asked: Asked) -> None:
    def double(document: Any) -> None:
        document["Results"] *= 2

    assert changed(asked, double).answer.findings == asked.answer.findings


def test_a_severity_that_nobody_told_us_about_is_unknown(asked: Asked) -> None:
    def rename(document: Any) -> None:
        for result in document["Results"]:
            for one in result.get("Misconfigurations", []):
                one["Severity"] = "APOCALYPTIC"

    assert {one.severity for one in found(changed(asked, rename), "AWS-0107")} == {Severity.UNKNOWN}


def test_a_log_too_long_to_read_is_a_gap(asked: Asked) -> None:
    report = asked.reports["source"]
    assert isinstance(report, Report)
    long = msgspec.structs.replace(report, stderr=report.stderr.ljust(trivy_log.WHOLE))
    done, _ = Asked(asked.job, {"source": long}).done
    assert GapReason.LIMIT in {gap.reason for gap in done.gaps}


def test_the_three_stages_ask_one_process(tmp_path: Path) -> None:
    stages = {"config": config, "secrets": secrets, "packages": packages}
    made = [stage.commands(job(name, tmp_path)) for name, stage in stages.items()]
    assert made[0] == made[1] == made[2]
    assert len(made[0]) == 1


def test_without_a_database_the_process_goes_on_without_vulnerabilities(tmp_path: Path) -> None:
    missing = ToolError(GapReason.FEED_MISSING, "no database")
    (command,) = config.commands(job("config", tmp_path, feed=missing))
    assert command.argv[command.argv.index("--scanners") + 1] == "misconfig,secret"
    assert FEED.path not in " ".join(command.argv)
    with pytest.raises(ToolError, match="no database"):
        packages.commands(job("packages", tmp_path, feed=missing))


def test_nothing_of_the_surroundings_is_read(tmp_path: Path) -> None:
    (command,) = config.commands(job("config", tmp_path))
    given = dict(zip(command.argv, command.argv[1:], strict=False))
    written = {path.name: data for path, data in command.inputs if path.parent == command.cwd}
    assert written[given["--config"]] == b""
    assert written[given["--ignorefile"]] == b""
    assert b"skip-patterns: []" in written[given["--secret-config"]]
    assert command.argv[0] == TOOL.path
    assert not command.network
    assert isinstance(FEED, Feed)
    assert isinstance(TOOL, Tool)


def test_source_lines_leave_neither_the_report_nor_the_log(asked: Asked) -> None:
    report = asked.reports["source"]
    assert isinstance(report, Report)
    assert b"from_port   = 22" in report.data
    assert "hunter2" in report.stderr
    kept = config.redact(report.data)
    assert b"from_port   = 22" not in kept
    assert b"AWS-0107" in kept
    assert "hunter2" not in config.redact_log(report.stderr)
    assert "src/half/bad.tf" in config.redact_log(report.stderr)


def test_a_log_is_read_by_its_fields() -> None:
    text = (
        '2026-11-22T15:04:21Z\tERROR\t[x parser] Error parsing file\tfile_path="src/a \\"b\\".tf"\n'
        '2026-11-22T15:04:21Z\tINFO\t[x] Scanning root module\tfile_path="src"\n'
        "2026-11-22T15:04:21Z\tWARN\t[x] Variable values were not found in the environment or "
        'variable files.\tmodule="root" variables="b, a"\n'
        "nonsense\n"
    )
    log = trivy_log.read(text)
    assert log.errors == (('a "b".tf', "[x parser] Error parsing file"),)
    assert log.unset == (("", ("a", "b")),)


@pytest.mark.parametrize(
    "text",
    [
        'x cause="a \\" SECRET" err="z"',
        '2026-11-22T15:04:21Z\tERROR\tx\tcause="SECRET',
        'SECRET\\" and" err="z"\n2026-11-22T15:04:21Z\tINFO\tkept',
        'trivy ended with exit code 1: x cause="SECRET" err="z" | kept',
    ],
)
def test_what_trivy_quotes_is_left_out_even_where_the_log_was_cut(text: str) -> None:
    kept = trivy_log.redact(text)
    assert "SECRET" not in kept
    assert "left out" in kept
    assert ("kept" in kept) == ("kept" in text)


@pytest.mark.parametrize("word", ["a", "a.", 'a="', "="])
def test_a_log_of_any_words_is_read_in_its_time(word: str) -> None:
    """A file of the target may be quoted in it: minutes for each would stop a run."""
    begun = time.process_time()
    trivy_log.read((word * trivy_log.WHOLE)[: trivy_log.WHOLE])
    assert time.process_time() - begun < 5


def test_a_dockerfile_under_another_name_is_told_by_a_pattern_that_fits_it_alone(
    tmp_path: Path,
) -> None:
    names = ['my+(app), "a:b"\\Docker file ü', "x.y"]
    files = {**dict.fromkeys(names, "FROM a\nRUN b\n"), "api.Dockerfile": "FROM a\n"}
    asked = job("config", tmp_path, files=files)
    (command,) = config.commands(asked)
    words = [
        command.argv[place + 1].partition(":")[2]
        for place, word in enumerate(command.argv)
        if word == "--file-patterns"
    ]
    told = [re.sub(r"\\x\{(\w+)\}", lambda one: re.escape(chr(int(one[1], 16))), w) for w in words]
    assert not any(mark in "".join(words[1:]) for mark in '," ')
    assert [[n for n in (*asked.scope.asked, "xzy") if re.search(t, f"src/{n}")] for t in told] == [
        [],
        ['my+(app), "a:b"\\x5cDocker file ü'],
        ["x.y"],
    ]


def test_a_dockerfile_under_another_name_is_read_like_any(tmp_path: Path) -> None:
    asked = job("config", tmp_path, files={"docker/api": "FROM a\nRUN b\nFRM c\n"})
    answer = Asked(asked, replay("config", tmp_path / "then").reports).answer
    assert [(gap.target, gap.reason) for gap in answer.gaps] == [
        ("docker/api", GapReason.PARSE_ERROR)
    ]
    assert [(one.rule, one.target) for one in answer.findings if one.target == "docker/api"] == [
        ("penstock.base-image-unpinned", "docker/api")
    ]
