"""Reads the policy's tests. What could be meant as one and would never run is refused."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Final

import msgspec

from pipeline.authoring.case_document import (
    REASONS,
    CaseTable,
    PolicyTestDocument,
    SampleException,
)
from pipeline.errors import UsageError, Where
from pipeline.model.verdict import YEARS
from pipeline.policy.loading.located import fault, near, validated
from pipeline.policy.loading.yaml import Document, Path, read

FOLDER: Final = "tests/"
SUFFIX: Final = "_test.yaml"
_LIKE: Final = (".yaml", ".yml")


class PolicyCase(msgspec.Struct, frozen=True, kw_only=True):
    """One case of one file."""

    file: str
    """Relative to the policy folder."""
    said: CaseTable
    now: datetime
    place: Where
    places: Mapping[str, Where]
    """Where each key of `expect` stands."""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.said.name


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """An exception that exists in the tests of one file alone."""

    said: SampleException
    document: Document
    """The part of the file that holds it, as a document of its own."""


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """One file of tests."""

    file: str
    path: str
    """The file as the user knows it."""
    samples: tuple[Sample, ...]
    cases: tuple[PolicyCase, ...]


def read_suites(
    files: Mapping[str, bytes], *, where: str, stages: tuple[str, ...]
) -> tuple[Suite, ...]:
    """Read every test of a policy folder, in the order of their names.

    Raises UsageError for a test that is wrong, and for a file that looks like one and is none.
    """
    names = sorted(name for name in files if name.startswith(FOLDER) and name.endswith(_LIKE))
    for name in names:
        if not name.endswith(SUFFIX) or name.count("/") > 1:
            raise UsageError(
                f"{name} would never be run",
                hint=f"tests are called {FOLDER}NAME{SUFFIX}",
                where=Where(f"{where}/{name}" if where else name),
            )
    return tuple(_suite(name, files[name], where, stages) for name in names)


def _suite(name: str, data: bytes, where: str, stages: tuple[str, ...]) -> Suite:
    path = f"{where}/{name}" if where else name
    document = read(data, path)
    said = validated(PolicyTestDocument, document)
    now = _instant(said.now, document, ("now",))
    samples = tuple(
        Sample(said=one, document=_part(document, ("exceptions", index)))
        for index, one in enumerate(said.exceptions)
    )
    _unique([one.id for one in said.exceptions], document, "exceptions", "id")
    _unique([one.name for one in said.cases], document, "cases", "name")
    return Suite(
        file=name,
        path=path,
        samples=samples,
        cases=tuple(_cases(name, said, document, now, stages)),
    )


def _cases(
    name: str, said: PolicyTestDocument, document: Document, now: datetime, stages: tuple[str, ...]
) -> Iterator[PolicyCase]:
    for index, one in enumerate(said.cases):
        path: Path = ("cases", index)
        _check_stages(one, document, path, stages)
        _check_findings(one, document, path)
        _check_rest(one, document, path)
        expected = (*path, "expect")
        yield PolicyCase(
            file=name,
            said=one,
            now=_instant(one.now, document, (*path, "now")) if one.now else now,
            place=document.where(path),
            places={
                key: document.where((*expected, key)) for key in sorted(one.expect.model_fields_set)
            },
        )


def _instant(said: date | str, document: Document, path: Path) -> datetime:
    """Read an instant; a day alone is its first moment in UTC."""
    try:
        found = datetime.fromisoformat(str(said))
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        hint = "write it as 2026-11-21T12:00:00Z"
        raise fault(document, path, f"{said!r} is no instant", hint) from exc
    if found.year not in YEARS:
        raise fault(document, path, f"no policy judges the year {found.year}")
    return found


def _unique(names: list[str], document: Document, section: str, key: str) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise fault(document, (section, index, key), f"{name!r} stands here again")


def _check_stages(said: CaseTable, document: Document, path: Path, stages: tuple[str, ...]) -> None:
    named: list[tuple[str | None, Path]] = [
        *((gap.stage, ("gaps", index, "stage")) for index, gap in enumerate(said.gaps)),
        *((name, ("absent", index)) for index, name in enumerate(said.absent)),
        *((one.stage, ("findings", index, "stage")) for index, one in enumerate(said.findings)),
    ]
    known = (*stages, "penstock")
    for name, where in named:
        if name is not None and name not in known:
            hint = near(name, known) or f"stages are {', '.join(stages)}"
            raise fault(document, (*path, *where), f"there is no stage {name!r}", hint)


def _check_findings(said: CaseTable, document: Document, path: Path) -> None:
    labels: set[str] = set()
    for index, one in enumerate(said.findings):
        place = (*path, "findings", index)
        label = one.id or f"f{index + 1}"
        if label in labels:
            raise fault(document, place, f"a finding {label} stands here already")
        labels.add(label)
        if one.path is not None and one.location is not None:
            raise fault(document, (*place, "path"), "write path or location, not both")
        if one.fix_available is not None and one.fix_versions is not None:
            told = "write fix_available or fix_versions, not both"
            raise fault(document, (*place, "fix_available"), told)
    expected = said.expect.priority
    for name in sorted(set(expected) - labels) if isinstance(expected, dict) else ():
        where = (*path, "expect", "priority", name)
        raise fault(document, where, f"there is no finding {name}", near(name, labels))


def _check_rest(said: CaseTable, document: Document, path: Path) -> None:
    for index, gap in enumerate(said.gaps):
        if gap.reason not in REASONS:
            place = (*path, "gaps", index, "reason")
            hint = near(gap.reason, REASONS) or f"reasons are {', '.join(REASONS)}"
            raise fault(document, place, f"there is no reason {gap.reason!r}", hint)
    if said.signed_by is not None and not said.exceptions:
        raise fault(document, (*path, "signed_by"), "the case names no exception to sign")


def _part(document: Document, path: tuple[str, int]) -> Document:
    """Return a row of a section as a document of its own, with the places of the whole."""
    section, index = path
    holder = document.value
    rows = holder[str(section)] if isinstance(holder, dict) else []
    value = rows[int(index)] if isinstance(rows, list) else None
    size = len(path)
    return Document(
        document.path,
        document.text,
        value,
        {at[size:]: mark for at, mark in document.marks.items() if at[:size] == path},
        {at[size:]: mark for at, mark in document.keys.items() if at[:size] == path},
    )
