"""How the evidence came to be: SLSA provenance v1 of the run, whose product is the bundle.

Source: slsa.dev/spec/v1.2/build-provenance. The image is not what a scan builds, and only its
builder may say how it was built; so the subject is `run.json`, which names every other file.
"""

from collections.abc import Iterator
from typing import Final

from pipeline.attest.base import OWN, Evidence, Json, Said, Subject, bare

TYPE: Final = "https://slsa.dev/provenance/v1"
BUILD_TYPE: Final = f"{OWN}/run/v1"
PRODUCT: Final = "run.json"


def predicates(evidence: Evidence) -> Iterator[Said]:
    """Say it of the bundle."""
    subject = evidence.verdict.subject
    yield Said(
        name="provenance",
        subjects=(Subject(name=PRODUCT, digest={"sha256": bare(evidence.bundle)}),),
        predicate={
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "environment": evidence.verdict.environment,
                    "resource": evidence.resource,
                    "policy": evidence.verdict.policy.source,
                },
                "resolvedDependencies": [
                    *_commit(subject.commit),
                    *({"uri": f"oci:{image}", "digest": {"sha256": bare(image)}}
                      for image in subject.images),
                    {"uri": evidence.policy_uri,
                     "digest": {"sha256": bare(evidence.verdict.policy.digest)}},
                    *_used(evidence),
                ],
            },
            "runDetails": {
                "builder": {"id": evidence.verifier, "version": {"penstock": evidence.penstock}},
                "metadata": {
                    "startedOn": evidence.started,
                    "finishedOn": evidence.finished,
                },
            },
        },
    )  # fmt: skip


def _commit(commit: str | None) -> list[Json]:
    return [] if commit is None else [{"uri": "git:.", "digest": {"gitCommit": commit}}]


def _used(evidence: Evidence) -> list[Json]:
    """Name the scanners and the snapshots, each once."""
    used = {
        (f"pkg:generic/{tool.name}@{tool.version}", bare(tool.sha256))
        for stage in evidence.stages
        for tool in stage.tools
    } | {
        (f"{OWN}/feed/{feed.name}", bare(feed.digest))
        for stage in evidence.stages
        for feed in stage.feeds
    }
    return [{"uri": uri, "digest": {"sha256": digest}} for uri, digest in sorted(used)]
