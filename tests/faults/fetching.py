"""What goes wrong while a feed is fetched, and how it has to end."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tests.support.artefacts import GOOD, packed
from tests.support.enriching import HEAD
from tests.support.feeding import PATHS, Publisher, issue
from tests.support.loopback import Loopback, Response, dropped, half, page, short

FEEDS: Final = tuple(PATHS)
TAKEN, REFUSED = 0, 3


@dataclass(frozen=True, slots=True)
class Scene:
    """One feed, its server, and another one."""

    publisher: Publisher
    server: Loopback
    other: Loopback

    @property
    def where(self) -> str:
        """The path of the body."""
        return PATHS[self.publisher.name]

    def change(self, how: Callable[[Response], Response | None], *, times: float = 99) -> None:
        self.server.alter(self.where, how, times=times)


@dataclass(frozen=True, slots=True)
class Fault:
    make: Callable[[Scene], None]
    ends: int = REFUSED
    but: Mapping[str, int] = field(default_factory=dict)
    """Feeds with which it ends otherwise."""
    only: tuple[str, ...] = FEEDS
    resumes: bool = False
    """What had arrived is not fetched again."""
    slow: bool = False

    def of(self, feed: str) -> int | None:
        return self.but.get(feed, self.ends) if feed in self.only else None


def _status(status: int, times: float, after: str = "") -> Callable[[Scene], None]:
    return lambda scene: scene.server.fail(scene.where, status, times=times, after=after)


def _hang(scene: Scene) -> None:
    scene.change(lambda answer: replace(answer, stall=0))


def _drip(scene: Scene) -> None:
    scene.change(lambda answer: replace(answer, stall=0, pause=0.02))


def _slow_head(scene: Scene) -> None:
    scene.change(lambda answer: replace(answer, head=0.02))


def _longer(answer: Response) -> Response:
    return replace(answer, length=len(answer.body) + 1000)


def _less(answer: Response) -> Response:
    return replace(answer, length=len(answer.body) - 20)


def _cut_in_the_middle(scene: Scene) -> None:
    scene.change(short, times=1)


def _changed_meanwhile(scene: Scene) -> None:
    """Break off, and publish another issue before the client is back."""

    def cut(answer: Response) -> Response:
        scene.publisher.body = issue(scene.publisher.name, day=25, count=21)
        return short(answer)

    scene.change(cut, times=1)


def _other_digest(scene: Scene) -> None:
    wrong = base64.b64encode(hashlib.md5(b"x").digest()).decode()
    told = {
        "osv": {"x-goog-hash": f"crc32c=AAAAAA==,md5={wrong}"},
        "trivy_db": {},
    }.get(
        scene.publisher.name,
        {"Repr-Digest": f"sha-256=:{base64.b64encode(bytes(32)).decode()}:"},
    )
    if told:
        scene.change(lambda answer: replace(answer, headers={**answer.headers, **told}))
    else:
        scene.change(
            lambda answer: replace(answer, body=answer.body[:-1] + bytes([answer.body[-1] ^ 1]))
        )


def _elsewhere(scene: Scene) -> None:
    there = Response(302, headers={"Location": f"{scene.other.url}{scene.where}"})
    scene.change(lambda _: there)


def _loop(scene: Scene) -> None:
    scene.change(lambda _: Response(302, headers={"Location": scene.where}))


def _plain(scene: Scene) -> None:
    scene.change(
        lambda _: Response(302, headers={"Location": f"http://feeds.example{scene.where}"})
    )


def _coded(answer: Response) -> Response:
    return replace(
        answer,
        body=gzip.compress(answer.body),
        headers={**answer.headers, "Content-Encoding": "gzip"},
    )


def _bomb(scene: Scene) -> None:
    scene.publisher.body = _BOMBS[scene.publisher.name]()


def _zipped(name: str, size: int) -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w") as one,
    ):
        for _ in range(size >> 20):
            one.write(bytes(1 << 20))
    return made.getvalue()


def _rows_without_end() -> bytes:
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb", compresslevel=1) as packed_rows:
        packed_rows.write(f"{HEAD}cve,epss,percentile\n".encode())
        for _ in range(520):
            packed_rows.write(bytes(1 << 20))
    return made.getvalue()


def _names_without_end() -> bytes:
    """Pack a header of a tar that is a hundred million bytes long."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT) as tar:
        long = tarfile.TarInfo("././@LongLink")
        long.type, long.size = tarfile.GNUTYPE_LONGNAME, 100 << 20
        tar.addfile(long, io.BytesIO(bytes(long.size)))
    return gzip.compress(raw.getvalue(), compresslevel=1)


_BOMBS: Final[Mapping[str, Callable[[], bytes]]] = {
    "osv": lambda: _zipped("PYSEC-2030-1000.json", 40 << 20),
    "vulnrichment": lambda: _zipped("2026/1xxx/CVE-2026-1000.json", 40 << 20),
    "epss": _rows_without_end,
    "trivy_db": _names_without_end,
}


def _slip(scene: Scene) -> None:
    """Serve the new issue with an entry beside it that lies above the folder."""
    name, body = scene.publisher.name, scene.publisher.body
    if name == "trivy_db":
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            files = {one: _held(tar, one) for one in GOOD}
        scene.publisher.body = packed({"../evil": b"x", **files})
        return
    made = io.BytesIO(body)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.json", json.dumps({"id": "evil", "modified": "2026-11-25"}))
    scene.publisher.body = made.getvalue()


def _held(tar: tarfile.TarFile, name: str) -> bytes:
    stream = tar.extractfile(name)
    assert stream is not None
    return stream.read()


def _issue(*, day: int, count: int) -> Callable[[Scene], None]:
    def publish(scene: Scene) -> None:
        scene.publisher.body = issue(scene.publisher.name, day=day, count=count)

    return publish


_PACKED: Final = ("osv", "trivy_db", "epss", "vulnrichment")
_ARCHIVES: Final = ("osv", "trivy_db", "vulnrichment")
FAULTS: Final[Mapping[str, Fault]] = {
    "429 once, with Retry-After": Fault(_status(429, 1, "3"), TAKEN),
    "503 once": Fault(_status(503, 1), TAKEN),
    "connection dropped once, before the answer": Fault(
        lambda s: s.change(dropped, times=1), TAKEN
    ),
    "connection dropped once, in the middle": Fault(_cut_in_the_middle, TAKEN, resumes=True),
    "dropped in the middle, and another issue meanwhile": Fault(
        _changed_meanwhile, TAKEN, but={"trivy_db": REFUSED}
    ),
    "429 without end": Fault(_status(429, 99)),
    "500 without end": Fault(_status(500, 99)),
    "403": Fault(_status(403, 99)),
    "404": Fault(_status(404, 99)),
    "connection dropped each time": Fault(lambda s: s.change(dropped)),
    "hangs": Fault(_hang),
    "one byte of the head at a time": Fault(_slow_head, slow=True),
    "one byte at a time": Fault(_drip),
    "cut, and the length says whole": Fault(lambda s: s.change(half)),
    "length longer than the body": Fault(lambda s: s.change(_longer)),
    "length shorter than the body": Fault(lambda s: s.change(_less)),
    "another digest than its server names": Fault(_other_digest),
    "redirect to another host": Fault(_elsewhere, but={"trivy_db": TAKEN}),
    "redirect to plain HTTP": Fault(_plain),
    "redirect to itself": Fault(_loop),
    "a page of HTML": Fault(lambda s: s.change(page)),
    "empty, status 200": Fault(lambda s: s.change(lambda r: replace(r, body=b""))),
    "no content, status 204": Fault(lambda s: s.change(lambda r: replace(r, status=204, body=b""))),
    "a part that nobody asked for, status 206": Fault(
        lambda s: s.change(lambda r: replace(r, status=206))
    ),
    "packed once more in transport": Fault(lambda s: s.change(_coded)),
    "unpacks to more than it may": Fault(_bomb, only=_PACKED, slow=True),
    "an entry above the folder": Fault(_slip, TAKEN, but={"osv": REFUSED}, only=_ARCHIVES),
    "more than a tenth fewer records": Fault(_issue(day=25, count=10)),
    "older than the one in place": Fault(_issue(day=22, count=22)),
    "of the future": Fault(_issue(day=27, count=22)),
}
