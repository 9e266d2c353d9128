"""What somebody wants excepted, as far as they have said."""

from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec

USUAL_TYPE: Final = "risk_acceptance"
TYPES: Final = ("risk_acceptance", "false_positive", "not_affected", "mitigated")
JUSTIFICATIONS: Final = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that no bundle can tell. None and nothing: not said."""

    owner: str = ""
    requester: str = ""
    ticket: str = ""
    reason: str = ""
    created: date
    expires: date | None = None
    not_before: date | None = None
    type: str = ""
    """Empty: a risk acceptance."""
    rules: tuple[str, ...] = ()
    """None: every rule that fails on it."""
    environments: tuple[str, ...] = ()
    """None: all."""
    paths: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    evidence: str | None = None
    justification: str = ""
    action: str = ""

    def missing(self) -> Iterator[str]:
        """Yield the fields that have to be said and were not."""
        for name in ("owner", "requester", "ticket", "reason"):
            if not getattr(self, name).strip():
                yield name
        if self.expires is None:
            yield "expires"
        if self.type == "not_affected" and not self.justification:
            yield "justification"


OPTIONS: Final = {
    "owner": "--owner",
    "requester": "--requester",
    "ticket": "--ticket",
    "reason": "--reason or --reason-file",
    "expires": "--expires or --days",
    "justification": "--justification",
}
"""By what a missing field is said on the command line."""
