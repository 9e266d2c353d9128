"""The public OSV service, asked once before the run; its answers become the run's snapshot."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar
from urllib.parse import quote

import msgspec

from pipeline.errors import PenstockError
from pipeline.feeds import osv, osv_files
from pipeline.model.artifact import Feed
from pipeline.model.gap import GapReason, ToolError
from pipeline.model.inventory import Pin
from pipeline.programs import osv_match
from pipeline.programs.osv_known import KNOWN_BAD
from pipeline.programs.osv_match import Json

if TYPE_CHECKING:  # an HTTP library is no small thing to import
    from pipeline.toolchain.http import Answer, Http

T = TypeVar("T")

SERVICE: Final = "https://api.osv.dev"

_BATCH: Final = 1000
_PAGES: Final = 50
_THREADS: Final = 8
_MAX_ANSWER: Final = 64 << 20
_MAX_RECORD: Final = 32 << 20
_JSON: Final = {"Content-Type": "application/json"}

Key: TypeAlias = tuple[str, str]
"""A canonical name and a version."""


class _Known(msgspec.Struct, frozen=True):
    id: str


class _Result(msgspec.Struct, frozen=True):
    vulns: tuple[_Known, ...] = ()
    next_page_token: str = ""


class _Results(msgspec.Struct, frozen=True):
    results: tuple[_Result, ...]


def snapshot(
    pins: Iterable[Pin],
    *,
    folder: Path,
    now: datetime,
    http: "Http | None" = None,
    service: str = SERVICE,
) -> Feed | ToolError:
    """Ask about every pin, and keep the records in a folder as `feeds sync` would."""
    keys = sorted({key for pin in pins if (key := osv_match.question(pin.name, pin.version))})
    known = [(bad.name, bad.version) for bad in KNOWN_BAD if (bad.name, bad.version) not in keys]
    try:
        if http is not None:
            return _fetched([*keys, *known], folder, now, http, service)
        from pipeline.toolchain.http import Http

        with Http() as own:
            return _fetched([*keys, *known], folder, now, own, service)
    except ToolError as error:
        return error
    except PenstockError as error:
        why = f"the OSV service cannot be asked: {error.message}"
        return ToolError(GapReason.FEED_MISSING, why, hint=error.hint)


def _fetched(keys: Sequence[Key], folder: Path, now: datetime, http: "Http", service: str) -> Feed:
    told = _told(keys, http, service)
    ids = sorted({name for names in told.values() for name in names})
    with ThreadPoolExecutor(_THREADS) as pool:
        records = dict(
            zip(ids, pool.map(lambda name: _record(name, http, service), ids), strict=True)
        )
    for key, names in told.items():
        for name in names:
            _agree(records[name], key)
    stamp = now.isoformat().replace("+00:00", "Z")
    lines = (msgspec.json.encode(records[name]) for name in ids)
    osv_files.write(folder, lines, updated=stamp, excerpt=False)
    return osv.open(folder)


def _told(keys: Sequence[Key], http: "Http", service: str) -> Mapping[Key, list[str]]:
    """Ask in batches, each query until it has no more pages."""
    told: dict[Key, list[str]] = {key: [] for key in keys}
    waiting: list[tuple[Key, str]] = [(key, "") for key in keys]
    for _ in range(_PAGES):
        more: list[tuple[Key, str]] = []
        for batch in _batches(waiting):
            for (key, _), result in zip(batch, _ask(batch, http, service), strict=True):
                told[key] += [known.id for known in result.vulns]
                if result.next_page_token:
                    more.append((key, result.next_page_token))
        if not more:
            return told
        waiting = more
    raise _odd(f"{service} has more than {_PAGES} pages for {waiting[0][0][0]}")


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]


def _ask(batch: Sequence[tuple[Key, str]], http: "Http", service: str) -> tuple[_Result, ...]:
    url = f"{service}/v1/querybatch"
    body = msgspec.json.encode({"queries": [_query(key, token) for key, token in batch]})
    answer = http.post(url, body, limit=_MAX_ANSWER, headers=_JSON)
    results = _read(answer, _Results, url).results
    if len(results) != len(batch):
        raise _odd(f"{url} was asked {len(batch)} questions and answers {len(results)}")
    return results


def _query(key: Key, token: str) -> Json:
    name, version = key
    query: Json = {"package": {"name": name, "ecosystem": osv_match.ECOSYSTEM}, "version": version}
    return query | {"page_token": token} if token else query


def _record(name: str, http: "Http", service: str) -> Json:
    url = f"{service}/v1/vulns/{quote(name, safe='')}"
    record = _read(http.get(url, limit=_MAX_RECORD), dict[str, object], url)
    if record.get("id") != name:
        raise _odd(f"{url} is a record called {record.get('id')!r}")
    return record


def _read(answer: "Answer", kind: type[T], url: str) -> T:
    if answer.media != "application/json":
        raise _odd(f"{url} answers with {answer.media or 'no type'} and not with JSON")
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (ValueError, RecursionError) as error:
        raise _odd(f"{url} answers with what cannot be read: {error}") from error


def _odd(why: str) -> ToolError:
    return ToolError(GapReason.FEED_BROKEN, why, hint="use a synced snapshot in place of live")


def _agree(record: Json, key: Key) -> None:
    """Let the snapshot repeat what the service said, where our matching would not.

    The service may know more than a record's ranges show. What it calls affected stays so.
    """
    name, version = key
    if not osv_match.affects(record, name, version) and not record.get("withdrawn"):
        package = {"name": name, "ecosystem": osv_match.ECOSYSTEM}
        entry: Json = {"package": package, "versions": [version]}
        record["affected"] = [*osv_match.objects(record.get("affected")), entry]
