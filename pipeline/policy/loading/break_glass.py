"""Reads the break-glass records. One that cannot be used is refused by the gate, and listed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from pipeline.errors import UsageError, Where
from pipeline.model.artifact import sha256_of
from pipeline.policy.break_glass import LONGEST, PREFIX, BreakGlass
from pipeline.policy.loading.break_glass_document import BreakGlassDocument
from pipeline.policy.loading.check import HOW_TO_NAME
from pipeline.policy.loading.located import fault, validated
from pipeline.policy.loading.records import told
from pipeline.policy.loading.signatures import SUFFIX
from pipeline.policy.loading.yaml import Document, read
from pipeline.policy.model import BadException
from pipeline.policy.roles import unclear

_RECORD: Final = ".yaml"


def read_break_glass(
    files: Mapping[str, bytes], *, where: str
) -> tuple[tuple[BreakGlass, ...], tuple[BadException, ...]]:
    """Read every record, good and bad apart, each sorted by id."""
    good: list[BreakGlass] = []
    bad: list[BadException] = []
    for name in sorted(files):
        last = name.rpartition("/")[2]
        if not name.startswith(PREFIX) or last.startswith((".", "README")) or last.endswith(SUFFIX):
            continue
        path = f"{where}/{name}" if where else name
        stem = name.removeprefix(PREFIX).removesuffix(_RECORD)
        try:
            good.append(_record(files[name], path, stem))
        except UsageError as exc:
            bad.append(BadException(id=stem, reason=told(exc), place=exc.where or Where(path)))
    return tuple(good), tuple(bad)


def _record(data: bytes, path: str, stem: str) -> BreakGlass:
    if not path.endswith(_RECORD) or "/" in stem:
        raise UsageError("a record lies in break-glass/ and ends in .yaml", where=Where(path))
    document = read(data, path)
    said = validated(BreakGlassDocument, document)
    if said.id != stem:
        raise fault(document, ("id",), f"the id {said.id} is not the file's name, {stem}")
    if unknown := unclear(said.requester):
        raise fault(document, ("requester",), unknown, HOW_TO_NAME)
    created = _instant(said.created, document, "created")
    expires = _instant(said.expires, document, "expires")
    if not timedelta() < expires - created <= LONGEST:
        raise fault(document, ("expires",), "it must come after created, by 24 hours at the most")
    return BreakGlass(
        id=said.id,
        commit=said.commit,
        reason=said.reason,
        requester=said.requester,
        ticket=said.ticket or "",
        created=created,
        expires=expires,
        digest=sha256_of(data),
        place=document.where(("id",)),
    )


def _instant(text: str, document: Document, field: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as exc:
        raise fault(document, (field,), f"{text} is no instant") from exc
