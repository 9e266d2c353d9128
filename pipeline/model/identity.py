"""Identities that survive reformatting, and the one way to make a finding."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from pipeline.model import tracks
from pipeline.model.digests import digest, digest_also_behind
from pipeline.model.finding import Finding, Kind

__all__ = ["digest", "display_id", "new", "normalised", "with_purl"]

_ALIAS_ORDER: Final = ("CVE-", "GHSA-", "PYSEC-", "MAL-", "OSV-")


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


def numbered(counts: Counter[tuple[str, ...]], *place: str) -> str:
    """Tell apart what says the same in one place, by its ordinal there: the last part and that."""
    ordinal = counts[place]
    counts[place] += 1
    return digest(place[-1], ordinal)


def new(
    *,
    kind: Kind,
    stage: str,
    rule: str,
    target: str,
    purl: str | None = None,
    fingerprint: str = "",
    aliases: tuple[str, ...] = (),
    **fields: Any,  # noqa: ANN401 -- the remaining fields of Finding, checked by its constructor
) -> Finding:
    """Make a finding with its identities.

    `fingerprint` is, for code, `digest(normalised matched text, ordinal of that text in the
    file)`; for packages it is empty and the purl tells findings apart. Never a line number.
    `track_ids` are made here, unless a stage knows a name that outlives the text.
    """
    subject = purl or fingerprint
    named = str(kind)
    identity, match_key = digest_also_behind("match", named, rule, target, subject)
    where = tracks.place(stage, target)
    values: Mapping[str, Any] = {
        "group": digest("group", rule, purl) if purl else identity,
        "sources": (stage,),
        "track_ids": tracks.of_package(kind, (rule, *aliases), purl, where)
        if purl
        else tracks.of_place(kind, rule, where, fingerprint),
        **fields,
    }
    return Finding(
        id=identity,
        kind=kind,
        stage=stage,
        rule=rule,
        aliases=aliases,
        target=target,
        purl=purl,
        match_key=match_key,
        **values,
    )


def with_purl(finding: Finding, purl: str) -> Finding:
    """Return what the finding would be in another version of its package."""
    parts = (finding.kind.value, finding.rule, finding.target, purl)
    identity, match_key = digest_also_behind("match", *parts)
    return msgspec.structs.replace(
        finding,
        id=identity,
        group=digest("group", finding.rule, purl),
        purl=purl,
        match_key=match_key,
    )
