"""What `sign` refuses: each by its name, and nothing comes to the registry."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.model.artifact import sha256_file
from pipeline.model.gap import GapReason
from pipeline.model.record import Setting
from pipeline.model.severity import Severity
from pipeline.model.verdict import PolicySource, Subject
from tests.support.ceremony import NAME, Ceremony
from tests.support.inside import hurried
from tests.support.judging import done, feed, gap, gate, package, policy
from tests.support.registry.server import MiniRegistry
from tests.support.releasing import COMMIT, stages
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def registry() -> Iterator[MiniRegistry]:
    with MiniRegistry() as one, hurried():
        yield one


def subject(**fields: Any) -> Callable[[str], dict[str, Any]]:
    values = {"commit": COMMIT, "tree": "d" * 40, "dirty": False, **fields}
    return lambda digest: {"subject": Subject(**{"images": (digest,), **values})}


def source(where: str) -> PolicySource:
    return PolicySource(name="test", digest=policy().digest, source=where, trusted=False)


def unanswered() -> Any:
    first, *rest = stages()
    broken = done(3, gap(first.stage, GapReason.TIMEOUT, "app/db.py"))
    return (msgspec.structs.replace(first, outcome=broken), *rest)


def excerpts() -> dict[str, Any]:
    text = {"evidence": "{excerpts: accept, stages: {semgrep: {required: always}}}"}
    cut = tuple(msgspec.structs.replace(one, feeds=(feed(excerpt=True),)) for one in stages())
    return {"judged_by": policy(**text), "files": {"gate.yaml": gate(**text)}, "stages": cut,
            "env": "pr"}  # fmt: skip


def hidden() -> dict[str, Any]:
    text = {"report_only_until": "{release: 2099-06-01}"}
    return {"judged_by": policy(**text), "files": {"gate.yaml": gate(**text)},
            "findings": (package(severity=Severity.CRITICAL),)}  # fmt: skip


def aged(**hours: int) -> dict[str, Any]:
    text = {"signing": "{max_age_hours: 2}"}
    return {"judged_by": policy(**text), "files": {"gate.yaml": gate(**text)},
            "now": NOW - timedelta(**hours)}  # fmt: skip


AS_OF = (Setting(name="as-of", value="2026-11-25T12:00:00Z", origin="flag --as-of"),)
REFUSED: dict[str, tuple[Callable[[str], dict[str, Any]], str]] = {
    "as of another instant": (lambda _: {"record": {"settings": AS_OF}}, "--as-of"),
    "started at another instant": (
        lambda _: {"record": {"started": "2026-01-01T00:00:00Z"}},
        "--as-of",
    ),
    "an excerpt": (lambda _: excerpts(), "an excerpt of osv"),
    "unlocked tools": (lambda _: {"stages": stages(locked=False)}, "no lock pins: trivy"),
    "a dirty tree": (subject(dirty=True), "the tree was dirty"),
    "no commit": (subject(commit=None, tree=None, dirty=None), "names no clean commit"),
    "a policy of the working tree": (
        lambda _: {"source": source("working-tree:policies")},
        "working-tree:policies is not trusted",
    ),
    "a breach that is only reported": (lambda _: hidden(), "report_only_until 2099-06-01 hides"),
    "INCONCLUSIVE": (lambda _: {"stages": unanswered()}, "the verdict is INCONCLUSIVE"),
    "an interrupted run": (lambda _: {"record": {"interrupted": True}}, "was interrupted"),
    "a verdict of the day before yesterday": (
        lambda _: {"now": NOW - timedelta(hours=49)},
        "older than 24 hours",
    ),
    "a verdict older than its policy allows": (lambda _: aged(hours=3), "older than 2 hours"),
    "a verdict of tomorrow": (lambda _: {"now": NOW + timedelta(hours=24)}, "in the future"),
    "another image": (subject(images=("sha256:" + "7" * 64,)), "is not what was judged"),
    "no image at all": (subject(images=()), "the bundle speaks of none"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_signed_is_told_by_name(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path, what: str
) -> None:
    make, said = REFUSED[what]
    digest = registry.held(NAME).image("1.0")["digest"]
    one = Ceremony(fake, registry, tmp_path, **make(digest))
    ran = one.sign()
    assert (ran.code, ran.out) == (3, ""), ran.err
    assert said in ran.err
    assert "help:" in ran.err
    assert not (one.bundle / "signing.json").exists()
    one.nothing_pushed()


@pytest.mark.parametrize(("flag", "limit"), [("1.5", "1.5"), ("1000", "2")])
def test_the_flag_can_only_lower_how_old_a_verdict_may_be(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path, flag: str, limit: str
) -> None:
    one = Ceremony(fake, registry, tmp_path, **aged(hours=3))
    ran = one.sign("--max-age", flag)
    assert ran.code == 3
    assert f"older than {limit} hours" in ran.err
    one.nothing_pushed()


def test_every_reason_is_told_at_once(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(
        fake, registry, tmp_path, stages=stages(locked=False), source=source("HEAD"),
        record={"settings": AS_OF},
    )  # fmt: skip
    told = one.sign().err
    assert [word in told for word in ("no lock pins", "HEAD is not trusted", "--as-of")] == [
        True
    ] * 3


def test_a_verdict_that_its_evidence_does_not_give_is_refused(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    """The digests hold: somebody wrote PASS over INCONCLUSIVE, and the digest of that."""
    one = Ceremony(fake, registry, tmp_path, stages=unanswered())
    verdict, run = one.bundle / "verdict.json", one.bundle / "run.json"
    verdict.write_bytes(verdict.read_bytes().replace(b"INCONCLUSIVE", b"PASS"))
    told = json.loads(run.read_bytes())
    told["files"]["verdict.json"] = sha256_file(verdict)
    run.write_text(json.dumps(told))
    ran = one.sign()
    assert ran.code == 3
    assert "the verdict does not recompute: the bundle says PASS" in ran.err
    assert "gives INCONCLUSIVE" in ran.err
    one.nothing_pushed()


@pytest.mark.parametrize("name", ["findings.ndjson", "coverage.json", "inputs/facts.json"])
def test_a_bundle_that_was_altered_is_refused(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path, name: str
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    with (one.bundle / name).open("ab") as stream:
        stream.write(b" ")
    ran = one.sign()
    assert ran.code == 3
    assert f"{name} is not what run.json says" in ran.err
    one.nothing_pushed()


def test_a_tag_without_a_digest_is_refused_with_the_digest_that_it_names(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    one.ref = f"{registry.address}/{NAME}:1.0"
    ran = one.sign()
    assert ran.code == 2
    assert f"it names {registry.address}/{NAME}@{one.digest} now" in ran.err
    one.nothing_pushed()


def test_no_tag_and_no_digest_is_the_latest_and_refused_too(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    one.ref = f"{registry.address}/{NAME}"
    ran = one.sign()
    assert ran.code == 2
    assert f"name what was scanned: {registry.address}/{NAME}@sha256:" in ran.err
    one.nothing_pushed()


def test_a_tag_that_moved_is_refused(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    one.ref = f"{registry.address}/{NAME}:1.0@{one.digest}"
    held = registry.held(NAME)
    moved = held.image("1.0", content=b"somebody else's")["digest"]
    one.before = set(held.manifests)
    ran = one.sign()
    assert ran.code == 3
    assert f"the tag 1.0 of {registry.address}/{NAME} names {moved} now" in ran.err
    one.nothing_pushed()
    held.tags["1.0"] = one.digest
    assert one.sign().code == 0
    one.whole()


def test_a_tag_that_moves_while_it_is_signed_changes_nothing(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    """What is signed is the digest; the tag is looked at once."""
    one = Ceremony(fake, registry, tmp_path)
    one.ref = f"{registry.address}/{NAME}:1.0@{one.digest}"
    assert one.sign().code == 0
    asked = [call for call in registry.web.calls if call.endswith("/manifests/1.0")]
    assert len(asked) == 1
    one.whole()


def test_nothing_is_resumed_that_was_not_begun(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    one = Ceremony(fake, registry, tmp_path)
    ran = one.sign("--resume")
    assert ran.code == 2
    assert "has not begun" in ran.err
    one.nothing_pushed()
