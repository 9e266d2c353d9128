"""The sbom stage with the real cyclonedx-py and Trivy."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Image, Pin
from pipeline.model.outcome import Answer, Canary, Completed
from pipeline.stages.base import Job
from pipeline.stages.sbom import stage as sbom
from tests.support import staging
from tests.support.trivy import database, good_image, verified

pytestmark = pytest.mark.tools

LOCK = json.dumps(
    {
        "name": "w",
        "version": "1.0.0",
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "w", "version": "1.0.0", "dependencies": {"lodash": "4.17.20"}},
            "node_modules/lodash": {"version": "4.17.20", "license": "MIT"},
        },
    }
)
FILES = {
    "requirements.txt": "-r more.txt\n-c limits.txt\njinja2==2.10\nflask>=1\nrequests\n",
    "more.txt": "Zope.Interface==5.4.0\nlocal==1.0+corp1 ; python_version < '3'\n",
    "limits.txt": "requests==2.19.0\n",
    "web/package.json": '{"name": "w", "dependencies": {"lodash": "^4"}}',
    "web/package-lock.json": LOCK,
    "empty/package-lock.json": '{"name": "e", "lockfileVersion": 3, "packages": {"": {}}}',
}
CLASSIC = {"requirements.txt": "jinja2==2.10\n"}


def made(
    place: Path,
    files: dict[str, str],
    images: tuple[Image, ...] = (),
    feeds: dict[str, Feed | ToolError] | None = None,
) -> Job:
    root = staging.plant(place / "repository", files)
    inventory = staging.listed(root, tree=place / "tree", images=images)
    tools = staging.real_tools("cyclonedx-bom", "trivy")
    return staging.job("sbom", sbom, inventory, place=place, tools=tools, feeds=feeds)


def ask(asked: Job) -> tuple[Answer, Completed, dict[str, str]]:
    answer = staging.answer(sbom, asked)
    return answer, *staging.completed("sbom", asked, answer)


def document(answer: Answer, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        next(one.data for one in answer.artifacts if one.name == f"sbom/{name}.cdx.json")
    )
    return found


def purls(answer: Answer, name: str) -> set[str]:
    return {one["purl"].partition("?")[0] for one in document(answer, name)["components"]
            if "purl" in one}  # fmt: skip


def test_the_source_s_sbom_holds_what_every_manifest_pins(tmp_path: Path) -> None:
    answer, done, fate = ask(made(tmp_path, FILES))
    assert answer.canary is Canary.FOUND
    assert purls(answer, "source") == {
        "pkg:npm/lodash@4.17.20",
        "pkg:pypi/jinja2@2.10",
        "pkg:pypi/local@1.0%2Bcorp1",
        "pkg:pypi/requests@2.19.0",
        "pkg:pypi/zope-interface@5.4.0",
    }
    assert [(gap.target, gap.reason) for gap in done.gaps] == [
        ("requirements.txt#flask", GapReason.UNPINNED)
    ]
    assert fate["empty/package-lock.json"] == "answered"
    assert fate["web/package-lock.json"] == "answered"
    assert "web/package.json" not in fate


def test_a_repository_without_dependencies_is_answered(tmp_path: Path) -> None:
    answer, done, fate = ask(made(tmp_path, {"README.md": "x\n"}))
    assert fate == {"source": "answered"}
    assert done.gaps == ()
    assert document(answer, "source")["components"] == []


def test_an_image_s_sbom_is_the_same_with_a_database_and_without(tmp_path: Path) -> None:
    (tmp_path / "with").mkdir()
    image = verified(tmp_path / "with", good_image())
    feeds: dict[str, Feed | ToolError] = {"trivy_db": database(tmp_path / "feed")}
    with_feed, done, _ = ask(made(tmp_path / "with", CLASSIC, (image,), feeds))
    assert done.gaps == ()
    without, done, _ = ask(made(tmp_path / "without", CLASSIC, (image,)))
    assert done.gaps == ()
    assert with_feed.artifacts == without.artifacts
    assert any(purl.startswith("pkg:deb/") for purl in purls(without, "image-1"))
    assert purls(without, "merged") == purls(without, "source") | purls(without, "image-1")


def test_equal_trees_give_equal_bytes_wherever_they_lie(tmp_path: Path) -> None:
    first, _, _ = ask(made(tmp_path / "here", FILES))
    second, _, _ = ask(made(tmp_path / "somewhere/else", FILES))
    assert first.artifacts == second.artifacts


def test_a_lock_that_trivy_cannot_read_is_exactly_that_gap(tmp_path: Path) -> None:
    files = {**CLASSIC, "web/package-lock.json": "{", "go.mod": "module x\n\ngo 1.22\n"}
    _, done, fate = ask(made(tmp_path, files))
    assert [(gap.target, gap.reason) for gap in done.gaps] == [
        ("web/package-lock.json", GapReason.NOT_LISTED)
    ]
    assert fate["go.mod"] == "answered"


@pytest.mark.slow
def test_a_hundred_pins_are_written_and_validated_in_time(tmp_path: Path) -> None:
    files = {"requirements.txt": "".join(f"package-{n}==1.{n}\n" for n in range(100))}
    asked = made(tmp_path, files)
    reports = staging.run(sbom, asked)
    began = time.process_time()
    answer = sbom.parse(asked, reports)
    assert time.process_time() - began < 1.5
    assert len(document(answer, "source")["components"]) == 100


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("exit 1\n", GapReason.TOOL_FAILED),
        ("exit 0\n", GapReason.TOOL_OUTPUT),
        ('for last; do :; done; echo "{}" > "$last"\n', GapReason.TOOL_OUTPUT),
    ],
    ids=["crash", "silence", "junk"],
)
def test_a_tool_that_misbehaves_is_a_failure_and_never_an_empty_sbom(
    tmp_path: Path, body: str, reason: GapReason
) -> None:
    bad = tmp_path / "bad"
    bad.write_text(f"#!/bin/sh\n{body}")
    bad.chmod(0o755)
    tool = Tool(name="cyclonedx-bom", version="0", path=str(bad), sha256="0", locked=False)
    pins = (Pin(manifest="r.txt", line=1, name="jinja2", version="2.10"),)
    (tmp_path / "tree").mkdir()
    asked = staging.job(
        "sbom", sbom, staging.bare(pins=pins), place=tmp_path, tools={"cyclonedx-bom": tool}
    )
    with pytest.raises(ToolError) as caught:
        ask(asked)
    assert caught.value.reason is reason
