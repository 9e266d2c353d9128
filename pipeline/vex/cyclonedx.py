"""Writes CycloneDX 1.7 documents about vulnerabilities: a VEX, or a whole disclosure report."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias
from uuid import UUID, uuid5

import msgspec

from pipeline.errors import PenstockError
from pipeline.model.official import why_no_cyclonedx
from pipeline.vex.model import Issue, Product, Statement, Status

Json: TypeAlias = dict[str, object]

_SPACE: Final = UUID("7e6f0b5e-3a55-5a0e-8f0d-6a1c4c1d9b10")
_SCHEMA: Final = "http://cyclonedx.org/schema/bom-1.7.schema.json"
_STATES: Final[Mapping[Status, str]] = {
    "not_affected": "not_affected",
    "affected": "exploitable",
    "fixed": "resolved",
    "under_investigation": "in_triage",
}
_JUSTIFICATIONS: Final = {
    "component_not_present": "code_not_present",
    "vulnerable_code_not_present": "code_not_present",
    "vulnerable_code_not_in_execute_path": "code_not_reachable",
    "vulnerable_code_cannot_be_controlled_by_adversary": "requires_environment",
    "inline_mitigations_already_exist": "protected_by_mitigating_control",
}
"""The nearest word; OpenVEX's own stands in the detail."""
_SOURCES: Final = (
    ("CVE-", "NVD", "https://nvd.nist.gov/vuln/detail/"),
    ("GHSA-", "GitHub Advisories", "https://github.com/advisories/"),
    ("", "OSV", "https://osv.dev/vulnerability/"),
)


class Rating(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What one source says about the severity."""

    source: str
    severity: str
    score: float | None = None
    vector: str | None = None


class Vulnerability(msgspec.Struct, frozen=True, kw_only=True):
    """An entry: a statement, and what is known beside it. Without a status it says nothing."""

    statement: Statement
    silent: bool = False
    """Nobody has analysed it: the statement's status is left out."""
    description: str = ""
    ratings: tuple[Rating, ...] = ()
    cwes: tuple[int, ...] = ()
    recommendation: str = ""
    published: str | None = None


def is_cyclonedx(data: bytes) -> bool:
    """Say whether a file is one that a new document may take the place of."""
    try:
        return msgspec.json.decode(data, type=_Form).form == "CycloneDX"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


class _Form(msgspec.Struct, frozen=True):
    form: str = msgspec.field(name="bomFormat")


def write(issue: Issue, entries: Iterable[Vulnerability]) -> bytes:
    """Write a document. One without entries is valid, and says that nothing is known."""
    ordered = sorted(entries, key=_order)
    body = [_vulnerability(one) for one in ordered]
    document: Json = {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": uuid5(_SPACE, msgspec.json.encode([issue.author, body]).decode()).urn,
        "version": 1,
        "metadata": {
            "timestamp": issue.now,
            "tools": {"components": [_tool(issue.tooling)]},
            "authors": [{"name": issue.author}],
        },
        "components": _components(ordered),
        "vulnerabilities": body,
    }
    if why := why_no_cyclonedx(document):
        raise PenstockError(f"not valid CycloneDX 1.7 at {why}")
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _order(one: Vulnerability) -> tuple[str, str, Statement]:
    """Sort `not_affected` behind `exploitable`: of entries with one id, Trivy keeps the last."""
    return one.statement.vulnerability, _STATES[one.statement.status], one.statement


def _tool(tooling: str) -> Json:
    name, _, version = tooling.partition(" ")
    return {"type": "application", "name": name, "version": version}


def _components(entries: Iterable[Vulnerability]) -> list[Json]:
    """Describe the packages that no SBOM of the run has, so that they can be referred to."""
    bare = {p.purl for one in entries for p in one.statement.products if not p.bom_links}
    return [
        {"type": "library", "bom-ref": purl, "name": _name(purl), "purl": purl}
        for purl in sorted(bare)
    ]


def _name(purl: str) -> str:
    return purl.removeprefix("pkg:").partition("?")[0]


def _vulnerability(one: Vulnerability) -> Json:
    said = one.statement
    values: Json = {
        "bom-ref": f"{said.vulnerability}#{uuid5(_SPACE, repr(said.products))}",
        "id": said.vulnerability,
        "source": _source(said.vulnerability),
        "references": [{"id": name, "source": _source(name)} for name in said.aliases],
        "ratings": [_rating(rating) for rating in one.ratings],
        "cwes": list(one.cwes),
        "description": one.description,
        "recommendation": one.recommendation,
        "published": one.published,
        "analysis": None if one.silent else _analysis(said),
        "affects": [{"ref": ref} for ref in _refs(said.products)],
    }
    return {name: value for name, value in values.items() if value}


def _source(name: str) -> Json:
    title, url = next((t, u) for prefix, t, u in _SOURCES if name.startswith(prefix))
    return {"name": title, "url": f"{url}{name}"}


def _rating(one: Rating) -> Json:
    values: Json = {
        "source": {"name": one.source},
        "score": one.score,
        "severity": one.severity,
        "vector": one.vector,
    }
    return {name: value for name, value in values.items() if value is not None}


def _analysis(said: Statement) -> Json:
    values: Json = {
        "state": _STATES[said.status],
        "justification": _JUSTIFICATIONS[said.justification] if said.justification else None,
        "response": _response(said),
        "detail": said.action or said.justification,
    }
    return {name: value for name, value in values.items() if value}


def _response(said: Statement) -> list[str]:
    return ["update"] if said.status == "affected" and said.action.startswith("Upgrade") else []


def _refs(products: Iterable[Product]) -> list[str]:
    return sorted({ref for one in products for ref in (one.bom_links or (one.purl,))})
