"""What is read is what its digest says, what is written is there, and no credential goes astray."""

import math
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from pipeline.model.artifact import sha256_of
from pipeline.oci.documents import Descriptor
from pipeline.oci.registry.attached import attach, attached
from pipeline.oci.registry.errors import MissingError, RefusedError, RegistryError
from pipeline.oci.registry.login import IDENTITY, Login
from pipeline.oci.registry.reference import RegistryReference
from pipeline.oci.registry.referrers import fallback_tag, listed
from pipeline.oci.registry.repository import Repository
from pipeline.oci.registry.session import Session
from pipeline.toolchain.http import Http
from tests.support.loopback import Loopback, Response, half, short
from tests.support.registry.server import MiniRegistry

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

LOGIN = Login(user="user", secret="secret")
WHEN = "2026-11-22T12:00:00Z"
NAME = "acme/app"
OPEN = ExitStack()


def repository(registry: MiniRegistry, login: Login | None = None) -> Repository:
    place = RegistryReference.parse(f"{registry.address}/{NAME}")
    http = Http(timeout=5, tries=3, sleep=lambda _: None)
    OPEN.enter_context(http)
    return Repository(Session(place, http=http, login=login))


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    with OPEN:
        yield


@pytest.fixture
def registry() -> Iterator[MiniRegistry]:
    with MiniRegistry() as one:
        yield one


@pytest.mark.parametrize("referrers", [True, False], ids=["api", "fallback tag"])
@pytest.mark.parametrize("basic", [True, False], ids=["basic", "bearer"])
def test_what_is_attached_is_listed_and_comes_back_byte_for_byte(
    *, referrers: bool, basic: bool
) -> None:
    with MiniRegistry(referrers=referrers, login=("user", "secret"), basic=basic, page=1) as one:
        image = one.held(NAME).image("1.0")
        ours = repository(one, LOGIN)
        subject = ours.resolve("1.0")
        assert subject.digest == image["digest"]
        assert listed(ours, subject.digest) == ()
        bundles = [b'{"n":%d}' % n for n in range(3)]
        entries = [
            attach(ours, subject, data, predicate_type="https://a.example/p", created=WHEN)
            for data in bundles
        ]
        found = list(attached(ours, subject.digest))
        assert sorted(one.bundle for one in found) == bundles
        assert {one.manifest.digest for one in found} == {one.digest for one in entries}
        tags = {"1.0"} | (set() if referrers else {fallback_tag(subject.digest)})
        assert set(one.held(NAME).tags) == tags


def test_attaching_the_same_again_changes_nothing(registry: MiniRegistry) -> None:
    registry.held(NAME).image("1.0")
    ours = repository(registry)
    subject = ours.resolve("1.0")
    for _ in range(2):
        attach(ours, subject, b"{}", predicate_type="https://a.example/p", created=WHEN)
    assert len(listed(ours, subject.digest)) == 1


def test_a_lost_update_of_the_fallback_tag_is_made_good_or_told() -> None:
    with MiniRegistry(referrers=False) as one:
        one.held(NAME).image("1.0")
        ours = repository(one)
        subject = ours.resolve("1.0")
        one.lost = 2
        attach(ours, subject, b'{"n":1}', predicate_type="https://a.example/p", created=WHEN)
        assert len(listed(ours, subject.digest)) == 1
        one.lost = 1_000
        with pytest.raises(RegistryError, match="keeps losing"):
            attach(ours, subject, b'{"n":2}', predicate_type="https://a.example/p", created=WHEN)


def test_a_tag_that_is_the_image_itself_is_no_list() -> None:
    """GitLab resolves `sha256-HEX` to the image."""
    with MiniRegistry(referrers=False) as one:
        image = one.held(NAME).image("1.0")
        one.held(NAME).tags[fallback_tag(image["digest"])] = image["digest"]
        assert listed(repository(one), image["digest"]) == ()


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503, 504])
def test_a_registry_that_does_not_answer_is_not_an_empty_one(
    registry: MiniRegistry, status: int
) -> None:
    image = registry.held(NAME).image("1.0")
    registry.web.fail("GET /v2/.*/referrers/", status, times=math.inf)
    with pytest.raises(RegistryError) as caught:
        listed(repository(registry), image["digest"])
    assert not isinstance(caught.value, MissingError)


@pytest.mark.parametrize("change", [half, short, lambda _: None], ids=["half", "short", "dropped"])
def test_half_an_answer_is_none(registry: MiniRegistry, change: object) -> None:
    image = registry.held(NAME).image("1.0")
    registry.web.alter("GET /v2/.*/(referrers|manifests)/", change, times=math.inf)  # type: ignore[arg-type]
    with pytest.raises(RegistryError):
        listed(repository(registry), image["digest"])
    with pytest.raises(RegistryError):
        repository(registry).resolve(image["digest"])


def test_an_error_that_passes_is_tried_again(registry: MiniRegistry) -> None:
    image = registry.held(NAME).image("1.0")
    registry.web.fail("GET /v2/.*/referrers/", 429, after="1")
    registry.web.refuse("GET /v2/.*/referrers/")
    assert listed(repository(registry), image["digest"]) == ()


def test_other_bytes_than_the_digest_says_are_refused(
    registry: MiniRegistry, tmp_path: Path
) -> None:
    image = registry.held(NAME).image("1.0")
    ours = repository(registry)
    blob = registry.held(NAME).blob(b"content", "x")
    wanted = Descriptor("x", blob["digest"], 7)
    registry.web.alter(
        "GET /v2/", lambda r: Response(r.status, b"c0ntent", r.headers), times=math.inf
    )
    for look in (
        lambda: ours.resolve(image["digest"]),
        lambda: ours.blob(wanted, limit=100),
        lambda: ours.download(wanted, tmp_path / "x"),
    ):
        with pytest.raises(RegistryError, match="is sha256:"):
            look()


def test_who_has_no_login_may_read_and_is_told_that_writing_is_refused() -> None:
    with MiniRegistry(login=("user", "secret")) as one:
        one.held(NAME).image("1.0")
        ours = repository(one)
        subject = ours.resolve("1.0")
        with pytest.raises(RefusedError, match="401") as caught:
            attach(ours, subject, b"{}", predicate_type="https://a.example/p", created=WHEN)
        assert "docker login" in caught.value.hint


def test_an_identity_token_is_exchanged_and_a_wrong_login_is_refused() -> None:
    with MiniRegistry(login=("user", "secret")) as one:
        one.held(NAME).image("1.0")
        repository(one, Login(user=IDENTITY, secret="secret")).push_blob(b"x", sha256_of(b"x"))
        assert sha256_of(b"x") in one.held(NAME).blobs
        with pytest.raises(RefusedError, match="gives no token"):
            repository(one, Login(user="user", secret="wrong")).resolve("1.0")


def test_a_blob_on_another_host_is_fetched_without_the_credential(tmp_path: Path) -> None:
    data = b"layer" * 1000
    with (
        Loopback(lambda _: Response(200, data)) as elsewhere,
        MiniRegistry(login=("user", "secret")) as one,
    ):
        blob = one.held(NAME).blob(data, "x")
        one.blobs_elsewhere = elsewhere.url
        wanted = Descriptor("x", blob["digest"], len(data))
        ours = repository(one, LOGIN)
        ours.download(wanted, tmp_path / "x")
        assert ours.blob(wanted, limit=10_000) == data
        assert (tmp_path / "x").read_bytes() == data
        assert [one.method for one in elsewhere.requests].count("GET") == 2
        assert not any("authorization" in request.headers for request in elsewhere.requests)


def test_an_upload_on_another_host_is_sent_without_the_credential() -> None:
    with (
        Loopback(lambda _: Response(201)) as elsewhere,
        MiniRegistry(login=("user", "secret")) as one,
    ):
        one.web.alter(
            "POST /v2/.*/uploads", lambda _: Response(202, b"", {"Location": f"{elsewhere.url}/up"})
        )
        ours = repository(one, LOGIN)
        one.held(NAME)
        ours.has_blob(sha256_of(b"x"))  # it has a token now
        one.web.alter(
            "POST /v2/.*/uploads", lambda _: Response(202, b"", {"Location": f"{elsewhere.url}/up"})
        )
        ours.push_blob(b"x", sha256_of(b"x"))
        assert elsewhere.requests
        assert not any("authorization" in request.headers for request in elsewhere.requests)


def test_pages_that_go_round_in_a_circle_end(registry: MiniRegistry) -> None:
    image = registry.held(NAME).image("1.0")
    here = f"/v2/{NAME}/referrers/{image['digest']}"
    registry.web.alter(
        "GET /v2/.*/referrers",
        lambda r: Response(r.status, r.body, {**r.headers, "Link": f'<{here}>; rel="next"'}),
        times=math.inf,
    )
    with pytest.raises(RegistryError, match="circle"):
        listed(repository(registry), image["digest"])


def test_empty_pages_without_an_end_end(registry: MiniRegistry) -> None:
    image = registry.held(NAME).image("1.0")
    page = count()
    registry.web.alter(
        "GET /v2/.*/referrers",
        lambda r: Response(
            r.status,
            r.body,
            {
                **r.headers,
                "Link": f'</v2/{NAME}/referrers/{image["digest"]}?x={next(page)}>; rel="next"',
            },
        ),
        times=math.inf,
    )
    with pytest.raises(RegistryError, match="never end"):
        listed(repository(registry), image["digest"])


@pytest.mark.parametrize("lost", [Response(404), Response(200, b"{}", {"Content-Type": "x/y"})])
def test_a_list_that_breaks_off_is_no_shorter_list(lost: Response) -> None:
    with MiniRegistry(page=1) as one:
        held = one.held(NAME)
        image = held.image("1.0")
        kind = "application/vnd.oci.image.manifest.v1+json"
        for number in range(2):
            held.manifest({"mediaType": kind, "subject": image, "annotations": {"n": f"{number}"}})
        assert len(listed(repository(one), image["digest"])) == 2
        one.web.alter("GET /v2/.*/referrers/.*start=1", lambda _: lost, times=math.inf)
        with pytest.raises(RegistryError, match="breaks off"):
            listed(repository(one), image["digest"])


def test_a_host_that_blobs_lie_on_is_not_told_the_login() -> None:
    with Loopback(lambda _: Response(200, b'{"token": "x"}')) as thief:
        ask = {"WWW-Authenticate": f'Bearer realm="{thief.url}/token",service="s"'}
        with (
            Loopback(lambda _: Response(401, b"", ask)) as elsewhere,
            MiniRegistry(login=("user", "secret")) as one,
        ):
            blob = one.held(NAME).blob(b"layer", "x")
            one.blobs_elsewhere = elsewhere.url
            with pytest.raises(RefusedError):
                repository(one, LOGIN).blob(Descriptor("x", blob["digest"], 5), limit=10_000)
        assert elsewhere.requests
        assert not thief.requests


@pytest.mark.parametrize("where", ["http://[", "http://127.0.0.1:999999/x", "http://[::x]/y"])
def test_an_address_that_is_none_is_told(registry: MiniRegistry, where: str) -> None:
    image = registry.held(NAME).image("1.0")
    moved, begun = (Response(status, b"", {"Location": where}) for status in (307, 202))
    registry.web.alter("GET /v2/.*/manifests", lambda _: moved, times=math.inf)
    registry.web.alter("POST /v2/.*/uploads", lambda _: begun, times=math.inf)
    with pytest.raises(RegistryError):
        repository(registry).resolve(image["digest"])
    with pytest.raises(RegistryError):
        repository(registry).push_blob(b"new", sha256_of(b"new"))


@pytest.mark.parametrize("digest", ["1.0", "../../other/manifests/1.0", "sha256:" + "a" * 63])
def test_a_list_names_digests_that_can_be_held_to(registry: MiniRegistry, digest: str) -> None:
    image = registry.held(NAME).image("1.0")
    entry = f'{{"mediaType": "x", "digest": "{digest}", "size": 1}}'
    body = f'{{"manifests": [{entry}]}}'.encode()
    registry.web.alter(
        "GET /v2/.*/referrers", lambda r: Response(r.status, body, r.headers), times=math.inf
    )
    with pytest.raises(RegistryError, match="is no digest"):
        listed(repository(registry), image["digest"])


def test_too_many_referrers_are_refused(registry: MiniRegistry) -> None:
    held = registry.held(NAME)
    image = held.image("1.0")
    kind = "application/vnd.oci.image.manifest.v1+json"
    for number in range(1_001):
        held.manifest({"mediaType": kind, "subject": image, "annotations": {"n": str(number)}})
    with pytest.raises(RegistryError, match="too many"):
        listed(repository(registry), image["digest"])


def test_a_large_blob_goes_both_ways_in_pieces(registry: MiniRegistry, tmp_path: Path) -> None:
    source, size = tmp_path / "large", 48 << 20
    with source.open("wb") as stream:
        stream.truncate(size)
    digest = sha256_of(source.read_bytes())
    ours = repository(registry)
    tracemalloc.start()
    ours.push_blob(source, digest)
    registry_holds = size * 2  # the fake keeps what it is sent in this process
    ours.download(Descriptor("x", digest, size), tmp_path / "copy")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "copy").stat().st_size == size
    assert peak < registry_holds + (16 << 20)
