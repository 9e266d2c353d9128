"""Signing, verifying and pulling, against services on loopback that run in this process.

What is measured runs in processes of its own, so that the services' work is not counted.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from measure import PENSTOCK, ROOT, Cost, Line, command

from tests.support.registry.content import Held, digest_of
from tests.support.registry.server import MiniRegistry
from tests.support.releasing import VERIFIER, bundle, trust_file
from tests.support.sigstore.server import SERVICES, FakeSigstore

RUNS: Final = 7
LARGE: Final = 1 << 30
_LATE: Final = 0.1
_SAN: Final = f"{VERIFIER}@refs/heads/main"
_BARE: Final = """
import sys
from pathlib import Path
from sigstore.dsse import Statement
from sigstore.models import ClientTrustConfig
from sigstore.oidc import IdentityToken
from sigstore.sign import SigningContext

trust, token, folder = map(Path, sys.argv[1:])
context = SigningContext.from_trust_config(ClientTrustConfig.from_json(trust.read_text()))
with context.signer(IdentityToken(token.read_text())) as signer:
    for file in sorted(folder.glob("*.intoto.json")):
        statement = Statement.__new__(Statement)
        statement._contents = file.read_bytes()
        signer.sign_dsse(statement)
"""
"""The same signatures by sigstore-python alone."""
_VERIFY: Final = """
import contextlib, io, sys, time
from pipeline.cli.app import answer

def once():
    with contextlib.redirect_stdout(io.StringIO()):
        begun = time.process_time()
        assert answer(["verify", sys.argv[1], "--policy", sys.argv[2]]) == 0
        return time.process_time() - begun

once()
print(sorted(once() for _ in range(3))[1])
"""
_PULL: Final = """
import resource, sys
from pathlib import Path
from pipeline.oci.documents import Descriptor
from pipeline.oci.registry.reference import RegistryReference
from pipeline.oci.registry.connect import Registries

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

with Registries({}) as registries:
    repository = registries.repository(RegistryReference.parse(sys.argv[1]))
    repository.resolve(repository.session.place.digest)
    before = peak()
    repository.download(Descriptor("", sys.argv[2], int(sys.argv[3])), Path(sys.argv[4]))
    print(peak() - before)
"""


def lines() -> Iterator[Line]:
    """Start the services, and measure."""
    with (
        tempfile.TemporaryDirectory() as name,
        FakeSigstore() as fake,
        MiniRegistry() as registry,
    ):
        yield from _signed(Path(name), fake, registry)
        yield from _pulled(Path(name), registry)


def _signed(folder: Path, fake: FakeSigstore, registry: MiniRegistry) -> Iterator[Line]:
    yield from _compared(folder / "at-once", fake, registry, "services that answer at once")
    for service in ("fulcio", "rekor", "tsa"):
        fake.web.slow(SERVICES[service], _LATE)
    late = f"services that take {_LATE * 1000:.0f} ms"
    yield from _compared(folder / "late", fake, registry, late)
    fake.heal()
    yield from _verified(folder / "at-once", fake, registry)


def _compared(folder: Path, fake: FakeSigstore, registry: MiniRegistry, how: str) -> Iterator[Line]:
    """Sign the same image in several repositories, and the same statements by sigstore alone.

    By turns: what else the machine does then falls on both.
    """
    folder.mkdir()
    trust, token = trust_file(fake, folder), folder / "token"
    token.write_text(fake.issuer.github_token())
    digest = registry.held(f"{folder.name}/0").image("1.0")["digest"]
    evidence = bundle(folder / "evidence", digest)
    statements = folder / "0/attestations"
    costs: list[Cost] = []
    bare: list[Cost] = []
    for number in range(RUNS):
        registry.held(f"{folder.name}/{number}").image("1.0")
        copy = folder / str(number)
        shutil.copytree(evidence, copy)
        image = f"{registry.address}/{folder.name}/{number}@{digest}"
        sign = (PENSTOCK, "sign", image, "--bundle", copy, "--verifier", VERIFIER,
                "--trust", trust, "--identity-token-file", token)  # fmt: skip
        costs.append(command(*sign, runs=1, warm=False))
        assert costs[-1].code == 0, image
        words = (sys.executable, "-c", _BARE, trust, token, statements)
        bare.append(command(*words, runs=1, warm=not bare))
        assert bare[-1].code == 0
    many = len(list(statements.iterdir()))
    ours, theirs = (statistics.median(one.wall for one in each) for each in (costs, bare))
    what = f"`penstock sign`, {many} statements ÷ bare sigstore-python, wall, {how}"
    yield Line(what, ours / theirs, 1.2, "x")


def _verified(folder: Path, fake: FakeSigstore, registry: MiniRegistry) -> Iterator[Line]:
    """Verify an image to which ten statements refer."""
    held = registry.held("at-once/0")
    digest = held.tags["1.0"]
    _again(held, digest)
    place = f"{registry.address}/at-once/0"
    (folder / "trusted_root.json").write_text(json.dumps(fake.trust.trusted_root()))
    signer = {"issuer": fake.issuer.url, "identity": _SAN, "verifier": VERIFIER}
    policy: dict[str, Any] = {
        "apiVersion": "penstock/v1",
        "kind": "VerifyPolicy",
        "resource": place,
        "environment": "release",
        "signers": [signer],
    }
    (folder / "verify.yaml").write_text(json.dumps(policy))
    told = _python(_VERIFY, f"{place}@{digest}", folder / "verify.yaml")
    yield Line("`penstock verify`, 10 referrers, beyond imports, CPU", float(told), 0.5, "s")


def _again(held: Held, digest: str) -> None:
    """Let every referrer be there twice, under another date, until there are ten."""
    found = [
        json.loads(raw)
        for raw, _ in held.manifests.values()
        if (json.loads(raw).get("subject") or {}).get("digest") == digest
    ]
    for number in range(10 - len(found)):
        one = found[number % len(found)]
        held.manifest({**one, "annotations": {**one["annotations"], "again": str(number)}})


def _pulled(folder: Path, registry: MiniRegistry) -> Iterator[Line]:
    held = registry.held("acme/large")
    digest = held.image("1.0")["digest"]
    layer = bytes(LARGE)
    held.blobs[digest_of(layer)] = layer
    place = f"{registry.address}/acme/large@{digest}"
    told = _python(_PULL, place, digest_of(layer), str(LARGE), folder / "layer")
    yield Line("pulling a layer of 1 GiB: memory beside the client", float(told), 64, "MB")


def _python(code: str, *words: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout
