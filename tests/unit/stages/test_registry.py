"""What every stage owes, asked of each entry of the registry."""

import itertools
import json
from pathlib import Path
from typing import Final

import msgspec
import pytest

from pipeline.model.artifact import Feed, Tool
from pipeline.model.finding import Kind
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Image, Inventory, Layer, Manifest, Pin
from pipeline.model.outcome import Answer, account
from pipeline.stages import STAGES
from pipeline.stages.base import Job, Options, Stage
from pipeline.toolchain.command import Command, Report
from tests.support import staging

ROOT: Final = Path(__file__).parents[3]
OPTIONS: Final = Options(rules=(staging.PACK,))
every_stage = pytest.mark.parametrize(("name", "stage"), STAGES.items(), ids=list(STAGES))
JUNK: Final = {
    "nothing": b"",
    "an empty object": b"{}",
    "an empty list": b"[]",
    "null": b"null",
    "a page": b"<html>502</html>",
    "another tool": b'{"version": "1", "results": null, "dependencies": 5, "SchemaVersion": 9}',
    "nesting": b"[" * 100_000,
    "bad text": b'{"results": "\xff\xfe"}',
}


def inventory() -> Inventory:
    """Hold something for every stage."""
    layer = Layer(digest="sha256:" + "2" * 64, diff_id="sha256:" + "3" * 64, size=1)
    image = Image(
        ref="oci:image",
        layout="/layout",
        manifest_digest="sha256:" + "4" * 64,
        config_digest="sha256:" + "5" * 64,
        layers=(layer,),
        platform="linux/amd64",
    )
    return staging.bare(
        files=(
            staging.source("Dockerfile", "dockerfile"),
            staging.source("app.py", "python"),
            staging.source("package-lock.json", "json"),
        ),
        manifests=(
            Manifest(path="package-lock.json", ecosystem="npm", form="package-lock.json"),
            Manifest(path="requirements.txt", ecosystem="PyPI", form="requirements"),
        ),
        pins=(Pin(manifest="requirements.txt", line=1, name="idna", version="3.20"),),
        workflows=(".github/workflows/ci.yml",),
        iac=("Dockerfile",),
        images=(image,),
    )


def job_of(name: str, stage: Stage, place: Path) -> Job:
    (place / "tree/src").mkdir(parents=True)
    (place / "tree/src/app.py").write_text("x = 1\n")
    (place / "tree/src/Dockerfile").write_text("FROM scratch\n")
    (place / "tree/src/package-lock.json").write_text("{}")
    (place / "work").mkdir()
    (place / "feed").mkdir()
    return Job(
        stage=name,
        tree=place / "tree",
        work=place / "work",
        word="a1b2c3d4",
        inventory=inventory(),
        scope=stage.scope(inventory(), OPTIONS),
        tools={
            tool: Tool(name=tool, version="1", path=f"/tools/{tool}", sha256="0", locked=True)
            for tool in stage.TOOLS
        },
        feeds={
            feed: Feed(
                name=feed, path=str(place / "feed"), digest="sha256:0",
                updated="2026-11-01T00:00:00Z", excerpt=False, records=1,
            )
            for feed in ("osv", "trivy_db")
        },
        options=OPTIONS,
        cores=2,
    )  # fmt: skip


def reports(commands: tuple[Command, ...], data: bytes) -> dict[str, Report | ToolError]:
    return {
        one.label: Report(label=one.label, data=data, exit_code=0, stderr="") for one in commands
    }


def parsed(stage: Stage, job: Job, read: dict[str, Report | ToolError]) -> Answer | ToolError:
    try:
        return stage.parse(job, read)
    except ToolError as error:
        return error


@every_stage
@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_junk_is_an_error_or_a_gap_for_everything_asked(
    name: str, stage: Stage, junk: bytes, tmp_path: Path
) -> None:
    job = job_of(name, stage, tmp_path)
    match parsed(stage, job, reports(stage.commands(job), junk)):
        case ToolError() as error:
            assert error.reason in (GapReason.TOOL_OUTPUT, GapReason.TOOL_FAILED)
            assert error.message
        case Answer() as answer:
            completed, _ = account(name, job.scope, answer)
            assert completed.answered == 0
            assert completed.gaps


@every_stage
def test_a_process_without_a_report_answers_nothing(
    name: str, stage: Stage, tmp_path: Path
) -> None:
    job = job_of(name, stage, tmp_path)
    slow = ToolError(GapReason.TIMEOUT, "too slow")
    match parsed(stage, job, dict.fromkeys((one.label for one in stage.commands(job)), slow)):
        case ToolError() as error:
            assert error.reason is GapReason.TIMEOUT
        case Answer() as answer:
            completed, _ = account(name, job.scope, answer)
            assert completed.answered == 0


@every_stage
def test_a_missing_tool_is_an_error_before_anything_starts(
    name: str, stage: Stage, tmp_path: Path
) -> None:
    job = msgspec.structs.replace(job_of(name, stage, tmp_path), tools={})
    with pytest.raises(ToolError) as raised:
        stage.commands(job)
    assert raised.value.reason is GapReason.TOOL_MISSING


@every_stage
def test_it_has_something_to_ask_here_and_nothing_in_an_empty_place(
    name: str, stage: Stage
) -> None:
    assert stage.scope(inventory(), OPTIONS).asked
    nothing = stage.scope(staging.bare(), OPTIONS)
    # The bill of materials of an empty repository still names the repository.
    assert nothing.asked == (("source",) if name == "sbom" else ())
    assert not nothing.gaps


@every_stage
def test_scope_is_sorted_and_unique_and_gaps_are_asked(name: str, stage: Stage) -> None:
    scope = stage.scope(inventory(), OPTIONS)
    assert list(scope.asked) == sorted(set(scope.asked))
    assert {gap.target for gap in scope.gaps if gap.target} <= set(scope.asked)


def test_no_process_is_shown_what_another_one_writes_unless_it_needs_that(tmp_path: Path) -> None:
    first, *others = STAGES.items()
    job = job_of(*first, tmp_path)
    jobs = [job]
    for name, stage in others:
        tools = staging.fake_tools(*stage.TOOLS)
        jobs.append(
            staging.job(name, stage, inventory(), place=tmp_path, tools=tools, feeds=job.feeds)
        )
    every = {one.label: one for job in jobs for one in STAGES[job.stage].commands(job)}
    assert len(every) > len(STAGES)
    for one, other in itertools.permutations(every.values(), 2):
        written = (*other.writes, *((other.report.parent,) if other.report else ()))
        seen = (*one.reads, *(path for path, _ in one.inputs))
        shown = any(place.is_relative_to(path) for place in written for path in seen)
        assert shown is (other.label in one.needs), (one.label, other.label)


@every_stage
def test_commands_are_said_in_full_and_the_same_each_time(
    name: str, stage: Stage, tmp_path: Path
) -> None:
    job = job_of(name, stage, tmp_path)
    commands = stage.commands(job)
    assert commands
    assert commands == stage.commands(job)
    for one in commands:
        assert one.argv[0].startswith("/")
        assert one.tool in stage.TOOLS
        assert one.answers
        assert not one.network
        assert all(path.is_relative_to(tmp_path) for path, _ in one.inputs)


@every_stage
def test_it_is_of_a_kind_and_has_recordings_and_a_page(name: str, stage: Stage) -> None:
    assert stage.KIND in Kind
    recorded = ROOT / "tests/data" / name
    assert (recorded / "README.md").read_text().strip()
    assert len(list(recorded.iterdir())) > 1
    assert (ROOT / f"docs/stages/{name}.md").is_file()


@every_stage
def test_what_goes_into_a_bundle_is_text_that_programs_can_read(name: str, stage: Stage) -> None:
    report = json.dumps({"Results": [], "Match": "secret", "feature": "secret"}).encode()
    assert json.loads(stage.redact(report)) is not None
    assert isinstance(stage.redact_log("a line\n"), str)
