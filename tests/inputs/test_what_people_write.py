"""Bad flags, configurations and policies: one clear error with its place, nothing is judged."""

from pathlib import Path

import pytest

from tests.support.command import penstock
from tests.support.small import gate, repository

pytestmark = pytest.mark.tools


@pytest.mark.parametrize(
    ("arguments", "said", "help_"),
    [
        (["--env", "prod"], "no environment 'prod'", "did you mean 'pr'"),
        (["--only", "semgrp"], "no stage 'semgrp'", "did you mean 'semgrep'"),
        (["--skip", "everything"], "no stage 'everything'", "known: semgrep"),
        (["--format", "sarf"], "no format 'sarf'", "did you mean 'sarif'"),
        (["--format", "json", "--format", "sarif"], "share standard output", "sarif=FILE"),
        (["--format", "json=/nonexistent/x.json"], "is not there", "make it first"),
        (["--progress", "loud"], "no progress 'loud'", "known: auto"),
        (["--as-of", "yesterday"], "no instant", "2026-11-22T12:00:00Z"),
        (["--as-of", "2020-01-01T00:00:00Z"], "in the past", "--allow-past"),
        (["--jobs", "0"], "0", "usage: penstock run"),
        (["--jobs", "many"], "many", "`penstock run --help`"),
        (["--colour"], "there is no option --colour", "usage: penstock run"),
        (["--policy", "nowhere"], "holds no gate.yaml", "name the folder"),
        (["--out", "/nonexistent/deep/out"], "is not there", "mkdir -p"),
        (["--out", "taken"], "no evidence bundle", "empty or new folder"),
        (["--out", "policies/gate.yaml"], "no folder", "another --out"),
    ],
)
def test_a_bad_flag_is_a_usage_error(
    arguments: list[str], said: str, help_: str, tmp_path: Path
) -> None:
    folder = repository(tmp_path, files=[("taken/mine.txt", "mine")])
    done = penstock("run", ".", *arguments, cwd=folder)
    assert done.code == 2, done
    assert done.out == ""
    assert said in done.err
    assert " help: " in done.err
    assert help_ in done.err
    assert (folder / "taken/mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("target", "said"),
    [("nowhere", "cannot be found"), ("policies/gate.yaml", "is no folder"), ("\x1b[2J", "\\x1b")],
)
def test_a_bad_target_is_a_usage_error(target: str, said: str, tmp_path: Path) -> None:
    done = penstock("run", target, cwd=repository(tmp_path))
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "\x1b" not in done.err


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("schema = 'penstock/config@1'\npolicyy = 'x'\n", ":2:1", "did you mean 'policy'"),
        ("schema = 'penstock/config@1'\n[source]\nexclude = 5\n", ":3:1", "a list is due"),
        ("schema = 'penstock/config@1'\n[stages.semgrp]\n", ":2:1", "no stage 'semgrp'"),
        ("schema = 'penstock/config@1'\n[stages.semgrep]\ntimeout = '5 days'\n", ":3:1", "'10m'"),
        ("schema = 'penstock/config@2'\n", ":1:1", "penstock/config@1"),
        ("schema = \n", ":1:10", "not TOML"),
        ("[source\n", ":1:8", "not TOML"),
        ("schema = 'penstock/config@1'\n[source]\nroot = '..'\n", "", "no folder below"),
        ("x = " + "[" * 4000 + "\n", "", "penstock.toml"),
    ],
)
def test_a_bad_configuration_names_its_line(
    text: str, place: str, said: str, tmp_path: Path
) -> None:
    done = penstock("run", ".", cwd=repository(tmp_path, files=[("penstock.toml", text)]))
    assert (done.code, done.out) == (2, ""), done
    assert f"penstock.toml{place}" in done.err
    assert said in done.err


def test_a_configuration_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    folder = repository(tmp_path, files=[("penstock.toml", b"\xff\xfe\x00")])
    done = penstock("run", ".", cwd=folder)
    assert done.code == 2
    assert "not UTF-8" in done.err


RULE = "  - {id: R-1, title: Nothing high, match: {severity: [critical, high]}, effect: fail}\n"
GATES: dict[str, tuple[bytes, str]] = {
    "an unknown key": (gate("workflows").replace("severity: [crit", "sevrity: [crit").encode(),
                       "sevrity"),
    "a Cyrillic letter in a key": (gate("workflows").replace("effect: fail", "еffect: fail")
                                   .encode(), "ffect"),
    "allow": (gate("workflows").replace("effect: fail", "effect: allow").encode(), "effect"),
    "two equal keys": (gate("workflows").encode() + b"kind: GatePolicy\n", "kind"),
    "an anchor": (gate("workflows").replace("title: Nothing", "title: &a Nothing").encode(),
                  "anchor"),
    "an alias": (gate("workflows").replace("title: Nothing high", "title: *a").encode(), "alias"),
    "a tag": (gate("workflows").replace("title: Nothing high", "title: !!str x").encode(), "tag"),
    "a merge key": (gate("workflows").encode() + b"<<: {a: b}\n", "<<"),
    "two documents": (gate("workflows").encode() + b"---\na: b\n", "document"),
    "a word of YAML 1.1": (gate("workflows").replace("severity: [critical, high]",
                                                      "severity: [NO]").encode(), "severity"),
    "nothing": (b"", "gate.yaml"),
    "a list": (b"- a\n", "gate.yaml"),
    "a number": (b"5\n", "gate.yaml"),
    "nesting": (b"[" * 40_000, "nest"),
    "nested mappings": (b"a: " + b"{b: " * 12_000, "nest"),
    "a NUL": (gate("workflows").replace("small", "sm\0all").encode(), "gate.yaml"),
    "a tab": (gate("workflows").encode() + b"metadata2:\n\tx: y\n", "gate.yaml"),
    "UTF-16": (gate("workflows").encode("utf-16"), "UTF"),
    "a bidirectional mark": (gate("workflows").replace("Nothing", "No\u202ething").encode(),
                             "U+202E"),
    "too large": (gate("workflows").encode() + b"#" * 70_000, "65536"),
    "no rule": (gate("workflows").replace("rules:\n" + RULE, "rules: []\n").encode(), "rule"),
    "nothing required": (gate("nothing").encode(), "pass everything"),
    "an empty match": (gate("workflows").replace("match: {severity: [critical, high]}",
                                                 "match: {}").encode(), "match"),
    "unknown counted as low": (gate("workflows", more="unknowns: {severity: low}\n").encode(),
                               "unknowns"),
    "a bad date": (gate("workflows", more="report_only_until: {pr: 2026-13-45}\n").encode(),
                   "2026-13-45"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "said"), GATES.values(), ids=GATES)
def test_a_bad_policy_is_a_usage_error_with_its_place(
    data: bytes, said: str, tmp_path: Path
) -> None:
    folder = repository(tmp_path, files=[("policies/gate.yaml", data)])
    done = penstock("run", ".", cwd=folder)
    assert (done.code, done.out) == (2, ""), done
    assert "policies/gate.yaml" in done.err
    assert said.lower() in done.err.lower()
    assert not (folder / ".penstock").exists()
