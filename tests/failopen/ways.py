"""Ways in which a scanner ends well without having looked, and what Penstock has to say of each.

A module of this room lays its ways out in a tuple `WAYS` and runs them by `check`; the page
docs/fail-open.md is made from all of them.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from tests.faults.bench import MENDED
from tests.faults.toolroot import ToolRoot
from tests.support.command import Bundle, penstock
from tests.support.small import gate, repository

SETTINGS: Final = 'schema = "penstock/config@1"\n'
OSV: Final = f'[feeds]\nosv = "{MENDED / "feeds/osv"}"\n'
TRIVY_DB: Final = f'[feeds]\ntrivy_db = "{MENDED / "feeds/trivy-db"}"\n'

Content = str | bytes


class Laid(NamedTuple):
    """What `penstock run` is given."""

    folder: Path
    arguments: tuple[str | Path, ...] = ()
    environment: Mapping[str, str] = {}


class Way(NamedTuple):
    """One way, made with the real tool, and exactly what comes of it."""

    stage: str
    what: str
    """For the page: what happens, with the tool's own words where it has any."""
    lay: Callable[[Path], Laid]
    gaps: frozenset[tuple[str | None, str]] = frozenset()
    """(target, reason) of everything that the verdict lists as unanswered, all of this stage."""
    finds: frozenset[tuple[str, str]] = frozenset()
    """(rule, target) of findings that are there all the same: then the verdict is FAIL."""
    quick: bool = False
    """Whether `make test` runs it too."""


def gap(target: str | None, reason: str) -> frozenset[tuple[str | None, str]]:
    """Write the one gap of a way."""
    return frozenset({(target, reason)})


def found(rule: str, target: str) -> frozenset[tuple[str, str]]:
    """Write the one finding that a way does not hide."""
    return frozenset({(rule, target)})


def asks(
    stage: str, files: Mapping[str, Content], settings: str = "", policy: str = ""
) -> Callable[[Path], Laid]:
    """Lay out a repository whose policy requires this stage only."""

    def lay(place: Path) -> Laid:
        more = {"penstock.toml": SETTINGS + settings} if settings else {}
        asked = {"policies/gate.yaml": policy or gate(stage), **more, **files}
        return Laid(repository(place / "repository", stage, files=asked.items()))

    return lay


def then(lay: Callable[[Path], Laid], change: Callable[[Path], object]) -> Callable[[Path], Laid]:
    """Change the repository after it was laid out."""

    def changed(place: Path) -> Laid:
        laid = lay(place)
        change(laid.folder)
        return laid

    return changed


def with_tool(
    lay: Callable[[Path], Laid], change: Callable[[ToolRoot], object]
) -> Callable[[Path], Laid]:
    """Let the run meet tools that were changed: what starts the real one counts as locked."""

    def changed(place: Path) -> Laid:
        tools = ToolRoot(place / "tools")
        change(tools)
        laid = lay(place)
        more = {**laid.environment, "PENSTOCK_TOOLS": str(tools.path)}
        return laid._replace(environment=more)

    return changed


def cases(ways: Iterable[Way]) -> list[Any]:
    """Return the ways as parameters of a test; what is not quick is only run by `make test-all`."""
    return [
        pytest.param(way, id=way.what, marks=() if way.quick else (pytest.mark.slow,))
        for way in ways
    ]


def check(way: Way, place: Path) -> Bundle:
    """Run Penstock as it is, and see that it says exactly what it could not look at."""
    laid = way.lay(place)
    out = place / "out"
    done = penstock("run", laid.folder, "--out", out, *laid.arguments, extra=laid.environment)
    bundle = Bundle(out)
    assert way.gaps or way.finds
    assert {(target, reason) for _, target, reason in bundle.unanswered()} == way.gaps, done.out
    assert {stage for stage, _, _ in bundle.unanswered()} <= {way.stage}, done.out
    assert way.finds <= {(one["rule"], one["target"]) for one in bundle.findings}, done.out
    expected = (1, "FAIL") if way.finds else (3, "INCONCLUSIVE")
    assert (done.code, bundle.verdict["verdict"]) == expected, done.out
    return bundle
