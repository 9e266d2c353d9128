"""Rules about paths meet what lies in the tree, however a report names it; else it is said."""

import json
from typing import Any, Final

import pytest

from pipeline.imports.text import within
from pipeline.model.finding import Kind
from pipeline.model.imported import Lack
from tests.support.importing import WHOLE, read, result, sarif
from tests.unit.imports.test_formats import OSV, PIP_AUDIT, TRIVY, VDR, of

ROOT: Final = ("/ws/shop",)


def at(*places: dict[str, Any]) -> list[dict[str, Any]]:
    located = [{"physicalLocation": {"artifactLocation": place}} for place in places]
    return [{**result(), "locations": located}]


def report(run: dict[str, Any]) -> bytes:
    """Write a run whose members stand in this order, before those that it does not have."""
    return json.dumps({"version": "2.1.0", "runs": [{**run, **WHOLE, **run}]}).encode()


def paths(data: bytes, **more: Any) -> tuple[list[str], bool]:
    """Return where the findings are, and whether all of that is in the tree."""
    word, found = read(data, roots=ROOT, **more)
    return [one.target for one in found], Lack.UNPLACED_RESULTS not in word.lacks


@pytest.mark.parametrize(
    "uri",
    [
        "app/a.py",
        "./app/a.py",
        "app/b/../a.py",
        "/ws/shop/app/a.py",
        "file:///ws/shop/app/a.py",
        "FILE:///ws/shop/app/a.py",
        "file:/ws/shop/app/a.py",
        "file://localhost/ws/shop/app/a.py",
        "file:///ws/other/../shop/app/%61.py",
    ],
)
def test_a_path_below_the_root_is_one_of_the_tree(uri: str) -> None:
    assert paths(sarif({"results": at({"uri": uri})})) == (["app/a.py"], True)


@pytest.mark.parametrize(
    "uri",
    [
        "/ws/shopping/app/a.py",
        "file:///ws/app/a.py",
        "file://host/ws/shop/app/a.py",
        "file:///ws/shop/../a.py",
        "file:///ws/shop",
        "../a.py",
        "C:\\ws\\shop\\a.py",
        "https://example.org/a.py",
    ],
)
def test_a_place_outside_of_the_tree_is_said_to_be_one(uri: str) -> None:
    ((_,), placed) = paths(sarif({"results": at({"uri": uri})}))
    assert not placed


@pytest.mark.parametrize("nowhere", [{}, {"locations": []}, {"locations": [{}]}])
def test_a_result_without_a_place_is_in_no_folder(nowhere: dict[str, Any]) -> None:
    told = [{"ruleId": "R1", "message": {"text": "x"}, **nowhere}]
    assert paths(sarif({"results": told})) == (["shop"], False)


def test_a_result_of_several_files_is_a_finding_in_each_of_them() -> None:
    both = at({"uri": "doc/b.md"}, {"uri": "app/a.py"}, {"uri": "app/a.py"})
    assert paths(sarif({"results": both})) == (["doc/b.md", "app/a.py"], True)
    partly = at({"uri": "doc/b.md"}, {"uri": "/etc/a.py"})
    assert paths(sarif({"results": partly}))[1] is False


def test_a_place_may_be_given_by_its_number() -> None:
    artifacts = [{"location": {"uri": "a.py", "uriBaseId": "SRC"}}]
    bases = {"SRC": {"uri": "app", "uriBaseId": "%SRCROOT%"}}
    run = {"originalUriBaseIds": bases, "artifacts": artifacts, "results": at({"index": 0})}
    assert paths(report(run)) == (["app/a.py"], True)


@pytest.mark.parametrize(
    ("bases", "placed"),
    [
        (None, ["a.py"]),
        ({}, ["a.py"]),
        ({"%SRCROOT%": {}}, ["a.py"]),
        ({"%SRCROOT%": {"uri": "file:///builds/7/"}}, ["a.py"]),
        ({"%SRCROOT%": {"uri": "file:///ws/shop/"}}, ["a.py"]),
        ({"%SRCROOT%": {"uri": "file:///ws/shop/app/"}}, ["app/a.py"]),
        ({"%SRCROOT%": {"uri": "app/", "uriBaseId": "PROJECTROOT"}}, ["app/a.py"]),
        ({"%SRCROOT%": {"uri": "app"}}, ["app/a.py"]),
        ({"%SRCROOT%": {"uri": "a/", "uriBaseId": "%SRCROOT%"}}, None),
    ],
)
def test_the_root_may_be_named_and_may_be_a_folder(bases: object, placed: list[str] | None) -> None:
    run = {"originalUriBaseIds": bases, "results": at({"uri": "a.py", "uriBaseId": "%SRCROOT%"})}
    found, all_placed = paths(report(run))
    assert (found if all_placed else None) == placed


@pytest.mark.parametrize(
    "bases",
    [
        {},
        {"LIB": {}},
        {"LIB": {"uri": "file:///usr/lib/"}},
        {"LIB": {"uri": "x/", "uriBaseId": "Y"}},
    ],
)
def test_a_base_that_nobody_knows_leads_nowhere(bases: dict[str, Any]) -> None:
    run = {"originalUriBaseIds": bases, "results": at({"uri": "a.py", "uriBaseId": "LIB"})}
    assert paths(sarif(run))[1] is False


def test_a_base_that_is_told_too_late_is_not_guessed() -> None:
    """Results were read by then: they are where nobody knows, and that is said."""
    told = at({"uri": "a.py", "uriBaseId": "%SRCROOT%"})
    for where, placed in (("file:///ws/shop/", True), ("file:///x/", True), ("app/", False)):
        run = {**WHOLE, "results": told, "originalUriBaseIds": {"%SRCROOT%": {"uri": where}}}
        told_last = json.dumps({"version": "2.1.0", "runs": [run]}).encode()
        assert paths(told_last)[1] is placed


def test_a_file_that_is_named_from_the_root_of_the_disk_is_listed_by_its_path() -> None:
    looked = [{"location": {"uri": "file:///ws/shop/app/a.py"}, "roles": ["analysisTarget"]}]
    assert read(sarif({"artifacts": looked}), roots=ROOT)[0].listed == {"app/a.py"}


def test_a_site_has_no_files() -> None:
    run = {"results": at({"uri": "https://staging.example/login"})}
    assert paths(sarif(run), stage="headers", kind=Kind.DAST)[1] is True


@pytest.mark.parametrize("found", [PIP_AUDIT, VDR])
def test_what_names_no_file_says_so_if_it_found_something(found: dict[str, Any]) -> None:
    assert paths(of(found), kind=Kind.SCA)[1] is False
    clean = {**found, "vulnerabilities": [], "dependencies": [
        {"name": "six", "version": "1", "vulns": []}]}  # fmt: skip
    assert paths(of(clean), kind=Kind.SCA)[1] is True


@pytest.mark.parametrize(
    ("path", "placed"), [("/ws/shop/api/req.txt", True), ("/builds/7/req.txt", False)]
)
def test_osv_scanner_and_trivy_name_files_from_the_root_of_the_disk(
    path: str, *, placed: bool
) -> None:
    source = {"source": {"path": path, "type": "lockfile"}}
    told = {"results": [{**OSV["results"][0], **source}]}
    files = {**TRIVY, "ArtifactType": "filesystem",
             "Results": [{**TRIVY["Results"][0], "Target": path}]}  # fmt: skip
    for one in (told, files):
        found, all_placed = paths(of(one), kind=Kind.SCA)
        assert (found, all_placed) == (["api/req.txt" if placed else path], placed)


def test_an_image_is_the_place_of_what_is_in_it() -> None:
    assert paths(of(TRIVY), kind=Kind.SCA) == (["shop"], True)


def test_a_root_that_is_the_disk_has_everything_in_it() -> None:
    assert within("/a/b", ["/"]) == "a/b"
    assert within("a/b", ["/"]) == ""


@pytest.mark.parametrize("uri", ["file:///ws/shop/src/a.py", "/ws/shop/src/a.py"])
def test_a_base_is_for_what_is_relative(uri: str) -> None:
    bases = {"B": {"uri": "file:///ws/shop/sub/"}}
    run = {"originalUriBaseIds": bases, "results": at({"uri": uri, "uriBaseId": "B"})}
    assert paths(report(run)) == (["src/a.py"], True)
    away = {"originalUriBaseIds": bases, "results": at({"uri": "/etc/a", "uriBaseId": "B"})}
    assert paths(report(away))[1] is False
