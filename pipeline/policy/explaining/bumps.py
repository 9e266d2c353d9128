"""What mends findings: those of packages in groups by one bump, others each at its place."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from pipeline.model.finding import Finding, Kind
from pipeline.model.versions import key, lowest_above, mends
from pipeline.policy.artifact import repository
from pipeline.policy.explaining import commands
from pipeline.policy.explaining.actions import Mend, Package, Rebuild, Upgrade
from pipeline.policy.purl import spelt, type_of, unversioned, version_of

_IMAGE = "image"
Key: TypeAlias = tuple[str, str]
"""("package", purl without version) or ("system", repository of the image)."""


def group_of(finding: Finding) -> Key | None:
    """Say with which others a finding is mended; None for what is in no package."""
    known = spelt(finding.purl)
    if known is None:
        return None
    if type_of(known) in commands.SYSTEMS:
        return "system", repository(finding.target)
    return "package", unversioned(known)


def groups(findings: Iterable[Finding], wanted: frozenset[Key]) -> Mapping[Key, list[Finding]]:
    """Gather all findings of some groups."""
    found: dict[Key, list[Finding]] = defaultdict(list)
    for one in findings:
        name = group_of(one)
        if name is not None and name in wanted:
            found[name].append(one)
    return found


def bump(
    name: Key, failing: Sequence[Finding], every: Sequence[Finding]
) -> tuple[Upgrade | Rebuild, ...]:
    """Return what mends every failing finding of a group that has a fix; nothing where none has.

    One upgrade takes a package to one version everywhere; each image is rebuilt by itself.
    """
    if name[0] == "system":
        images = sorted({one.target for one in failing if _fix(one) is not None})
        return tuple(_rebuild(image, every) for image in images)
    upgrade = _upgrade(name[1], failing, every)
    return () if upgrade is None else (upgrade,)


def _fix(one: Finding) -> str | None:
    """Return the lowest fix above the version that is installed.

    What a distribution writes behind a version is not ordered here: its fixes are ahead.
    """
    version = version_of(one.purl or "")
    fix = lowest_above(version, one.fix_versions or ())
    if type_of(one.purl or "") in commands.SYSTEMS:
        return fix if fix != version else None
    return fix if fix is not None and key(fix) > key(version) else None


def _upgrade(package: str, failing: Sequence[Finding], every: Sequence[Finding]) -> Upgrade | None:
    fixable = [one for one in failing if _fix(one) is not None]
    best = [to for to in _offers(fixable) if all(_mends(to, one) for one in fixable)]
    return _to(package, best[0], fixable, every) if best else None


def upgrades(
    package: str, failing: Sequence[Finding], every: Sequence[Finding]
) -> tuple[Upgrade, ...]:
    """Return an upgrade for each set of findings that one can mend, to the lowest such version."""
    fixable = [one for one in failing if _fix(one) is not None]
    found: dict[tuple[str, ...], Upgrade] = {}
    for to in _offers(fixable):
        action = _to(package, to, fixable, every)
        if action.findings:
            found.setdefault(action.findings, action)
    return tuple(found.values())


def _offers(fixable: Iterable[Finding]) -> list[str]:
    return sorted({fix for one in fixable for fix in one.fix_versions or ()}, key=key)


def _to(package: str, to: str, fixable: Sequence[Finding], every: Sequence[Finding]) -> Upgrade:
    targets = sorted({one.target for one in fixable})
    images = {one.target for one in every if _IMAGE in (one.stage, *one.sources)}
    return Upgrade(
        package=package,
        versions=tuple(sorted({version_of(one.purl or "") for one in fixable}, key=key)),
        to=to,
        targets=tuple(targets),
        commands=tuple(
            commands.upgrade(package, to, target, image=target in images) for target in targets
        ),
        findings=tuple(
            sorted(one.id for one in every if one.target in targets and _mends(to, one))
        ),
    )


def mend(finding: Finding) -> Mend:
    """Say where the source has to change, and what is wrong there."""
    line = f":{finding.location.line}" if finding.location else ""
    what = finding.title
    if finding.kind is Kind.SECRET:
        what = "revoke it where it is valid, and take it out of the source"
    return Mend(finding=finding.id, rule=finding.rule, place=f"{finding.path}{line}", what=what)


def _mends(to: str, one: Finding) -> bool:
    return key(to) > key(version_of(one.purl or "")) and mends(to, one.fix_versions or ())


def _rebuild(image: str, every: Sequence[Finding]) -> Rebuild:
    fixable = [one for one in every if one.target == image and _fix(one) is not None]
    highest: dict[tuple[str, str], str] = {}
    for one in fixable:
        name = (unversioned(one.purl or "").rpartition("/")[2], version_of(one.purl or ""))
        highest[name] = max(highest.get(name, ""), _fix(one) or "", key=key)
    systems = sorted({type_of(one.purl or "") for one in fixable})
    return Rebuild(
        image=image,
        packages=tuple(
            Package(name=name, version=version, to=to)
            for (name, version), to in sorted(highest.items())
        ),
        commands=tuple(commands.rebuild(image, system) for system in systems),
        findings=tuple(sorted(one.id for one in fixable)),
    )
