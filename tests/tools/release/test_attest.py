"""What `attest` writes of a judged bundle, and what it leaves unsaid."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rfc8785

from pipeline.model.gap import GapReason
from pipeline.model.severity import Severity
from tests.support.command import Ran
from tests.support.inside import hurried, inside
from tests.support.judging import NOW, done, exception, feed, gap, gate, package, policy
from tests.support.registry.server import MiniRegistry
from tests.support.releasing import COMMIT, VERIFIER, bundle, stages

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

IMAGE = "sha256:" + "1" * 64
REF = f"127.0.0.1:1/acme/app@{IMAGE}"
"""Nothing answers there: whoever asks it fails."""
SUMMARY = "https://slsa.dev/verification_summary/v1"
MEDIUM, CRITICAL = package(severity=Severity.MEDIUM), package(severity=Severity.CRITICAL)


@pytest.fixture
def registry() -> Iterator[MiniRegistry]:
    with MiniRegistry() as one:
        yield one


def attest(folder: Path, *more: str, ref: str = REF, **extra: str) -> Ran:
    with hurried():
        return inside("attest", folder, "--image", ref, *more, extra=extra)


def said(folder: Path, *more: str, ref: str = REF) -> dict[str, Any]:
    """What was written, by name."""
    ran = attest(folder, "--verifier", VERIFIER, *more, ref=ref)
    assert ran.code == 0, ran.err
    return {one.name.removesuffix(".intoto.json"): json.loads(one.read_bytes())
            for one in (folder / "attestations").iterdir()}  # fmt: skip


def test_every_statement_is_written_whole_and_canonical_and_nothing_is_signed(
    tmp_path: Path,
) -> None:
    folder = bundle(tmp_path / "b", IMAGE)
    ran = attest(folder, "--verifier", VERIFIER)
    assert ran.code == 0, ran.err
    files = sorted((folder / "attestations").iterdir())
    assert str(folder / "attestations") in ran.out
    for one in files:
        document = json.loads(one.read_bytes())
        assert one.read_bytes() == rfc8785.dumps(document)
        assert document["_type"] == "https://in-toto.io/Statement/v1"
        name = one.name.removesuffix(".intoto.json")
        assert any(name in line and document["predicateType"] in line
                   for line in ran.out.splitlines())  # fmt: skip
    assert not list(folder.rglob("*.sigstore.json"))
    assert not (folder / "signing.json").exists()


def test_they_speak_of_the_image_and_of_the_commit(tmp_path: Path) -> None:
    written = said(bundle(tmp_path / "b", IMAGE))
    assert set(written) == {
        "summary", "verdict", "coverage", "sbom", "provenance", "vulns-pip-audit", "vulns-image",
        "vulns-packages",
    }  # fmt: skip
    image = {"name": "127.0.0.1:1/acme/app", "digest": {"sha256": "1" * 64}}
    commit = {"name": "git", "digest": {"gitCommit": COMMIT}}
    for name in ("summary", "verdict", "coverage", "sbom"):
        assert written[name]["subject"] == [image, commit], name
    assert written["vulns-pip-audit"]["subject"] == [commit]
    summary = written["summary"]["predicate"]
    assert summary["resourceUri"] == REF
    assert summary["verifier"]["id"] == VERIFIER
    assert summary["verifiedLevels"] == ["PENSTOCK_GATE_RELEASE"]


def test_again_it_writes_the_same_bytes(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "b", IMAGE)
    said(folder)
    before = {one: one.read_bytes() for one in (folder / "attestations").iterdir()}
    said(folder)
    assert {one: one.read_bytes() for one in (folder / "attestations").iterdir()} == before


def test_printed_they_are_one_a_line_and_nothing_is_written(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "b", IMAGE)
    ran = attest(folder, "--verifier", VERIFIER, "--print")
    kinds = [json.loads(line)["predicateType"] for line in ran.out.splitlines()]
    assert kinds[0] == SUMMARY
    assert len(kinds) == 8
    assert not (folder / "attestations").exists()


@pytest.mark.parametrize(
    ("found", "word"),
    [((), "PASSED"), ((MEDIUM,), "PASSED"), ((CRITICAL,), "FAILED")],
    ids=["PASS", "WARN", "FAIL"],
)
def test_what_the_summary_says(tmp_path: Path, found: Any, word: str) -> None:
    written = said(bundle(tmp_path / "b", IMAGE, findings=found))
    assert written["summary"]["predicate"]["verificationResult"] == word


def test_a_breach_that_is_only_reported_for_a_while_is_a_fail(tmp_path: Path) -> None:
    until = {"report_only_until": "{release: 2027-06-01}"}
    hidden, files = policy(**until), {"gate.yaml": gate(**until)}
    folder = bundle(tmp_path / "b", IMAGE, judged_by=hidden, files=files, findings=(CRITICAL,))
    assert json.loads((folder / "verdict.json").read_bytes())["verdict"] != "FAIL"
    assert said(folder)["summary"]["predicate"]["verificationResult"] == "FAILED"


def test_inconclusive_gets_no_summary(tmp_path: Path) -> None:
    first, *rest = stages()
    broken = msgspec.structs.replace(first, outcome=done(3, gap(first.stage, GapReason.TIMEOUT)))
    folder = bundle(tmp_path / "b", IMAGE, stages=(broken, *rest))
    ran = attest(folder, "--verifier", VERIFIER)
    assert "left out: no summary: INCONCLUSIVE" in ran.err
    written = said(folder)
    assert "summary" not in written
    assert written["verdict"]["predicate"]["verdict"]["verdict"] == "INCONCLUSIVE"


def test_a_demonstration_gets_no_yes(tmp_path: Path) -> None:
    cut = tuple(msgspec.structs.replace(one, feeds=(feed(excerpt=True),)) for one in stages())
    text = {"evidence": "{excerpts: accept, stages: {semgrep: {required: always}}}"}
    judged_by, files = policy(**text), {"gate.yaml": gate(**text)}
    folder = bundle(tmp_path / "b", IMAGE, env="pr", judged_by=judged_by, files=files, stages=cut)
    verdict = json.loads((folder / "verdict.json").read_bytes())
    assert (verdict["verdict"], verdict["demo"]) == ("PASS", True)
    ran = attest(folder, "--verifier", VERIFIER)
    assert "left out: no summary: a demonstration" in ran.err
    assert "summary" not in said(folder)


def test_a_scanner_that_left_a_gap_says_nothing_of_what_it_found(tmp_path: Path) -> None:
    outcome = done(3, gap("pip-audit", GapReason.TIMEOUT, "requirements.txt"))
    every = tuple(
        msgspec.structs.replace(one, outcome=outcome) if one.stage == "pip-audit" else one
        for one in stages()
    )
    folder = bundle(tmp_path / "b", IMAGE, stages=every)
    ran = attest(folder, "--verifier", VERIFIER)
    assert "left out: no report of pip-audit: it left gaps" in ran.err
    assert "vulns-pip-audit" not in said(folder)


def excepted(folder: Path) -> Path:
    claim = {
        "type": "not_affected",
        "evidence": "sha256:" + "e" * 64,
        "vex": "{status: not_affected, justification: component_not_present}",
    }
    text = exception("EX-1", **claim)
    files = {"gate.yaml": gate(), "exceptions/EX-1.yaml": text}
    judged_by = policy({"exceptions/EX-1.yaml": text})
    found = (package(),)
    return bundle(folder, IMAGE, judged_by=judged_by, files=files, findings=found, now=NOW)


def test_vex_is_said_where_it_is_asked_for(tmp_path: Path) -> None:
    folder = excepted(tmp_path / "b")
    assert "vex" not in said(folder)
    (statement,) = said(folder, "--vex")["vex"]["predicate"]["statements"]
    assert statement["vulnerability"]["name"] == "CVE-2026-11111"
    assert statement["status"] == "not_affected"


def test_vex_without_anything_to_say_is_no_statement(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "b", IMAGE)
    assert "vex" not in said(folder, "--vex")
    assert "there is nothing to say" in attest(folder, "--verifier", VERIFIER, "--vex").err


def test_on_github_the_workflow_is_who_judges(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "b", IMAGE)
    workflow = "acme/app/.github/workflows/release.yml@refs/heads/main"
    ran = attest(folder, "--print", GITHUB_WORKFLOW_REF=workflow)
    assert json.loads(ran.out.splitlines()[0])["predicate"]["verifier"]["id"] == VERIFIER


@pytest.mark.parametrize("verifier", [None, "", "release team", "https://a b"])
def test_a_judge_without_a_name_says_nothing(tmp_path: Path, verifier: str | None) -> None:
    folder = bundle(tmp_path / "b", IMAGE)
    ran = attest(folder, *(() if verifier is None else ("--verifier", verifier)))
    assert ran.code == 2
    assert "--verifier" in ran.err
    assert " help: " in ran.err
    assert not (folder / "attestations").exists()


def test_an_index_is_looked_up_and_each_platform_has_its_own_bill_of_materials(
    registry: MiniRegistry, tmp_path: Path
) -> None:
    held = registry.held("acme/app")
    index = held.index("1.0", architectures=("amd64", "arm64"))["digest"]
    below = [one["digest"] for one in json.loads(held.manifests[index][0])["manifests"]]
    written = said(bundle(tmp_path / "b", *below), ref=f"{registry.address}/acme/app@{index}")
    digests = [one["digest"].get("sha256") for one in written["summary"]["subject"]]
    assert digests[:3] == [one.removeprefix("sha256:") for one in (index, *below)]
    for one in below:
        bom = written[f"sbom-{one[7:19]}"]
        assert bom["subject"][0]["digest"]["sha256"] == one.removeprefix("sha256:")
        assert bom["predicate"]["metadata"]["component"]["version"] == one


REFUSED: dict[str, tuple[str, int, str]] = {
    "a tag alone": ("127.0.0.1:1/acme/app:1.0", 2, "names no digest"),
    "no name": ("@@", 2, ""),
    "a short digest": ("127.0.0.1:1/acme/app@sha256:abc", 2, ""),
    "another algorithm": (f"127.0.0.1:1/acme/app@sha512:{'1' * 128}", 2, ""),
    "capital letters": (f"127.0.0.1:1/acme/app@sha256:{'A' * 64}", 2, ""),
    "a digest that was not judged": (f"127.0.0.1:1/acme/app@sha256:{'2' * 64}", 3, "127.0.0.1"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_image_that_was_judged(tmp_path: Path, what: str) -> None:
    ref, code, told = REFUSED[what]
    folder = bundle(tmp_path / "b", IMAGE)
    ran = attest(folder, "--verifier", VERIFIER, ref=ref)
    assert (ran.code, ran.out) == (code, ""), ran.err
    assert told in ran.err
    assert "help:" in ran.err
    assert not (folder / "attestations").exists()


def test_another_image_of_the_registry_is_not_what_was_judged(
    registry: MiniRegistry, tmp_path: Path
) -> None:
    other = registry.held("acme/app").image("1.0")["digest"]
    folder = bundle(tmp_path / "b", IMAGE)
    ran = attest(folder, "--verifier", VERIFIER, ref=f"{registry.address}/acme/app@{other}")
    assert ran.code == 3
    assert "is not what was judged" in ran.err
    assert IMAGE in ran.err


def test_a_bundle_that_does_not_hold_says_nothing(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "b", IMAGE)
    (folder / "findings.ndjson").write_text("{}\n")
    ran = attest(folder, "--verifier", VERIFIER)
    assert (ran.code, ran.out) == (3, "")
    assert "altered" in ran.err
    assert not (folder / "attestations").exists()
    assert attest(tmp_path / "none", "--verifier", VERIFIER).code == 2
