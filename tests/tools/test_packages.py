"""The packages stage with the real Trivy: each ecosystem's lock file, and a database without it."""

from pathlib import Path

import pytest

from examples.support.trivy_db import Advisory, Source
from pipeline.model.gap import GapReason
from pipeline.model.outcome import Canary
from pipeline.stages.trivy import canary as trivy_canary
from tests.support.trivy import SOURCES, ask, database, job, real

pytestmark = [pytest.mark.tools, pytest.mark.slow]

_BUCKETS = {
    "RubyGems": ("rubygems::X", "rack", "< 99"),
    "crates.io": ("cargo::X", "time", "< 99"),
    "Packagist": ("composer::X", "guzzlehttp/guzzle", "< 99"),
    "NuGet": ("nuget::X", "newtonsoft.json", "< 99"),
    "Maven": ("maven::X", "org.yaml:snakeyaml", "< 99"),
    "Hex": ("erlang::X", "plug", "< 99"),
    "Pub": ("pub::X", "dio", "< 99"),
    "SwiftURL": ("swift::X", "github.com/vapor/vapor", "< 99"),
    "PyPI": ("pip::X", "jinja2", "< 99"),
    "npm": ("npm::X", "lodash", "< 99"),
    "Go": ("go::X", "golang.org/x/net", "< 99"),
}


def _source(ecosystem: str) -> Source:
    bucket, package, vulnerable = _BUCKETS[ecosystem]
    advisory = Advisory(vulnerable=(vulnerable,))
    return Source(bucket=bucket, id="ghsa", name="X", advisories={package: {"CVE-1": advisory}})


def test_every_ecosystem_s_canary_bites_and_its_lock_is_answered(tmp_path: Path) -> None:
    locks = {name.replace("packages/", "x/"): text for name, text, _ in trivy_canary.PACKAGES}
    feed = database(tmp_path / "feed", [_source(one) for _, _, one in trivy_canary.PACKAGES])
    asked = ask(job("packages", tmp_path, files=locks, tool=real(), feed=feed), tmp_path / "p")
    done, fate = asked.done
    assert done.gaps == ()
    assert set(fate) == set(locks) - {"x/requirements.txt"}
    assert {one.target for one in asked.answer.findings} == set(locks)


def test_an_ecosystem_that_the_database_lacks_is_a_gap(tmp_path: Path) -> None:
    files = {
        name.replace("packages/", ""): text
        for name, text, ecosystem in trivy_canary.PACKAGES
        if ecosystem in {"npm", "crates.io"}
    }
    feed = database(tmp_path / "feed", SOURCES)
    asked = ask(job("packages", tmp_path, files=files, tool=real(), feed=feed), tmp_path / "p")
    assert asked.done[1] == {"Cargo.lock": "unsupported", "package-lock.json": "answered"}
    assert asked.answer.canary is Canary.FOUND


def test_an_empty_database_is_a_missed_canary(tmp_path: Path) -> None:
    files = {"web/package-lock.json": trivy_canary.PACKAGES[0][1]}
    feed = database(tmp_path / "feed", ())
    asked = ask(job("packages", tmp_path, files=files, tool=real(), feed=feed), tmp_path / "p")
    assert GapReason.CANARY_MISSED in {gap.reason for gap in asked.done[0].gaps}


def test_a_lock_that_trivy_passes_over_is_not_listed(tmp_path: Path) -> None:
    files = {"node_modules/a/package-lock.json": trivy_canary.PACKAGES[0][1]}
    feed = database(tmp_path / "feed")
    asked = ask(job("packages", tmp_path, files=files, tool=real(), feed=feed), tmp_path / "p")
    assert asked.done[1] == {"node_modules/a/package-lock.json": "not_listed"}
