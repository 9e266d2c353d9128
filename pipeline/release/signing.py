"""Signs statements, stores them, and sees them listed; after any stop it goes on where it was.

What was done is written down after it, and every step may be done again: a signature that was made
and not noted is found in the bundle, an attachment that was not noted at the registry.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import msgspec

from pipeline.attest import summary
from pipeline.attest.statement import Statement
from pipeline.bundle.later import alone, put, take
from pipeline.errors import PenstockError
from pipeline.model.artifact import sha256_of
from pipeline.release import attesting
from pipeline.release import journal as journals
from pipeline.release.journal import Journal, Reached, State
from pipeline.release.shelf import Shelf
from pipeline.signing.check import MAX_BUNDLE
from pipeline.signing.envelope import opened
from pipeline.signing.errors import BundleError, SigningError

_AT_ONCE: Final = 8
_ROUNDS: Final = 3


class Signs(Protocol):
    """An identity or a key."""

    def sign(self, statement: bytes) -> bytes:
        """Return a Sigstore bundle that was checked. Threads may call it at once."""

    def ours(self, bundle: bytes) -> bytes | None:
        """Return what a bundle says, where it is a valid signature by this signer."""


class Signing:
    """The signing of one bundle for one image."""

    def __init__(
        self,
        folder: Path,
        planned: Journal,
        statements: tuple[Statement, ...],
        *,
        signer: Signs,
        shelf: Shelf,
        now: str,
    ) -> None:
        self._folder, self._said = folder, statements
        self._statements = {one.name: one.data for one in statements}
        self._signer, self._shelf, self._now = signer, shelf, now
        self._planned = planned
        self.journal = journals.begun(journals.read(folder), planned)

    def finish(self) -> Journal:
        """Do what is left to do. Raises PenstockError where it must stop; then run it again."""
        with alone(self._folder):
            return self._finished()

    def _finished(self) -> Journal:
        # Another process may have come further since this one began.
        self.journal = journals.begun(journals.read(self._folder), self._planned)
        attesting.write(self._folder, self._said)
        journals.write(self._folder, self.journal)
        with self._noted():
            self._find_in_bundle()
            self._find_at_registry()
        with self._noted():
            self._sign()
        # The summary comes last: who sees a yes sees all that it rests on.
        ordered = sorted(
            self.journal.statements, key=lambda one: one.predicate_type == summary.TYPE
        )
        for one in ordered:
            with self._noted():
                self._store(one)
        with self._noted():
            self._list()
        return self.journal

    def _reached(self, one: Reached) -> Reached:
        self.journal = self.journal.with_(one)
        return one

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Write down what was reached, also where it stops; what a kill leaves out is found again.

        Signatures are looked for in the bundle, attachments at the registry: to wait for the disk
        after each of them takes longer than to make them.
        """
        before = self.journal
        try:
            yield
        except PenstockError:
            self._write(before)
            raise
        self._write(before)

    def _write(self, before: Journal) -> None:
        if self.journal != before:
            journals.write(self._folder, self.journal)

    def _at(self, state: State) -> tuple[Reached, ...]:
        return tuple(one for one in self.journal.statements if one.state is state)

    def _file(self, one: Reached) -> Path:
        return self._folder / f"{one.name}.sigstore.json"

    def _find_in_bundle(self) -> None:
        """Take up signatures that lie in the bundle, noted or not; refuse what is none of ours."""
        for one in self.journal.statements:
            data = take(self._file(one), limit=MAX_BUNDLE)
            noted = one.state is not State.PREPARED
            if data is None and not noted:
                continue
            if data is None or (noted and sha256_of(data) != one.signature):
                raise PenstockError(
                    f"{self._file(one)} is not the signature that was made",
                    hint=f"put it back, or remove {journals.NAME} with every *.sigstore.json: what "
                    "was attached is found in the registry again",
                )
            if self._signer.ours(data) != self._statements[one.name]:
                raise PenstockError(
                    f"{self._file(one)} is no signature of this statement by this signer",
                    hint="remove it, if it is left from another signing",
                )
            if not noted:
                self._signed(one, data)

    def _find_at_registry(self) -> None:
        """Take up equal signatures by the same signer: one more of them would say nothing new.

        What a journal tells of the registry is believed where the registry tells it too.
        """
        for target in self._targets():
            found: dict[str, str] = {}
            for manifest, data in self._shelf.attached(target):
                for one in self._due(target):
                    if one.name not in found and self._is_equal(one, data):
                        found[one.name] = manifest
                        if one.state is State.PREPARED:
                            self._signed(one, data)
            for one in self._due(target):
                self._lies(one, target, found.get(one.name))

    def _is_equal(self, one: Reached, data: bytes) -> bool:
        if one.state is not State.PREPARED:
            return one.signature == sha256_of(data)
        wanted = self._statements[one.name]
        return _payload(data) == wanted and self._signer.ours(data) == wanted

    def _lies(self, one: Reached, target: str, manifest: str | None) -> None:
        """Note what holds a signature beside a manifest, or that nothing does."""
        if one.stored.get(target) == manifest:
            return
        stored = {name: digest for name, digest in one.stored.items() if name != target}
        if manifest is not None:
            stored[target] = manifest
        self._reached(msgspec.structs.replace(one, stored=stored, state=State.SIGNED))

    def _signed(self, one: Reached, data: bytes) -> None:
        """Lay a signature into the bundle, and then say that it is there."""
        put(self._file(one), data)
        done = {"state": State.SIGNED, "signature": sha256_of(data), "created": self._now}
        self._reached(msgspec.structs.replace(one, **done))

    def _sign(self) -> None:
        """Sign what has no signature, several at once. Raises SigningError: nothing is attached."""
        waiting = self._at(State.PREPARED)
        if not waiting:
            return
        reasons: dict[str, str] = {}
        hint = ""
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            jobs = {pool.submit(self._signer.sign, self._statements[one.name]): one
                    for one in waiting}  # fmt: skip
            for job in _as_they_end(jobs):
                try:
                    data = job.result()
                except PenstockError as error:
                    reasons[jobs[job].name], hint = error.message, error.hint
                else:
                    self._signed(jobs[job], data)
        if reasons:
            raise SigningError(_missing(reasons, len(self.journal.statements)), hint=hint)

    def _store(self, one: Reached) -> None:
        """Attach a signature wherever it is due."""
        if one.state is not State.SIGNED or not one.targets:
            return
        data = self._file(one).read_bytes()
        for target in one.targets:
            if target not in one.stored:
                manifest = self._attach(one, target, data)
                stored = {**one.stored, target: manifest}
                one = self._reached(msgspec.structs.replace(one, stored=stored))
        self._reached(msgspec.structs.replace(one, state=State.STORED))

    def _attach(self, one: Reached, target: str, data: bytes) -> str:
        return self._shelf.attach(
            target, data, predicate_type=one.predicate_type, created=one.created
        )

    def _list(self) -> None:
        """Hold the registry's lists against what was stored; what others overwrote is put back."""
        for _ in range(_ROUNDS):
            lost = list(self._lost())
            if not lost:
                break
            for one, target in lost:
                manifest = self._attach(one, target, self._file(one).read_bytes())
                current = next(it for it in self.journal.statements if it.name == one.name)
                stored = {**current.stored, target: manifest}
                self._reached(msgspec.structs.replace(current, stored=stored, state=State.STORED))
        else:
            if lost := list(self._lost()):
                names = ", ".join(sorted({one.name for one, _ in lost}))
                raise PenstockError(
                    f"the registry does not list {names}, which it has taken",
                    hint="somebody else writes to the same list: sign one image from one place, "
                    "and run this again",
                )
        for one in self._at(State.STORED):
            self._reached(msgspec.structs.replace(one, state=State.LISTED))

    def _lost(self) -> Iterator[tuple[Reached, str]]:
        for target in self._targets():
            there = self._shelf.listed(target)
            for one in self._due(target):
                if one.stored[target] not in there:
                    yield one, target

    def _targets(self) -> tuple[str, ...]:
        every = (target for one in self.journal.statements for target in one.targets)
        return tuple(dict.fromkeys(every))

    def _due(self, target: str) -> tuple[Reached, ...]:
        """Return what has to lie beside a manifest, as far as it is now."""
        return tuple(one for one in self.journal.statements if target in one.targets)


def _as_they_end(jobs: Mapping[Future[bytes], Reached]) -> Iterator[Future[bytes]]:
    """Yield jobs as they end, so that each signature is on the disk as soon as it is made."""
    left = set(jobs)
    while left:
        done, left = wait(left, return_when=FIRST_COMPLETED)
        yield from done


def _payload(bundle: bytes) -> bytes | None:
    try:
        return opened(bundle).payload
    except BundleError:
        return None


def _missing(reasons: Mapping[str, str], of: int) -> str:
    told: dict[str, list[str]] = {}
    for name in sorted(reasons):
        told.setdefault(reasons[name], []).append(name)
    lines = [f"- {', '.join(names)}: {why}" for why, names in told.items()]
    head = f"{len(reasons)} of {of} statements are not signed yet, and nothing was attached:"
    return "\n".join((head, *lines))
