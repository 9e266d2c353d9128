"""The sample files of the specification load as written, but for its two known mistakes."""

from pathlib import Path
from typing import Final

import pytest

from pipeline.authoring.tested import report
from pipeline.authoring.trial import run
from pipeline.errors import UsageError
from pipeline.policy.loading.load import load
from pipeline.policy.model import Policy
from tests.conftest import DATA
from tests.support.authoring import suites
from tests.support.judging import STAGES

SAMPLE: Final = DATA / "policy-sample"
MENDED: Final = (
    ("kind: [sca, image]", "kind: [sca]"),
    ("title: No P1 open in code, infrastructure, workflows or site,",
     "title: 'No P1 open in code, infrastructure, workflows or site',"),
)  # fmt: skip
KEYS: Final = {"allowed_signers": b"", "revoked_keys": b""}


def written() -> dict[str, bytes]:
    paths = (path for path in SAMPLE.rglob("*") if path.is_file())
    return {path.relative_to(SAMPLE).as_posix(): path.read_bytes() for path in paths} | KEYS


def mended(files: dict[str, bytes]) -> dict[str, bytes]:
    gate = files["gate.yaml"].decode()
    for before, after in MENDED:
        assert gate.count(before) == 1
        gate = gate.replace(before, after)
    return {**files, "gate.yaml": gate.encode()}


def loaded(files: dict[str, bytes]) -> Policy:
    return load(files, stages=STAGES, where="policies")


def test_it_loads_whole() -> None:
    policy = loaded(mended(written()))
    assert policy.bad_exceptions == ()
    assert [one.id for one in policy.exceptions] == ["EX-2026-0007"]
    assert len(policy.rules) == 9
    assert policy.protected_refs == ("main", "release/*")
    assert policy.terms.unused_fail_after_days == 30
    assert policy.roles is not None
    assert policy.roles.holders(["ciso"], "approve_exception") == (
        "alice@example.com", "carol@example.com",
    )  # fmt: skip


def test_without_the_mending_both_mistakes_are_named_with_help() -> None:
    files = written()
    with pytest.raises(UsageError) as caught:
        loaded(files)
    assert "rules.1.match.kind.1" in caught.value.message
    assert "rules.6.infrastructure" in caught.value.message
    assert "needs quotes" in caught.value.hint


def test_its_six_cases_are_green_where_the_findings_are_in_the_image_that_is_excepted() -> None:
    """The sample's exception is for an image, and its findings do not say where they are."""
    files = mended(written())
    name = "tests/sample_test.yaml"
    image = 'kind: sca, stage: image, target: "ghcr.io/acme/api:1.0",'
    files[name] = files[name].replace(b"kind: sca,", image.encode())
    policy = loaded(files)
    told = report(policy, run(suites(files), policy))
    assert len(told.cases) == 6
    assert [one.differences for one in told.cases] == [()] * 6


def test_the_data_is_where_the_test_says() -> None:
    assert Path(SAMPLE / "gate.yaml").read_text().startswith("# yaml-language-server")
