"""CycloneDX with vulnerabilities: a VDR. Without that list it is an SBOM, and answers nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Final

import msgspec

from pipeline.imports.base import Asked, NotReadError, Word
from pipeline.imports.cyclonedx_model import Component, Document, Rating, ToolList, Vulnerability
from pipeline.imports.packages import Told, finding, lacking
from pipeline.imports.text import NAME as LONGEST
from pipeline.imports.text import instant, short
from pipeline.imports.whole import whole
from pipeline.model.finding import Finding, SeverityClaim
from pipeline.model.gap import Gap, GapReason
from pipeline.model.severity import severity_of, worst
from pipeline.stages import cvss_score

NAME: Final = "cyclonedx"
_WHOLE: Final = "complete"
TITLE: Final = "CycloneDX VDR"
_SILENCED: Final = frozenset({"not_affected", "false_positive"})
_VERSIONS: Final = ("1.4", "1.5", "1.6", "1.7")


def is_it(names: frozenset[str]) -> bool:
    """Tell it by its mark."""
    return "bomFormat" in names


def read(stream: IO[bytes], asked: Asked, found: Callable[[Finding], None]) -> Word:
    """Hand over every finding, and return the rest. Raises NotReadError."""
    document = whole(stream, Document, TITLE)
    if document.bom_format != "CycloneDX" or document.spec_version not in _VERSIONS:
        raise NotReadError(f"it is no CycloneDX of a version among {', '.join(_VERSIONS)}")
    root = document.metadata.component
    target = _name(root) if root is not None else ""
    known = dict(_refs(document.components))
    for one in document.vulnerabilities or ():
        for purl in _affected(one, known, target or asked.target):
            found(finding(asked, _told(one, target, purl)))
    tool, version = _tool(document.metadata.tools)
    looked = document.vulnerabilities is not None and bool(known)
    return Word(
        tool=tool,
        version=version,
        made=instant(document.metadata.timestamp or ""),
        target=target,
        listed=frozenset({target, *map(_name, known.values())} if looked else ()),
        gaps=tuple(_gaps(asked, document)),
        lacks=lacking(any_found=bool(document.vulnerabilities)),
    )


def _gaps(asked: Asked, document: Document) -> Iterator[Gap]:
    if document.vulnerabilities is None:
        told = "it lists components, and no vulnerabilities: nobody looked for any"
        yield Gap(stage=asked.stage, target=None, reason=GapReason.TOOL_OUTPUT, detail=told)
    partly = {one.aggregate for one in document.compositions or ()} - {_WHOLE}
    if partly:
        told = f"it says of a part that it is {', '.join(sorted(partly))}"
        yield Gap(stage=asked.stage, target=None, reason=GapReason.NOT_LISTED, detail=short(told))
    if not document.components:
        told = "the report lists no component at all"
        yield Gap(stage=asked.stage, target=None, reason=GapReason.NO_PACKAGES, detail=told)


def _tool(tools: ToolList) -> tuple[str, str]:
    """Return the tool where there is one. Of several nobody can say which one looked."""
    listed = tools if isinstance(tools, list) else tools.components if tools else ()
    if len(listed) != 1:
        return "", ""
    return short(listed[0].name, LONGEST), short(listed[0].version or "", LONGEST)


def _name(one: Component) -> str:
    return short(one.purl or (f"{one.name}@{one.version}" if one.version else one.name), LONGEST)


def _refs(components: Iterable[Component]) -> Iterator[tuple[str, Component]]:
    for one in components:
        yield one.bom_ref or _name(one), one
        yield from _refs(one.components)


def _affected(one: Vulnerability, known: Mapping[str, Component], target: str) -> Iterator[str]:
    """Name the packages that are affected; the whole target where none is named."""
    refs = {told.ref.rpartition("#")[2] if told.ref.startswith("urn:cdx:") else told.ref
            for told in one.affects}  # fmt: skip
    for ref in sorted(refs) or (target,):
        component = known.get(ref)
        name = _name(component) if component is not None else short(ref, LONGEST)
        yield name if name.startswith("pkg:") else f"pkg:generic/{name or 'unnamed'}"


def _told(one: Vulnerability, target: str, purl: str) -> Told:
    state = one.analysis.state if one.analysis is not None else None
    return Told(
        ids=frozenset([one.id, *(told.id for told in one.references)]),
        target=target,
        purl=purl,
        title=one.description or "",
        message=one.detail or one.description or "",
        claims=tuple(sorted({_claim(rating) for rating in one.ratings}, key=repr)),
        cwes=tuple(f"CWE-{number}" for number in sorted(set(one.cwes))),
        published=(one.published or "")[:10] or None,
        withdrawn=(one.rejected or "")[:10] or None,
        silenced=state in _SILENCED,
    )


def _claim(one: Rating) -> SeverityClaim:
    """Return what a source says: the worse of its word and of its vector."""
    source = short((one.source.name if one.source else None) or "cyclonedx", LONGEST)
    word = severity_of(one.severity)
    if not one.vector:
        return SeverityClaim(source=source, value=word)
    claim = cvss_score.claim(source, one.vector)
    return msgspec.structs.replace(claim, value=worst((claim.value, word)))
