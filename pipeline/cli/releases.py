"""How released archives of scanners are downloaded, and by whose word they are believed."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

if TYPE_CHECKING:
    from pipeline.signing.trust import Trust
    from pipeline.toolchain.lock import Signer
    from pipeline.toolchain.releases import Releases

_PUBLIC: Final = "public"
Base: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--releases",
        metavar="URL",
        help="Where a tool's released files lie, instead of where the lock says.",
    ),
]
Root: TypeAlias = Annotated[
    str,
    typer.Option(
        "--trust",
        metavar="FILE|public",
        help="Sigstore's trusted root: by it the signatures of releases are checked.",
    ),
]


def of(base: str | None, trust: str) -> "Releases":
    """Read both options; the public root when the first archive has been downloaded."""
    from pipeline.cli.release.signer import read_trust
    from pipeline.toolchain.releases import Releases

    root = cache(lambda: read_trust(trust))
    if trust != _PUBLIC:
        root()  # a file that is none is told before anything is fetched
    return Releases(base=base or "", signer=lambda path, bundle: _signer(path, bundle, root()))


def _signer(path: Path, bundle: bytes, trust: "Trust") -> "Signer":
    from pipeline.signing.artifact import signer_of
    from pipeline.toolchain.lock import Signer

    by = signer_of(path, bundle, trust)
    return Signer(issuer=by.issuer or "", identity=by.san)
