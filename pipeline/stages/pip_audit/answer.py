"""What pip-audit's answers prove: each pin's fate, its findings, and whether the canary sang."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Self, TypeAlias

import msgspec

from pipeline.model import identity
from pipeline.model.finding import Finding, Kind, Location
from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Pin
from pipeline.model.outcome import Canary
from pipeline.model.severity import Confidence, worst
from pipeline.stages.osv_advisory import Advisory, advisories
from pipeline.stages.pip_audit.report import Audit, Dependency
from pipeline.stages.pip_audit.rounds import ADVISORY, Key, Rounds, key_of

STAGE: Final = "pip-audit"

Told: TypeAlias = Mapping[Key, Dependency]
Fates: TypeAlias = Mapping[str, Gap | None]
"""By target: None where it is answered. What is missing was not listed."""


def by_key(dependencies: Iterable[Dependency]) -> Told:
    """Find a dependency by name and version; the version of a skipped one is empty."""
    return {(entry.name, entry.version or ""): entry for entry in dependencies}


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What all rounds of a run say together."""

    told: Told
    queried: frozenset[Key]
    """What our server was really asked."""
    found: Mapping[Key, tuple[Advisory, ...]]
    withdrawn: Mapping[Key, tuple[Advisory, ...]]
    """What pip-audit was not told, since nobody stands by it any more."""

    @classmethod
    def of(cls, told: Sequence[Told], audit: Audit) -> Self:
        """Join the rounds with the records that the server had for them."""
        whole = {key: entry for one in told for key, entry in one.items()}
        ids = {(query.name, query.version): query.ids for query in audit.queries}
        about = audit.about()
        found = {
            key: advisories(
                name=key[0],
                version=key[1],
                listed=entry.vulns,
                ids=ids.get(key, ()),
                about=about.get(key[0], {}),
            )
            for key, entry in whole.items()
            if entry.vulns is not None
        }
        gone = {
            (query.name, query.version): advisories(
                name=query.name,
                version=query.version,
                listed=(),
                ids=query.withdrawn,
                about=about.get(query.name, {}),
            )
            for query in audit.queries
        }
        return cls(told=whole, queried=frozenset(ids), found=found, withdrawn=gone)


def fates(pins: Iterable[Pin], seen: Seen) -> Fates:
    """Say of each pin whether it is answered; a range is when the pins of its lock are."""
    pins = tuple(pins)
    fate: dict[str, Gap | None] = {}
    locked: dict[tuple[str, str], list[str]] = {}
    for pin in pins:
        key = key_of(pin)
        if pin.answered_by or pin.problem is not None or key is None:
            continue
        locked.setdefault((pin.manifest, pin.name), []).append(pin.target)
        fate.update(_fate(pin, key, seen))
    for pin in pins:
        targets = locked.get((pin.answered_by, pin.name), [])
        if targets and all(target in fate for target in targets):
            gap = next((g for t in targets if (g := fate[t]) is not None), None)
            fate[pin.target] = gap and msgspec.structs.replace(gap, target=pin.target)
    return fate


def _fate(pin: Pin, key: Key, seen: Seen) -> Fates:
    entry = seen.told.get(key) or seen.told.get((pin.name, ""))
    if entry is None:
        return {}
    if entry.skip_reason is not None:
        return {pin.target: _gap(pin, GapReason.UNSUPPORTED, entry.skip_reason)}
    if key not in seen.queried:
        why = "listed, but the database was never asked about it"
        return {pin.target: _gap(pin, GapReason.NOT_READ, why)}
    lost = sorted(identity.display_id(one.ids) for one in seen.found[key] if not one.told)
    if lost:
        why = f"pip-audit was told of {', '.join(lost)} and does not list it"
        return {pin.target: _gap(pin, GapReason.IGNORED_BY_TOOL, why)}
    return {pin.target: None}


def _gap(pin: Pin, reason: GapReason, detail: str) -> Gap:
    return Gap(stage=STAGE, target=pin.target, reason=reason, detail=detail)


def findings(pins: Iterable[Pin], seen: Seen) -> Iterator[Finding]:
    """Make one finding for each advisory of a pinned version in each manifest that pins it."""
    lines: dict[tuple[str, Key], int] = {}
    for pin in pins:
        if (key := key_of(pin)) is not None:
            place = (pin.manifest, key)
            lines[place] = min(lines.get(place, pin.line), pin.line)
    for (manifest, key), line in sorted(lines.items()):
        for advisory in (*seen.found.get(key, ()), *seen.withdrawn.get(key, ())):
            yield _finding(manifest, line, key, advisory)


def _finding(manifest: str, line: int, key: Key, advisory: Advisory) -> Finding:
    from packageurl import PackageURL

    name, version = key
    rule = identity.display_id(advisory.ids)
    return identity.new(
        kind=Kind.SCA,
        stage=STAGE,
        rule=rule,
        target=manifest,
        purl=PackageURL("pypi", name=name, version=version).to_string(),
        aliases=tuple(sorted(advisory.ids)),
        title=advisory.title or f"{rule} in {name}",
        message=advisory.message or f"{name} {version} is affected by {rule}",
        severity=worst(claim.value for claim in advisory.claims),
        severities=advisory.claims,
        confidence=Confidence.HIGH,
        cwes=advisory.cwes,
        fix_versions=advisory.fixes,
        location=Location(manifest, line, line) if line > 0 else None,
        advisory_published=advisory.published,
        withdrawn=advisory.withdrawn,
    )


def canary(rounds: Rounds, told: Sequence[Told], audit: Audit, *, complete: bool) -> Canary:
    """See whether what is known to be bad was reported.

    Our own package must be in every round: it proves that answers arrive and are read. A real
    one must be in one of them: it proves that the database is one. An excerpt may lack it.
    """
    if not all(ADVISORY in _ids(one, rounds.canary) for one in told):
        return Canary.MISSED
    known = rounds.known
    if not complete and known.advisory not in audit.listed.get(known.name, ()):
        return Canary.FOUND
    wanted = (known.name, known.version)
    heard = any(known.advisory in _ids(one, wanted) for one in told)
    return Canary.FOUND if heard else Canary.MISSED


def _ids(told: Told, key: Key) -> frozenset[str]:
    entry = told.get(key)
    return frozenset(i for listed in (entry.vulns or () if entry else ()) for i in listed.ids)
