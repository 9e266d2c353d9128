"""Which files list dependencies, by their names, and in which ecosystem."""

import codecs
import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from pipeline.inventory import requirements
from pipeline.model.gap import GapReason

PYPI: Final = "PyPI"
REQUIREMENTS: Final = "requirements"
CONSTRAINTS: Final = "constraints"
SCRIPT: Final = "script"
"""A program that says in a comment what it needs (PEP 723)."""
_NEEDS: Final = b"# /// script"

_FOREIGN: Final[Mapping[str, str]] = {
    "Cargo.lock": "crates.io",
    "Cargo.toml": "crates.io",
    "Cartfile": "Carthage",
    "Cartfile.resolved": "Carthage",
    "Gemfile": "RubyGems",
    "Gemfile.lock": "RubyGems",
    "Gopkg.lock": "Go",
    "MODULE.bazel": "Bazel",
    "Manifest.toml": "Julia",
    "Package.resolved": "SwiftURL",
    "Package.swift": "SwiftURL",
    "Podfile": "CocoaPods",
    "Podfile.lock": "CocoaPods",
    "Project.toml": "Julia",
    "bower.json": "Bower",
    "build.gradle": "Maven",
    "build.gradle.kts": "Maven",
    "build.sbt": "Maven",
    "build.sbt.lock": "Maven",
    "buildscript-gradle.lockfile": "Maven",
    "bun.lock": "npm",
    "bun.lockb": "npm",
    "cabal.project.freeze": "Hackage",
    "composer.json": "Packagist",
    "composer.lock": "Packagist",
    "conan.lock": "ConanCenter",
    "conanfile.py": "ConanCenter",
    "conanfile.txt": "ConanCenter",
    "conda-lock.yml": "conda",
    "cpanfile": "CPAN",
    "deno.json": "npm",
    "deno.jsonc": "npm",
    "deno.lock": "npm",
    "deps.edn": "Maven",
    "elm.json": "Elm",
    "environment.yaml": "conda",
    "environment.yml": "conda",
    "gems.locked": "RubyGems",
    "gems.rb": "RubyGems",
    "go.mod": "Go",
    "go.sum": "Go",
    "go.work.sum": "Go",
    "gradle.lockfile": "Maven",
    "ivy.xml": "Maven",
    "libs.versions.toml": "Maven",
    "maven_install.json": "Maven",
    "mix.exs": "Hex",
    "mix.lock": "Hex",
    "npm-shrinkwrap.json": "npm",
    "package-lock.json": "npm",
    "package.json": "npm",
    "package.yaml": "Hackage",
    "packages.config": "NuGet",
    "packages.lock.json": "NuGet",
    "paket.dependencies": "NuGet",
    "paket.lock": "NuGet",
    "pixi.lock": "conda",
    "pixi.toml": "conda",
    "pnpm-lock.yaml": "npm",
    "pom.xml": "Maven",
    "project.clj": "Maven",
    "pubspec.lock": "Pub",
    "pubspec.yaml": "Pub",
    "rebar.config": "Hex",
    "rebar.lock": "Hex",
    "renv.lock": "CRAN",
    "stack.yaml": "Hackage",
    "stack.yaml.lock": "Hackage",
    "vcpkg.json": "vcpkg",
    "yarn.lock": "npm",
}
_PYTHON: Final[Mapping[str, str]] = {
    "hatch.toml": "hatch.toml",
    "noxfile.py": "noxfile.py",
    "pdm.lock": "pdm.lock",
    "pipfile": "Pipfile",
    "pipfile.lock": "Pipfile.lock",
    "poetry.lock": "poetry.lock",
    "pylock.toml": "pylock.toml",
    "pyproject.toml": "pyproject.toml",
    "setup.cfg": "setup.cfg",
    "setup.py": "setup.py",
    "tox.ini": "tox.ini",
    "tox.toml": "tox.toml",
    "uv.lock": "uv.lock",
}
_REQUIREMENTS: Final = re.compile(
    r"(?:.*/)?requirements/(?:[^/]+/)*[^/]+\.(?:txt|in|pip)"
    r"|(?:.*/)?[^/]*(?:requirements|constraints)[^/]*\.(?:txt|in|pip|lock)",
    re.IGNORECASE | re.DOTALL,
)
_PIN: Final = re.compile(rb"[A-Za-z0-9][\w.-]*(?:\[[\w,. -]*\])?\s*===?\s*[\w.!+-]+")
_LISTED: Final = re.compile(_PIN.pattern + rb"\s*(?:[;#\\].*|--hash.*)?\Z|-[-a-z]")
"""A pin with what may follow it, or an option, a hash on a line of its own among them."""
_TEXTS: Final = (".txt", ".text", ".in", ".pip")
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PACKAGE_KEYS: Final = frozenset(
    {"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"}
)
_PYLOCK: Final = re.compile(r"pylock\.[^.]+\.toml")
_PROJECT: Final = re.compile(r".+\.(?:cs|vb|fs)proj|.*\.(?:props|targets)")
_PROPS: Final = re.compile(r".*packages\.props", re.IGNORECASE)
_SCRIPTS: Final[Mapping[str, tuple[str, str]]] = {
    ".cabal": ("Hackage", "cabal"),
    ".gemspec": ("RubyGems", "gemspec"),
    ".gradle": ("Maven", "gradle"),
    ".gradle.kts": ("Maven", "gradle"),
}
_IMPORTS: Final = re.compile(rb"\"import(?:s|Map)\"")
_ASKING: Final[Mapping[str, re.Pattern[bytes]]] = {
    "MODULE.bazel": re.compile(rb"\w_dep\s*\(|\binstall\s*\("),
    "Package.swift": re.compile(rb"\.package\s*\("),
    "Project.toml": re.compile(rb"^\s*\[\s*(?:deps|extras|weakdeps)\s*\]", re.MULTILINE),
    "cabal": re.compile(rb"build-(?:tool-)?depends\s*:", re.IGNORECASE),
    "deno.json": _IMPORTS,
    "deno.jsonc": _IMPORTS,
    "gemspec": re.compile(rb"_dependency\b"),
    "gradle": re.compile(rb"""\bdependencies\b|["'][\w.-]+:[\w.-]+:[^\s"':]+["']"""),
    "package.yaml": re.compile(rb"\b[dD]ependencies\b"),
    "project": re.compile(rb"<packagereference", re.IGNORECASE),  # MSBuild does not mind
    "rebar.config": re.compile(rb"\b(?:deps|plugins)\b"),
    "stack.yaml": re.compile(rb"\bextra-deps\b"),
}
"""What a program or project holds that asks for packages: many do not."""
_YAML: Final = (".yaml", ".yml")
_CONDA: Final = re.compile(
    rb"^dependencies[ \t]*+:[ \t]*+(?:\#[^\n]*+)?+\r?\n"
    rb"(?:[ \t]*+(?:\#[^\n]*+)?+\r?\n)*+[ \t]*+-[ \t]",
    re.MULTILINE,
)
_OF_CONDA: Final = re.compile(
    rb"""^(?:channels[ \t]*:|[ \t]*-[ \t]+["']?(?:[\w.-]+::)?(?:python\b|pip:))""", re.MULTILINE
)
"""A list of dependencies, and what tells conda's from others': charts and roles have some too."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What a name says about a manifest."""

    ecosystem: str
    form: str


def kind_of(path: str) -> Kind | None:
    """Read a name; None where it is no manifest that anybody knows."""
    base = path.rpartition("/")[2]
    if base.lower() in _PYTHON and (base.lower() != "pipfile" or base == "Pipfile"):
        return Kind(ecosystem=PYPI, form=_PYTHON[base.lower()])
    if _PYLOCK.fullmatch(base):
        return Kind(ecosystem=PYPI, form="pylock.toml")
    if _REQUIREMENTS.fullmatch(path):
        constraints = "constraint" in base.lower()
        return Kind(ecosystem=PYPI, form=CONSTRAINTS if constraints else REQUIREMENTS)
    return _foreign(base)


def _foreign(base: str) -> Kind | None:
    if base in _FOREIGN:
        return Kind(ecosystem=_FOREIGN[base], form=base)
    if _PROPS.fullmatch(base):
        return Kind(ecosystem="NuGet", form="Packages.props")
    for ending, (ecosystem, form) in _SCRIPTS.items():
        if base.endswith(ending):
            return Kind(ecosystem=ecosystem, form=form)
    if base.endswith(".deps.json"):
        return Kind(ecosystem="NuGet", form="deps.json")
    if _PROJECT.fullmatch(base):
        return Kind(ecosystem="NuGet", form="project")
    return None


def by_content(path: str, head: bytes) -> Kind | None:
    """Tell a list of pins or an environment by what stands in it: their tools mind no name."""
    base = path.rpartition("/")[2].lower()
    if base.endswith(_YAML):
        is_environment = _CONDA.search(head) and _OF_CONDA.search(head)
        return Kind(ecosystem="conda", form="environment") if is_environment else None
    if not base.endswith(_TEXTS) and "." in base:
        return None
    if b"==" not in head and not head.startswith(_WIDE):
        return None
    lines = [line.strip() for line in head.removeprefix(codecs.BOM_UTF8).splitlines()]
    told = [line for line in lines if line and not line.startswith(b"#")]
    pinned = any(_PIN.match(one) for one in told) and all(map(_LISTED.match, told))
    if pinned or _is_list(requirements.items(head)):
        return Kind(ecosystem=PYPI, form=REQUIREMENTS)
    return None


def _is_list(items: Iterable[requirements.Item]) -> bool:
    """Say whether pip would take all of it, and one of it at least is a pin."""
    pinned = False
    for item in items:
        match item:
            case requirements.Unasked(reason=GapReason.PARSE_ERROR):
                return False
            case requirements.Wanted(requirement=one):
                pinned = pinned or any(part.operator.startswith("==") for part in one.specifier)
            case _:
                pass
    return pinned


def in_script(language: str | None, head: bytes) -> Kind | None:
    """Say whether a program says itself what it needs."""
    if language == "python" and _NEEDS in head:
        return Kind(ecosystem=PYPI, form=SCRIPT)
    return None


def asks(kind: Kind, path: str, head: bytes) -> bool:
    """Say whether a manifest wants anything: many a package.json only names a module system."""
    if kind.form in _ASKING:
        return _ASKING[kind.form].search(head) is not None
    if kind.form == "package.json":
        return "/node_modules/" not in f"/{path}" and _wants_packages(head)
    return True


def _wants_packages(head: bytes) -> bool:
    try:
        top = msgspec.json.decode(head, type=dict[str, msgspec.Raw])
    except (ValueError, RecursionError):
        return True
    return any(bytes(top[key]).strip() not in (b"{}", b"[]") for key in _PACKAGE_KEYS & top.keys())
