"""Reads what somebody else says of a vulnerability: a proposal to look at, never a judgement."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote

import msgspec

from pipeline.errors import UsageError
from pipeline.model import strict
from pipeline.model.artifact import sha256_of
from pipeline.vex.model import Status

MOST_BYTES: Final = 8 * 1024 * 1024

_STATES: Final[Mapping[str, Status]] = {
    "not_affected": "not_affected",
    "false_positive": "not_affected",
    "exploitable": "affected",
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "in_triage": "under_investigation",
}
_WORDS: Final = {
    "code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
    "protected_by_compiler": "inline_mitigations_already_exist",
    "protected_at_runtime": "inline_mitigations_already_exist",
}
"""CycloneDX's justifications that have a word of the same meaning in OpenVEX."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One claim about one package. Nothing follows from it until people have approved it."""

    vulnerability: str
    aliases: tuple[str, ...]
    """Every other id, sorted."""
    purl: str
    """The package, as the document writes it; a version may be missing."""
    container: str | None
    """The purl of the image or product that the claim is limited to."""
    status: Status
    justification: str | None
    statement: str
    """What else is said: impact, action, detail."""
    author: str
    source: str
    """`sha256:…` of the document."""

    @property
    def ids(self) -> frozenset[str]:
        """Every id, as findings and exceptions compare them."""
        return frozenset(map(str.upper, (self.vulnerability, *self.aliases)))


class _Identifiers(msgspec.Struct, frozen=True):
    purl: str = ""


class _Component(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="@id", default="")
    identifiers: _Identifiers = _Identifiers()

    @property
    def purl(self) -> str:
        return self.identifiers.purl or (self.id if self.id.startswith("pkg:") else "")


class _Product(_Component, frozen=True):
    subcomponents: tuple[_Component, ...] = ()


class _Name(msgspec.Struct, frozen=True):
    name: str
    aliases: tuple[str, ...] = ()


class _Statement(msgspec.Struct, frozen=True):
    vulnerability: _Name
    status: Status
    products: tuple[_Product, ...] = ()
    justification: str | None = None
    impact_statement: str = ""
    action_statement: str = ""


class _OpenVex(msgspec.Struct, frozen=True):
    context: str = msgspec.field(name="@context")
    author: str
    statements: tuple[_Statement, ...]


class _Reference(msgspec.Struct, frozen=True):
    id: str


class _Analysis(msgspec.Struct, frozen=True):
    state: str = ""
    justification: str = ""
    detail: str = ""


class _Affects(msgspec.Struct, frozen=True):
    ref: str


class _Vulnerability(msgspec.Struct, frozen=True):
    id: str
    references: tuple[_Reference, ...] = ()
    analysis: _Analysis | None = None
    affects: tuple[_Affects, ...] = ()


class _Person(msgspec.Struct, frozen=True):
    name: str = ""


class _Metadata(msgspec.Struct, frozen=True):
    authors: tuple[_Person, ...] = ()
    supplier: _Person | None = None


class _Part(msgspec.Struct, frozen=True):
    ref: str = msgspec.field(name="bom-ref", default="")
    purl: str = ""


class _CycloneDx(msgspec.Struct, frozen=True):
    vulnerabilities: tuple[_Vulnerability, ...]
    metadata: _Metadata = _Metadata()
    components: tuple[_Part, ...] = ()


class _Kind(msgspec.Struct, frozen=True):
    context: str = msgspec.field(name="@context", default="")
    form: str = msgspec.field(name="bomFormat", default="")


def proposals(data: bytes) -> tuple[Proposal, ...]:
    """Read OpenVEX or CycloneDX. Raises UsageError for what is neither.

    What names no package by its purl proposes nothing.
    """
    if len(data) > MOST_BYTES:
        raise UsageError(f"a VEX document of {len(data)} bytes is not read; {MOST_BYTES} may be")
    source = sha256_of(data)
    try:
        kind = strict.decode(data, _Kind)
        if kind.context.startswith("https://openvex.dev/ns"):
            found = _openvex(msgspec.json.decode(data, type=_OpenVex), source)
        elif kind.form == "CycloneDX":
            found = _cyclonedx(msgspec.json.decode(data, type=_CycloneDx), source)
        else:
            raise UsageError(
                "neither OpenVEX nor CycloneDX",
                hint="an OpenVEX document has an @context, a CycloneDX one a bomFormat",
            )
        return tuple(sorted(set(found), key=_order))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise UsageError(f"the VEX document cannot be read: {exc}") from exc


def _order(one: Proposal) -> tuple[str, str, str, str, str]:
    return one.vulnerability, one.purl, one.container or "", one.status, one.statement


def _openvex(document: _OpenVex, source: str) -> Iterator[Proposal]:
    for one in document.statements:
        for product in one.products:
            inner = [part.purl for part in product.subcomponents if part.purl]
            for purl in inner or ([product.purl] if product.purl else []):
                yield Proposal(
                    vulnerability=one.vulnerability.name,
                    aliases=tuple(sorted({*one.vulnerability.aliases} - {one.vulnerability.name})),
                    purl=purl,
                    container=product.purl or None if inner else None,
                    status=one.status,
                    justification=one.justification,
                    statement=one.impact_statement or one.action_statement,
                    author=document.author,
                    source=source,
                )


def _cyclonedx(document: _CycloneDx, source: str) -> Iterator[Proposal]:
    known = {part.ref: part.purl for part in document.components if part.ref and part.purl}
    people = [one.name for one in document.metadata.authors if one.name]
    if document.metadata.supplier is not None:
        people.append(document.metadata.supplier.name)
    for one in document.vulnerabilities:
        said = one.analysis
        if said is None or said.state not in _STATES:
            continue
        for ref in one.affects:
            purl = known.get(ref.ref) or unquote(ref.ref.rpartition("#")[2])
            if not purl.startswith("pkg:"):
                continue
            yield Proposal(
                vulnerability=one.id,
                aliases=tuple(sorted({each.id for each in one.references} - {one.id})),
                purl=purl,
                container=None,
                status=_STATES[said.state],
                justification=_WORDS.get(said.justification),
                statement=said.detail,
                author=", ".join(people),
                source=source,
            )
