"""Trivy's JSON, with the fields that we depend on."""

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import msgspec

from pipeline.model import strict
from pipeline.model.gap import GapReason, ToolError
from pipeline.stages.base import Job, Reports, take
from pipeline.stages.redaction import without
from pipeline.stages.tool_version import refuse_another
from pipeline.toolchain.command import Report

COPY: Final = "src/"
"""What the names of the source's files begin with in a report."""
_PLANTED: Final = "canary/"
_LINES: Final = re.compile(r":\d+(-\d+)?$")
_FILES: Final = frozenset({"filesystem", "repository"})
_QUOTES: Final = frozenset({"Match", "Code", "ImageConfig"})


class _Base(msgspec.Struct, frozen=True, rename="pascal"):
    """Trivy leaves empty lists out: only what a thing is without which it says nothing is due."""


class Identifier(_Base, frozen=True):
    """How Trivy identifies a package."""

    purl: str = msgspec.field(name="PURL", default="")


class Repository(_Base, frozen=True):
    """Where a package of the operating system comes from."""

    class_: str = msgspec.field(name="Class", default="")


class Package(_Base, frozen=True):
    """One line of an inventory."""

    name: str
    version: str = ""
    identifier: Identifier = Identifier()
    repository: Repository = Repository()
    src_name: str = ""
    file_path: str = ""
    analyzed_by: str = ""


class Score(_Base, frozen=True):
    """What one source says in CVSS."""

    v2_vector: str = msgspec.field(name="V2Vector", default="")
    v3_vector: str = msgspec.field(name="V3Vector", default="")
    v40_vector: str = msgspec.field(name="V40Vector", default="")
    v2_score: float = msgspec.field(name="V2Score", default=0.0)
    v3_score: float = msgspec.field(name="V3Score", default=0.0)
    v40_score: float = msgspec.field(name="V40Score", default=0.0)


class Vulnerability(_Base, frozen=True):
    """An advisory that concerns a package."""

    id: str = msgspec.field(name="VulnerabilityID")
    pkg_name: str
    severity: str
    installed_version: str = ""
    pkg_identifier: Identifier = Identifier()
    pkg_path: str = ""
    vendor_ids: tuple[str, ...] = msgspec.field(name="VendorIDs", default=())
    fixed_version: str = ""
    status: str = "unknown"
    title: str = ""
    published_date: str = ""
    cwe_ids: tuple[str, ...] = msgspec.field(name="CweIDs", default=())
    vendor_severity: Mapping[str, int] = msgspec.field(default_factory=dict)
    cvss: Mapping[str, Score] = msgspec.field(name="CVSS", default_factory=dict)


class Cause(_Base, frozen=True):
    """Where a misconfiguration stands."""

    resource: str = ""
    """Its address, such as `aws_s3_bucket.logs`; where Trivy knows none, the file and the lines."""
    start_line: int = 0
    end_line: int = 0

    @property
    def address(self) -> str:
        """The address of a resource; empty where Trivy writes the lines instead."""
        return "" if _LINES.search(self.resource) else self.resource


class Misconfiguration(_Base, frozen=True):
    """A check of infrastructure code, passed or failed."""

    id: str = msgspec.field(name="ID")
    status: str
    severity: str
    title: str = ""
    message: str = ""
    namespace: str = ""
    cause_metadata: Cause = Cause()


class Secret(_Base, frozen=True):
    """A secret. Its `Match` is masked, and used for its length alone."""

    rule_id: str = msgspec.field(name="RuleID")
    severity: str
    start_line: int
    end_line: int
    title: str = ""
    match: str = ""
    offset: int = 0


class Result(_Base, frozen=True):
    """What Trivy says about one target."""

    target: str
    class_: str = msgspec.field(name="Class")
    type: str = ""
    packages: tuple[Package, ...] = ()
    vulnerabilities: tuple[Vulnerability, ...] = ()
    misconfigurations: tuple[Misconfiguration, ...] = ()
    secrets: tuple[Secret, ...] = ()

    @property
    def path(self) -> str | None:
        """The source file or folder under the inventory's name; None for anything else."""
        if self.target == COPY.rstrip("/"):
            return ""
        return self.target.removeprefix(COPY) if self.target.startswith(COPY) else None


class System(_Base, frozen=True):
    """The operating system that Trivy saw."""

    family: str
    name: str = ""
    eosl: bool = msgspec.field(name="EOSL", default=False)
    supplier: str = ""
    """Who rebuilt its packages, as a file in the image says."""


class Metadata(_Base, frozen=True):
    """What an image is."""

    os: System | None = msgspec.field(name="OS", default=None)
    image_id: str = msgspec.field(name="ImageID", default="")
    diff_ids: tuple[str, ...] = msgspec.field(name="DiffIDs", default=())


class Maker(_Base, frozen=True):
    """The Trivy that wrote a report."""

    version: str = ""


class Document(_Base, frozen=True):
    """A report. Without its first three fields it is none."""

    schema_version: int
    artifact_type: str
    created_at: str
    trivy: Maker = Maker()
    metadata: Metadata = Metadata()
    results: tuple[Result, ...] = ()

    def of_class(self, name: str) -> Iterator[Result]:
        """Yield the results of a class: os-pkgs, lang-pkgs, config or secret."""
        return (result for result in self.results if result.class_ == name)


def read(job: Job, reports: Reports, label: str, types: Collection[str] = _FILES) -> Document:
    """Decode a report of the Trivy that was started, or raise ToolError when it is none."""
    document = decode(take(reports, label), types)
    refuse_another(job, "trivy", document.trivy.version)
    return document


def decode(report: Report, types: Collection[str] = _FILES) -> Document:
    """Decode a report, or raise ToolError when it is not one of these types."""
    try:
        document = strict.decode(report.data, Document)
    except msgspec.DecodeError as exc:
        raise _foreign(report.label, str(exc)) from exc
    if document.schema_version != 2:  # noqa: PLR2004 -- the one version that is understood
        raise _foreign(report.label, f"SchemaVersion is {document.schema_version}, and 2 is due")
    if document.artifact_type not in types:
        raise _foreign(report.label, f"it speaks of a {document.artifact_type[:40]!r}")
    if types is _FILES and (astray := next(filter(_is_astray, document.results), None)):
        raise _foreign(report.label, f"it names {astray.target[:80]!r}, which it was not given")
    return document


def _is_astray(result: Result) -> bool:
    """Whether it speaks of a place outside of what was laid out: there it would go unheard."""
    target = result.target
    if target in (".", COPY.rstrip("/")):
        return False
    inside = target.startswith((COPY, _PLANTED)) and posixpath.normpath(target) == target
    return not (inside and target.isprintable())


def _foreign(label: str, why: str) -> ToolError:
    return ToolError(GapReason.TOOL_OUTPUT, f"{label} (trivy) is not the report that is due: {why}")


def redact(report: bytes) -> bytes:
    """Return a report for the bundle without the source lines, matches and variables in it.

    Lines around a finding may hold a secret that no rule knows.
    """
    return without(report, _QUOTES)
