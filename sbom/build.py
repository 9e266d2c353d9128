"""Writes Penstock's own SBOM from the lock of its dependencies: `make sbom`."""

import re
import sys
from pathlib import Path
from typing import Final

from pipeline import __version__
from pipeline.model.artifact import sha256_of
from pipeline.stages.sbom.model import Bom, Component, pypi
from pipeline.stages.sbom.write import write

HERE: Final = Path(__file__).resolve().parent
LOCK: Final = HERE.parent / "requirements" / "penstock.txt"
FILE: Final = HERE / "penstock.cdx.json"
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==(\S+?)(?: ;.*)? \\$", re.MULTILINE)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def build(lock: str) -> bytes:
    """Return the SBOM of a hash-locked requirements file: equal locks give equal bytes."""
    root = Component(
        ref=f"pkg:pypi/penstock@{__version__}",
        kind="application",
        name="penstock",
        version=__version__,
        purl=f"pkg:pypi/penstock@{__version__}",
        licenses=({"license": {"id": "Apache-2.0"}},),
    )
    pins = list(_PIN.finditer(lock))
    ends = [pin.start() for pin in pins[1:]] + [len(lock)]
    parts = [
        _component(pin[1], pin[2], lock[pin.start() : end])
        for pin, end in zip(pins, ends, strict=True)
    ]
    bom = Bom(
        root=root,
        components={one.ref: one for one in parts},
        depends=frozenset((root.ref, one.ref) for one in parts),
        tools=frozenset(),
        complete="complete",
    )
    return write(bom, subject=sha256_of(lock.encode()))


def _component(name: str, version: str, block: str) -> Component:
    purl = pypi(name, version)
    return Component(
        ref=purl,
        kind="library",
        name=name,
        version=version,
        purl=purl,
        # A lock lists the digest of every file of a release; one of them is what was installed.
        properties=frozenset(("penstock:locked-sha256", one) for one in _HASH.findall(block)),
    )


def main() -> int:
    """Write the file."""
    FILE.write_bytes(build(LOCK.read_text(encoding="utf-8")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
