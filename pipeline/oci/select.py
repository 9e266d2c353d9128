"""Chooses the one manifest that is meant, or says why none can be."""

from collections.abc import Iterator
from typing import Final

from pipeline.model.gap import GapReason
from pipeline.oci.documents import INDEXES, MANIFESTS, Descriptor, Index, decode, fetch, fits, read
from pipeline.oci.errors import ImageError
from pipeline.oci.store import Store

_DEPTH: Final = 4
_MOST: Final = 1000
_INDEXES: Final = 100
"""Of one image, whichever way they hold each other."""
_ATTESTATION: Final = "vnd.docker.reference.type"


def select(store: Store, digest: str | None, platform: str | None = None) -> Descriptor:
    """Find the manifest with this digest, or the only one there is, of a platform if one is named.

    Several are refused: a scanner would take the first, and a deployer another. A digest of an
    index is answered by its only manifest.
    """
    top = decode(read(store, "index.json"), Index, "index.json")
    walk = _Walk(store, digest)
    found = walk.below(top.manifests, wanted=digest is None, depth=0)
    unique = {one.digest: one for one in found}
    meant = [one for one in unique.values() if platform is None or _may_be(one, platform)]
    if unique and not meant:
        held = ", ".join(sorted({_platform(one) for one in unique.values()}))
        raise ImageError(GapReason.NOT_READ, f"it is there for {held}, and not for {platform}")
    match meant:
        case [one]:
            return one
        case []:
            named = "no image manifest" if digest is None else f"no manifest {digest}"
            raise ImageError(GapReason.NOT_READ, f"the index holds {named}")
        case several:
            names = ", ".join(f"@{one.digest} ({_platform(one)})" for one in several[:8])
            raise ImageError(
                GapReason.AMBIGUOUS_IMAGE,
                f"{len(several)} manifests: say which by --platform, or by its digest, one of "
                f"{names}",
            )


class _Walk:
    """A way through an index. One that is named a thousand times is read once."""

    def __init__(self, store: Store, digest: str | None) -> None:
        self._store, self._digest = store, digest
        self._seen: set[tuple[str, bool]] = set()

    def below(self, entries: list[Descriptor], *, wanted: bool, depth: int) -> Iterator[Descriptor]:
        """Yield the manifests below these entries that are wanted, nested ones too."""
        if depth > _DEPTH or len(entries) > _MOST or len(self._seen) > _INDEXES:
            raise ImageError(GapReason.LIMIT, "the index is nested too deep or too long")
        for entry in entries:
            meant = wanted or entry.digest == self._digest
            if entry.media_type in INDEXES:
                yield from self._nested(entry, wanted=meant, depth=depth + 1)
            elif meant and not _is_attestation(entry):
                yield _known(entry)

    def _nested(self, entry: Descriptor, *, wanted: bool, depth: int) -> Iterator[Descriptor]:
        if (entry.digest, wanted) in self._seen:
            return
        self._seen.add((entry.digest, wanted))
        data = fetch(self._store, entry, "nested index")
        nested = decode(data, Index, "nested index").manifests
        yield from self.below(nested, wanted=wanted, depth=depth)


def _known(entry: Descriptor) -> Descriptor:
    if entry.media_type not in MANIFESTS:
        raise ImageError(
            GapReason.UNSUPPORTED, f"the index names a {entry.media_type[:120]!r}: not an image"
        )
    return entry


def _is_attestation(entry: Descriptor) -> bool:
    """Tell BuildKit's attestations, which no machine can run, from images."""
    marked = (entry.annotations or {}).get(_ATTESTATION) == "attestation-manifest"
    return marked and _platform(entry) == "unknown/unknown"


def _platform(entry: Descriptor) -> str:
    return str(entry.platform) if entry.platform else "no platform"


def _may_be(entry: Descriptor, platform: str) -> bool:
    """Say whether an entry can be of a platform; where it does not say, its configuration will."""
    return entry.platform is None or fits(str(entry.platform), platform)
