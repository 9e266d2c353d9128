"""What refers to a digest: by the referrers API, or by the fallback tag where there is none.

Source: OCI distribution specification 1.1, "Listing Referrers" and "Referrers Tag Schema".
"""

import re
import time
from collections.abc import Callable
from typing import Final

import msgspec

from pipeline.oci.documents import Descriptor
from pipeline.oci.registry.errors import MissingError, RegistryError
from pipeline.oci.registry.repository import MAX_MANIFEST, Repository
from pipeline.oci.registry.session import Session
from pipeline.toolchain.http import Answer

INDEX: Final = "application/vnd.oci.image.index.v1+json"
MAX_REFERRERS: Final = 1_000
MAX_PAGES: Final = 1_000
_NEXT: Final = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_OTHER: Final = re.compile(r"(?!sha256:)[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+")
"""Another algorithm's. Source: OCI image specification 1.1, "Digests"."""
_TRIES: Final = 6
_PAUSE: Final = 0.2


class _Listed(msgspec.Struct, frozen=True, rename="camel"):
    manifests: tuple[Descriptor, ...] | None = None


def listed(repository: Repository, subject: str) -> tuple[Descriptor, ...]:
    """List what refers to a digest, whatever its type: descriptors of fallback tags tell it wrong.

    Raises RegistryError where the registry could not be asked: that is not "nothing refers to it".
    """
    session = repository.session
    url = session.url(f"referrers/{subject}")
    found: list[Descriptor] = []
    seen: set[str] = set()
    while url:
        if url in seen or len(seen) > MAX_PAGES:
            raise RegistryError(f"{url}: the pages of referrers go round in a circle, or never end")
        answer = _page(session, url)
        if answer is None and seen:
            # A page that is not there any more may have listed the FAIL.
            raise RegistryError(f"{url}: the list of referrers breaks off")
        if answer is None:
            return by_tag(repository, subject)
        seen.add(url)
        found += _read(answer.body, url)
        _limit(found, subject)
        url = _next(answer, session)
    return tuple({one.digest: one for one in found}.values())


def _page(session: Session, url: str) -> Answer | None:
    """Fetch one page; None where what answers keeps no lists.

    Raises RegistryError for a list that calls itself something else: it is not "no list".
    """
    try:
        answer = session.ask("GET", url, headers={"Accept": INDEX}, limit=MAX_MANIFEST)
    except MissingError:
        return None
    if answer.media == INDEX:
        return answer
    try:
        listing = msgspec.json.decode(answer.body, type=_Listed).manifests
    except (ValueError, RecursionError):
        return None
    if listing is None:
        return None
    raise RegistryError(
        f"{url} answers with {answer.media[:100]!r}, and a list of referrers is due",
        hint="something between here and the registry may change its answers",
    )


def by_tag(repository: Repository, subject: str) -> tuple[Descriptor, ...]:
    """List what the fallback tag names; no such tag is an empty list."""
    tag, session = fallback_tag(subject), repository.session
    try:
        descriptor, data = repository.fetched(tag)
    except MissingError:
        return ()
    # GitLab resolves the tag sha256-HEX to the image itself: that is no list of referrers.
    if descriptor.digest == subject:
        return ()
    if descriptor.media_type != INDEX:
        raise RegistryError(
            f"{session.place.repository}:{tag} is a {descriptor.media_type[:100]!r}, and a list "
            "of referrers is due",
            hint="a tag of this form is kept for such lists: remove what lies there",
        )
    found = _read(data, f"{session.place.repository}:{tag}")
    _limit(found, subject)
    return tuple({one.digest: one for one in found}.values())


def is_ours(digest: str) -> bool:
    """Say whether this is a digest by which anything of Penstock's or cosign's is listed."""
    return _DIGEST.fullmatch(digest) is not None


def fallback_tag(subject: str) -> str:
    """Write the tag under which clients keep the list themselves."""
    return subject.replace(":", "-", 1)


def enlist(
    repository: Repository,
    subject: str,
    entry: Descriptor,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Add an entry to the fallback tag, and read and write again until it is seen there.

    Two writers can still lose an entry to each other: one process writes all that refers to one
    image, and compares the list at the end.
    """
    for attempt in range(_TRIES):
        known = by_tag(repository, subject)
        if any(one.digest == entry.digest for one in known):
            return
        if attempt:
            sleep(_PAUSE * attempt)
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [*known, entry]}
        repository.push_manifest(msgspec.json.encode(index), INDEX, tag=fallback_tag(subject))
    if all(one.digest != entry.digest for one in by_tag(repository, subject)):
        raise RegistryError(
            f"the list of what refers to {subject} keeps losing {entry.digest}",
            hint="somebody else writes to it: sign one image from one place at a time",
        )


def _read(data: bytes, what: str) -> tuple[Descriptor, ...]:
    try:
        found = msgspec.json.decode(data, type=_Listed).manifests or ()
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{what} is no list of referrers: {error}") from error
    for one in found:
        if not is_ours(one.digest) and _OTHER.fullmatch(one.digest) is None:
            raise RegistryError(f"{what} lists {one.digest[:80]!r}, which is no digest")
    return found


def _limit(found: "list[Descriptor] | tuple[Descriptor, ...]", subject: str) -> None:
    if len(found) > MAX_REFERRERS:
        raise RegistryError(
            f"over {MAX_REFERRERS} things refer to {subject}: too many to look at",
            hint="remove stale attestations from the registry",
        )


def _next(answer: Answer, session: Session) -> str:
    found = _NEXT.search(answer.headers.get("link", ""))
    if found is None:
        return ""
    url = session.follow(found[1])
    if not session.owns(url):
        raise RegistryError(f"the list of referrers goes on at {url[:200]}, which is another host")
    return url
