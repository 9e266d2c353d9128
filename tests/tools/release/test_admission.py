"""The recipe for cosign in docs/admission.md: run as it stands there, on what Penstock signs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.ceremony import SAN, Ceremony
from tests.support.cosign import Cosign, program
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

DOCS: Final = Path(__file__).parents[3] / "docs"
IMAGE: Final = "ghcr.io/acme/app@sha256:…"
ISSUER: Final = "https://token.actions.githubusercontent.com"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[FakeSigstore, MiniRegistry, Path]]:
    with FakeSigstore() as fake, MiniRegistry() as registry:
        yield fake, registry, tmp_path


def signed(place: tuple[FakeSigstore, MiniRegistry, Path], *more: str, **judged: Any) -> Ceremony:
    one = Ceremony(*place, **judged)
    done = one.sign(*more)
    assert done.code == (1 if more else 0), done.err
    return one


def asked(one: Ceremony, cue: str) -> int:
    """Ask cosign in the words of the page; only who and where are those of this test."""
    (one.folder / "passed.cue").write_text(cue)
    page = (DOCS / "admission.md").read_text()
    block = next(part for part in page.split("```") if "cosign verify-attestation" in part)
    words = block.replace("\\\n", " ").split()[1:]
    here = {IMAGE: one.ref, ISSUER: one.fake.issuer.url}
    judge = Cosign(program(), one.folder)
    return judge.run(
        words[0], "--allow-http-registry", *(here.get(word, word) for word in words[1:])
    ).returncode


def test_cosign_lets_in_what_passed_for_this_environment_by_this_judge_alone(
    place: tuple[FakeSigstore, MiniRegistry, Path],
) -> None:
    one = signed(place)
    cue = (DOCS / "admission/passed.cue").read_text()
    assert SAN in (DOCS / "admission.md").read_text()
    assert asked(one, cue) == 0
    for right, wrong in (("PASSED", "FAILED"), ("_RELEASE", "_PR"), ("acme/app", "acme/other")):
        assert right in cue
        assert asked(one, cue.replace(right, wrong)) == 1


def test_the_policies_of_clusters_ask_for_the_same() -> None:
    for name in ("policy-controller.yaml", "kyverno.yaml", "passed.cue"):
        text = (DOCS / "admission" / name).read_text()
        assert "PASSED" in text
        assert SAN.partition("@")[0] in text
