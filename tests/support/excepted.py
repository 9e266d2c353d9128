"""A repository with a policy, people with real keys, and evidence: what exceptions are made of."""

import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pipeline.bundle.place import place
from pipeline.bundle.write import files_of
from pipeline.model.finding import Finding
from pipeline.model.outcome import Canary, Completed, StageEvidence, StageResult
from pipeline.model.record import RunRecord
from pipeline.model.verdict import PolicySource, Subject
from pipeline.policy.case import Case
from pipeline.policy.judging.gate import judge
from pipeline.policy.loading.load import load
from pipeline.runner.run import facts_of
from pipeline.stages import STAGES
from tests.support.command import Ran, penstock

GATE: Final = """# yaml-language-server: $schema=../schemas/gate-policy-v1.schema.json
apiVersion: penstock/v1
kind: GatePolicy
metadata: {name: test}
evidence: {stages: {semgrep: {required: always}, pip-audit: {required: when_present}}}
priorities:
  - {priority: P0, title: Critical, match: {severity: [critical]}}
  - {priority: P1, title: High, match: {severity: [high]}}
  - {priority: P2, title: Medium, match: {severity: [medium]}}
rules:
  - id: R-P0
    title: No P0 open
    match: {priority: [P0]}
    effect: fail
    exception_roles: [ciso]
  - id: R-HIGH
    title: No critical or high
    match: {severity: [critical, high], kind: [sca, sast]}
    effect: fail
    exception_roles: [security]
  - id: R-CLOSED
    title: No infrastructure of high severity
    match: {kind: [iac], severity: [high]}
    effect: fail
    exception_roles: []
  - {id: R-MEDIUM, title: Medium is reported, match: {severity: [medium]}, effect: warn}
budgets:
  - {id: BUD-001, title: Fewer than 5 outstanding, count: exceptions_active, lt: 5, effect: fail}
  - {id: BUD-002, title: Renewed twice, count: exceptions_renewed_gt_2, lt: 1, effect: fail}
exceptions:
  approvals: {default: 1, P0: 2}
  max_days: {P0: 7, P1: 30, P2: 90, P3: 180}
  ticket_pattern: '^SEC-\\d+$'
"""
ROLES: Final = """apiVersion: penstock/v1
kind: Roles
roles:
  security:
    members: [alice@example.com, bob@example.com, erin@example.com]
    can: [approve_exception]
  ciso: {members: [carol@example.com, alice@example.com], can: [approve_exception]}
  developer: {members: ["*"], can: [request_exception]}
"""
PEOPLE: Final = ("alice", "bob", "carol", "erin", "mallory")
SAID: Final = (
    *("--owner", "dave@example.com", "--requester", "erin@example.com", "--ticket", "SEC-482"),
    "--reason",
    "Only operators write these templates, and the upgrade waits for the reporting service.",
)
"""All that people have to say, but the end."""


class Workshop:
    """A git repository with a policy, and keys outside of it."""

    def __init__(self, path: Path, *, gate: str = GATE, people: Iterable[str] = PEOPLE) -> None:
        self.path = path / "repository"
        self.keys = path / "keys"
        self.path.mkdir(parents=True)
        self.keys.mkdir()
        self.write("policies/gate.yaml", gate)
        self.write("policies/roles.yaml", ROLES)
        self.write("policies/allowed_signers", "".join(self._enlist(who) for who in people))
        self.git("init", "-q", "-b", "main")
        self.commit()

    def _enlist(self, who: str) -> str:
        return f"{who}@example.com {self.key(who).with_suffix('.pub').read_text()}"

    def key(self, who: str) -> Path:
        """Return somebody's private key, made at first use."""
        path = self.keys / who
        if not path.exists():
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", who, "-f", path], check=True
            )
        return path

    def git(self, *arguments: str, author: str = "ci@example.com") -> str:
        own = ["-c", "user.name=a", "-c", f"user.email={author}", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *own, *arguments], cwd=self.path, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, author: str = "ci@example.com") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change", author=author)
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def exceptions(self) -> list[str]:
        folder = self.path / "policies/exceptions"
        return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []

    def bundle(
        self, *findings: Finding, env: str = "pr", out: str = ".penstock", **fields: Any
    ) -> Path:
        """Leave evidence of these findings, judged by the policy as it stands."""
        place(self.path / out, bundle_files(self.policy_files(), *findings, env=env, **fields))
        return self.path / out

    def policy_files(self) -> dict[str, bytes]:
        folder = self.path / "policies"
        files = (one for one in folder.rglob("*") if one.is_file())
        return {one.relative_to(folder).as_posix(): one.read_bytes() for one in files}

    def exception(self, *arguments: str | Path, extra: Mapping[str, str] | None = None) -> Ran:
        """Run `penstock exception …` here."""
        return penstock("exception", *arguments, cwd=self.path, extra=extra)

    def approve(self, ident: str, who: str, *arguments: str) -> Ran:
        return self.exception("approve", ident, "--key", self.key(who), "--yes", *arguments)


def evidence(**outcomes: Completed) -> tuple[StageEvidence, ...]:
    """Let every stage answer, without a feed that could grow old while the tests stay."""
    named = {name.replace("_", "-"): outcome for name, outcome in outcomes.items()}
    usual = Completed(asked=1, answered=1, gaps=(), canary=Canary.FOUND)
    return tuple(StageEvidence(stage=stage, outcome=named.get(stage, usual)) for stage in STAGES)


def bundle_files(
    policy: Mapping[str, bytes],
    *findings: Finding,
    env: str = "pr",
    now: datetime | None = None,
    stages: tuple[StageEvidence, ...] | None = None,
) -> dict[str, bytes]:
    """Write what a run with these findings would leave."""
    loaded = load(policy, stages=tuple(STAGES), where="working-tree:policies")
    instant = now or datetime.now(UTC).replace(microsecond=0)
    source = PolicySource(
        name=loaded.name, digest=loaded.digest, source="working-tree:policies", trusted=False
    )
    answered = evidence() if stages is None else stages
    case = Case(
        policy=loaded,
        source=source,
        environment=env,
        now=instant,
        subject=Subject(commit=None, tree=None, dirty=None, images=()),
        stages=answered,
        findings=tuple(sorted(findings, key=lambda one: one.id)),
        gaps=(),
    )
    judged = judge(case)
    record = RunRecord(
        penstock="0.1.0",
        target="shop",
        started=instant.isoformat().replace("+00:00", "Z"),
        seconds=1.0,
        settings=(),
        results=tuple(StageResult(evidence=one) for one in answered),
        gaps=(),
        findings=judged.findings,
        verdict=judged.verdict,
        required=judged.required,
        interrupted=False,
        bundle=".penstock",
    )
    return files_of(
        record, judged_by=facts_of(case), policy=policy, raw={}, reports={}, inventory="sha256:1"
    )
