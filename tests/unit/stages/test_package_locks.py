"""Locks of other ecosystems, read once more than Trivy reads them."""

import contextlib
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.packages import locks as package_locks
from pipeline.toolchain import lock
from pipeline.toolchain.command import Report
from tests.support.trivy import Asked, job

NPM = json.dumps(
    {
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "root"},
            "apps/a": {"name": "a", "version": "1.0.0"},
            "apps/a/node_modules/deep": {"version": "1.0.0"},
            "node_modules/a": {"link": True, "resolved": "apps/a"},
            "node_modules/alias": {"name": "lodash", "version": "4.17.4"},
            "node_modules/@s/x": {"version": "1.0.0"},
            "node_modules/@s/x/node_modules/y": {"version": "1.0.0"},
        },
    }
)
OLD = json.dumps(
    {
        "lockfileVersion": 1,
        "dependencies": {
            "alias": {"version": "npm:lodash@4.17.4"},
            "here": {"version": "file:here"},
            "x": {"version": "1.0.0", "dependencies": {"y": {"version": "2.0.0"}}},
        },
    }
)
YARN_1 = """# yarn lockfile v1


"@s/x@^1.0.0", "@s/x@^1.1.0":
  version "1.1.0"

"al@npm:lodash@^4.0.0":
  version "4.17.4"

"here@file:./here":
  version "1.0.0"

minimist@0.0.8:
  version "0.0.8"
"""
YARN_2 = """__metadata:
  version: 8

"a@workspace:apps/a":
  version: 0.0.0-use.local
  resolution: "a@workspace:apps/a"

"al@npm:lodash@^4.0.0":
  version: 4.17.4
  resolution: "lodash@npm:4.17.4"

"x@patch:x@npm%3A1.0.0#./x.patch":
  version: 1.0.0
  resolution: "x@patch:x@npm%3A1.0.0#./x.patch::version=1.0.0&hash=1"
"""
CARGO = """version = 3

[[package]]
name = "root"
version = "0.1.0"

[[package]]
name = "time"
version = "0.1.42"
source = "registry+https://example.invalid/index"
"""
PNPM_1 = "lockfileVersion: '9.0'\ndependencies:\n  debug:\n    specifier: ^4\n"
PNPM = """lockfileVersion: '9.0'

importers:

  .: {}

  'apps/a':
    x: {}

packages:

  b:
"""
BUN = """{
  "workspaces": {
    "": {
    },
    "apps/a": {
      "name": "a",
    },
  },
  "packages": {
    "b": ["b@1"],
  }
}
"""
TOML = """[dependencies]
a = "1"
b = {package = "c"}
[target.'cfg(unix)'.dev-dependencies]
d = "1"
"""


@pytest.mark.parametrize(
    ("base", "text", "names"),
    [
        ("package-lock.json", NPM, {"deep", "lodash", "@s/x", "y"}),
        ("package-lock.json", OLD, {"lodash", "x", "y"}),
        ("yarn.lock", YARN_1, {"@s/x", "lodash", "minimist"}),
        ("yarn.lock", YARN_2, {"lodash"}),
        ("Cargo.lock", CARGO, {"time"}),
        ("composer.lock", '{"packages": [{"name": "a/b"}], "packages-dev": null}', {"a/b"}),
    ],
)
def test_a_lock_pins_what_is_really_installed(base: str, text: str, names: set[str]) -> None:
    assert package_locks.pinned(base, text) == frozenset(names)


@pytest.mark.parametrize(
    ("base", "text", "names"),
    [
        ("package-lock.json", NPM, {"apps/a"}),
        ("yarn.lock", YARN_2, {"apps/a"}),
        ("yarn.lock", YARN_1, set()),
        ("pnpm-lock.yaml", PNPM, {".", "apps/a"}),
        ("pnpm-lock.yaml", PNPM_1, set()),
        ("bun.lock", BUN, {"", "apps/a"}),
        ("Cargo.lock", CARGO, {"root"}),
    ],
)
def test_a_dependency_is_no_member(base: str, text: str, names: set[str]) -> None:
    assert package_locks.members(base, text) == frozenset(names)


@pytest.mark.parametrize(
    ("base", "text", "names"),
    [
        (
            "package.json",
            '{"dependencies": {"a": "1", "b": "file:b"}, "devDependencies": {"c": "1"}}',
            {"a", "c"},
        ),
        ("composer.json", '{"require": {"php": "8", "ext-json": "*", "a/b": "1"}}', {"a/b"}),
        (
            "Cargo.toml",
            TOML,
            {"a", "c", "d"},
        ),
    ],
)
def test_a_manifest_wants_what_somebody_would_install(
    base: str, text: str, names: set[str]
) -> None:
    assert package_locks.wanted(base, text) == frozenset(names)


def test_a_name_is_mentioned_as_a_whole_word_only() -> None:
    assert package_locks.mentions('"x/lodash": "1"', "lodash")
    assert not package_locks.mentions('"lodash.merge": "1", "xlodash": 2', "lodash")
    assert not package_locks.mentions("", "lodash")


@given(
    st.sampled_from(["package-lock.json", "yarn.lock", "Cargo.lock", "composer.lock"]),
    st.one_of(st.text(max_size=60), st.recursive(
        st.none() | st.text(max_size=3) | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(
            st.sampled_from(["packages", "dependencies", "version", "name", "x"]), inner
        ),
    ).map(json.dumps)),
)  # fmt: skip
def test_any_lock_is_read_or_is_said_not_to_be(base: str, text: str) -> None:
    with contextlib.suppress(package_locks.NotReadError):
        package_locks.pinned(base, text)
    package_locks.members(base, text)


def reported(folder: Path, files: dict[str, str], listed: dict[str, list[str]]) -> Asked:
    """Return a stage whose report lists these packages of these files."""
    results = [
        {
            "Target": f"src/{path}",
            "Class": "lang-pkgs",
            "Type": "npm",
            "Packages": [{"Name": name, "Version": "1.0.0"} for name in names],
        }
        for path, names in listed.items()
    ]
    results.append(
        {
            "Target": "canary/packages/package-lock.json",
            "Class": "lang-pkgs",
            "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "x", "Severity": "LOW"}],
        }
    )
    document = {
        "SchemaVersion": 2,
        "Trivy": {"Version": lock.read().tools["trivy"].version},
        "ArtifactType": "filesystem",
        "CreatedAt": "2026-11-01T00:00:00Z",
        "Results": results,
    }
    report = Report(label="source", data=msgspec.json.encode(document), exit_code=0, stderr="")
    return Asked(job("packages", folder, files=files), {"source": report})


def test_what_a_lock_pins_and_the_report_lacks_is_a_gap(tmp_path: Path) -> None:
    files = {"package-lock.json": OLD}
    whole = reported(tmp_path / "whole", files, {"package-lock.json": ["lodash", "x", "y"]})
    assert whole.done[1] == {"package-lock.json": "answered"}
    less = reported(tmp_path / "less", files, {"package-lock.json": ["alias", "x", "y"]})
    (gap,) = less.done[0].gaps
    assert (gap.target, gap.reason.value) == ("package-lock.json", "not_listed")
    assert "lodash" in gap.detail


def test_what_a_manifest_wants_and_its_lock_does_not_know_is_a_gap(tmp_path: Path) -> None:
    files = {"package-lock.json": OLD, "package.json": '{"dependencies": {"x": "1", "new": "1"}}'}
    asked = reported(tmp_path, files, {"package-lock.json": ["lodash", "x", "y"]})
    (gap,) = asked.done[0].gaps
    assert (gap.target, gap.reason.value) == ("package.json", "unpinned")
    assert "new" in gap.detail


DEEP = f', "x": {"[" * 3000}{"]" * 3000}}}'
"""What Trivy and npm read, and Python's reader of JSON does not."""


def test_a_lock_that_only_others_can_read_is_a_gap(tmp_path: Path) -> None:
    asked = reported(
        tmp_path, {"package-lock.json": OLD[:-1] + DEEP}, {"package-lock.json": ["alias"]}
    )
    (gap,) = asked.done[0].gaps
    assert (gap.target, gap.reason.value) == ("package-lock.json", "parse_error")


def test_a_manifest_that_only_others_can_read_is_a_gap_beside_its_lock(tmp_path: Path) -> None:
    manifest = '{"dependencies": {"new": "1"}' + DEEP
    files = {"package-lock.json": OLD, "package.json": manifest}
    asked = reported(tmp_path, files, {"package-lock.json": ["lodash", "x", "y"]})
    (gap,) = asked.done[0].gaps
    assert (gap.target, gap.reason.value) == ("package.json", "parse_error")


def test_a_byte_order_mark_hides_nothing(tmp_path: Path) -> None:
    files = {
        "package-lock.json": f"\ufeff{OLD}",
        "package.json": '\ufeff{"dependencies": {"new": "1"}}',
    }
    asked = reported(tmp_path, files, {"package-lock.json": ["x", "y"]})
    assert {(gap.target, gap.reason.value) for gap in asked.done[0].gaps} == {
        ("package-lock.json", "not_listed"),
        ("package.json", "unpinned"),
    }


def test_a_pom_is_never_answered_by_a_lock_of_gradle(tmp_path: Path) -> None:
    files = {"pom.xml": "<project/>", "gradle.lockfile": "a:b:1=x\n"}
    (gap,) = job("packages", tmp_path, files=files).scope.gaps
    assert gap.target == "pom.xml"
