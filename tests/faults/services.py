"""What goes wrong with the services that a signature needs, and how `penstock sign` ends then."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from tests.support.ceremony import Ceremony
from tests.support.loopback import Loopback, Response, dropped, half, short
from tests.support.sigstore.encoding import sha256
from tests.support.sigstore.rekor import conflict
from tests.support.sigstore.server import SERVICES, FakeSigstore

SURVIVED, STOPPED = 0, 3
_NOBODY: Final = "http://127.0.0.1:1"
"""Nothing listens there."""


SIGSTORE: Final = ("oidc", "ca", "log", "tsa")
_REGISTRY: Final = ("registry", "store", "tag")
"""The second is written to and answers without a body; the third is not there at first."""


class Service(NamedTuple):
    """One that is asked while something is signed."""

    where: str
    """Its requests."""
    named: str
    """What an error says of it."""
    kind: str = "sigstore"
    rekor: int = 2
    key: bool = False
    """Whether it is asked for a signature by key."""
    referrers: bool = True
    ambient: bool = False
    """Whether the job asks for its identity, as on GitHub."""

    def web(self, one: Ceremony) -> Loopback:
        return one.registry.web if self.kind in _REGISTRY else one.fake.web


def _registry(where: str, *, kind: str = "registry", referrers: bool = True) -> Service:
    return Service(where, "/acme/app", kind=kind, referrers=referrers)


ASKED: Final[Mapping[str, Service]] = {
    "GitHub's tokens": Service("GET /gha", "no identity token", kind="oidc", ambient=True),
    "Fulcio": Service(SERVICES["fulcio"], "signingCert", kind="ca"),
    "Rekor v1": Service(SERVICES["rekor1"], "/log/entries", kind="log", rekor=1),
    "Rekor v2": Service(SERVICES["rekor2"], "/log/entries", kind="log"),
    "timestamps": Service(SERVICES["tsa"], "timestamp", kind="tsa"),
    "Rekor v1, by key": Service(SERVICES["rekor1"], "/log/entries", "log", rekor=1, key=True),
    "Rekor v2, by key": Service(SERVICES["rekor2"], "/log/entries", "log", key=True),
    "timestamps, by key": Service(SERVICES["tsa"], "timestamp", "tsa", key=True),
    "registry, list": _registry("GET /v2/.*/referrers/"),
    "registry, image": _registry("GET /v2/.*/manifests/"),
    "registry, upload": _registry("(POST|PUT) /v2/.*/blobs/", kind="store"),
    "registry, attachment": _registry("PUT /v2/.*/manifests/sha256:", kind="store"),
    "registry, fallback tag": _registry(
        "(GET|PUT) /v2/.*/manifests/sha256-", kind="tag", referrers=False
    ),
}

Often: TypeAlias = Literal["once", "lasting"]
Make: TypeAlias = Callable[[Service, Ceremony, float], None]


class Fault(NamedTuple):
    """One that is made for so many requests, or for all of them until it is mended."""

    make: Make
    once: bool = True
    """Whether it can happen just once."""
    stops: tuple[str, ...] = ()
    """Kinds of services at which it is enough that it happens once."""
    lasting: int = STOPPED
    kinds: tuple[str, ...] = ("oidc", "ca", "log", "tsa", *_REGISTRY)
    said: str = ""
    """What an error says, in place of the service's name."""
    read: float = 30.0
    """Seconds for which an answer is waited for: few where none comes."""
    in_make_test: tuple[Often, ...] = ("once",)
    """How often it happens where `make test` tries it."""

    def ends(self, service: Service, *, lasting: bool) -> int | None:
        """Return the exit code; None for what is not tried."""
        if service.kind not in self.kinds or not (lasting or self.once):
            return None
        if lasting:
            return self.lasting
        return STOPPED if service.kind in self.stops else SURVIVED


def _fails(status: int, after: str = "") -> Make:
    def make(service: Service, one: Ceremony, times: float) -> None:
        service.web(one).fail(service.where, status, times=times, after=after)

    return make


def _alters(change: Callable[[Response], Response | None]) -> Make:
    def make(service: Service, one: Ceremony, times: float) -> None:
        service.web(one).alter(service.where, change, times=times)

    return make


def _conflicts(service: Service, one: Ceremony, times: float) -> None:
    """Answer as a log does that has the entry already, or a registry that is being written to."""
    make = _fails(409) if service.kind in _REGISTRY else _alters(conflict)
    make(service, one, times)


def _late(seconds: float) -> Make:
    def make(service: Service, one: Ceremony, times: float) -> None:
        service.web(one).slow(service.where, seconds, times=times)

    return make


def _drops(service: Service, one: Ceremony, times: float) -> None:
    service.web(one).refuse(service.where, times=times)


_URLS: Final = {"ca": "caUrls", "log": "rekorTlogUrls", "tsa": "tsaUrls"}


def _nobody_listens(service: Service, one: Ceremony, _: float) -> None:
    if service.kind in _REGISTRY:
        one.registry.web.away()
        return
    assert one.trust_file is not None
    told = json.loads(one.trust_file.read_bytes())
    for entry in told["signingConfig"][_URLS[service.kind]]:
        entry["url"] = _NOBODY
    one.trust_file.write_text(json.dumps(told))


@cache
def _stranger() -> FakeSigstore:
    """Services of which nobody has the keys."""
    return FakeSigstore()


def _wrong_key(service: Service, one: Ceremony, _: float) -> None:
    theirs = _stranger().trust
    swapped: dict[str, dict[str, Any]] = {
        "ca": {"ca": theirs.ca},
        "log": {"rekor1": theirs.rekor1, "rekor2": theirs.rekor2},
        "tsa": {"tsa": theirs.tsa},
    }
    one.fake.trust = dataclasses.replace(one.fake.trust, **swapped[service.kind])


def _wrong_certificate_log(service: Service, one: Ceremony, _: float) -> None:
    one.fake.trust.ct.wrong = True


def _wrong_checkpoint(service: Service, one: Ceremony, _: float) -> None:
    """Sign, with the right key, a tree that the entry is not in."""
    log = (one.fake.trust.rekor1 if service.rekor == 1 else one.fake.trust.rekor2).log
    honest = type(log).checkpoint

    def lying() -> str:
        log.__dict__["root"] = lambda: sha256(b"another tree")
        try:
            return honest(log)
        finally:
            del log.__dict__["root"]

    log.__dict__["checkpoint"] = lying


_BOTH: Final[tuple[Often, ...]] = ("once", "lasting")
_WITH_BODY: Final = ("oidc", "ca", "log", "tsa", "registry", "tag")
WRONG: Final[Mapping[str, Fault]] = {
    "connection refused": Fault(
        _nobody_listens, once=False, kinds=("ca", "log", "tsa", "registry"), said="refused",
        in_make_test=_BOTH,
    ),
    "connection dropped": Fault(_drops, in_make_test=_BOTH),
    "answer lost": Fault(_alters(dropped), in_make_test=_BOTH),
    "429, Retry-After a second": Fault(_fails(429, "1")),
    "429, Retry-After a day": Fault(_fails(429, "86400"), in_make_test=()),
    "500": Fault(_fails(500)),
    "502": Fault(_fails(502), in_make_test=()),
    "slow": Fault(_late(0.1), lasting=SURVIVED, in_make_test=()),
    "hangs": Fault(_late(30), read=0.5, in_make_test=()),
    "answer cut, and its length tells": Fault(_alters(short), kinds=_WITH_BODY),
    "answer cut, as if it were whole": Fault(
        _alters(half), stops=("registry",), kinds=_WITH_BODY, in_make_test=_BOTH
    ),
    "409": Fault(_conflicts, stops=_REGISTRY, kinds=("log", *_REGISTRY)),
    "key of a stranger": Fault(
        _wrong_key, once=False, kinds=("ca", "log", "tsa"), said="verif", in_make_test=_BOTH
    ),
    "certificate log of a stranger": Fault(
        _wrong_certificate_log, once=False, kinds=("ca",), said="SCT", in_make_test=_BOTH
    ),
    "checkpoint of another tree": Fault(
        _wrong_checkpoint, once=False, kinds=("log",), said="verif", in_make_test=_BOTH
    ),
}  # fmt: skip
