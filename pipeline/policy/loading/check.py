"""What an exception must be, beyond its shape: exact, owned, explained, dated, allowed."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from pipeline.model.artifact import sha256_of
from pipeline.model.severity import RANK, Severity
from pipeline.policy import purl
from pipeline.policy.artifact import repository
from pipeline.policy.globs import says_nothing, wild
from pipeline.policy.loading.exception_document import ExceptionDocument, TargetTable
from pipeline.policy.loading.located import fault, near
from pipeline.policy.loading.yaml import Document
from pipeline.policy.model import ENVIRONMENTS, Condition, PolicyException, Rule, Vex
from pipeline.policy.roles import unclear

_WORD: Final = re.compile(r"\w+")
_FEWEST_LETTERS: Final = 8
HOW_TO_NAME: Final = "write one e-mail address, such as erin@example.com"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy allows an exception to be."""

    rules: Mapping[str, Rule]
    ticket: re.Pattern[str]
    min_reason: int
    longest: int
    """Days, for the priority that allows most."""
    max_matches: int


def policy_exception(
    said: ExceptionDocument, document: Document, stem: str, terms: Terms
) -> PolicyException:
    """Check an exception and return it as the gate uses it. Raises UsageError with the place."""
    if said.id != stem:
        raise fault(document, ("id",), f"the id {said.id} is not the file's name, {stem}")
    _rules(said, document, terms)
    _target(said.target, document)
    _dates(said, document, terms)
    _words(said, document, terms)
    target = said.target
    return PolicyException(
        id=said.id,
        rules=tuple(sorted(set(said.rules))),
        vulnerability=target.vulnerability.upper() if target.vulnerability else None,
        purl=purl.normalised(target.purl) if target.purl else None,
        artifact=target.artifact,
        match_key=target.match_key,
        environments=tuple(target.environments or ENVIRONMENTS),
        paths=tuple(sorted(set(target.paths))),
        max_matches=said.max_matches or terms.max_matches,
        approved_at_severity=_approved_at(said, document, terms),
        approved_without_fix=said.approved_without_fix,
        owner=said.owner,
        requester=said.requester,
        ticket=said.ticket,
        reason=said.reason,
        created=said.created,
        not_before=said.not_before or said.created,
        expires=said.expires,
        renewals=0,
        place=document.where(("id",)),
        type=said.type,
        compensating_controls=tuple(said.compensating_controls),
        evidence=said.evidence,
        supersedes=said.supersedes,
        vex=_vex(said, document),
        digest=sha256_of(document.text.encode()),
    )


def _rules(said: ExceptionDocument, document: Document, terms: Terms) -> None:
    for index, name in enumerate(said.rules):
        path = ("rules", index)
        if name not in terms.rules:
            raise fault(document, path, f"there is no rule {name}", near(name, terms.rules))
        if not terms.rules[name].exception_roles:
            raise fault(document, path, f"{name} allows no exception (exception_roles: [])")


def _target(target: TargetTable, document: Document) -> None:
    by_package = target.vulnerability is not None or target.purl is not None
    if by_package == (target.match_key is not None):
        raise fault(
            document, ("target",), "name either vulnerability and purl, or match_key, and not both"
        )
    if by_package:
        _package(target, document)
    elif target.artifact is not None:
        raise fault(document, ("target", "artifact"), "a match_key needs no artifact")
    for index, glob in enumerate(target.paths):
        if says_nothing(glob):
            raise fault(document, ("target", "paths", index), f"{glob!r} would cover everything")


def _package(target: TargetTable, document: Document) -> None:
    if target.vulnerability is None or target.purl is None:
        missing = "purl" if target.purl is None else "vulnerability"
        raise fault(document, ("target",), f"{missing} is missing: both name the finding")
    for field in ("purl", "artifact"):
        if wild(str(getattr(target, field) or "").partition("?")[0]):
            raise fault(document, ("target", field), "a wildcard is no exact target")
    try:
        version = purl.version_of(target.purl)
    except ValueError as exc:
        raise fault(document, ("target", "purl"), str(exc)) from exc
    if not version:
        raise fault(document, ("target", "purl"), "the version is missing (…@1.2.3)")
    artifact = target.artifact
    if artifact and not artifact.startswith("sha256:") and repository(artifact) != artifact:
        raise fault(
            document, ("target", "artifact"), "name the repository without a tag, or a digest alone"
        )


def _dates(said: ExceptionDocument, document: Document, terms: Terms) -> None:
    start = said.not_before or said.created
    if said.expires <= said.created or said.expires <= start or start < said.created:
        raise fault(document, ("expires",), "it must come after created and not_before")
    days = (said.expires - said.created).days
    if days > terms.longest:
        raise fault(
            document, ("expires",), f"{days} days; the policy allows {terms.longest} at the most"
        )


def _approved_at(said: ExceptionDocument, document: Document, terms: Terms) -> Severity:
    """Take the lowest severity that its rules ask for where the file says none.

    Else nothing would end an exception whose finding becomes more severe than anybody approved.
    """
    if said.approved_at_severity is not None:
        return Severity(said.approved_at_severity)
    matches = [terms.rules[name].match for name in said.rules]
    words = (word for match in matches for one in match for word in _severities(one))
    least = min(words, key=RANK.__getitem__, default=None)
    if least is None:
        raise fault(
            document,
            ("rules",),
            "approved_at_severity is missing, and these rules ask for no severity: nothing would "
            "end the exception when its finding becomes more severe",
            "write the severity that is approved, such as approved_at_severity: high",
        )
    return least


def _severities(one: Condition) -> tuple[Severity, ...]:
    """Return the known severities that a condition lets through."""
    words = one.words if one.field == "severity" else ()
    return tuple(Severity(word) for word in words if word != Severity.UNKNOWN)


def _words(said: ExceptionDocument, document: Document, terms: Terms) -> None:
    if told := ticket_fault(said.ticket, terms.ticket):
        raise fault(document, ("ticket",), told)
    if told := unclear(said.requester):
        raise fault(document, ("requester",), told, HOW_TO_NAME)
    if told := reason_fault(said.reason, terms.min_reason):
        raise fault(document, ("reason",), told)


def ticket_fault(ticket: str, pattern: re.Pattern[str]) -> str:
    """Say what is wrong with a ticket; nothing where it is one."""
    if pattern.fullmatch(ticket) is not None:
        return ""
    return f"{ticket!r} does not match {pattern.pattern}"


def reason_fault(reason: str, fewest: int) -> str:
    """Say why a text is no reason; nothing where it may be one."""
    text = " ".join(reason.split())
    if len(text) < fewest:
        many = f"{len(text)} character{'' if len(text) == 1 else 's'}"
        return f"{many}; the policy asks for {fewest} at the least"
    words = [word.lower() for word in _WORD.findall(text)]
    repeated = len(words) > 1 and 2 * len(set(words)) <= len(words)
    if repeated or len(set(text.lower())) < _FEWEST_LETTERS:
        return "it repeats itself instead of giving a reason"
    return ""


def _vex(said: ExceptionDocument, document: Document) -> Vex | None:
    if said.vex is None:
        return None
    clean = said.vex.status in ("not_affected", "fixed")
    if clean and said.type in ("risk_acceptance", "mitigated"):
        raise fault(
            document, ("vex", "status"), f"a {said.type} is a decision, so the product is affected"
        )
    if said.vex.status == "affected" and not said.vex.action_statement:
        raise fault(document, ("vex",), "affected needs an action_statement")
    if said.vex.status == "not_affected" and not said.vex.justification:
        raise fault(document, ("vex",), "not_affected needs a justification")
    return Vex(
        status=said.vex.status,
        justification=said.vex.justification,
        action_statement=said.vex.action_statement,
    )
