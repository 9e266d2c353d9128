"""A break-glass record with a real key, from its commit to the verdict of `penstock gate`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeline.model.approval import BREAK_GLASS, EXCEPTION
from pipeline.model.gap import Gap, GapReason
from pipeline.model.verdict import Subject
from pipeline.policy.loading.load import load
from pipeline.stages import STAGES
from tests.support import bundles, judging
from tests.support.command import penstock
from tests.support.excepted import ROLES, Workshop, evidence
from tests.support.signing import Signer

pytestmark = pytest.mark.tools
BEGUN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
BESIDE = "policies/break-glass/BG-1.yaml"


class Scene(NamedTuple):
    """A repository whose commit is judged, and the base that its policy is read from."""

    shop: Workshop
    carol: Signer
    commit: str

    def file(self, namespace: str = BREAK_GLASS, **fields: str) -> str:
        """Sign a record and return the base that holds it."""
        said = {
            "apiVersion": "penstock/v1",
            "kind": "BreakGlass",
            "id": "BG-1",
            "commit": self.commit,
            "reason": "The shop is down, and what is flagged is not in the way of the repair.",
            "requester": "erin@example.com",
            "created": f"{BEGUN:%Y-%m-%dT%H:%M:%SZ}",
            "expires": f"{BEGUN + timedelta(hours=24):%Y-%m-%dT%H:%M:%SZ}",
            **fields,
        }
        text = json.dumps(said).encode()
        self.shop.write(BESIDE, text)
        signature = self.carol.sign(text, namespace)
        self.shop.write(f"{BESIDE}.{self.carol.name}.sig", signature)
        return self.shop.commit(author="erin@example.com")

    def judged(self, base: str, *gaps: Gap, after: timedelta = timedelta()) -> Any:
        """Judge within the hours, or later, and return the record: it is a FAIL either way."""
        files = self.shop.policy_files()
        case = judging.case(
            load(files, stages=tuple(STAGES), where="policies"),
            judging.package(),
            now=BEGUN + timedelta(hours=2) + after,
            subject=Subject(commit=self.commit, tree=None, dirty=False, images=()),
            stages=evidence(),
            gaps=gaps,
        )
        bundles.write(self.shop.path / ".penstock", case, files)
        instant = f"{case.now:%Y-%m-%dT%H:%M:%SZ}"
        words = ("gate", ".penstock", "--base", base, "--as-of", instant, "--format", "json")
        done = penstock(*words, cwd=self.shop.path)
        assert done.code == 1, done.err
        verdict = json.loads(done.out)["verdict"]
        assert verdict["verdict"] == "FAIL"
        (record,) = verdict["break_glass"]
        return record


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    shop = Workshop(tmp_path, people=())
    carol = Signer(tmp_path, "carol@example.com")
    able = "[carol@example.com, alice@example.com], can: [approve_exception, approve_break_glass]"
    usual = "[carol@example.com, alice@example.com], can: [approve_exception]"
    assert usual in ROLES
    shop.write("policies/roles.yaml", ROLES.replace(usual, able))
    shop.write("policies/allowed_signers", carol.line)
    return Scene(shop, carol, shop.commit())


def test_the_verdict_stays_fail_and_the_record_is_accepted_for_its_hours(scene: Scene) -> None:
    base = scene.file()
    record = scene.judged(base)
    assert (record["status"], record["approved_by"]) == ("accepted", ["carol@example.com"])
    record = scene.judged(base, after=timedelta(hours=22))
    assert (record["status"], "it ended at" in record["reason"]) == ("refused", True)


def test_it_is_refused_while_what_was_judged_cannot_be_trusted(scene: Scene) -> None:
    gap = Gap(stage=None, target=None, reason=GapReason.AMBIGUOUS_IMAGE)
    record = scene.judged(scene.file(), gap)
    assert (record["status"], "integrity" in record["reason"]) == ("refused", True)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"commit": "b" * 40}, "it is for the commit bbbb"),
        ({"requester": "Carol+night@Example.com"}, "carol@example.com"),
        ({"namespace": EXCEPTION}, EXCEPTION),
    ],
    ids=["another commit", "signed by its requester", "signed as an exception"],
)
def test_it_is_refused(scene: Scene, fields: dict[str, str], reason: str) -> None:
    record = scene.judged(scene.file(**fields))
    assert record["status"] == "refused"
    assert reason in record["reason"]
