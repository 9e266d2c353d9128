"""What exceptions let others be told: statements about the packages that they speak of."""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

import msgspec

from pipeline.errors import UsageError
from pipeline.model.finding import Finding
from pipeline.model.identity import display_id
from pipeline.model.verdict import ExceptionRecord, ExceptionStatus, Verdict
from pipeline.model.versions import lowest_above
from pipeline.policy import purl as purls
from pipeline.policy.artifact import names, repository
from pipeline.policy.case import Case, Judgement
from pipeline.policy.judging.cover import covers, cves_of, spelt
from pipeline.policy.model import PolicyException
from pipeline.vex.boms import Bom
from pipeline.vex.mapping import Decision, said
from pipeline.vex.model import Product, Statement

_SAID: Final = frozenset(
    {
        ExceptionStatus.ACTIVE,
        ExceptionStatus.EXPIRED,
        ExceptionStatus.VOID,
        ExceptionStatus.OVER_MATCHED,
    }
)
"""Only the first may excuse; the others say that what once was excused is affected again."""
_LOCAL: Final = ("oci:", "archive:")
_HUB: Final = "index.docker.io"


class Note(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An exception of which nothing, or less than its file asks for, is said."""

    exception: str
    told: bool
    why: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A statement, and the findings of the run that it speaks of."""

    statement: Statement
    findings: tuple[Finding, ...]


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """The statements, and what a person must know about those that are missing."""

    told: tuple[Told, ...]
    notes: tuple[Note, ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The statements alone."""
        return tuple(one.statement for one in self.told)


def export(
    case: Case, judged: Judgement, boms: Iterable[Bom], *, product: str | None = None
) -> Export:
    """Turn the exceptions of a judgement into statements, in the safe direction only."""
    records = {one.id: one for one in judged.verdict.exceptions}
    maker = _Maker(judged, tuple(boms), product)
    found: list[Told] = []
    notes: list[Note] = []
    for one in case.policy.exceptions:
        told, why = maker.told(one, records[one.id])
        if told is not None:
            found.append(told)
        if why:
            notes.append(Note(exception=one.id, told=told is not None, why=why))
    notes += [
        Note(exception=one.id, told=False, why="its file cannot be used")
        for one in case.policy.bad_exceptions
    ]
    ordered = sorted(found, key=lambda one: one.statement)
    return Export(told=tuple(ordered), notes=tuple(sorted(notes)))


def product_purl(text: str) -> str:
    """Read --product. Raises UsageError for what is no package URL."""
    try:
        purls.normalised(text)
    except ValueError as exc:
        raise UsageError(
            f"--product: {exc}", hint="such as pkg:oci/shop?repository_url=ghcr.io/acme/shop"
        ) from exc
    return text


class _Maker:
    """Makes statements over the findings and the SBOMs of one run."""

    def __init__(self, judged: Judgement, boms: tuple[Bom, ...], product: str | None) -> None:
        self._findings = judged.findings
        self._doubt = _doubt(judged.verdict)
        self._boms = boms
        self._product = product

    def told(self, one: PolicyException, record: ExceptionRecord) -> tuple[Told | None, str]:
        """Return what is said of an exception, and why that is nothing or less than it asks for."""
        if one.vulnerability is None or one.purl is None:
            return None, "it speaks of no advisory about a package"
        if record.status not in _SAID:
            return None, f"{record.status.value}: {record.reason}"
        matched = tuple(f for f in self._findings if covers(one, f, one.environments[0]))
        products = tuple(sorted(self._products(one, matched)))
        if not products:
            return None, f"no image of this run is known as {one.artifact}"
        doubt = self._doubt or ("it holds for some paths only" if one.paths else "")
        mapped = said(_decision(one, record, matched, doubt))
        ids = _ids(one, matched)
        name = display_id(ids)
        statement = Statement(
            vulnerability=name,
            aliases=tuple(sorted(ids - {name})),
            status=mapped.status,
            justification=mapped.justification,
            action=mapped.action,
            products=products,
        )
        return Told(statement=statement, findings=matched), mapped.weakened

    def _products(self, one: PolicyException, matched: tuple[Finding, ...]) -> Iterator[Product]:
        boms = [bom for bom in self._boms if _speaks_of(bom, one.artifact)]
        container, digest = self._product, None
        if one.artifact is not None:
            container, digest = _container(one.artifact, boms, matched)
            if container is None:
                return
        spellings = {one.purl or "", *(f.purl for f in matched if f.purl)}
        links = sorted(
            link for bom in boms for purl, link in bom.packages if spelt(purl) == one.purl
        )
        for spelling in spellings:
            yield Product(purl=spelling, container=container, digest=digest, bom_links=tuple(links))


def _doubt(verdict: Verdict) -> str:
    """Say why nobody else can rest on what this run excuses; nothing where they can."""
    if verdict.demo:
        return "the run was a demo"
    if not verdict.policy.trusted:
        return "the change under test could have written the policy; judge by a base commit"
    return ""


def _decision(
    one: PolicyException, record: ExceptionRecord, matched: tuple[Finding, ...], doubt: str
) -> Decision:
    fixes = {fix for finding in matched for fix in finding.fix_versions or ()}
    return Decision(
        type=one.type,
        in_force=record.status is ExceptionStatus.ACTIVE,
        justification=one.vex.justification if one.vex else None,
        action=(one.vex.action_statement or "") if one.vex else "",
        has_evidence=one.evidence is not None,
        doubt=doubt,
        expires=one.expires.isoformat(),
        fix=lowest_above(purls.version_of(one.purl or ""), fixes) or "",
    )


def _ids(one: PolicyException, matched: tuple[Finding, ...]) -> set[str]:
    """Return every id under which others may know it.

    Where aliases join several CVEs they may be wrong or planted, and only what the exception
    itself names is said.
    """
    named = one.vulnerability or ""
    spelt_out = {name.upper(): name for f in matched for name in (f.rule, *f.aliases)}
    every = {named: named, **spelt_out}
    several = sum(name.startswith("CVE-") for name in every) > 1
    return {every[named]} if several or any(map(cves_of, matched)) else set(every.values())


def _speaks_of(bom: Bom, artifact: str | None) -> bool:
    if artifact is None or bom.image is None:
        return artifact is None and bom.image is None
    return artifact == bom.digest or names(artifact, bom.image)


def _container(
    artifact: str, boms: list[Bom], matched: tuple[Finding, ...]
) -> tuple[str | None, str | None]:
    """Name the image that an exception is limited to, and its digest where that is part of it."""
    refs = [bom.image or "" for bom in boms] + [finding.target for finding in matched]
    ref = next(iter(refs), "")
    if artifact.startswith("sha256:"):
        name, digest = repository(ref), artifact
    elif artifact.startswith(_LOCAL):
        name, digest = artifact, next((bom.digest for bom in boms if bom.digest), None) or ""
    else:
        return _oci(artifact, ""), None
    if not name or not digest:
        return None, None
    return _oci(name, digest), digest


def _oci(name: str, digest: str) -> str:
    """Write the package URL of an image, as Trivy writes it for those of a registry."""
    version = f"@{quote(digest, safe='')}" if digest else ""
    last = quote(name.rpartition("/")[2].rpartition(":")[2].lower(), safe="")
    if name.startswith(_LOCAL):
        return f"pkg:oci/{last}{version}"
    return f"pkg:oci/{last}{version}?repository_url={quote(_registry(name), safe='/')}"


def _registry(name: str) -> str:
    """Write a repository in full: what has no registry lies on Docker's."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return f"{_HUB}/{rest}" if first == "docker.io" else name
    return f"{_HUB}/{name}" if slash else f"{_HUB}/library/{name}"
