"""A registry that means harm is told of, in bounded time, and never taken for an empty one."""

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.errors import PenstockError
from pipeline.model.gap import GapReason
from pipeline.model.inventory import BadImage, Image
from pipeline.oci.image import open_image
from pipeline.oci.registry import attached
from pipeline.oci.registry.attached import attach, beside
from pipeline.oci.registry.copying import copy
from pipeline.oci.registry.errors import MissingError, RegistryError
from pipeline.oci.registry.reference import RegistryReference
from pipeline.oci.registry.referrers import enlist, fallback_tag, listed
from pipeline.oci.registry.repository import MAX_MANIFEST, Repository
from pipeline.oci.registry.session import Session
from pipeline.release.image import found
from pipeline.toolchain.http import Http
from tests.support.loopback import Loopback, Response
from tests.support.registry.content import INDEX, MANIFEST, Held, Json
from tests.support.registry.server import MiniRegistry

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

NAME = "acme/app"
LONG = 20.0
"""Seconds: many times what any of these takes."""


@pytest.fixture
def registry() -> Iterator[MiniRegistry]:
    with MiniRegistry() as one:
        yield one


@pytest.fixture
def keeps_no_list() -> Iterator[MiniRegistry]:
    with MiniRegistry(referrers=False) as one:
        yield one


@pytest.fixture
def opened() -> Iterator[Callable[..., Repository]]:
    with ExitStack() as stack:

        def repository(registry: MiniRegistry, named: str = "") -> Repository:
            place = RegistryReference.parse(f"{registry.address}/{NAME}{named}")
            http = stack.enter_context(Http(timeout=5, tries=2, sleep=lambda _: None))
            return Repository(Session(place, http=http, login=None))

        yield repository


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < LONG


def pushed(registry: MiniRegistry) -> int:
    return registry.web.count("^(PUT|POST|PATCH) ")


def listing(count: int, digest: str = "") -> bytes:
    """A list of referrers with so many entries."""
    entries = [
        {"mediaType": MANIFEST, "digest": digest or f"sha256:{n:064x}", "size": 2}
        for n in range(count)
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()


def image_of(registry: MiniRegistry, tmp_path: Path, ref: str) -> Image | BadImage:
    from pipeline.oci.registry.connect import Registries

    http = Http(timeout=5, tries=2, sleep=lambda _: None)
    with Registries({}, http=http) as registries:
        named = f"{registry.address}/{NAME}{ref}"
        return open_image(named, home=tmp_path, private=tmp_path, registry=registries.repository)


def test_ten_thousand_referrers_are_too_many(
    registry: MiniRegistry, opened: Callable[..., Repository]
) -> None:
    digest = registry.held(NAME).image("1.0")["digest"]
    body = listing(10_000)
    registry.web.alter(
        "GET /v2/.*/referrers", lambda r: Response(200, body, r.headers), times=math.inf
    )
    with pytest.raises(RegistryError, match="too many"):
        list(beside(opened(registry), digest))
    assert registry.web.count("GET /v2/.*/(manifests|blobs)/") == 0


def test_one_referrer_that_is_listed_ten_thousand_times_is_too_many_too(
    keeps_no_list: MiniRegistry, opened: Callable[..., Repository]
) -> None:
    held = keeps_no_list.held(NAME)
    digest = held.image("1.0")["digest"]
    entry = {"mediaType": MANIFEST, "digest": digest, "size": 2}
    held.manifest({"mediaType": INDEX, "manifests": [entry] * 10_000}, fallback_tag(digest))
    with pytest.raises(RegistryError, match="too many"):
        listed(opened(keeps_no_list), digest)


def test_a_referrer_that_is_listed_twice_is_looked_at_once(
    keeps_no_list: MiniRegistry, opened: Callable[..., Repository]
) -> None:
    held = keeps_no_list.held(NAME)
    digest = held.image("1.0")["digest"]
    note = held.manifest({"mediaType": MANIFEST, "config": held.blob(b"{}", "x"), "layers": [],
                          "schemaVersion": 2})  # fmt: skip
    held.manifest({"mediaType": INDEX, "manifests": [note, note]}, fallback_tag(digest))
    assert len(list(beside(opened(keeps_no_list), digest))) == 1


def test_what_refers_to_itself_or_in_a_ring_ends(
    registry: MiniRegistry, opened: Callable[..., Repository], tmp_path: Path
) -> None:
    """A digest cannot hold itself, but a list may say of anything that it refers to anything."""
    held = registry.held(NAME)
    image = held.image("1.0")
    one = held.manifest(referrer(held, image, "1"))
    two = held.manifest(referrer(held, one, "2"))
    entries = {"manifests": [image, one, two]}
    body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, **entries}).encode()
    registry.web.alter(
        "GET /v2/.*/referrers", lambda r: Response(200, body, r.headers), times=math.inf
    )
    assert len(list(beside(opened(registry), image["digest"]))) == 3
    with MiniRegistry() as there:
        with pytest.raises(RegistryError, match="does not list"):
            copy(opened(registry), opened(there), image["digest"], scratch=tmp_path / "s")
        assert "1.0" not in there.held(NAME).tags


def referrer(held: Held, subject: Json, note: str) -> Json:
    return {"schemaVersion": 2, "mediaType": MANIFEST, "config": held.blob(b"{}", "x/empty"),
            "layers": [], "subject": subject, "annotations": {"n": note}}  # fmt: skip


def test_bundles_that_are_too_large_together_are_not_fetched(
    registry: MiniRegistry,
    opened: Callable[..., Repository],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attached, "MAX_ALL", 25)
    registry.held(NAME).image("1.0")
    ours = opened(registry)
    subject = ours.resolve("1.0")
    for number in range(3):
        attach(ours, subject, b'{"n":    %d}' % number, predicate_type="https://a.example/p",
               created="2026-11-22T12:00:00Z")  # fmt: skip
    with pytest.raises(RegistryError, match="too much to look at"):
        list(beside(ours, subject.digest))


def test_a_list_by_another_name_is_not_no_list(
    registry: MiniRegistry, opened: Callable[..., Repository]
) -> None:
    digest = registry.held(NAME).image("1.0")["digest"]
    registry.web.alter(
        "GET /v2/.*/referrers",
        lambda r: Response(200, r.body, {"Content-Type": "application/json"}),
        times=math.inf,
    )
    with pytest.raises(RegistryError, match="a list of referrers is due") as caught:
        listed(opened(registry), digest)
    assert not isinstance(caught.value, MissingError)


def test_a_page_for_people_is_no_list_and_the_tag_is_looked_at(
    registry: MiniRegistry, opened: Callable[..., Repository]
) -> None:
    held = registry.held(NAME)
    digest = held.image("1.0")["digest"]
    entry = {"mediaType": MANIFEST, "digest": digest, "size": 2}
    held.manifest({"mediaType": INDEX, "manifests": [entry]}, fallback_tag(digest))
    registry.web.alter(
        "GET /v2/.*/referrers",
        lambda _: Response(200, b"<html>", {"Content-Type": "text/html"}),
        times=math.inf,
    )
    assert [one.digest for one in listed(opened(registry), digest)] == [digest]


@pytest.mark.parametrize("media", [MANIFEST, "application/json", "text/html"])
def test_a_tag_for_lists_that_holds_none_is_told_and_left_alone(
    keeps_no_list: MiniRegistry, opened: Callable[..., Repository], media: str
) -> None:
    held = keeps_no_list.held(NAME)
    image = held.image("1.0")
    other = held.manifest({"schemaVersion": 2, "mediaType": media, "n": "other"})
    held.tags[fallback_tag(image["digest"])] = other["digest"]
    ours = opened(keeps_no_list)
    with pytest.raises(RegistryError, match="a list of referrers is due"):
        listed(ours, image["digest"])
    with pytest.raises(RegistryError, match="a list of referrers is due"):
        enlist(ours, image["digest"], ours.resolve("1.0"), sleep=lambda _: None)
    assert pushed(keeps_no_list) == 0


def test_pages_by_another_host_are_not_asked_for(
    registry: MiniRegistry, opened: Callable[..., Repository]
) -> None:
    digest = registry.held(NAME).image("1.0")["digest"]
    with Loopback(lambda _: Response(200, listing(0), {"Content-Type": INDEX})) as elsewhere:
        link = f'<{elsewhere.url}/v2/{NAME}/referrers/{digest}>; rel="next"'
        registry.web.alter(
            "GET /v2/.*/referrers", lambda r: Response(200, r.body, {**r.headers, "Link": link})
        )
        with pytest.raises(RegistryError, match="another host"):
            listed(opened(registry), digest)
        assert elsewhere.requests == []


def test_a_digest_in_the_header_that_is_not_the_bytes_is_refused(
    registry: MiniRegistry, opened: Callable[..., Repository], tmp_path: Path
) -> None:
    registry.held(NAME).image("1.0")
    lie = {"Docker-Content-Digest": "sha256:" + "9" * 64}
    registry.web.alter(
        "GET /v2/.*/manifests/",
        lambda r: Response(200, r.body, {**r.headers, **lie}),
        times=math.inf,
    )
    with pytest.raises(RegistryError, match="its registry says"):
        opened(registry).resolve("1.0")
    bad = image_of(registry, tmp_path, ":1.0")
    assert isinstance(bad, BadImage)
    assert bad.reason is GapReason.DIGEST_MISMATCH


@pytest.mark.parametrize("media", [INDEX, "application/json", "text/plain"])
def test_an_image_that_comes_as_something_else_is_refused(
    registry: MiniRegistry, opened: Callable[..., Repository], tmp_path: Path, media: str
) -> None:
    digest = registry.held(NAME).image("1.0")["digest"]
    registry.web.alter(
        "GET /v2/.*/manifests/",
        lambda r: Response(200, r.body, {**r.headers, "Content-Type": media}),
        times=math.inf,
    )
    with pytest.raises(PenstockError, match="says that it is"):
        found(opened(registry, f"@{digest}"))
    assert isinstance(image_of(registry, tmp_path, f"@{digest}"), BadImage)


def test_an_index_that_is_an_image_too_is_refused(
    registry: MiniRegistry, opened: Callable[..., Repository], tmp_path: Path
) -> None:
    """One program would run its layers, and another what it lists (CVE-2021-41190)."""
    held = registry.held(NAME)
    harmless = held.image("0.9")
    raw = json.loads(held.manifests[held.image("1.0", content=b"other")["digest"]][0])
    for media in (INDEX, MANIFEST):
        both = {**raw, "mediaType": media, "manifests": [harmless]}
        digest = held.manifest(both)["digest"]
        with pytest.raises(PenstockError, match="at once"):
            found(opened(registry, f"@{digest}"))
        assert isinstance(image_of(registry, tmp_path / media[-5:], f"@{digest}"), BadImage)


def test_an_oversize_manifest_is_not_read(
    registry: MiniRegistry, opened: Callable[..., Repository], tmp_path: Path
) -> None:
    held = registry.held(NAME)
    digest = held.manifest({"mediaType": MANIFEST, "n": "x" * MAX_MANIFEST}, "1.0")["digest"]
    for ref in ("1.0", digest):
        with pytest.raises(RegistryError, match="more than"):
            opened(registry).resolve(ref)
    assert isinstance(image_of(registry, tmp_path, ":1.0"), BadImage)


@pytest.mark.parametrize("kept", [0, 10])
def test_a_layer_that_is_cut_short_is_refused(
    registry: MiniRegistry, tmp_path: Path, kept: int
) -> None:
    digest = registry.held(NAME).image("1.0")["digest"]
    raw = json.loads(registry.held(NAME).manifests[digest][0])
    layer = raw["layers"][0]["digest"]
    registry.web.alter(
        f"GET /v2/.*/blobs/{layer}",
        lambda r: Response(200, r.body[:kept], r.headers),
        times=math.inf,
    )
    bad = image_of(registry, tmp_path, ":1.0")
    assert isinstance(bad, BadImage)
    assert bad.reason is GapReason.DIGEST_MISMATCH


@pytest.mark.parametrize("size", [0, 1, 1 << 50, -1])
def test_a_descriptor_with_a_wrong_size_is_refused(
    registry: MiniRegistry, opened: Callable[..., Repository], tmp_path: Path, size: int
) -> None:
    held = registry.held(NAME)
    raw = json.loads(held.manifests[held.image("1.0")["digest"]][0])
    raw["layers"][0]["size"] = size
    digest = held.manifest(raw, "2.0")["digest"]
    assert isinstance(image_of(registry, tmp_path, ":2.0"), BadImage)
    with MiniRegistry() as there:
        with pytest.raises(RegistryError):
            copy(opened(registry), opened(there), digest, scratch=tmp_path / "s")
        assert there.held(NAME).manifests == {}


def test_urls_in_a_descriptor_are_never_asked(
    registry: MiniRegistry, opened: Callable[..., Repository], tmp_path: Path
) -> None:
    held = registry.held(NAME)
    raw = json.loads(held.manifests[held.image("1.0")["digest"]][0])
    with Loopback(lambda _: Response(200, b"layer")) as elsewhere:
        gone = {**raw["layers"][0], "digest": "sha256:" + "7" * 64, "urls": [elsewhere.url]}
        digest = held.manifest({**raw, "layers": [gone]}, "2.0")["digest"]
        assert isinstance(image_of(registry, tmp_path, ":2.0"), BadImage)
        with MiniRegistry() as there, pytest.raises(RegistryError):
            copy(opened(registry), opened(there), digest, scratch=tmp_path / "s")
        assert elsewhere.requests == []


def bush(held: Held, *, width: int, depth: int) -> Json:
    """An index of indexes, each of which names the one below it many times."""
    found_ = held.image("leaf")
    for _ in range(depth):
        body = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [found_] * width}
        found_ = held.manifest(body)
    return found_


@pytest.mark.parametrize(("width", "depth"), [(1, 8), (900, 3), (900, 4), (10_000, 1)])
def test_an_index_that_is_a_thicket_ends(
    registry: MiniRegistry,
    opened: Callable[..., Repository],
    tmp_path: Path,
    width: int,
    depth: int,
) -> None:
    digest = bush(registry.held(NAME), width=width, depth=depth)["digest"]
    with pytest.raises(PenstockError):
        found(opened(registry, f"@{digest}"))
    image_of(registry, tmp_path, f"@{digest}")
    with MiniRegistry() as there:
        copied: tuple[str, ...] = ()
        try:
            copied = copy(opened(registry), opened(there), digest, scratch=tmp_path / "s").manifests
        except RegistryError:
            assert there.held(NAME).tags == {}
        assert len(copied) <= depth + 1


def test_an_index_of_many_indexes_ends(registry: MiniRegistry, tmp_path: Path) -> None:
    """Each is another one, and all of them hold all that is below."""
    held = registry.held(NAME)
    below = [held.image("leaf")]
    for level in range(3):
        below = [
            held.manifest({"schemaVersion": 2, "mediaType": INDEX, "manifests": below,
                           "annotations": {"n": f"{level} {n}"}})
            for n in range(60)
        ]  # fmt: skip
    digest = held.manifest({"schemaVersion": 2, "mediaType": INDEX, "manifests": below})["digest"]
    bad = image_of(registry, tmp_path, f"@{digest}")
    assert isinstance(bad, BadImage)
    assert bad.reason is GapReason.LIMIT
    assert registry.web.count("GET ") < 200


@pytest.mark.parametrize(
    "realm", ["http://[", "http://registry.example/token", "file:///etc/passwd", "nonsense", ""]
)
def test_a_place_for_tokens_that_is_none_is_told(
    registry: MiniRegistry, opened: Callable[..., Repository], realm: str
) -> None:
    """Nothing is sent in clear to another machine, whatever a registry asks for."""
    digest = registry.held(NAME).image("1.0")["digest"]
    ask = {"WWW-Authenticate": f'Bearer realm="{realm}",service="s"'}
    registry.web.alter("GET /v2/", lambda _: Response(401, b"", ask), times=math.inf)
    with pytest.raises(RegistryError) as caught:
        list(beside(opened(registry), digest))
    assert not isinstance(caught.value, MissingError)


def test_what_a_registry_says_of_waiting_is_bounded(registry: MiniRegistry) -> None:
    """Neither a day, nor a number without end, nor what is no number holds anybody up."""
    digest = registry.held(NAME).image("1.0")["digest"]
    for after in ("86400", "9" * 400, "-1", "soon", "Wed, 25 Nov 2099 12:00:00 GMT"):
        waits: list[float] = []
        registry.web.fail("GET /v2/.*/referrers", 429, after=after)
        place = RegistryReference.parse(f"{registry.address}/{NAME}")
        with Http(timeout=5, tries=2, sleep=waits.append) as http:
            assert listed(Repository(Session(place, http=http, login=None)), digest) == ()
        assert len(waits) == 1
        assert 0 <= waits[0] <= 30
