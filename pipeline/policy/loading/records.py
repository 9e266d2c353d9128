"""Reads the exception files. One that cannot be used excepts nothing and is still listed."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from pipeline.errors import UsageError, Where
from pipeline.policy import purl
from pipeline.policy.loading.check import Terms, policy_exception
from pipeline.policy.loading.exception_document import ExceptionDocument
from pipeline.policy.loading.located import validated
from pipeline.policy.loading.renewals import Filed, goes_in_circles, renewals
from pipeline.policy.loading.yaml import read
from pipeline.policy.model import BadException, PolicyException

FOLDER: Final = "exceptions/"
_SUFFIX: Final = ".yaml"
_BESIDE: Final = re.compile(r"README(\.[A-Za-z]+)?|\..*|.+\.yaml\..+\.sig", re.DOTALL)
"""What may lie beside the exceptions: a note, hidden files, signatures."""
_LONGEST: Final = 500


def read_exceptions(
    files: Mapping[str, bytes], *, where: str, terms: Terms
) -> tuple[tuple[PolicyException, ...], tuple[BadException, ...]]:
    """Read every file of the folder, good and bad apart, each sorted by id."""
    names = [name for name in sorted(files) if _is_meant(name)]
    stems = Counter(_stem(name).lower() for name in names)
    good: dict[str, PolicyException] = {}
    bad: list[BadException] = []
    filed: list[Filed] = []
    for name in names:
        path = f"{where}/{name}" if where else name
        try:
            _well_placed(name, path, twins=stems[_stem(name).lower()])
            document = read(files[name], path)
            said = validated(ExceptionDocument, document)
            good[said.id] = policy_exception(said, document, _stem(name), terms)
            filed.append(as_filed(said, good[said.id]))
        except UsageError as exc:
            bad.append(_bad(name, path, exc))
    return _renewed(good, bad, filed)


def _renewed(
    good: Mapping[str, PolicyException], bad: list[BadException], filed: list[Filed]
) -> tuple[tuple[PolicyException, ...], tuple[BadException, ...]]:
    """Count the renewals, and refuse chains that bite their own tail."""
    known = {one.id: one for one in filed}
    circles = {one.id for one in filed if goes_in_circles(one, known)}
    counts = renewals(filed)
    bad.extend(
        BadException(id=name, reason="`supersedes` leads back to itself", place=good[name].place)
        for name in circles
    )
    kept = (
        msgspec.structs.replace(good[name], renewals=counts[name])
        for name in sorted(good)
        if name not in circles
    )
    return tuple(kept), tuple(sorted(bad, key=lambda one: one.id))


def _is_meant(name: str) -> bool:
    """Say whether somebody could have meant this file as an exception."""
    if not (name.startswith(FOLDER) or f"/{FOLDER}" in name):
        return False
    return _BESIDE.fullmatch(name.rpartition("/")[2]) is None


def _stem(name: str) -> str:
    last = name.rpartition("/")[2]
    stem, dot, suffix = last.rpartition(".")
    return stem if dot and suffix.lower() in ("yaml", "yml") else last


def _well_placed(name: str, path: str, *, twins: int) -> None:
    if name.count("/") != 1 or not name.startswith(FOLDER):
        raise UsageError("exceptions lie in one folder, exceptions/", where=Where(path))
    if not name.endswith(_SUFFIX):
        raise UsageError("an exception's file ends in .yaml", where=Where(path))
    if twins > 1:
        raise UsageError("two files have this id", where=Where(path))


def told(exc: UsageError) -> str:
    """Return what is wrong with a file in one line that is safe to show."""
    said = "; ".join(part for part in (*exc.message.splitlines(), exc.hint) if part)
    return "".join(c if c.isprintable() else "\ufffd" for c in said)[:_LONGEST]


def _bad(name: str, path: str, exc: UsageError) -> BadException:
    ident = _stem(name) if name == f"{FOLDER}{_stem(name)}{_SUFFIX}" else name
    return BadException(id=ident, reason=told(exc), place=exc.where or Where(path))


def as_filed(said: ExceptionDocument, one: PolicyException) -> Filed:
    """Return as much of an exception as the count of renewals needs."""
    package = purl.unversioned(one.purl) if one.purl else ""
    target = (one.vulnerability, package, one.artifact, one.match_key, *one.paths)
    return Filed(
        id=said.id,
        supersedes=said.supersedes,
        created=said.created,
        target=tuple(part or "" for part in target),
    )
