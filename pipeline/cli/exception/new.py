"""`penstock exception new`: from a finding of a bundle to a file that the policy accepts."""

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from pipeline.bundle.read import read as read_bundle
from pipeline.cli import options
from pipeline.cli.exception import ask, places, words
from pipeline.cli.exception import new_view as view
from pipeline.cli.terminal import streams
from pipeline.errors import PenstockError, UsageError
from pipeline.exceptions import asking, files, proposal, terms
from pipeline.exceptions.draft import Reach, draft_of, reach, refuse_twin, schema_of
from pipeline.exceptions.find import Sought, Target, find
from pipeline.exceptions.ids import next_id
from pipeline.exceptions.proof import Proof, prove
from pipeline.exceptions.text import Draft, written
from pipeline.exceptions.waiting import waiting
from pipeline.exceptions.wanted import Wanted
from pipeline.model.finding import Finding
from pipeline.model.verdict import ExceptionStatus
from pipeline.policy.case import Case
from pipeline.policy.model import Policy, PolicyException
from pipeline.vex.read import Proposal, proposals

_TRIES: Final = 20


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The command line as typed."""

    finding: str | None
    bundle: Path
    purl: str | None
    vulnerability: str | None
    rules: tuple[str, ...]
    owner: str | None
    requester: str | None
    ticket: str | None
    reason: str | None
    reason_file: str | None
    expires: str | None
    days: int | None
    not_before: str | None
    type: str | None
    environments: tuple[str, ...]
    paths: tuple[str, ...]
    controls: tuple[str, ...]
    evidence: Path | None
    justification: str | None
    action: str | None
    from_vex: Path | None
    policy: str | None
    out: Path | None


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as it will stand, and the policy with it."""

    draft: Draft
    data: bytes
    policy: Policy
    exception: PolicyException


def run(asked: Asked) -> None:
    """Draft, refuse or write, and tell what comes of it."""
    from pipeline.cli.app import now as clock
    from pipeline.cli.terminal.output import quiet_stdout

    quiet_stdout()
    now = clock()
    wanted = _wanted(asked, now)
    place = places.find(asked.policy, environment=options.surroundings(), now=now)
    stored = read_bundle(asked.bundle)
    case = place.case(stored, now=now)
    finding, target, wanted = _meant(asked, case, wanted)
    reached = reach(case, finding, target, wanted)
    refuse_twin(case, reached.target, reached.rules)
    wanted = _said(wanted, reached)
    folder = asked.out or place.exceptions
    made, proof, path = _write(folder, place, reached, wanted)
    if folder.resolve() != place.exceptions.resolve():
        ask.Terminal().tell(
            f"note: a file in {folder} excepts nothing until it lies in"
            f" {words.here(place.exceptions)}"
        )
    after = msgspec.structs.replace(reached.case, policy=made.policy)
    streams.say_lines(
        view.lines(
            words.here(path.absolute()),
            made.exception,
            reached,
            proof,
            waiting(after, made.exception, reached.scope.findings),
        )
    )


def _wanted(asked: Asked, now: datetime) -> Wanted:
    today = now.date()
    return Wanted(
        owner=asked.owner or "",
        requester=asked.requester or "",
        ticket=asked.ticket or "",
        reason=words.reason(asked.reason, asked.reason_file),
        created=today,
        expires=words.expiry(asked.expires, asked.days, today),
        not_before=words.day("--not-before", asked.not_before),
        type=asked.type or "",
        rules=asked.rules,
        environments=tuple(dict.fromkeys(asked.environments)),
        paths=tuple(dict.fromkeys(asked.paths)),
        controls=asked.controls,
        evidence=words.digest(asked.evidence),
        justification=asked.justification or "",
        action=asked.action or "",
    )


def _claims(file: Path) -> tuple[Proposal, ...]:
    try:
        return proposals(words.content("--from-vex", file))
    except UsageError as exc:
        raise UsageError(
            f"--from-vex {file}: {exc.message}" if str(file) not in exc.message else exc.message,
            hint=exc.hint or "name an OpenVEX or a CycloneDX document",
        ) from exc


def _meant(asked: Asked, case: Case, wanted: Wanted) -> tuple[Finding, Target, Wanted]:
    """Find what the exception shall speak of: by name, or by what a VEX document claims."""
    sought = None
    if asked.finding is not None:
        sought = Sought(name=asked.finding, purl=asked.purl, vulnerability=asked.vulnerability)
    if asked.from_vex is not None:
        claims = _claims(asked.from_vex)
        match = proposal.choose(claims, case.findings, sought)
        return match.finding, match.target, proposal.prefill(wanted, match.proposal)
    if sought is None:
        raise UsageError(
            "name a finding",
            hint="its id, or a CVE and --purl; `penstock explain BUNDLE --verdict` shows the worst",
        )
    return *find(case.findings, sought), wanted


def _said(wanted: Wanted, reached: Reach) -> Wanted:
    """Ask for what is missing where somebody can answer; refuse what the policy forbids."""
    said = terms.Terms(policy=reached.case.policy, priority=reached.scope.priority)
    if any(wanted.missing()) and ask.at_terminal():
        terms.refuse_wrong(wanted, said)
        person = ask.Terminal()
        for line in view.about(reached):
            person.tell(line)
        wanted = asking.fill(wanted, said, person)
    terms.check(wanted, said)
    return wanted


def _write(
    folder: Path, place: places.Place, reached: Reach, wanted: Wanted
) -> tuple[Written, Proof, Path]:
    """Prove the file, then write it; another id where somebody else took this one meanwhile."""
    taken: list[str] = []
    for _ in range(_TRIES):
        names = (*places.names(place, folder), *taken)
        ident = next_id(wanted.created.year, names)
        made = _made(ident, place, reached, wanted)
        proof = _proven(made, reached)
        path = folder / f"{ident}.yaml"
        files.folder(folder)
        try:
            files.create(path, made.data)
        except files.TakenError:
            taken.append(path.name)
            continue
        return made, proof, path
    raise PenstockError(f"every id that was tried in {folder} is taken", hint="try again")


def _made(ident: str, place: places.Place, reached: Reach, wanted: Wanted) -> Written:
    draft = draft_of(ident, reached, wanted, schema=schema_of(place.source.files["gate.yaml"]))
    data = written(draft)
    policy = place.with_file(f"{ident}.yaml", data)
    return Written(draft=draft, data=data, policy=policy, exception=places.loaded(policy, ident))


def _proven(made: Written, reached: Reach) -> Proof:
    """Refuse to write a file that would except nothing, whoever approved it."""
    proof = prove(reached.case, made.policy, made.exception, reached.scope.findings)
    useful = (ExceptionStatus.ACTIVE, ExceptionStatus.NOT_YET)
    if proof.record.status not in useful:
        raise UsageError(
            f"the exception would except nothing: it is {proof.record.status.value},"
            f" {proof.record.reason}",
            hint="nothing was written",
        )
    return proof
