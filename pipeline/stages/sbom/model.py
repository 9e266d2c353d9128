"""Components by package URL, and how several lists of them become one."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import msgspec

from pipeline.model.identity import digest

Json: TypeAlias = Mapping[str, object]

SOURCE: Final = "penstock:source"
"""Property: which list named the component: `source`, or an image as the user named it."""
MANIFEST: Final = "penstock:manifest"
"""Property: the file of the repository that names the component."""


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of an SBOM."""

    ref: str
    """The package URL; without one a hash of kind, name and version. Never random."""
    kind: str
    name: str
    version: str = ""
    group: str = ""
    purl: str = ""
    supplier: str = ""
    licenses: tuple[Json, ...] = ()
    properties: frozenset[tuple[str, str]] = frozenset()


class Bom(msgspec.Struct, frozen=True, kw_only=True):
    """A root and what is in it."""

    root: Component
    components: Mapping[str, Component]
    """By ref, without the root."""
    depends: frozenset[tuple[str, str]]
    """(ref, ref on which it depends)."""
    tools: frozenset[tuple[str, str]]
    """(name, version) of the programs that made it."""
    complete: str
    """A word of CycloneDX's compositions: complete, incomplete or unknown."""


def canonical(purl: str) -> str:
    """Write a package URL in the one way that equal packages share."""
    from packageurl import PackageURL

    try:
        url = PackageURL.from_string(purl)
    except ValueError:
        return purl
    if url.type != "pypi":
        return url.to_string()
    # The package URL rules for PyPI leave dots alone; the names themselves do not (PEP 503).
    name = url.name.replace(".", "-")
    return PackageURL("pypi", None, name, url.version, url.qualifiers, url.subpath).to_string()


def pypi(name: str, version: str) -> str:
    """Return the package URL of a Python distribution."""
    from packageurl import PackageURL

    return canonical(PackageURL(type="pypi", name=name, version=version).to_string())


def ref_of(*, kind: str, name: str, version: str, purl: str) -> str:
    """Return the reference under which a component stands in every SBOM of ours."""
    return purl or f"{kind}:{digest(kind, name, version)}"


def joined(components: Iterable[Component]) -> dict[str, Component]:
    """Join components of one ref: what several lists say of it stands side by side."""
    found: dict[str, Component] = {}
    for component in components:
        first = found.get(component.ref)
        found[component.ref] = component if first is None else _both(first, component)
    return found


def merge(root: Component, boms: Iterable[Bom], *, complete: str) -> Bom:
    """Put several SBOMs below one root. The root of each but this one becomes a component."""
    parts = tuple(boms)
    inner = tuple(bom.root for bom in parts if bom.root.ref != root.ref)
    components = joined((*inner, *(one for bom in parts for one in bom.components.values())))
    depends = {pair for bom in parts for pair in bom.depends}
    depends.update((root.ref, other.ref) for other in inner)
    return Bom(
        root=root,
        components=components,
        depends=frozenset(depends),
        tools=frozenset(tool for bom in parts for tool in bom.tools),
        complete=complete,
    )


def marked(bom: Bom, source: str) -> Bom:
    """Write into every component which list named it."""
    components = {
        ref: msgspec.structs.replace(one, properties=one.properties | {(SOURCE, source)})
        for ref, one in bom.components.items()
    }
    return msgspec.structs.replace(bom, components=components)


def _both(first: Component, second: Component) -> Component:
    return msgspec.structs.replace(
        first,
        supplier=first.supplier or second.supplier,
        # One list is never mended by another: an expression must stand alone in CycloneDX.
        licenses=first.licenses or second.licenses,
        properties=first.properties | second.properties,
    )
