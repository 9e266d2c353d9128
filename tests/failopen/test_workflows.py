"""zizmor ends well over workflows that it did not read, or was told to pass over."""

from pathlib import Path
from typing import Final

import pytest

from tests.failopen.ways import Laid, Way, asks, cases, check, found, gap, then
from tests.support.attacked import BAD, Repository
from tests.support.small import gate

pytestmark = pytest.mark.tools

_CI: Final = ".github/workflows/ci.yml"
_OTHER: Final = ".github/workflows/other.yml"
_RULE: Final = "template-injection"
_SILENT: Final = f"rules:\n  {_RULE}: {{disable: true}}\n"
_DEPTH: Final = "on: push\njobs: " + "[" * 2000 + "\n"
_IGNORED: Final = BAD.replace("title }}", f"title }}}} # zizmor: ignore[{_RULE}]")

_STRICT: Final = gate("workflows").replace("  excerpts: accept\n", "  no_rules: gap\n")


def _git_ignored(place: Path) -> Laid:
    """Let git ignore the folder of workflows which it tracks nevertheless."""
    made = Repository(place / "repository")
    made.write("policies/gate.yaml", gate("workflows"))
    made.write(_CI, BAD)
    made.commit()
    made.write(".gitignore", ".github/\n")
    made.commit()
    return Laid(made.path)


def _never_tracked(place: Path) -> Laid:
    """Let git neither track the folder nor show it."""
    made = Repository(place / "repository")
    made.write("policies/gate.yaml", gate("workflows"))
    made.write(".gitignore", ".github/\n")
    made.write(_CI, BAD)
    made.commit()
    return Laid(made.path)


def _unreadable_link(folder: Path) -> None:
    (folder / _OTHER).symlink_to("/etc/hostname")


WAYS: Final = (
    Way("workflows", "one of several workflows is no YAML: a line on stderr, exit 0",
        asks("workflows", {_OTHER: "on: [push\n"}), gap(_OTHER, "parse_error"), quick=True),
    Way("workflows", "one of several workflows has another schema: a line on stderr, exit 0",
        asks("workflows", {_OTHER: "on: push\njobs:\n  a: {stepz: 1}\n"}),
        gap(_OTHER, "parse_error")),
    Way("workflows", "a workflow is empty", asks("workflows", {_OTHER: ""}),
        gap(_OTHER, "parse_error")),
    Way("workflows", "a workflow is nested two thousand levels deep",
        asks("workflows", {_OTHER: _DEPTH}), gap(_OTHER, "parse_error")),
    Way("workflows", "a broken workflow stands beside a bad one, whose findings must not be lost",
        asks("workflows", {_CI: BAD, _OTHER: "on: [push\n"}),
        gap(_OTHER, "parse_error"), found(_RULE, _CI)),
    Way("workflows", "a broken composite action",
        asks("workflows", {"own/action.yml": "runs: [\n"}), gap("own/action.yml", "parse_error")),
    Way("workflows", "`zizmor.yml` in the repository disables the rule",
        asks("workflows", {_CI: BAD, "zizmor.yml": _SILENT, ".github/zizmor.yml": _SILENT}),
        finds=found(_RULE, _CI)),
    Way("workflows", "`# zizmor: ignore[…]` on the line: absent from the report",
        asks("workflows", {_CI: _IGNORED}), finds=found(_RULE, _CI)),
    Way("workflows", 'git ignores `.github/`, which it tracks: "no inputs"',
        _git_ignored, finds=found(_RULE, _CI)),
    Way("workflows", "git ignores `.github/` and tracks nothing of it",
        _never_tracked, gap(None, "no_targets")),
    Way("workflows", "a workflow is a link that leads out of the repository",
        then(asks("workflows", {}), _unreadable_link), gap(_OTHER, "link_outside")),
    Way("workflows", "a pipeline of GitLab's, which zizmor does not know, under `no_rules: gap`",
        asks("workflows", {".gitlab-ci.yml": "build: {script: make}\n"}, policy=_STRICT),
        gap(".gitlab-ci.yml", "no_rules")),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_what_zizmor_passes_over_is_said(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)
