"""A judged image in a registry, its bundle, and the command line that signs it."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from pipeline.model.artifact import Tool
from pipeline.model.outcome import StageEvidence
from pipeline.model.verdict import Subject
from pipeline.stages import STAGES
from tests.support import bundles
from tests.support.command import Ran, penstock
from tests.support.judging import case, done, feed, gate, policy
from tests.support.sigstore.server import FakeSigstore

COMMIT: Final = "c" * 40
VERIFIER: Final = "https://github.com/acme/app/.github/workflows/release.yml"
TOOL: Final = Tool(name="trivy", version="1", path="/t/trivy", sha256="0" * 64, locked=True)


def stages(**tool: Any) -> tuple[StageEvidence, ...]:
    used = msgspec.structs.replace(TOOL, **tool)
    return tuple(
        StageEvidence(stage=name, outcome=done(), tools=(used,), feeds=(feed(),)) for name in STAGES
    )


def bundle(
    folder: Path, *images: str, env: str = "release", record: Any = None, **fields: Any
) -> Path:
    """Write the bundle of a run that judged these images a moment ago, PASS."""
    judged_by = fields.pop("judged_by", None) or policy()
    subject = Subject(commit=COMMIT, tree="d" * 40, dirty=False, images=tuple(sorted(images)))
    values = {"now": datetime.now(UTC).replace(microsecond=0), "subject": subject,
              "stages": stages(), **fields}  # fmt: skip
    findings = values.pop("findings", ())
    files = values.pop("files", None) or {"gate.yaml": gate()}
    made = case(judged_by, *findings, env=env, **values)
    sbom = {
        f"image-{n}.cdx.json": json.dumps(bom(f"registry/app@{digest}", digest)).encode()
        for n, digest in enumerate(images)
    }
    return bundles.write(folder, made, files, sbom=sbom, **(record or {}))


def bom(name: str, digest: str) -> dict[str, Any]:
    component = {"type": "container", "name": name, "version": digest, "bom-ref": "root"}
    serial = f"urn:uuid:{uuid.UUID(digest[7:39])}"
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": serial, "version": 1,
            "metadata": {"component": component}, "components": []}  # fmt: skip


def trust_file(fake: FakeSigstore, folder: Path, *, rekor: int = 2) -> Path:
    path = folder / "trust.json"
    path.write_text(json.dumps(fake.trust.client_trust_config(rekor=(rekor,))))
    return path


def token_file(fake: FakeSigstore, folder: Path, **claims: Any) -> Path:
    path = folder / "token"
    path.write_text(fake.issuer.github_token(**claims))
    return path


def sign(image: str, folder: Path, *options: str | Path, **extra: str) -> Ran:
    named = () if "--verifier" in options else ("--verifier", VERIFIER)
    return penstock("sign", image, "--bundle", folder, *named, *options, extra=extra)
