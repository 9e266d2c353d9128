"""The repository cisagov/vulnrichment as one zip: a CVE record (JSON 5) in each file."""

import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from pipeline.errors import PenstockError
from pipeline.feeds import bodies, zipped
from pipeline.feeds.base import instant
from pipeline.feeds.noted import utc
from pipeline.feeds.vulnrichment_form import COLUMNS, NAME
from pipeline.model.assessment import AUTOMATABLE, EXPLOITATION, IMPACT, UNKNOWN, worst
from pipeline.watch import Watcher

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Http

MAX_ZIP: Final = 1 << 30
LIMITS: Final = zipped.Limits(files=1_000_000, each=8 << 20, total=16 << 30)
CISA: Final = "134c704f-9b21-4f2e-91b3-4a467353bcc0"
"""The id that CISA has as an authorised data publisher; other publishers add containers too."""

_REDIRECTS: Final = 3
_RECORD: Final = re.compile(r"(?:.*/)?(CVE-[0-9]{4}-[0-9]{4,19})\.json")
_COMMIT: Final = re.compile(rb"[0-9a-f]{40}")
_QUESTIONS: Final = (
    ("Exploitation", EXPLOITATION), ("Automatable", AUTOMATABLE), ("Technical Impact", IMPACT),
)  # fmt: skip

Answer: TypeAlias = tuple[datetime, tuple[str, ...]]
"""When it was given, and the word to each question."""


class _Publisher(msgspec.Struct, frozen=True):
    org: str = msgspec.field(name="orgId", default="")


class _Container(msgspec.Struct, frozen=True):
    publisher: _Publisher = msgspec.field(name="providerMetadata")
    metrics: msgspec.Raw = msgspec.Raw(b"[]")


class _Containers(msgspec.Struct, frozen=True):
    adp: tuple[_Container, ...] = ()


class _Metadata(msgspec.Struct, frozen=True):
    cve: str = msgspec.field(name="cveId")


class _Record(msgspec.Struct, frozen=True):
    metadata: _Metadata = msgspec.field(name="cveMetadata")
    containers: _Containers


class _Other(msgspec.Struct, frozen=True):
    content: msgspec.Raw
    type: str = ""


class _Metric(msgspec.Struct, frozen=True):
    other: _Other | None = None


class _Ssvc(msgspec.Struct, frozen=True):
    timestamp: str
    options: tuple[dict[str, object], ...]


def fetch(url: str, path: Path, *, http: "Http", watcher: Watcher) -> bytes:
    """Fetch the archive, and return the snapshot that it makes."""
    watcher.noted(NAME, f"fetching {url}")
    with bodies.fetched(url, path, http=http, limit=MAX_ZIP, redirects=_REDIRECTS) as packed:
        watcher.noted(NAME, f"{packed.stat().st_size >> 10} KiB fetched; reading")
        return snapshot(packed)


def snapshot(packed: Path) -> bytes:
    """Make a snapshot of an archive, or raise PenstockError saying what is wrong with it."""
    try:
        with zipfile.ZipFile(packed) as archive:
            zipped.refuse_cut(packed, archive)
            answers = dict(_answers(archive))
            commit = archive.comment if _COMMIT.fullmatch(archive.comment) else b""
        return _table(answers, commit.decode())
    except (*zipped.UNREADABLE, RecursionError) as error:
        raise PenstockError(f"the archive of {NAME} cannot be used: {error}") from error


def _table(answers: dict[str, Answer], commit: str) -> bytes:
    if not answers:
        raise ValueError("CISA says nothing about any CVE in it")
    updated = utc(max(when for when, _ in answers.values()))
    rows = sorted(
        f"{cve},{','.join(words)},{when.astimezone(UTC):%Y-%m-%d}\n".encode()
        for cve, (when, words) in answers.items()
    )
    # By CVE alone: the comma behind it sorts before every digit.
    head = f"#commit:{commit},updated:{updated},records:{len(rows)}\n{COLUMNS}\n"
    return head.encode() + b"".join(rows)


def _answers(archive: zipfile.ZipFile) -> Iterator[tuple[str, Answer]]:
    """Yield what CISA says of each CVE of which it says anything."""
    members = (one for one in archive.infolist() if _RECORD.fullmatch(one.filename))
    seen: set[str] = set()
    decoder = msgspec.json.Decoder(_Record)
    for name, data in zipped.contents(archive, members, LIMITS):
        record = decoder.decode(data)
        cve = record.metadata.cve
        if not name.endswith(f"{cve}.json") or cve in seen:
            raise ValueError(f"{name} holds a record that is called {cve!r}, or does so again")
        seen.add(cve)
        said = [one for each in record.containers.adp for one in _said(each)]
        if said:
            yield cve, _joined(said)


def _said(container: _Container) -> Iterator[Answer]:
    """Yield the answers in a container of CISA's; what has no day is none."""
    if container.publisher.org != CISA:
        return
    for metric in msgspec.json.decode(container.metrics, type=tuple[_Metric, ...]):
        if metric.other is None or metric.other.type != "ssvc":
            continue
        ssvc = msgspec.json.decode(metric.other.content, type=_Ssvc)
        if (when := instant(ssvc.timestamp)) is not None:
            yield when, tuple(_word(ssvc, *question) for question in _QUESTIONS)


def _word(ssvc: _Ssvc, question: str, words: tuple[str, ...]) -> str:
    """Return the worst answer to a question; a word that nobody told us about is unknown."""
    said = [str(one[question]).lower() for one in ssvc.options if question in one]
    return worst((one if one in words else UNKNOWN for one in said), words)


def _joined(said: list[Answer]) -> Answer:
    orders = (order for _, order in _QUESTIONS)
    columns = zip(*(words for _, words in said), strict=True)
    worse = tuple(worst(column, order) for column, order in zip(columns, orders, strict=True))
    return max(when for when, _ in said), worse
