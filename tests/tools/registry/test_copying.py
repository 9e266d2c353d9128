"""A copy is the same bytes under the same digests, with all that refers to it, or an error."""

import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.oci.registry.attached import attach, attached
from pipeline.oci.registry.copying import copy
from pipeline.oci.registry.errors import RegistryError
from pipeline.oci.registry.reference import RegistryReference
from pipeline.oci.registry.repository import Repository
from pipeline.oci.registry.session import Session
from pipeline.toolchain.http import Http
from tests.support.loopback import Response, dropped, half
from tests.support.registry.content import MANIFEST, Held, Json
from tests.support.registry.server import MiniRegistry

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

WHEN = "2026-11-22T12:00:00Z"
KIND = "https://a.example/p"


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(timeout=5, tries=2, sleep=lambda _: None) as one:
        yield one


@pytest.fixture(params=[(True, True), (True, False), (False, True), (False, False)],
                ids=["api to api", "api to tag", "tag to api", "tag to tag"])  # fmt: skip
def both(request: pytest.FixtureRequest) -> Iterator[tuple[MiniRegistry, MiniRegistry]]:
    with ExitStack() as stack:
        here, there = (
            stack.enter_context(MiniRegistry(referrers=listed)) for listed in request.param
        )
        yield here, there


def opened(registry: MiniRegistry, http: Http, name: str = "acme/app") -> Repository:
    place = RegistryReference.parse(f"{registry.address}/{name}")
    return Repository(Session(place, http=http, login=None))


def test_an_image_for_several_platforms_goes_whole(
    both: tuple[MiniRegistry, MiniRegistry], http: Http, tmp_path: Path
) -> None:
    here, there = both
    index = here.held("acme/app").index("1.0", architectures=("amd64", "arm64"))
    source, target = opened(here, http), opened(there, http, "prod/app")
    top = source.resolve("1.0")
    platforms = [digest for digest in here.held("acme/app").manifests if digest != top.digest]
    for number, digest in enumerate((top.digest, *platforms)):
        data = b'{"n":%d}' % number
        attach(source, source.resolve(digest), data, predicate_type=KIND, created=WHEN)
    done = copy(source, target, index["digest"], scratch=tmp_path / "blob")
    assert done.manifests == (top.digest, *platforms)
    assert len(done.referrers) == 3
    for digest in done.manifests:
        was = {one.bundle for one in attached(source, digest)}
        assert {one.bundle for one in attached(target, digest)} == was
        assert len(was) == 1
    assert there.held("prod/app").blobs == here.held("acme/app").blobs
    assert not (tmp_path / "blob").exists()


def test_copying_again_sends_no_blob(
    both: tuple[MiniRegistry, MiniRegistry], http: Http, tmp_path: Path
) -> None:
    here, there = both
    image = here.held("acme/app").image("1.0")
    source, target = opened(here, http), opened(there, http)
    attach(source, source.resolve("1.0"), b"{}", predicate_type=KIND, created=WHEN)
    first = copy(source, target, image["digest"], scratch=tmp_path / "blob")
    before = there.web.count("POST /v2/")
    assert copy(source, target, image["digest"], scratch=tmp_path / "blob") == first
    assert there.web.count("POST /v2/") == before


@pytest.mark.parametrize("fault", ["GET .*/referrers/", "GET .*/blobs/", "GET .*/manifests/"])
def test_what_cannot_be_read_is_not_left_out(http: Http, tmp_path: Path, fault: str) -> None:
    with MiniRegistry() as here, MiniRegistry() as there:
        image = here.held("acme/app").image("1.0")
        here.web.fail(fault, 503, times=math.inf)
        with pytest.raises(RegistryError):
            copy(opened(here, http), opened(there, http), image["digest"], scratch=tmp_path / "b")
        assert there.held("acme/app").tags == {}


def test_a_destination_that_forgets_a_referrer_is_told(http: Http, tmp_path: Path) -> None:
    with MiniRegistry() as here, MiniRegistry(referrers=False) as there:
        image = here.held("acme/app").image("1.0")
        source = opened(here, http)
        attach(source, source.resolve("1.0"), b"{}", predicate_type=KIND, created=WHEN)
        there.lost = 1_000
        with pytest.raises(RegistryError, match="keeps losing"):
            copy(source, opened(there, http), image["digest"], scratch=tmp_path / "b")


def strange(held: Held, image: Json) -> tuple[str, str]:
    """Attach what is no bundle; the digests of its manifest, and of a blob of its own."""
    layers = [held.blob(b"one", "x/one"), held.blob(b"two", "x/two")]
    made = held.manifest({"schemaVersion": 2, "mediaType": MANIFEST, "layers": layers,
                          "config": held.blob(b"{}", "x/config"), "subject": image})  # fmt: skip
    return made["digest"], layers[1]["digest"]


def answering(status: int) -> Response:
    return Response(status, b"fault")


@pytest.mark.parametrize("status", [500, 501, 503, 429, 408, 401, 403, 0])
@pytest.mark.parametrize("side", ["read", "written"])
def test_what_a_registry_does_not_give_for_the_moment_is_not_left_behind(
    http: Http, tmp_path: Path, side: str, status: int
) -> None:
    with MiniRegistry() as here, MiniRegistry() as there:
        image = here.held("acme/app").image("1.0")
        manifest, blob = strange(here.held("acme/app"), image)
        web, where = {
            "read": (here.web, f"GET .*/blobs/{blob}"),
            "written": (there.web, f"PUT .*/manifests/{manifest}"),
        }[side]
        web.alter(where, lambda _: answering(status) if status else dropped(_), times=math.inf)
        source, target = opened(here, http), opened(there, http)
        with pytest.raises(RegistryError):
            copy(source, target, image["digest"], scratch=tmp_path / "b")
        web.heal()
        done = copy(source, target, image["digest"], scratch=tmp_path / "b")
        assert (done.referrers, done.left) == ((manifest,), ())


FAULTY = {
    "gone": lambda _: answering(404),
    "gone for good": lambda _: answering(410),
    "refused as it is": lambda _: answering(400),
    "other bytes": half,
    "more bytes": lambda one: Response(200, one.body * 2, one.headers),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_what_is_a_strangers_own_fault_is_left_behind_and_named(
    http: Http, tmp_path: Path, fault: str
) -> None:
    with MiniRegistry() as here, MiniRegistry() as there:
        image = here.held("acme/app").image("1.0")
        manifest, blob = strange(here.held("acme/app"), image)
        here.web.alter(f"GET .*/blobs/{blob}", FAULTY[fault], times=math.inf)
        done = copy(
            opened(here, http), opened(there, http), image["digest"], scratch=tmp_path / "b"
        )
        assert [one.manifest.digest for one in done.left] == [manifest]
        assert "it has 2 files; " in done.left[0].why
        assert blob in done.left[0].why


def test_what_a_destination_refuses_as_it_is_keeps_nobody_from_copying_the_rest(
    http: Http, tmp_path: Path
) -> None:
    with MiniRegistry() as here, MiniRegistry() as there:
        image = here.held("acme/app").image("1.0")
        manifest, _ = strange(here.held("acme/app"), image)
        there.web.fail(f"PUT .*/manifests/{manifest}", 400, times=math.inf)
        done = copy(
            opened(here, http), opened(there, http), image["digest"], scratch=tmp_path / "b"
        )
        assert [one.manifest.digest for one in done.left] == [manifest]
        assert "answers 400" in done.left[0].why
