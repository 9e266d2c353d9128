"""Makes of a stored bundle what its statements are made of."""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pipeline.attest.base import OWN, Evidence, Subject, bare
from pipeline.bundle.read import BundleError, Stored
from pipeline.errors import PenstockError, UsageError
from pipeline.model.artifact import sha256_file, sha256_of
from pipeline.policy.judging.gate import judge
from pipeline.policy.model import Policy
from pipeline.release.image import Image
from pipeline.runner.again import facts_case, same_verdict

_SBOM: Final = "sbom/"
_BASE: Final = "base"
_SOURCE: Final = 3
"""Parts of `base:COMMIT:DIR`."""


class Judge(msgspec.Struct, frozen=True, kw_only=True):
    """Who says it, and where the policy can be read."""

    verifier: str
    repository: str = ""
    """The address of the repository that holds the policy, where it is known."""


def by_environment(environment: Mapping[str, str], verifier: str | None) -> Judge:
    """Name the judge: as told, else by the workflow that runs. Raises UsageError for nobody."""
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    workflow = environment.get("GITHUB_WORKFLOW_REF", "").partition("@")[0]
    name = environment.get("GITHUB_REPOSITORY", "")
    repository = f"{server}/{name}" if name else ""
    told = verifier or (f"{server}/{workflow}" if workflow else "")
    if "://" not in told or any(char.isspace() for char in told):
        raise UsageError(
            f"{told!r} is no URI" if told else "nobody said who judges",
            hint="give --verifier URI, the name by which your deployers know this judge; in a "
            "GitHub workflow it is the workflow's own address",
        )
    return Judge(verifier=told, repository=repository)


def recomputed(stored: Stored, policy: Policy) -> None:
    """Judge the bundle again by its own policy. Raises BundleError where the verdict differs."""
    judged = judge(facts_case(stored, policy))
    if not same_verdict(stored, judged):
        raise BundleError(
            f"the verdict does not recompute: the bundle says {stored.verdict.verdict.value}, and "
            f"its own evidence gives {judged.verdict.verdict.value}",
            hint=f"it was made by Penstock {stored.run.penstock}; use the same version, or run "
            "the scan again",
        )


def scanned(stored: Stored, image: Image) -> None:
    """Raise PenstockError unless every manifest of the image is one that the verdict names."""
    known = stored.verdict.subject.images
    missing = [one for one in image.manifests if one not in known]
    if not missing:
        return
    has = ", ".join(known) or "none"
    if not image.platforms:
        raise PenstockError(
            f"{image.resource} is not what was judged: the bundle speaks of {has}",
            hint="run the scan with --image and this digest",
        )
    raise PenstockError(
        f"the index {image.digest} holds {', '.join(missing)}, which was not judged",
        hint=f"scan every platform in one run, each with --image; the bundle speaks of {has}",
    )


def evidence(stored: Stored, image: Image, judge_: Judge, *, vex: bytes | None = None) -> Evidence:
    """Gather what can be said of an image, as a whole."""
    boms = _boms(stored)
    digests = tuple(dict.fromkeys((image.digest, *image.platforms)))
    commit = stored.verdict.subject.commit
    named = tuple(
        Subject(name=image.place.repository, digest={"sha256": bare(one)}) for one in digests
    )
    source = () if commit is None else (Subject(name="git", digest={"gitCommit": commit}),)
    return Evidence(
        resource=image.resource,
        image=image.digest,
        subjects=(*named, *source),
        verdict=stored.verdict,
        findings=stored.findings,
        stages=stored.stages,
        required=stored.required,
        files=stored.run.files,
        bundle=sha256_file(stored.path / "run.json"),
        images={
            name: image.digest if digest in image.manifests else digest
            for digest, (name, _) in boms.items()
        },
        boms={digest: data for digest, (_, data) in boms.items()},
        vex=vex,
        verifier=judge_.verifier,
        policy_uri=_policy_uri(stored, judge_),
        penstock=stored.run.penstock,
        started=stored.run.started,
        finished=_finished(stored),
    )


def of_platform(whole: Evidence, image: Image, digest: str) -> Evidence:
    """Narrow the evidence of an index to one of its manifests."""
    return msgspec.structs.replace(
        whole,
        image=digest,
        subjects=(Subject(name=image.place.repository, digest={"sha256": bare(digest)}),),
    )


def _boms(stored: Stored) -> dict[str, tuple[str, bytes]]:
    """Return (reference, document) by the digest of the image that a document describes."""
    found = {}
    for name in sorted(stored.run.files):
        if not name.startswith(_SBOM):
            continue
        data = (stored.path / name).read_bytes()
        if sha256_of(data) != stored.run.files[name]:
            raise BundleError(f"{name} was altered while the bundle was read")
        try:
            root: dict[str, Any] = json.loads(data)["metadata"]["component"]
            if root["type"] != "container":
                continue  # a source tree, which need not have a version
            digest, reference = str(root["version"]), str(root["name"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BundleError(f"{name} cannot be read: {error}") from error
        if digest in stored.verdict.subject.images:
            found[digest] = (reference, data)
    return found


def _policy_uri(stored: Stored, judge_: Judge) -> str:
    parts = stored.verdict.policy.source.split(":", 2)
    if parts[0] == _BASE and len(parts) == _SOURCE:
        where = f"git+{judge_.repository}@{parts[1]}" if judge_.repository else f"git:{parts[1]}"
        return f"{where}#{parts[2]}"
    return f"{OWN}/policy/{stored.verdict.policy.name}"


def _finished(stored: Stored) -> str:
    from datetime import datetime, timedelta

    try:
        ended = datetime.fromisoformat(stored.run.started) + timedelta(seconds=stored.run.seconds)
    except (ValueError, OverflowError) as error:
        raise BundleError(f"run.json says that it started at {stored.run.started!r}") from error
    return ended.strftime("%Y-%m-%dT%H:%M:%SZ")
