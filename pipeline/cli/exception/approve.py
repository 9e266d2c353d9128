"""`penstock exception approve`: show the whole file, ask, sign, and say who is still missing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from pipeline.bundle.read import read as read_bundle
from pipeline.cli import options
from pipeline.cli.exception import ask, keys, places, words
from pipeline.cli.exception.new_view import approvals
from pipeline.cli.terminal import streams
from pipeline.cli.terminal.columns import block
from pipeline.errors import PenstockError, UsageError
from pipeline.exceptions import files, signing
from pipeline.exceptions.proof import prove
from pipeline.exceptions.standing import fates_of, findings_of, renewals_of, target_of
from pipeline.exceptions.waiting import Waiting, waiting
from pipeline.model.approval import EXCEPTION
from pipeline.model.finding import Finding
from pipeline.policy.case import Case
from pipeline.policy.loading.records import FOLDER
from pipeline.policy.model import PolicyException
from pipeline.policy.roles import Key
from pipeline.report import summary
from pipeline.toolchain import ssh

_SHOWN: Final = 10


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The command line as typed."""

    id: str
    key: Path | None
    principal: str | None
    bundle: Path | None
    policy: str | None
    yes: bool
    replace: bool


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What lies before the signer."""

    place: places.Place
    case: Case
    one: PolicyException
    data: bytes
    findings: tuple[Finding, ...]

    @property
    def path(self) -> Path:
        """The file that is signed."""
        return self.place.exceptions / f"{self.one.id}.yaml"

    @property
    def waits(self) -> Waiting:
        """Whom it waits for."""
        return waiting(self.case, self.one, self.findings)


def run(asked: Asked) -> None:
    """Refuse what would not count, show, ask, sign, verify, and write."""
    from pipeline.cli.terminal.output import quiet_stdout

    quiet_stdout()
    desk = _desk(asked)
    policy = desk.place.policy
    file = keys.chosen(asked.key, policy, options.surroundings())
    key = signing.signer(policy, keys.fingerprint(file), asked.principal)
    beside = desk.path.with_name(f"{desk.path.name}.{key.principal}.sig")
    before = files.read(beside) if beside.exists() or beside.is_symlink() else None
    if before is not None and signing.is_signed_by(desk.waits, key.principal):
        already = f"{key.principal} has signed {desk.one.id} already"
        streams.say_lines((already, *approvals(desk.waits)))
        return
    signing.refuse_worthless(desk.case, desk.one, key)
    if before is not None and not asked.replace:
        raise UsageError(
            f"{words.here(beside)} is there, and does not count",
            hint="--replace writes over it",
        )
    streams.say_lines(_shown(desk, key, judged=asked.bundle is not None))
    _agree(asked, key)
    signature = ssh.sign(
        desk.data, key=file, namespace=EXCEPTION, environment=options.surroundings()
    )
    _keep(signature, desk, key, beside, before)


def _desk(asked: Asked) -> Desk:
    from pipeline.cli.app import now as clock

    now = clock()
    place = places.find(asked.policy, environment=options.surroundings(), now=now)
    one = places.loaded(place.policy, asked.id)
    data = files.read(place.exceptions / f"{one.id}.yaml")
    _same(data, place.source.files[f"{FOLDER}{one.id}.yaml"], one)
    case = place.case(None if asked.bundle is None else read_bundle(asked.bundle), now=now)
    return Desk(
        place=place, case=case, one=one, data=data, findings=findings_of(fates_of(case), one.id)
    )


def _same(data: bytes, shown: bytes, one: PolicyException) -> None:
    if data != shown:
        raise files.ChangedError(
            f"{one.id} has changed since it was shown", hint="nothing was signed; look again"
        )


def _shown(desk: Desk, key: Key, *, judged: bool) -> Iterator[str]:
    yield f"--- {words.here(desk.path)}"
    yield from desk.data.decode("utf-8", "backslashreplace").splitlines()
    yield "---"
    yield from block("excepts", str(target_of(desk.one)))
    yield from _matches(desk, judged=judged)
    left = (desk.one.expires - desk.case.today).days
    yield from block("until", f"{desk.one.expires}, {summary.plural(left, 'day')} from today")
    if times := renewals_of(fates_of(desk.case), desk.one.id):
        yield from block("renewals", f"{times} before this one, of the same target")
    yield from approvals(desk.waits)
    yield from block("you sign as", f"{key.principal}, with {key.fingerprint}")


def _matches(desk: Desk, *, judged: bool) -> Iterator[str]:
    if not judged:
        told = "no evidence was named; --bundle DIR shows what it would except"
        yield from block("matches", told)
        return
    places = ", ".join(summary.place(one) for one in desk.findings[:_SHOWN])
    more = len(desk.findings) - _SHOWN
    yield from block(
        "matches",
        f"{summary.plural(len(desk.findings), 'finding')} of at most {desk.one.max_matches}"
        + (f": {places}" if places else "")
        + (f" and {more} more" if more > 0 else ""),
    )
    proof = prove(desk.case, desk.case.policy, desk.one, desk.findings)
    yield from block("once approved", f"{proof.record.status.value} {proof.record.reason}")
    for left in proof.left:
        yield from block("still fails", f"{left.rule}: {left.title}")


def _agree(asked: Asked, key: Key) -> None:
    if asked.yes:
        return
    if not ask.at_terminal():
        raise UsageError(
            "nobody is at a terminal to say yes", hint="--yes says that you have read the file"
        )
    if not ask.sure(f"approve {asked.id} as {key.principal}?"):
        raise UsageError("nothing was signed")


def _keep(signature: bytes, desk: Desk, key: Key, beside: Path, before: bytes | None) -> None:
    """Write a signature that counts, over a file that nobody has touched meanwhile."""
    after = _with_signature(desk, beside, signature)
    if not signing.is_signed_by(after.waits, key.principal):
        why = "; ".join(one.reason for one in after.waits.approval.refused)
        raise PenstockError(f"the new signature does not count: {why}", hint="nothing was written")
    _same(files.read(desk.path), desk.data, desk.one)
    if before is None:
        files.create(beside, signature)
    else:
        files.replace(beside, signature, shown=before)
    streams.say_lines(_signed(after, beside))


def _with_signature(desk: Desk, beside: Path, signature: bytes) -> Desk:
    """Judge again with the signature in place, as the gate will."""
    name = f"{FOLDER}{beside.name}"
    source = msgspec.structs.replace(
        desk.place.source, files={**desk.place.source.files, name: signature}
    )
    place = msgspec.structs.replace(desk.place, source=source)
    fresh = place.case(None, now=desk.case.now)
    case = msgspec.structs.replace(desk.case, signatures=fresh.signatures, authors=fresh.authors)
    return msgspec.structs.replace(desk, case=case)


def _signed(desk: Desk, beside: Path) -> Iterator[str]:
    yield f"wrote {words.here(beside)}"
    yield from approvals(desk.waits)
    yield ""
    if desk.waits.missing and not desk.waits.possible:
        yield "next: name one more in policies/roles.yaml who may approve it"
    elif desk.waits.missing:
        yield "next: one more who may approve signs; then commit both files"
    else:
        yield f"next: git add {words.here(desk.path.parent)}, and have it reviewed"
