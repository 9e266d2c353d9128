"""Which signature files lie beside which records. Whether they hold is asked elsewhere."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from pipeline.errors import Where
from pipeline.policy.model import BadException, PolicyException, Remark

SUFFIX: Final = ".sig"
_RECORD: Final = ".yaml"
_MOST_NAMED: Final = 3


class SignatureFile(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A `.sig` file: the record that it signs and the principal that it names."""

    record: str
    """The record's file, such as `exceptions/EX-1.yaml`."""
    principal: str
    name: str
    """Its own, relative to the policy folder."""


def signature_files(files: Iterable[str], folder: str) -> tuple[SignatureFile, ...]:
    """Return the signature files of a folder, such as `exceptions/`, sorted."""
    known = frozenset(files)
    found = (
        _read(name, known) for name in known if name.startswith(folder) and name.endswith(SUFFIX)
    )
    return tuple(sorted(one for one in found if one is not None))


def _read(name: str, known: frozenset[str]) -> SignatureFile | None:
    """Split `EX-1.yaml.alice@example.com.sig` after the longest name of a record."""
    stem = name.removesuffix(SUFFIX)
    end = len(stem)
    while (end := stem.rfind(f"{_RECORD}.", 0, end)) > 0:
        record = stem[: end + len(_RECORD)]
        if record in known:
            principal = stem[len(record) + 1 :]
            return SignatureFile(record=record, principal=principal, name=name)
    return None


def with_names(
    exceptions: Iterable[PolicyException], files: Mapping[str, bytes], folder: str
) -> Iterator[PolicyException]:
    """Tell each exception whose signatures lie beside it."""
    names: dict[str, list[str]] = {}
    for one in signature_files(files, folder):
        names.setdefault(one.record, []).append(one.principal)
    for each in exceptions:
        mine = names.get(f"{folder}{each.id}{_RECORD}")
        yield msgspec.structs.replace(each, signature_names=tuple(mine)) if mine else each


def unchecked(
    bad: Iterable[BadException], files: Iterable[str], folder: str, *, where: str
) -> Iterator[BadException]:
    """Tell of each file that cannot be used whose signatures beside it nobody checked."""
    names: dict[str, list[str]] = {}
    for one in signature_files(files, folder):
        names.setdefault(f"{where}/{one.record}" if where else one.record, []).append(one.principal)
    for each in bad:
        if mine := names.get(each.place.path):
            said = "signature beside it was" if len(mine) == 1 else "signatures beside it were"
            told = f"{each.reason} (the {said} not checked: {_named(mine)})"
            yield msgspec.structs.replace(each, reason=told)
        else:
            yield each


def _named(principals: list[str]) -> str:
    """Name the first few; a file's name may hold anything."""
    more = len(principals) - _MOST_NAMED
    names = [one if one.isprintable() else repr(one) for one in principals[:_MOST_NAMED]]
    return ", ".join((*names, f"{more} more") if more > 0 else names)


def strays(files: Iterable[str], *folders: str, where: str) -> tuple[Remark, ...]:
    """Return the signatures of these folders that lie beside no record."""
    known = frozenset(files)
    return tuple(
        Remark(
            reason="this signature lies beside no file that it could sign",
            place=Where(f"{where}/{name}" if where else name),
        )
        for name in sorted(known)
        if name.startswith(folders)
        and name.endswith(SUFFIX)
        and f"{_RECORD}." in name
        and _read(name, known) is None
    )
