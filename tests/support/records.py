"""Makes records for tests: a small run with one of everything that a report must show."""

from pipeline.model import identity
from pipeline.model.finding import Finding, Kind, Location, SeverityClaim
from pipeline.model.gap import Gap, GapClass, GapReason
from pipeline.model.outcome import (
    Canary,
    Completed,
    Failed,
    Skipped,
    SkipReason,
    StageEvidence,
    StageResult,
    Usage,
)
from pipeline.model.record import RunRecord
from pipeline.model.severity import Severity
from pipeline.model.verdict import (
    Breach,
    BreakGlassRecord,
    BudgetRecord,
    Decision,
    Excepted,
    ExceptionRecord,
    ExceptionStatus,
    Grace,
    PolicySource,
    Subject,
    Unanswered,
    Verdict,
)

HOSTILE = (
    "::error::x\n##[error]y\x1b[31m\u202e<script>alert(1)</script>|`[a](http://evil.example)@org"
)


def sast(
    number: int = 1, *, severity: Severity = Severity.HIGH, title: str = "SQL is built from text"
) -> Finding:
    return identity.new(
        kind=Kind.SAST,
        stage="semgrep",
        rule=f"penstock.python.rule-{number}",
        target="app/db.py",
        fingerprint=f"{number}",
        title=title,
        message="Use parameters.",
        severity=severity,
        cwes=("CWE-89",),
        location=Location("app/db.py", number, number),
        priority="P1",
    )


def sca(*, title: str = "A sandbox escape") -> Finding:
    return identity.new(
        kind=Kind.SCA,
        stage="pip-audit",
        rule="CVE-2019-10906",
        aliases=("CVE-2019-10906", "GHSA-462w-v97r-4m45"),
        target="requirements.txt",
        purl="pkg:pypi/jinja2@2.10",
        title=title,
        message="",
        severity=Severity.HIGH,
        severity_assumed=True,
        severities=(SeverityClaim(source="ghsa", value=Severity.HIGH),),
        fix_versions=("2.10.1",),
        priority="P1",
    )


def usage(seconds: float = 1.5) -> Usage:
    return Usage(
        seconds=seconds,
        cpu_seconds=seconds,
        max_rss_mb=100.0,
        exit_code=0,
        command=("/tool",),
        stderr_tail="",
    )


def record(*findings: Finding, decision: Decision = Decision.FAIL, hostile: str = "") -> RunRecord:
    """A run with a completed, a failed and a skipped stage, an exception, a budget and gaps."""
    shown = findings or (sast(title=hostile or "SQL is built from text"), sca())
    text = hostile or "no answer in time"
    gap = Gap(
        stage="semgrep", target=hostile or "app/big.py", reason=GapReason.TIMEOUT, detail=text
    )
    results = (
        StageResult(
            evidence=StageEvidence(
                stage="semgrep",
                outcome=Completed(asked=2, answered=1, gaps=(gap,), canary=Canary.FOUND),
            ),
            usage=(usage(),),
        ),
        StageResult(
            evidence=StageEvidence(
                stage="pip-audit",
                outcome=Failed(asked=3, reason=GapReason.TOOL_FAILED, message=text),
            )
        ),
        StageResult(
            evidence=StageEvidence(
                stage="image",
                outcome=Skipped(why=SkipReason.NOT_APPLICABLE, asked=0, inventory="sha256:0"),
            )
        ),
    )
    return RunRecord(
        penstock="0.1.0",
        target=hostile or "examples/shop",
        started="2026-11-22T12:00:00Z",
        seconds=4.2,
        settings=(),
        results=results,
        gaps=(),
        findings=tuple(sorted(shown, key=lambda one: one.id)),
        verdict=verdict(*shown, decision=decision, hostile=hostile),
        required=(("semgrep", "always"), ("pip-audit", "when_present"), ("image", "when_present")),
        interrupted=False,
        bundle=".penstock",
    )


def verdict(*findings: Finding, decision: Decision, hostile: str = "") -> Verdict:
    text = hostile or "no answer in time"
    return Verdict(
        verdict=decision,
        exit_code=int(decision.exit),
        environment="pr",
        now="2026-11-22T12:00:00Z",
        subject=Subject(commit="3f2a" * 10, tree=None, dirty=True, images=()),
        policy=PolicySource(
            name="shop", digest="sha256:0", source="working-tree:policies", trusted=False
        ),
        demo=True,
        breaches=(
            *(
                Breach(rule="GATE-002", finding=one.id, certain=True, message=hostile or "No high")
                for one in findings
            ),
            Breach(rule="BUD-001", finding=None, certain=True, message="too many exceptions"),
        ),
        warnings=(Breach(rule="GATE-090", finding=findings[0].id, certain=True, message="medium"),),
        grace=(Grace(rule="GATE-002", finding=findings[0].id, until="2026-11-29"),),
        excepted=(
            Excepted(exception="EX-2026-0007", finding=findings[-1].id, rules=("GATE-002",)),
        ),
        exceptions=(
            ExceptionRecord(
                id="EX-2026-0007",
                status=ExceptionStatus.ACTIVE,
                matches=1,
                expires="2026-12-10",
                reason=hostile,
                approved_by=(hostile or "alice@example.com",),
            ),
        ),
        budgets=(
            BudgetRecord(id="BUD-001", value=6, limit=5, breached=True, count="exceptions_active"),
        ),
        break_glass=(
            BreakGlassRecord(
                id="BG-2026-0001",
                status="accepted",
                reason=text,
                commit="3f2a" * 10,
                expires="2026-11-23T09:00:00Z",
                approved_by=(hostile or "carol@example.com",),
            ),
        ),
        unanswered=(
            Unanswered(
                stage="semgrep",
                target=hostile or "app/big.py",
                gap_class=GapClass.EVIDENCE,
                reason=GapReason.TIMEOUT,
                detail=text,
            ),
            Unanswered(
                stage=None,
                target=None,
                gap_class=GapClass.INTEGRITY,
                reason=GapReason.BASE_MISSING,
                detail=text,
            ),
        ),
        tolerated=(
            Unanswered(
                stage="semgrep",
                target=hostile or "vendor/**",
                gap_class=GapClass.EVIDENCE,
                reason=GapReason.EXCLUDED,
                detail=hostile or "allowed until 2027-01-01, dave@example.com: a copy of others",
            ),
        ),
    )
