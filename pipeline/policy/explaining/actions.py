"""What can be done so that a verdict passes: records for reports to render."""

from typing import Final, TypeAlias

import msgspec

from pipeline.model.verdict import BudgetRecord, Decision, Unanswered


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """Who has to sign an exception."""

    needed: int
    """Different people; 0 where the policy asks for no signature."""
    roles: tuple[tuple[str, ...], ...]
    """One of each: a signer's roles have to satisfy every rule that the exception names."""
    holders: tuple[str, ...]
    """Who has such roles now, by roles.yaml; empty where there is none."""


class Upgrade(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="upgrade"):
    """Take a package to a version that mends findings, wherever it is wanted."""

    package: str
    """The purl without its version."""
    versions: tuple[str, ...]
    """As they are installed."""
    to: str
    targets: tuple[str, ...]
    commands: tuple[str, ...]
    """One for each target, in its order."""
    findings: tuple[str, ...]
    """Ids of those that it removes, whether they fail or not."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A package of an operating system, and the version that it has to reach."""

    name: str
    version: str
    to: str


class Rebuild(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="rebuild"):
    """Build an image again on packages of today."""

    image: str
    packages: tuple[Package, ...]
    commands: tuple[str, ...]
    findings: tuple[str, ...]


class Mend(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="mend"):
    """Change the source at a place."""

    finding: str
    rule: str
    place: str
    """`app/db.py:33`."""
    what: str

    @property
    def findings(self) -> tuple[str, ...]:
        """The one finding."""
        return (self.finding,)


class Except(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="except"):
    """File an exception, and have it approved."""

    vulnerability: str | None
    purl: str | None
    artifact: str | None
    match_key: str | None
    rules: tuple[str, ...]
    findings: tuple[str, ...]
    """Ids of the failing findings that it covers, as they are after the upgrades."""
    max_matches: int
    days: int
    """How long it may run."""
    priority: str
    """The most urgent among its findings: it sets days and approvals."""
    approval: Approval
    supersedes: str | None
    """The exception of the same target that it would renew."""
    same: bool = False
    """That one names the very version, rules and environment too: `exception renew` writes it."""

    @property
    def target(self) -> str:
        """What it would name, in a few words."""
        if self.match_key is not None:
            return f"match_key {self.match_key}"
        where = f" in {self.artifact}" if self.artifact else ""
        return f"{self.vulnerability} in {self.purl}{where}"


class Approve(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="approve"):
    """Sign an exception that is filed and not approved."""

    exception: str
    place: str
    findings: tuple[str, ...]
    approval: Approval


class Remove(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="remove"):
    """Delete the file of an exception that counts and helps nothing."""

    exception: str
    place: str
    why: str

    @property
    def findings(self) -> tuple[str, ...]:
        """It removes none."""
        return ()


Action: TypeAlias = Upgrade | Rebuild | Mend | Except | Approve | Remove
ORDER: Final = (Upgrade, Rebuild, Mend, Approve, Except, Remove)
"""What is done first: an exception is for what the changes leave."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about one finding, and what the gate says of it then."""

    actions: tuple[Action, ...]
    """All of them are needed."""
    left: tuple[str, ...]
    """Rules that still fail on it, and budgets that fail only then."""


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """The ways out of one finding; either is enough."""

    mending: Way | None = None
    """None where nobody knows what mends it."""
    excepting: Way | None = None
    no_exception: str = ""
    """Why no exception would hold; empty where one would."""


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """What no action of this plan can take away, and why."""

    finding: str | None
    """None for a budget."""
    name: str
    place: str
    why: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do, and what the gate says of the same evidence once it is done."""

    actions: tuple[Action, ...]
    """Upgrades, rebuilds, changes of the source, exceptions: in this order."""
    blocked: tuple[Blocked, ...]
    smallest: bool
    """No smaller set of such actions does it. False: there were too many ways to try."""
    after: Decision
    """The verdict with all actions done, given by the gate itself."""
    passes: bool
    """Nothing breaches the policy then; answers may still be missing."""
    unanswered: tuple[Unanswered, ...]
    """Required answers that no action of this kind can give."""
    budgets: tuple[BudgetRecord, ...]
    """As they are then."""
    report_only_until: str | None
    """The day until which breaches count as warnings: the plan is for that day."""
