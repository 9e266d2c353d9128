"""Turns what a VEX document claims into the beginning of an exception. People do the rest."""

from collections.abc import Iterable
from typing import Final, assert_never

import msgspec

from pipeline.errors import UsageError
from pipeline.exceptions.find import Sought, Target, target_of
from pipeline.exceptions.wanted import Wanted
from pipeline.model.finding import Finding
from pipeline.policy import purl as purls
from pipeline.policy.judging.cover import cves_of, ids_of, spelt
from pipeline.vex.read import Proposal

_SHOWN: Final = 10
_MOST_ACTION: Final = 500


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A claim about something that the bundle holds."""

    proposal: Proposal
    finding: Finding
    target: Target


def choose(
    proposals: tuple[Proposal, ...], findings: Iterable[Finding], sought: Sought | None
) -> Match:
    """Return the one claim that is meant. Raises UsageError for none and for several."""
    matches = _matches(proposals, findings)
    if sought is not None:
        matches = tuple(one for one in matches if _is_meant(one, sought))
    targets = {one.target for one in matches}
    if len(targets) == 1:
        return _agreed(matches)
    if not targets:
        raise UsageError(
            f"none of the document's {len(proposals)} claims is about a finding of the bundle"
            + (f" called {sought.name!r}" if sought else ""),
            hint="a claim names an advisory of the finding, and its package by purl",
        )
    lines = [f"{one.finding.id[:12]}  {one.target}: {one.proposal.status}" for one in matches]
    shown = lines[:_SHOWN]
    if len(lines) > _SHOWN:
        shown.append(f"and {len(lines) - _SHOWN} more")
    raise UsageError(
        "\n".join((f"the document makes claims about {len(targets)} targets:", *shown)),
        hint="name one by the id in front of it: each exception speaks of one target",
    )


def _matches(proposals: tuple[Proposal, ...], findings: Iterable[Finding]) -> tuple[Match, ...]:
    found = []
    for finding in findings:
        own = spelt(finding.purl or "")
        if own is None:
            continue
        for proposal in proposals:
            named = proposal.ids & (cves_of(finding) or ids_of(finding))
            if named and _same_package(proposal.purl, own):
                chosen = finding.rule.upper() if finding.rule.upper() in named else min(named)
                target = target_of(finding, Sought(name="", vulnerability=chosen))
                found.append(Match(proposal=proposal, finding=finding, target=target))
    return tuple(found)


def _same_package(claimed: str, own: str) -> bool:
    try:
        wanted, version = purls.normalised(claimed), purls.version_of(claimed)
    except ValueError:
        return False
    return own == wanted if version else purls.unversioned(own) == wanted


def _is_meant(match: Match, sought: Sought) -> bool:
    name = sought.name.strip()
    return match.finding.id.startswith(name.lower()) or name.upper() in ids_of(match.finding)


def _agreed(matches: tuple[Match, ...]) -> Match:
    """Return the claim that all make; where they differ nobody can say which one holds."""
    said = {(one.proposal.status, one.proposal.justification) for one in matches}
    if len(said) > 1:
        words = ", ".join(sorted(status for status, _ in said))
        raise UsageError(
            f"the document contradicts itself about {matches[0].target}: {words}",
            hint="ask its author, or write the exception without it",
        )
    return matches[0]


def prefill(wanted: Wanted, proposal: Proposal) -> Wanted:
    """Fill in what a claim says, where the person has said nothing. Never a reason, never a name.

    Raises UsageError for a claim that asks for no exception.
    """
    match proposal.status:
        case "not_affected":
            usual = msgspec.structs.replace(wanted, type=wanted.type or "not_affected")
            why = wanted.justification or proposal.justification or ""
            made = msgspec.structs.replace(usual, justification=why)
        case "affected":
            action = wanted.action or " ".join(proposal.statement.split())[:_MOST_ACTION]
            made = msgspec.structs.replace(wanted, action=action)
        case "fixed":
            raise UsageError(
                f"the document says that {proposal.vulnerability} is fixed, and the scan finds it",
                hint="upgrade to the fixed version; an exception would hide that it is not there",
            )
        case "under_investigation":
            raise UsageError(
                f"the document only says that {proposal.vulnerability} is being looked into",
                hint="write the exception without it, or wait for an answer",
            )
        case _:
            assert_never(proposal.status)
    return msgspec.structs.replace(made, evidence=wanted.evidence or proposal.source)
