"""Abuse 58: a summary of commit A for commit B, of dev for prod, or by an older policy."""

from typing import Any

import msgspec
import pytest

from pipeline.attest.base import Subject
from pipeline.verification.judge import judge
from pipeline.verification.model import Asked, Refused, Verified
from tests.support.attesting import SUBJECTS
from tests.support.verifying import ASKED, asking, attached, judged

OTHER = "sha256:" + "9" * 64


def refused(**fields: Any) -> bool:
    return isinstance(judge(asking(**fields), ASKED, attached(judged())), Refused)


def test_it_counts_where_it_is_about_what_is_deployed() -> None:
    assert not refused()


def test_the_summary_of_one_image_says_nothing_of_another() -> None:
    asked = Asked(digest=OTHER, now=ASKED.now)
    assert isinstance(judge(asking(), asked, attached(judged())), Refused)


def test_an_image_that_was_only_named_beside_it_was_not_judged() -> None:
    """A signer adds a subject that no scanner saw: the verdict names the images it is about."""
    more = (*SUBJECTS, Subject(name="x", digest={"sha256": "9" * 64}))
    without = tuple(one for one in more if one.digest.get("sha256") != "1" * 64)
    found = attached(judged(subjects=without, resource=f"ghcr.io/acme/app@{OTHER}"))
    assert isinstance(judge(asking(), Asked(digest=OTHER, now=ASKED.now), found), Refused)


@pytest.mark.parametrize("environment", ["pr", "main", "weekly"])
def test_a_pass_for_one_environment_is_none_for_another(environment: str) -> None:
    assert refused(environment=environment)


def test_a_pass_by_another_policy_is_refused() -> None:
    digest = judged().verdict.policy.digest
    assert not refused(policy_digests=(digest,))
    assert refused(policy_digests=(OTHER,))


def test_a_pass_of_yesterday_is_refused() -> None:
    late = msgspec.structs.replace(ASKED, now=ASKED.now.replace(year=2027))
    assert isinstance(judge(asking(), late, attached(judged())), Refused)


def test_the_same_repository_elsewhere_is_another_resource() -> None:
    assert refused(resource="evil.example/acme/app")
    answer = judge(asking(), ASKED, attached(judged()))
    assert isinstance(answer, Verified)
