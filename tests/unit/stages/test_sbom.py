import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import BadImage, Image, Inventory, Manifest, Pin, System
from pipeline.model.outcome import Answer, Canary, account
from pipeline.stages.base import Job, Options, Reports
from pipeline.stages.sbom import stage as sbom
from pipeline.stages.sbom import write as sbom_write
from pipeline.stages.sbom.model import Bom, Component, canonical, joined, merge
from tests.conftest import DATA
from tests.support import staging

REPORTS = DATA / "sbom"
IMAGE = Image(
    ref="oci:build/image",
    layout="/layout",
    manifest_digest="sha256:" + "a" * 64,
    config_digest="sha256:" + "b" * 64,
    layers=(),
    platform="linux/amd64",
)
PINS = (
    Pin(manifest="requirements.txt", line=1, name="jinja2", version="2.10"),
    Pin(manifest="requirements.txt", line=2, name="requests", version="2.19.0"),
    Pin(manifest="requirements.txt", line=3, name="foo-bar", version="1.0+local"),
    Pin(
        manifest="requirements.txt",
        line=4,
        name="flask",
        version="",
        problem=GapReason.UNPINNED,
        detail="a range",
    ),
)
MANIFESTS = (
    Manifest(path="go.mod", ecosystem="Go", form="go.mod"),
    Manifest(path="requirements.txt", ecosystem="PyPI", form="requirements"),
    Manifest(path="web/package-lock.json", ecosystem="npm", form="package-lock.json"),
)
LISTED = staging.bare(pins=PINS, manifests=MANIFESTS, images=(IMAGE,))
FAILED = ToolError(GapReason.TOOL_FAILED, "trivy ended with exit code 1")
ROOT = Component(ref="root", kind="application", name="root")


def made(place: Path, inventory: Inventory = LISTED) -> Job:
    tools = staging.fake_tools("cyclonedx-bom", "trivy")
    return staging.job("sbom", sbom, inventory, place=place, tools=tools)


def reports(**changed: object) -> Reports:
    names = {"sbom-source": "source", "sbom-packages": "packages", "sbom-image-1": "image"}
    recorded = {
        label: staging.report(label, (REPORTS / f"{name}.json").read_bytes())
        for label, name in names.items()
    }
    for label, value in changed.items():
        name = label.replace("_", "-")
        assert name in recorded
        if isinstance(value, ToolError):
            return {**recorded, name: value}
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        recorded[name] = staging.report(name, data)
    return recorded


def documents(answer: Answer) -> dict[str, dict[str, Any]]:
    return {one.name: json.loads(one.data) for one in answer.artifacts}


def document(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((REPORTS / f"{name}.json").read_bytes())
    return read


def purls(sbom_document: dict[str, Any]) -> set[str]:
    return {one["purl"] for one in sbom_document["components"] if "purl" in one}


# Scope and commands


def test_the_source_is_asked_even_where_it_needs_nothing() -> None:
    assert sbom.scope(staging.bare(), Options()).asked == ("source",)


def test_pins_manifests_and_images_are_asked_and_what_is_known_is_a_gap() -> None:
    bad = BadImage(ref="oci:gone", reason=GapReason.NOT_READ, detail="not there")
    loose = Manifest(path="app/package.json", ecosystem="npm", form="package.json")
    inventory = msgspec.structs.replace(
        LISTED, images=(IMAGE, bad), manifests=tuple(sorted((*MANIFESTS, loose)))
    )
    scope = sbom.scope(inventory, Options())
    assert set(scope.asked) == {
        "source",
        "go.mod",
        "web/package-lock.json",
        "app/package.json",
        "oci:build/image",
        "oci:gone",
        *(pin.target for pin in PINS),
    }
    assert [(gap.target, gap.reason) for gap in scope.gaps] == [
        ("app/package.json", GapReason.UNPINNED),
        ("oci:gone", GapReason.NOT_READ),
        ("requirements.txt#flask", GapReason.UNPINNED),
    ]


def test_python_is_listed_from_the_pins_and_a_canary(tmp_path: Path) -> None:
    command = sbom.commands(made(tmp_path))[0]
    ((_, flat),) = command.inputs
    assert flat.decode().splitlines() == [
        "foo-bar==1.0+local",
        "jinja2==2.10",
        "penstock-canary==0+wa1b2c3d4",
        "requests==2.19.0",
    ]
    for flag in ("--no-validate", "--output-reproducible", "1.7"):
        assert flag in command.argv


def test_without_other_manifests_and_images_trivy_is_not_needed(tmp_path: Path) -> None:
    tools = staging.fake_tools("cyclonedx-bom")
    asked = staging.job("sbom", sbom, staging.bare(pins=PINS), place=tmp_path, tools=tools)
    assert [command.label for command in sbom.commands(asked)] == ["sbom-source"]


def test_the_lists_wait_for_the_scans_they_are_made_from(tmp_path: Path) -> None:
    commands = {command.label: command for command in sbom.commands(made(tmp_path))}
    assert commands["sbom-packages"].needs == ("source",)
    assert "source" in commands
    # Without a database there is no scan to wait for.
    assert commands["sbom-image-1"].needs == ()
    assert "image-1" not in commands


# Answers


def test_real_reports_give_valid_sboms_and_answer_what_was_asked(tmp_path: Path) -> None:
    asked = made(tmp_path)
    answer = sbom.parse(asked, reports())
    assert answer.canary is Canary.FOUND
    done, fate = account("sbom", asked.scope, answer)
    assert [(gap.target, gap.reason) for gap in done.gaps] == [
        ("requirements.txt#flask", GapReason.UNPINNED)
    ]
    assert {target for target, end in fate.items() if end != "answered"} == {
        "requirements.txt#flask"
    }
    made_documents = documents(answer)
    assert list(made_documents) == [
        "sbom/source.cdx.json",
        "sbom/image-1.cdx.json",
        "sbom/merged.cdx.json",
    ]
    assert {one["specVersion"] for one in made_documents.values()} == {"1.7"}


def test_the_source_holds_every_ecosystem_and_no_canary(tmp_path: Path) -> None:
    source = documents(sbom.parse(made(tmp_path), reports()))["sbom/source.cdx.json"]
    assert purls(source) == {
        "pkg:golang/example.org/x",
        "pkg:golang/github.com/gin-gonic/gin@v1.9.0",
        "pkg:npm/a@1.0.0",
        "pkg:npm/lodash@4.17.20",
        "pkg:pypi/foo-bar@1.0%2Blocal",
        "pkg:pypi/jinja2@2.10",
        "pkg:pypi/requests@2.19.0",
    }


def test_each_component_names_its_manifests_and_its_sources(tmp_path: Path) -> None:
    merged = documents(sbom.parse(made(tmp_path), reports()))["sbom/merged.cdx.json"]
    jinja = next(one for one in merged["components"] if one["bom-ref"] == "pkg:pypi/jinja2@2.10")
    properties = {(one["name"], one["value"]) for one in jinja["properties"]}
    assert ("penstock:source", "source") in properties
    assert ("penstock:source", "oci:build/image") in properties
    assert ("penstock:manifest", "requirements.txt") in properties


def test_the_image_is_bound_to_the_digest_that_was_verified(tmp_path: Path) -> None:
    image = documents(sbom.parse(made(tmp_path), reports()))["sbom/image-1.cdx.json"]
    root = image["metadata"]["component"]
    assert (root["type"], root["name"], root["version"]) == (
        "container",
        "oci:build/image",
        IMAGE.manifest_digest,
    )
    assert "vulnerabilities" not in image


def test_the_graph_hangs_together(tmp_path: Path) -> None:
    for one in documents(sbom.parse(made(tmp_path), reports())).values():
        refs = [part["bom-ref"] for part in one["components"]]
        assert len(refs) == len(set(refs))
        known = {*refs, one["metadata"]["component"]["bom-ref"]}
        graph = {part["ref"]: part["dependsOn"] for part in one["dependencies"]}
        assert graph.keys() == known
        reached: set[str] = set()
        waiting = [one["metadata"]["component"]["bom-ref"]]
        while waiting:
            ref = waiting.pop()
            if ref not in reached:
                reached.add(ref)
                waiting.extend(graph[ref])
        assert reached == known


def test_equal_inputs_give_equal_bytes_whatever_random_refs_trivy_used(tmp_path: Path) -> None:
    first = sbom.parse(made(tmp_path), reports())
    again = document("image")
    text = json.dumps(again).replace(again["metadata"]["component"]["bom-ref"], "another")
    again = json.loads(text)
    again["components"].reverse()
    again["dependencies"].reverse()
    again["serialNumber"] = "urn:uuid:00000000-0000-4000-8000-000000000000"
    assert sbom.parse(made(tmp_path), reports(sbom_image_1=again)) == first


def test_another_subject_has_another_serial_number(tmp_path: Path) -> None:
    other = msgspec.structs.replace(LISTED, digest="sha256:" + "2" * 64)
    serials = {
        one["serialNumber"]
        for inventory in (LISTED, other)
        for one in documents(sbom.parse(made(tmp_path, inventory), reports())).values()
    }
    assert len(serials) == 5  # the image is the same in both


@pytest.mark.parametrize(
    ("form", "problem", "word"),
    [
        ("uv.lock", None, "complete"),
        ("requirements", None, "unknown"),
        ("uv.lock", GapReason.PARSE_ERROR, "incomplete"),
    ],
)
def test_an_sbom_says_whether_all_is_in_it(
    tmp_path: Path, form: str, problem: GapReason | None, word: str
) -> None:
    pins = [Pin(manifest="x", line=1, name="jinja2", version="2.10")]
    if problem:
        pins.append(Pin(manifest="x", line=2, name="y", version="", problem=problem))
    inventory = staging.bare(
        pins=tuple(pins), manifests=(Manifest(path="x", ecosystem="PyPI", form=form),)
    )
    source = documents(sbom.parse(made(tmp_path, inventory), reports()))["sbom/source.cdx.json"]
    assert [one["aggregate"] for one in source["compositions"]] == [word]


def test_a_repository_without_dependencies_has_a_valid_sbom(tmp_path: Path) -> None:
    empty = document("source")
    empty["components"] = [one for one in empty["components"] if "canary" in one["name"]]
    inventory = staging.bare()
    asked = made(tmp_path, inventory)
    answer = sbom.parse(asked, reports(sbom_source=empty))
    done, _ = account("sbom", asked.scope, answer)
    assert (done.asked, done.answered, done.gaps) == (1, 1, ())
    assert documents(answer)["sbom/source.cdx.json"]["components"] == []


def test_a_pin_that_is_not_listed_is_exactly_that_gap(tmp_path: Path) -> None:
    short = document("source")
    short["components"] = [one for one in short["components"] if one["name"] != "requests"]
    inventory = staging.bare(pins=PINS[:2])
    asked = made(tmp_path, inventory)
    done, _ = account("sbom", asked.scope, sbom.parse(asked, reports(sbom_source=short)))
    assert [(gap.target, gap.reason) for gap in done.gaps] == [
        ("requirements.txt#requests==2.19.0", GapReason.NOT_LISTED)
    ]


def test_a_manifest_that_is_not_listed_is_exactly_that_gap(tmp_path: Path) -> None:
    short = document("packages")
    short["components"] = [one for one in short["components"] if one["name"] != "src/go.mod"]
    asked = made(tmp_path)
    _, fate = account("sbom", asked.scope, sbom.parse(asked, reports(sbom_packages=short)))
    assert fate["go.mod"] == "not_listed"
    assert fate["web/package-lock.json"] == "answered"


def test_a_range_is_answered_by_the_pin_of_its_lock(tmp_path: Path) -> None:
    asked_for = Pin(
        manifest="pyproject.toml",
        line=0,
        name="jinja2",
        version="",
        problem=GapReason.UNPINNED,
        answered_by="uv.lock",
    )
    locked = Pin(manifest="uv.lock", line=0, name="jinja2", version="2.10")
    asked = made(tmp_path, staging.bare(pins=(asked_for, locked)))
    done, _ = account("sbom", asked.scope, sbom.parse(asked, reports()))
    assert done.gaps == ()
    alone = made(tmp_path, staging.bare(pins=(asked_for,)))
    done, _ = account("sbom", alone.scope, sbom.parse(alone, reports()))
    assert [gap.target for gap in done.gaps] == ["pyproject.toml#jinja2"]


def test_a_canary_that_does_not_come_back_is_missed(tmp_path: Path) -> None:
    short = document("source")
    short["components"] = [one for one in short["components"] if "canary" not in one["name"]]
    assert sbom.parse(made(tmp_path), reports(sbom_source=short)).canary is Canary.MISSED


def test_a_list_that_failed_costs_only_its_own_targets(tmp_path: Path) -> None:
    asked = made(tmp_path)
    answer = sbom.parse(asked, reports(sbom_image_1=FAILED))
    assert [(gap.target, gap.reason) for gap in answer.gaps] == [
        ("oci:build/image", GapReason.TOOL_FAILED)
    ]
    assert "sbom/image-1.cdx.json" not in documents(answer)
    answer = sbom.parse(asked, reports(sbom_packages=FAILED))
    assert {gap.target for gap in answer.gaps} == {"go.mod", "web/package-lock.json"}
    source = documents(answer)["sbom/source.cdx.json"]
    assert source["compositions"][0]["aggregate"] == "incomplete"


def test_an_image_in_which_nothing_was_found_is_a_gap(tmp_path: Path) -> None:
    hollow = document("image")
    hollow["components"], hollow["dependencies"] = [], []
    asked = made(tmp_path)
    _, fate = account("sbom", asked.scope, sbom.parse(asked, reports(sbom_image_1=hollow)))
    assert fate["oci:build/image"] == "no_packages"


JINJA = "usr/local/lib/python3.11/site-packages/Jinja2-2.10.dist-info/METADATA"


@pytest.mark.parametrize(
    ("packages", "described", "told"),
    [
        (("base-files", "zlib1g"), (JINJA,), None),
        (("base-files", "Jinja2"), (), "Jinja2"),
        ((), (JINJA, "opt/a-1.dist-info/METADATA"), "opt/a-1.dist-info/METADATA"),
        (tuple("abcdefg"), (), "a, b, c, d, e and 2 more"),
    ],
)
def test_an_image_of_which_less_is_listed_than_lies_in_it_is_a_gap(
    packages: tuple[str, ...], described: tuple[str, ...], told: str | None, tmp_path: Path
) -> None:
    system = System(family="debian", release="12", packages=packages, described=described)
    held = msgspec.structs.replace(IMAGE, system=system)
    inventory = msgspec.structs.replace(LISTED, images=(held,))
    answer = sbom.parse(made(tmp_path, inventory), reports())
    gaps = [(one.reason, one.detail) for one in answer.gaps if one.target == IMAGE.ref]
    said = f"installed, and absent from the SBOM: {told}"
    assert gaps == ([] if told is None else [(GapReason.NOT_LISTED, said)])


JUNK = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"<html>502</html>",
    b"\xff",
    b'{"bomFormat": "CycloneDX", "specVersion": "1.7"}',
    (DATA / "semgrep/findings.json").read_bytes(),
    (REPORTS / "image.json").read_bytes(),
]


@pytest.mark.parametrize("junk", JUNK)
def test_junk_is_an_error_and_never_an_empty_answer(tmp_path: Path, junk: bytes) -> None:
    with pytest.raises(ToolError, match="cyclonedx-py") as caught:
        sbom.parse(made(tmp_path), reports(sbom_source=junk))
    assert caught.value.reason is GapReason.TOOL_OUTPUT


@pytest.mark.parametrize("junk", [*JUNK[:-1], (REPORTS / "source.json").read_bytes()])
@pytest.mark.parametrize("label", ["sbom_packages", "sbom_image_1"])
def test_junk_of_trivy_is_a_gap_of_what_it_should_have_listed(
    tmp_path: Path, label: str, junk: bytes
) -> None:
    answer = sbom.parse(made(tmp_path), reports(**{label: junk}))
    assert answer.gaps
    assert {gap.reason for gap in answer.gaps} == {GapReason.TOOL_OUTPUT}
    assert not {gap.target for gap in answer.gaps} & answer.answered


def test_an_sbom_that_would_not_be_valid_is_an_error(tmp_path: Path) -> None:
    odd = document("image")
    odd["components"][1]["licenses"] = [{"license": {"id": "No-Such-Licence"}}]
    with pytest.raises(ToolError, match="not valid CycloneDX") as caught:
        sbom.parse(made(tmp_path), reports(sbom_image_1=odd))
    assert caught.value.reason is GapReason.TOOL_OUTPUT


# The pieces


@pytest.mark.parametrize(
    ("purl", "other"),
    [
        ("pkg:pypi/Zope.Interface@5.0", "pkg:pypi/zope-interface@5.0"),
        ("pkg:pypi/foo_bar@1.0", "pkg:pypi/foo-bar@1.0"),
        ("pkg:npm/%40a/b@1.0", "pkg:npm/%40a/b@1.0"),
        ("pkg:golang/github.com/Gin/gin@v1", "pkg:golang/github.com/Gin/gin@v1"),
        ("no purl at all", "no purl at all"),
    ],
)
def test_equal_packages_have_one_spelling(purl: str, other: str) -> None:
    assert canonical(purl) == other


components = st.builds(
    Component,
    ref=st.sampled_from(["pkg:a", "pkg:b", "pkg:c"]),
    kind=st.just("library"),
    name=st.just("x"),
    properties=st.frozensets(st.tuples(st.sampled_from(["p", "q"]), st.sampled_from("12"))),
)


@given(st.lists(components))
def test_joining_loses_no_component_and_no_property(parts: list[Component]) -> None:
    found = joined(parts)
    assert found.keys() == {part.ref for part in parts}
    for part in parts:
        assert part.properties <= found[part.ref].properties


@given(st.lists(st.lists(components, max_size=3), max_size=4))
def test_a_merge_holds_every_part_and_every_edge(parts: list[list[Component]]) -> None:
    boms = [
        Bom(
            root=Component(ref=f"image-{number}", kind="container", name="i"),
            components=joined(part),
            depends=frozenset((f"image-{number}", one.ref) for one in part),
            tools=frozenset(),
            complete="unknown",
        )
        for number, part in enumerate(parts)
    ]
    whole = merge(ROOT, boms, complete="unknown")
    for bom in boms:
        assert {*bom.components, bom.root.ref} <= whole.components.keys()
        assert bom.depends <= whole.depends
        assert (ROOT.ref, bom.root.ref) in whole.depends


def test_the_bytes_are_utf_8_json_that_ends_a_line() -> None:
    bom = Bom(root=ROOT, components={}, depends=frozenset(), tools=frozenset(), complete="unknown")
    data = sbom_write.write(bom, subject="x")
    assert data.endswith(b"}\n")
    assert json.loads(data)["bomFormat"] == "CycloneDX"
