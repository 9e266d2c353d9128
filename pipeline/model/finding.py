"""One defect, as everything after the parsers sees it."""

from enum import StrEnum
from typing import Final

import msgspec

from pipeline.model.severity import Confidence, Severity

SCHEMA: Final = "penstock/finding@1"


class Kind(StrEnum):
    """What sort of defect it is."""

    SAST = "sast"
    SCA = "sca"
    IAC = "iac"
    SECRET = "secret"  # noqa: S105 -- a kind of finding, not a password
    WORKFLOW = "workflow"
    DAST = "dast"
    COVERAGE = "coverage"


class State(StrEnum):
    """Whether the finding was there before. UNKNOWN until there is a history."""

    NEW = "new"
    EXISTING = "existing"
    UNKNOWN = "unknown"


class Location(msgspec.Struct, frozen=True, order=True):
    """A place in the repository: relative POSIX path, lines counted from 1."""

    path: str
    line: int
    end_line: int


class SeverityClaim(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What one source says about the severity."""

    source: str
    value: Severity
    vector: str | None = None
    score: float | None = None


def unversioned(purl: str) -> str:
    """Return a purl without version, qualifiers and subpath."""
    bare = purl.partition("#")[0].partition("?")[0]
    name = bare.rpartition("@")[0]
    return bare if not name or name.endswith("/") else name  # `pkg:npm/@scope/name`


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One defect. Made by `identity.new`, which computes `id` and `match_key`."""

    id: str
    group: str
    """Joins the same advisory and package version over targets; equals `id` elsewhere."""
    kind: Kind
    stage: str
    sources: tuple[str, ...]
    """The stages that reported it, the first being `stage`."""
    rule: str
    """CVE, else GHSA, else PYSEC, else other; elsewhere the tool's rule id without a path."""
    aliases: tuple[str, ...]
    """Every id of the alias group, sorted; empty where the rule is no advisory."""
    title: str
    message: str
    severity: Severity
    severity_assumed: bool = False
    severities: tuple[SeverityClaim, ...] = ()
    confidence: Confidence = Confidence.UNKNOWN
    cwes: tuple[str, ...] = ()
    target: str
    purl: str | None = None
    fix_versions: tuple[str, ...] | None = None
    """None when nobody knows; empty when it is known that there is no fix."""
    location: Location | None = None
    priority: str | None = None
    epss: float | None = None
    kev: bool | None = None
    """Listed as exploited by one of its CVEs. None: no catalogue was read, or it has no CVE."""
    kev_due: str | None = None
    """The earliest due date of its entries in the catalogue."""
    automatable: str | None = None
    """yes | no: whether attackers can automate it, as CISA says."""
    technical_impact: str | None = None
    """partial | total, as CISA says."""
    ssvc: str | None = None
    """The row of BOD 26-04, the strictest that is possible; None where the table says nothing."""
    ssvc_possible: tuple[str, ...] = ()
    """Where not all is known that the row rests on: every row that it may be, strictest first."""
    state: State = State.UNKNOWN
    first_seen: str | None = None
    """The day on which its clock starts; None where no history proves one."""
    known_since: str | None = None
    """A day on which it was there: it is at least so old, proven or not."""
    fix_available_at: str | None = None
    """The day on which its first fix appeared; None where it had one from the start."""
    advisory_published: str | None = None
    withdrawn: str | None = None
    """The day on which every advisory that speaks of it had been withdrawn."""
    suppressed_inline: bool = False
    verified: str | None = None
    """Secrets and sites: active, inactive, unknown."""
    exposure: str | None = None
    track_ids: tuple[str, ...] = ()
    match_key: str

    @property
    def path(self) -> str:
        """The repository path that rules and exceptions may name."""
        return self.location.path if self.location else self.target

    @property
    def package(self) -> str | None:
        """The purl without version and qualifiers."""
        if self.purl is None:
            return None
        return unversioned(self.purl)
