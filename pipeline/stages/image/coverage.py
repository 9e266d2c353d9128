"""When a clean image report may be believed: the ways in which Trivy says nothing, closed."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final, TypeAlias

from pipeline.model.gap import GapReason
from pipeline.model.inventory import Image
from pipeline.stages.image import canary as image_canary
from pipeline.stages.image import locks as image_locks
from pipeline.stages.image import whose as image_whose
from pipeline.stages.trivy.report import Document, Package

Reason: TypeAlias = tuple[GapReason, str]
"""Why an image's report does not answer, and a sentence for people."""

_ECOSYSTEMS: Final = {
    "python-pkg": "Python",
    "node-pkg": "Node.js",
    "gemspec": "Ruby",
    "bundler": "Ruby",
    "jar": "Java",
    "pom": "Java",
    "gobinary": "Go",
    "rustbinary": "Rust",
    "composer-vendor": "PHP",
    "composer": "PHP",
    "dotnet-core": ".NET",
    "nuget": ".NET",
    "poetry": "Python",
    "pip": "Python",
    "npm": "Node.js",
    "gomod": "Go",
    "cargo": "Rust",
}
"""Trivy's types of language packages, by the ecosystem whose canary must be found."""
_MANY: Final = 5
_SBOM: Final = "sbom"
_KEY: Final = "gpg-pubkey"
"""Stands for a key in rpm's list, without a maker and without files."""


def judge(image: Image, document: Document, canary: Document) -> tuple[Reason, ...]:
    """List every reason why this report is no whole answer about this image."""
    return tuple(
        dict.fromkeys(
            (
                *_identity(image, document),
                *_system(image, document),
                *_packages(image, document),
                *_passed_over(image, document),
                *_made_up(image, document),
                *_release(image, document, canary),
                *image_whose.others(image, document),
                *_languages(document, canary),
                *_locks(image, document),
            )
        )
    )


def _identity(image: Image, document: Document) -> Iterator[Reason]:
    """Bind the report to what was verified, never to what Trivy calls it."""
    verified = tuple(layer.diff_id for layer in image.layers)
    if document.metadata.diff_ids != verified:
        yield GapReason.DIGEST_MISMATCH, "the report is about other layers than those verified"
    if document.metadata.image_id != image.config_digest:
        yield GapReason.DIGEST_MISMATCH, "the report is about another image than the one verified"


def _system(image: Image, document: Document) -> Iterator[Reason]:
    system = document.metadata.os
    if system is None or system.family in {"", "none"}:
        yield (
            GapReason.UNSUPPORTED,
            "no operating system that Trivy knows: nothing says which it is",
        )
        return
    if system.eosl:
        yield (
            GapReason.UNSUPPORTED,
            f"{system.family} {system.name} is no longer supported: new defects get no advisory",
        )
    own = image_canary.family(image.system)
    if own and own != system.family:
        yield (
            GapReason.UNSUPPORTED,
            f"the layers hold {own}, and Trivy took it for {system.family}",
        )
    claims = {_claim(claim) for claim in image.system.claims}
    if len(claims) > 1:
        said = ", ".join(sorted(claims))
        yield GapReason.UNSUPPORTED, f"the layers disagree about the release: {said}"


def _claim(claim: str) -> str:
    name, _, version = claim.partition(" ")
    return f"{name} {image_canary.release(name, version)}"


def _os_packages(document: Document) -> list[Package]:
    """Return what the system's own records list; an SBOM within the image proves nothing."""
    return [
        package
        for result in document.of_class("os-pkgs")
        for package in result.packages
        if package.analyzed_by != _SBOM
    ]


def _packages(image: Image, document: Document) -> Iterator[Reason]:
    listed = _os_packages(document)
    if not listed:
        yield GapReason.NO_PACKAGES, "no package of the operating system was found"
    for package in listed:
        if package.repository.class_ == "third-party" and package.name != _KEY:
            named = f"{package.name} {package.version}"
            yield GapReason.THIRD_PARTY, f"{named} is a third party's: Trivy reports nothing on it"
    missing = Counter(image.system.packages) - Counter(package.name for package in listed)
    if missing and listed:
        yield GapReason.NOT_LISTED, f"installed, and absent from the report: {_some(missing)}"


def _passed_over(image: Image, document: Document) -> Iterator[Reason]:
    """Name what describes packages, and is no answer's: the image's maker chooses its form."""
    named = {package.file_path for _, package in _told(document)}
    if not image.rest.whole:
        said = "over 256 MiB in one binary file, or 2 GiB in all: not all were searched for secrets"
        yield GapReason.LIMIT, said
    missing = set(image.system.described) - named
    if missing:
        yield GapReason.NOT_LISTED, f"described, and absent from the report: {_some(missing)}"
    if image.system.elsewhere:
        lists = _some(image.system.elsewhere)
        yield GapReason.IGNORED_BY_TOOL, f"packages are listed where Trivy asks nobody: {lists}"
    if image.system.linked:
        links = _some(image.system.linked)
        yield GapReason.IGNORED_BY_TOOL, f"packages are described by links, not files: {links}"
    if image.system.claimed:
        claimed = _some(image.system.claimed)
        yield (
            GapReason.IGNORED_BY_TOOL,
            f"claimed by the system's packages, so that Trivy passes over them: {claimed}",
        )


def _made_up(image: Image, document: Document) -> Iterator[Reason]:
    """Hold the system's list of packages against what lies where package managers put theirs."""
    told = {path for target, one in _told(document) for path in (target, one.file_path)}
    if unlisted := set(image.system.unlisted) - told:
        said = "where package managers put theirs, and brought by no package that is listed"
        yield GapReason.NOT_LISTED, f"{said}: {_some(unlisted)}"
    if bare := set(image.system.of_go) - told:
        yield GapReason.NOT_LISTED, f"built by Go, and Trivy read no modules in it: {_some(bare)}"
    if image.system.unread:
        yield GapReason.NOT_READ, f"a list of packages cannot be read: {_some(image.system.unread)}"
    if image.system.restated:
        yield (
            GapReason.UNSUPPORTED,
            "a layer lists other versions, and brings nothing of the packages: "
            + _some(image.system.restated),
        )


def _told(document: Document) -> Iterator[tuple[str, Package]]:
    """Yield packages of languages with where Trivy found them: an SBOM may say any place."""
    for result in document.of_class("lang-pkgs"):
        for package in result.packages:
            if package.analyzed_by != _SBOM:
                yield result.target, package


def _some(names: Collection[str]) -> str:
    shown = sorted(names)
    more = f" and {len(shown) - _MANY} more" if len(shown) > _MANY else ""
    return ", ".join(shown[:_MANY]) + more


def _release(image: Image, document: Document, canary: Document) -> Iterator[Reason]:
    """Require that the database knows something about this very release."""
    system = document.metadata.os
    if system is None or not _os_packages(document):
        return
    own = image_canary.release(system.family, image.system.release)
    seen = image_canary.release(system.family, system.name)
    if own != seen:
        yield (
            GapReason.UNSUPPORTED,
            f"the layers say release {own or 'nothing'}, and Trivy took it for {seen}",
        )
    if not any(result.vulnerabilities for result in canary.of_class("os-pkgs")):
        yield (
            GapReason.UNSUPPORTED,
            f"the database knows no vulnerability of {system.family} {seen}",
        )


def _languages(document: Document, canary: Document) -> Iterator[Reason]:
    """Require the same of every ecosystem that the image holds packages of."""
    known = {
        _ECOSYSTEMS.get(result.type, result.type)
        for result in canary.of_class("lang-pkgs")
        if result.vulnerabilities
    }
    for result in document.of_class("lang-pkgs"):
        ecosystem = _ECOSYSTEMS.get(result.type, result.type)
        if result.packages and ecosystem not in known:
            yield GapReason.UNSUPPORTED, f"the database knows no vulnerability of {ecosystem}"


def _locks(image: Image, document: Document) -> Iterator[Reason]:
    """Name locks that stand for packages of which nothing else in the image speaks."""
    installed = {
        ecosystem
        for result in document.of_class("lang-pkgs")
        if image_locks.is_installed(
            ecosystem := _ECOSYSTEMS.get(result.type, result.type), result.packages
        )
    }
    if left := image_locks.unanswered(image.system.locks, installed):
        said = f"lock files, which Trivy passes over, and nothing installed for them: {_some(left)}"
        yield GapReason.IGNORED_BY_TOOL, f"{said}; {image_locks.HINT}"
