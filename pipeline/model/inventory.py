"""What must be looked at, as Penstock itself found it before any scanner ran."""

from enum import StrEnum

import msgspec

from pipeline.model.gap import GapReason


class Origin(StrEnum):
    """Where the list of files comes from."""

    GIT = "git"
    FILES = "files"


class SourceFile(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A regular, readable text or binary file, copied for the scanners under the same name."""

    path: str
    """Relative, POSIX. Bytes that are no printable UTF-8 stand as `\\xNN`: this is the name of
    the copy and the name in every report."""
    size: int
    language: str | None
    """The language in semgrep's words, or None for data and for what nobody names."""
    binary: bool
    sha256: str


class Unread(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something that is listed and was not copied."""

    path: str
    reason: GapReason
    detail: str = ""
    language: str | None = None
    """From its name alone, so that the stages that would have asked for it can say so."""


class Suppression(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A comment that would have silenced a scanner; altered in the copy at equal length."""

    path: str
    line: int
    marker: str
    """`nosemgrep`, `trivy:ignore`, `zizmor: ignore` and so on, as neutralise.MARKERS names it."""


class Pin(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One dependency that a Python manifest names."""

    manifest: str
    """The file in which the line stands (a nested file names itself)."""
    line: int
    """From 1; 0 where the format has no lines worth naming."""
    name: str
    """Canonical by PEP 503; the raw text where no name can be read."""
    version: str
    """Exact version by PEP 440, or "" when `problem` says why there is none."""
    marker: str = ""
    problem: GapReason | None = None
    detail: str = ""
    answered_by: str = ""
    """For a range: the lock file that pins it, else ""."""

    @property
    def target(self) -> str:
        """How the pip-audit stage names this question."""
        marker = f" ; {self.marker}" if self.marker else ""
        version = f"=={self.version}" if self.version else ""
        return f"{self.manifest}#{self.name}{version}{marker}"


class Manifest(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A file that lists dependencies."""

    path: str
    ecosystem: str
    """In OSV's words: PyPI, npm, Go, Maven, crates.io, RubyGems, Packagist, NuGet, …"""
    form: str
    """requirements, uv.lock, poetry.lock, Pipfile.lock, pylock.toml, pyproject.toml, or the
    file's own name elsewhere."""


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """A layer of an image, verified."""

    digest: str
    diff_id: str
    size: int


class System(msgspec.Struct, frozen=True, kw_only=True):
    """Which system an image holds, by Penstock's own reading of its layers."""

    family: str = ""
    """ID of os-release: debian, alpine, …; empty where nothing says it."""
    release: str = ""
    """VERSION_ID of os-release."""
    claims: tuple[str, ...] = ()
    """`ID VERSION_ID` of every os-release in any layer: one that is written over is one too."""
    streams: tuple[str, ...] = ()
    """Releases of Alpine that the last list of apk's repositories names."""
    packages: tuple[str, ...] = ()
    """Names of the installed packages of dpkg, apk and rpm, once for each time; sorted."""
    forms: tuple[str, ...] = ()
    """Which of dpkg, apk and rpm list any."""
    elsewhere: tuple[str, ...] = ()
    """Lists of packages that no scanner reads: of systems in folders of the image, and conda's."""
    described: tuple[str, ...] = ()
    """Files by which packages of Python, Node.js and Ruby say what they are, but for the
    distribution's own."""
    linked: tuple[str, ...] = ()
    """Links where packages are listed or described: who reads files alone passes over them."""
    claimed: tuple[str, ...] = ()
    """Files that the system's packages claim, and that lie where no distribution puts any."""
    unlisted: tuple[str, ...] = ()
    """Programs and libraries in the system's folders that no installed package brought."""
    of_go: tuple[str, ...] = ()
    """Programs that Go built, in other folders, and that no installed package brought."""
    restated: tuple[str, ...] = ()
    """Packages of which a layer says another version without bringing anything of it."""
    unread: tuple[str, ...] = ()
    """Lists of packages that cannot be read, or only in part."""
    locks: tuple[str, ...] = ()
    """Files by which a build knows its packages, where no package manager put them."""


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """What a scanner of secrets passes over in an image, laid out as text."""

    names: tuple[str, ...] = ()
    """Where the file `1.txt` comes from, and those that follow; a layer's file each."""
    whole: bool = True
    """Whether everything is there; what would be too much is not."""


class Image(msgspec.Struct, frozen=True, kw_only=True, tag="image"):
    """An image that Penstock verified from index to diff ids, in a local OCI layout."""

    ref: str
    """As the user named it: also the target's name."""
    layout: str
    """Absolute path of a private OCI layout that holds exactly this manifest."""
    manifest_digest: str
    config_digest: str
    layers: tuple[Layer, ...]
    platform: str
    system: System = System()
    rest: Rest = Rest()

    @property
    def rest_folder(self) -> str:
        """Where the files of `rest` are."""
        return f"{self.layout}-rest"


class BadImage(msgspec.Struct, frozen=True, kw_only=True, tag="bad"):
    """An image that was asked for and cannot be scanned as it is."""

    ref: str
    reason: GapReason
    detail: str


class Exclusion(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A file that the configuration leaves out."""

    path: str
    by: str
    """The glob, as written."""


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What the file system said of an original when it was read, to see whether it changed."""

    path: str
    """Of the inventory."""
    place: bytes
    """Below the root, as the operating system names it."""
    modified: int
    """Nanoseconds."""
    size: int
    number: int
    """Its inode: another file may be put in its place with the same size and time."""


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a run owes an answer for. All tuples are sorted."""

    root: str
    """Absolute path of the tree that was listed."""
    stamps: tuple[Stamp, ...] = ()
    """Of every file that was copied; no part of the digest."""
    listed: frozenset[bytes] = frozenset()
    """Every name as the operating system gives it, copied or not; no part of the digest."""
    origin: Origin
    commit: str | None
    tree: str | None
    dirty: bool | None
    files: tuple[SourceFile, ...]
    unread: tuple[Unread, ...]
    excluded: tuple[Exclusion, ...]
    suppressions: tuple[Suppression, ...]
    manifests: tuple[Manifest, ...]
    pins: tuple[Pin, ...]
    workflows: tuple[str, ...]
    """Workflow, action and dependabot files that zizmor reads."""
    iac: tuple[str, ...]
    """Dockerfiles, Terraform, Kubernetes, Helm and CloudFormation files, by name and content."""
    foreign: tuple[tuple[str, str], ...] = ()
    """(file, program) of infrastructure that no scanner reads, where the content shows it."""
    remote_modules: tuple[tuple[str, str], ...]
    """(Terraform file, source) of every module that is not in this tree."""
    images: tuple[Image | BadImage, ...]
    digest: str
    """Over all of the above but `root`: equal trees give equal digests on any machine."""
