"""A failure is attested as one, and blocks the image at the door."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.judging import package
from tests.support.registry.server import MiniRegistry
from tests.support.releasing import bundle, sign, token_file, trust_file
from tests.support.sigstore.server import FakeSigstore
from tests.tools.release.test_verify import NAME, Released

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]


@pytest.fixture
def registry() -> Iterator[MiniRegistry]:
    with MiniRegistry() as one:
        yield one


def test_an_image_that_passed_and_fails_later_is_refused(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    released = Released(fake, registry, tmp_path)
    assert released.verify().code == 0
    bad = bundle(tmp_path / "bad", released.digest, findings=(package(),))
    words = ("--trust", trust_file(fake, tmp_path), "--identity-token-file",
             token_file(fake, tmp_path))  # fmt: skip
    before = len(registry.held(NAME).manifests)

    refused = sign(released.ref, bad, *words)
    assert refused.code == 1
    assert "--failed" in refused.err
    assert len(registry.held(NAME).manifests) == before

    attested = sign(released.ref, bad, *words, "--failed")
    assert attested.code == 1, attested.err
    assert "attested as FAILED" in attested.out
    assert {path.name for path in bad.glob("*.sigstore.json")} == {
        "summary.sigstore.json",
        "verdict.sigstore.json",
    }

    now = released.verify()
    assert now.code == 1
    assert "says FAILED" in now.out + now.err


def test_what_passed_cannot_be_attested_as_a_failure(
    fake: FakeSigstore, registry: MiniRegistry, tmp_path: Path
) -> None:
    digest = registry.held(NAME).image("1.0")["digest"]
    good = bundle(tmp_path / "b", digest)
    ref = f"{registry.address}/{NAME}@{digest}"
    done = sign(ref, good, "--failed", "--trust", trust_file(fake, tmp_path),
                "--identity-token-file", token_file(fake, tmp_path))  # fmt: skip
    assert done.code == 3
    assert "--failed attests a FAIL" in done.err
    assert not list(good.glob("*.sigstore.json"))
