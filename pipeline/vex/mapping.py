"""What may be said to others of an exception. In doubt it says `affected`: that hides nothing."""

from typing import Final, assert_never

import msgspec

from pipeline.vex.model import ExceptionType, Status

_UNTIL: Final = "Accepted until {expires}; to be fixed or decided again by then."
_UPGRADE: Final = "Upgrade to {fix}."
_ENDED: Final = "An earlier exception has ended; to be fixed."


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """An exception, as far as it concerns what is said to others.

    Reason, ticket, owner and controls are not here: they are not written for others to read.
    """

    type: ExceptionType
    in_force: bool
    """Active and approved. Nothing else may make a finding disappear elsewhere."""
    justification: str | None
    action: str
    """`vex.action_statement`, or empty."""
    has_evidence: bool
    doubt: str = ""
    """What else keeps the claim from being made."""
    expires: str
    fix: str
    """The version that mends it, or empty."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What comes of it."""

    status: Status
    justification: str | None = None
    action: str = ""
    weakened: str = ""
    """Why it says less than its file asks for; empty where it says the same."""


def said(one: Decision) -> Said:
    """Return what is said of an exception. `not_affected` is earned, never a default."""
    if not one.in_force:
        return _affected(one, _ENDED)
    match one.type:
        case "risk_acceptance" | "mitigated":
            return _affected(one, _UNTIL.format(expires=one.expires))
        case "false_positive" | "not_affected":
            return _not_affected(one)
        case _:
            assert_never(one.type)


def _not_affected(one: Decision) -> Said:
    missing = one.doubt
    if one.justification is None:
        missing = "it gives no vex.justification"
    elif one.type == "not_affected" and not one.has_evidence:
        missing = "it names no evidence"
    if missing:
        return Said(status="under_investigation", weakened=missing)
    return Said(status="not_affected", justification=one.justification)


def _affected(one: Decision, otherwise: str) -> Said:
    """Say what is done about it: a statement without an action would not be valid."""
    upgrade = _UPGRADE.format(fix=one.fix) if one.fix else ""
    if one.in_force:
        return Said(status="affected", action=one.action or upgrade or otherwise)
    return Said(status="affected", action=upgrade or otherwise)
