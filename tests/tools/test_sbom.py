"""The stage `sbom` with the real cyclonedx-py."""

import json
from pathlib import Path

import pytest

from pipeline.model.gap import GapReason
from pipeline.model.outcome import Answer, Canary, Completed
from pipeline.stages import sbom
from tests.support import staging

pytestmark = pytest.mark.tools


def asked(place: Path, files: dict[str, str | bytes]) -> tuple[Completed, Answer]:
    root = staging.plant(place / "root", files)
    inventory = staging.listed(root, tree=place / "tree")
    (place / "work").mkdir()
    job = staging.job(
        "sbom", sbom, inventory, place=place, tools=staging.real_tools("cyclonedx-bom", "trivy")
    )
    answer = staging.answer(sbom, job)
    return staging.completed("sbom", job, answer)[0], answer


def purls(answer: Answer, name: str) -> set[str]:
    (data,) = [one.data for one in answer.artifacts if one.name == name]
    return {one["purl"] for one in json.loads(data)["components"] if "purl" in one}


def test_every_pin_is_a_component_and_a_range_is_exactly_that_gap(tmp_path: Path) -> None:
    done, answer = asked(tmp_path, {"requirements.txt": "idna==3.20\nRequests==2.34.2\nflask>=1\n"})
    assert done.canary is Canary.FOUND
    assert purls(answer, "sbom/source.cdx.json") == {
        "pkg:pypi/idna@3.20", "pkg:pypi/requests@2.34.2",
    }  # fmt: skip
    assert [(gap.target, gap.reason) for gap in done.gaps] == [
        ("requirements.txt#flask", GapReason.UNPINNED)
    ]


def test_equal_contents_give_equal_bytes(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"requirements.txt": "idna==3.20\n", "a.txt": "a"}
    first, second = (asked(tmp_path / name, files)[1] for name in ("one", "two"))
    assert [one.data for one in first.artifacts] == [one.data for one in second.artifacts]


def test_a_repository_without_dependencies_has_one_all_the_same(tmp_path: Path) -> None:
    done, answer = asked(tmp_path, {"README.md": "hello\n"})
    assert (done.asked, done.answered, done.gaps) == (1, 1, ())
    assert purls(answer, "sbom/merged.cdx.json") == set()
