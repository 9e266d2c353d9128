"""A release from the first commit to the door, and three ways in which it must not go.

    python -m examples.release.story [PENSTOCK]

Everything is on this machine: mirrors of the feeds, a registry, and a Sigstore of its own. cosign
judges each step too, where it can be had. The script ends with 1 where a step does not end as told.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

import pytest

from examples.release.console import OURS, Console, UnexpectedError
from examples.release.mirrors import Mirrors
from examples.release.project import NAME, Project, push
from pipeline.toolchain.locate import default_root
from tests.support import cosign
from tests.support.registry.server import MiniRegistry
from tests.support.sigstore.server import FakeSigstore

WORKFLOW: Final = "https://github.com/acme/app/.github/workflows/release.yml"
IDENTITY: Final = f"{WORKFLOW}@refs/heads/main"
SUMMARY: Final = "https://slsa.dev/verification_summary/v1"


class Story:
    """The places of a release, and the steps that several chapters take."""

    def __init__(
        self,
        folder: Path,
        mirrors: Mirrors,
        registry: MiniRegistry,
        sigstore: FakeSigstore,
        *,
        penstock: Path,
    ) -> None:
        self.folder, self.registry, self.sigstore = folder, registry, sigstore
        self.project = Project(folder / "shop")
        self.repository = f"{registry.address}/{NAME}"
        home = folder / "home"
        home.mkdir()
        self.console = Console(
            self.project.path,
            {
                **mirrors.environment,
                "HOME": str(home),
                "PENSTOCK_TOOLS": str(default_root(os.environ)),
                "DOCKER_CONFIG": str(home),
            },
            penstock=penstock,
        )
        self._trust()
        self._cosign = _cosign()

    def _trust(self) -> None:
        """Lay down what a release engineer is given: by whom to sign, and whom to believe."""
        trust = self.sigstore.trust
        (self.folder / "sigstore.json").write_text(json.dumps(trust.client_trust_config()))
        (self.folder / "trusted_root.json").write_text(json.dumps(trust.trusted_root()))
        signer = {
            "issuer": self.sigstore.issuer.url,
            "identity": IDENTITY,
            "repository_id": "1001",
            "verifier": WORKFLOW,
        }
        policy = {
            "apiVersion": "penstock/v1",
            "kind": "VerifyPolicy",
            "trust": "trusted_root.json",
            "resource": self.repository,
            "environment": "release",
            "signers": [signer],
            "require": ["https://cyclonedx.org/bom"],
        }
        (self.folder / "verify.yaml").write_text(json.dumps(policy, indent=2))

    def judged(self, version: str) -> str:
        """Push a version, judge it, and return its reference."""
        reference = (
            f"{self.repository}@{push(self.registry, self.folder / 'image', version=version)}"
        )
        self.console.call("IMAGE", reference)
        self.console.penstock(
            *("run", ".", "--env", "release", "--base", self.project.base, "--image", reference),
            *("--out", f"../evidence-{version}"),
            ends=0,
            says="PASS",
        )
        return reference

    def sign(self, reference: str, version: str, *more: str, ends: int = 0, says: str = "") -> None:
        """Sign what was judged, with a token as a workflow gets it."""
        (self.folder / "token").write_text(self.sigstore.issuer.github_token())
        self.console.penstock(
            *("sign", reference, "--bundle", f"../evidence-{version}"),
            *("--trust", "../sigstore.json", "--identity-token-file", "../token"),
            *("--verifier", WORKFLOW, *more),
            ends=ends,
            says=says,
        )

    def verify(self, reference: str, *, ends: int = 0, says: str = "VERIFIED") -> None:
        """Ask as whoever deploys does, and let cosign say what it thinks."""
        self.console.penstock(
            "verify", reference, "--policy", "../verify.yaml", ends=ends, says=says
        )

    def cosign_agrees(self, reference: str, *, ends: int = 0) -> None:
        """Let cosign check the signature of the summary."""
        if self._cosign is None:
            return
        self.console.run(
            self._cosign,
            *("verify-attestation", "--allow-http-registry", "--type", SUMMARY),
            *("--trusted-root", "../trusted_root.json", "--certificate-identity", IDENTITY),
            *("--certificate-oidc-issuer", self.sigstore.issuer.url),
            *("--output-file", os.devnull),
            reference,
            ends=ends,
        )


def _cosign() -> Path | None:
    try:
        return cosign.program()
    except pytest.skip.Exception as why:
        print(f"Without cosign: {why}")
        return None


def _release(story: Story) -> str:
    console = story.console
    console.say("Fetch the feeds", "From mirrors; a scan itself never fetches anything.")
    console.penstock("feeds", "sync", ends=0)
    console.call("WORKFLOW", WORKFLOW)
    console.call("BASE", story.project.base)
    console.say(
        "Judge the image",
        "The policy comes from a commit that the change under test cannot touch.",
    )
    reference = story.judged("1.0")
    console.say("See what it proves", "In-toto statements, not signed yet.")
    console.penstock(
        *("attest", "../evidence-1.0", "--image", reference, "--verifier", WORKFLOW),
        ends=0,
        says="attestations",
    )
    console.say("Sign it", "In a job of its own, after all scanners are gone.")
    story.sign(reference, "1.0", says="signed: ")
    console.say("Verify it", "What the deployer asks; cosign is asked for the same signature.")
    story.verify(reference)
    story.cosign_agrees(reference)
    console.say("Promote it", "The digest moves with its proof, and the tag moves last of all.")
    live = f"{story.registry.address}/live/shop"
    console.penstock("promote", reference, f"{live}:1.0", "--policy", "../verify.yaml", ends=0)
    there = f"{live}@{reference.rpartition('@')[2]}"
    console.call("LIVE", there)
    story.verify(there)
    story.cosign_agrees(there)
    return reference


def _tampered(story: Story, signed: str) -> None:
    console = story.console
    console.say("Evidence that was changed", "Somebody edits the verdict: nothing is signed.")
    verdict = story.folder / "evidence-1.0/verdict.json"
    before = verdict.read_bytes()
    verdict.write_bytes(before.replace(b'"release"', b'"weekly"', 1))
    story.sign(signed, "1.0", ends=3, says="verdict.json")
    verdict.write_bytes(before)
    console.say(
        "An image that nobody judged",
        "It is pushed with the signatures of the one before: they speak of another digest.",
    )
    other = push(story.registry, story.folder / "image", version="evil")
    held = story.registry.held(NAME)
    for raw, kind in list(held.manifests.values()):
        manifest = json.loads(raw)
        if (manifest.get("subject") or {}).get("digest") == signed.rpartition("@")[2]:
            moved = {**manifest, "mediaType": kind}
            moved["subject"] = {**manifest["subject"], "digest": other}
            held.manifest(moved)
    other = f"{story.repository}@{other}"
    console.call("EVIL", other)
    story.verify(other, ends=1, says="REFUSED")
    story.cosign_agrees(other, ends=1)


def _outage(story: Story) -> None:
    console = story.console
    console.say("A log that does not answer", "Version 1.1 is judged while Rekor is down.")
    reference = story.judged("1.1")
    story.sigstore.down("rekor")
    story.sign(reference, "1.1", "--timeout", "5", ends=3, says="not signed yet")
    story.verify(reference, ends=1, says="REFUSED")
    console.say("It is back", "What was begun goes on where it stopped.")
    story.sigstore.heal()
    story.sign(reference, "1.1", "--resume", says="signed: ")
    story.verify(reference)
    story.cosign_agrees(reference)


def main(penstock: Path) -> int:
    """Walk the whole way with this program."""
    with (
        tempfile.TemporaryDirectory(prefix="penstock-release-") as name,
        Mirrors() as mirrors,
        MiniRegistry() as registry,
        FakeSigstore() as sigstore,
    ):
        story = Story(Path(name), mirrors, registry, sigstore, penstock=penstock)
        try:
            signed = _release(story)
            _tampered(story, signed)
            _outage(story)
        except UnexpectedError as error:
            print(f"\nIt did not go as told: {error}", file=sys.stderr)
            return 1
    print("\nEverything went as told.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else OURS))
