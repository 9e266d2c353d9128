"""CPU seconds of the gate: 100,000 decoded findings, 12 rules, 1,000 exceptions; budget 2 s."""

import argparse
import statistics
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.model.artifact import Feed  # noqa: E402 -- the path has to be set first
from pipeline.model.finding import Finding, Kind, State  # noqa: E402
from pipeline.model.identity import new  # noqa: E402
from pipeline.model.outcome import Canary, Completed, StageEvidence  # noqa: E402
from pipeline.model.severity import Confidence, Severity  # noqa: E402
from pipeline.model.verdict import PolicySource, Subject, Verdict  # noqa: E402
from pipeline.policy.case import Case  # noqa: E402
from pipeline.policy.judging.gate import judge  # noqa: E402
from pipeline.policy.loading.load import load  # noqa: E402

STAGES: Final = (
    "semgrep", "pip-audit", "image", "config", "secrets", "packages", "workflows", "sbom",
)  # fmt: skip
NOW: Final = datetime(2026, 11, 25, 12, tzinfo=UTC)
BUDGET: Final = 2.0
FINDINGS: Final = 100_000
EXCEPTIONS: Final = 1_000
SEVERITIES: Final = tuple(Severity)
MORE_RULES: Final = """
  - {id: B-1, title: b, effect: warn, match: {path: ['tests/**', 'docs/**']}}
  - {id: B-2, title: b, effect: warn, match: {package: ['pkg:pypi/p1', 'pkg:pypi/p2*']}}
"""
EXCEPTION: Final = """apiVersion: penstock/v1
kind: Exception
id: EX-{n:04}
rules: [GATE-002]
target: {{vulnerability: CVE-2026-{n}, purl: 'pkg:pypi/p{n}@1.{n}'}}
owner: dave@example.com
requester: erin@example.com
ticket: SEC-{n}
reason: The upgrade waits for the reporting service, whose next release is due before this ends.
created: {created}
expires: {expires}
max_matches: 900
"""


def policy_files() -> dict[str, bytes]:
    """Make the default policy with 12 rules and exceptions that need no signature."""
    text = (ROOT / "policies" / "gate.yaml").read_text()
    text = text.replace("approvals: {default: 1, P0: 2}", "approvals: {default: 0}")
    text = text.replace("\n# --- counts over", MORE_RULES + "\n# --- counts over", 1)
    files = {"gate.yaml": text.encode()}
    dates = {"created": date(2026, 11, 20), "expires": date(2026, 11, 20) + timedelta(days=20)}
    for number in range(EXCEPTIONS):
        files[f"exceptions/EX-{number:04}.yaml"] = EXCEPTION.format(n=number, **dates).encode()
    return files


def finding(number: int) -> Finding:
    """Make one of the findings: mostly packages, in many manifests, some of them excepted."""
    package = number % 2_000
    code = number % 5 == 0
    path = f"app/m{number % 900}.py"
    return new(
        kind=Kind.SAST if code else Kind.SCA,
        stage="semgrep" if code else "pip-audit",
        rule=f"rule-{number % 40}" if code else f"CVE-2026-{package}",
        target=path if code else f"services/s{number}/requirements.txt",
        purl=None if code else f"pkg:pypi/p{package}@1.{package}",
        fingerprint=str(number),
        title="t",
        message="m",
        severity=SEVERITIES[number % len(SEVERITIES)],
        confidence=Confidence.HIGH,
        aliases=() if code else (f"CVE-2026-{package}", f"GHSA-{package}"),
        state=State.EXISTING,
        epss=None if code else (number % 100) / 100,
        kev=None if code else False,
        advisory_published=None if code else "2026-11-20",
    )


def case(findings: int = FINDINGS) -> Case:
    """Make the whole case."""
    policy = load(policy_files(), stages=STAGES, where="policies")
    feed = Feed(
        name="osv", path="", digest="", updated="2026-11-25T00:00:00Z", excerpt=False, records=1
    )
    done = Completed(asked=10, answered=10, gaps=(), canary=Canary.FOUND)
    return Case(
        policy=policy,
        source=PolicySource(name=policy.name, digest=policy.digest, source="wheel", trusted=True),
        environment="pr",
        now=NOW,
        subject=Subject(commit=None, tree=None, dirty=None, images=()),
        stages=tuple(StageEvidence(stage=name, outcome=done, feeds=(feed,)) for name in STAGES),
        findings=tuple(finding(number) for number in range(findings)),
        gaps=(),
    )


def _timed(judged: Case) -> tuple[float, Verdict]:
    started = time.process_time()
    verdict = judge(judged).verdict
    return time.process_time() - started, verdict


def main() -> int:
    """Print the seconds; 1 when the median is over the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slack", type=float, default=1.0, help="factor on the budget (CI: 2)")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    started = time.process_time()
    load(policy_files(), stages=STAGES, where="policies")
    loading = time.process_time() - started
    judged = case()
    timed = [_timed(judged) for _ in range(arguments.runs)]
    median = statistics.median(seconds for seconds, _ in timed)
    verdict = timed[-1][1]
    limit = BUDGET * arguments.slack
    print(f"load    {loading:6.2f} s CPU  {EXCEPTIONS} exceptions")
    print(
        f"judge   {median:6.2f} s CPU  {FINDINGS} findings, {len(judged.policy.rules)} rules, "
        f"{len(verdict.breaches)} breaches, {len(verdict.excepted)} excepted; budget {limit:g} s"
    )
    return int(median > limit)


if __name__ == "__main__":
    sys.exit(main())
