"""Identities that survive reformatting, and the one way to make a finding."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pipeline.model.finding import Finding, Kind, unversioned

_ALIAS_ORDER: Final = ("CVE-", "GHSA-", "PYSEC-", "MAL-", "OSV-")


def digest(*parts: object) -> str:
    """Hash parts unambiguously (as canonical JSON): sha256, 32 hex digits."""
    text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def display_id(ids: Iterable[str]) -> str:
    """Choose the id that people read: CVE, else GHSA, else PYSEC, else the first by name."""

    def rank(name: str) -> tuple[int, str]:
        for place, prefix in enumerate(_ALIAS_ORDER):
            if name.startswith(prefix):
                return place, name
        return len(_ALIAS_ORDER), name

    return min(ids, key=rank)


def normalised(text: str) -> str:
    """Fold white space, so that a reformatted line keeps its identity."""
    return " ".join(text.split())


def new(
    *,
    kind: Kind,
    stage: str,
    rule: str,
    target: str,
    purl: str | None = None,
    fingerprint: str = "",
    **fields: Any,  # noqa: ANN401 -- the remaining fields of Finding, checked by its constructor
) -> Finding:
    """Make a finding with its identities.

    `fingerprint` is, for code, `digest(normalised matched text, ordinal of that text in the
    file)`; for packages it is empty and the purl tells findings apart. Never a line number.
    """
    subject = purl or fingerprint
    identity = digest(kind.value, rule, target, subject)
    track = f"{kind.value}/exact/1:{digest(rule, target, unversioned(purl) if purl else subject)}"
    values: Mapping[str, Any] = {
        "group": digest("group", rule, purl) if purl else identity,
        "sources": (stage,),
        "aliases": (),
        "track_ids": (track,),
        **fields,
    }
    return Finding(
        id=identity,
        kind=kind,
        stage=stage,
        rule=rule,
        target=target,
        purl=purl,
        match_key=digest("match", kind.value, rule, target, subject),
        **values,
    )
