"""Tells how far a signing came: to people as it goes, to programs once, at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from pipeline.cli.terminal import streams
from pipeline.errors import Exit, PenstockError

if TYPE_CHECKING:
    from pipeline.release.journal import Reached
    from pipeline.release.signing import Signing, Signs
    from pipeline.release.told import Ended, Promotion

Format: TypeAlias = Literal["text", "json"]


class Telling:
    """What is known of a signing so far."""

    def __init__(self, image: str, form: Format) -> None:
        self.image, self.form = image, form
        self.signing: Signing | None = None

    @property
    def statements(self) -> "tuple[Reached, ...]":
        """How far each statement is; none before there are any."""
        return () if self.signing is None else self.signing.journal.statements

    def done(self, resource: str, bundle: Path, who: "Signs", *, failed: bool) -> None:
        """Say that all is signed and listed."""
        from pipeline.cli.terminal import output
        from pipeline.release.told import Blocked, Signed

        missed = tuple(_unlogged(self.statements, bundle, who))
        if missed:
            said = (
                f"by --fallback-key, and in no log, since that did not answer: {', '.join(missed)}"
            )
            output.note([f"{said}; whoever verifies has to accept this key"])
        if self.form == "json":
            kind = Blocked if failed else Signed
            write(kind(image=resource, statements=self.statements, unlogged=missed))
            return
        ending = "attested as FAILED" if failed else "signed"
        streams.say_lines((*_state(self.statements), f"{ending}: {resource}"))


@contextmanager
def telling(image: str, form: Format) -> Iterator[Telling]:
    """Say where a signing stopped, and let the error say why."""
    one = Telling(image, form)
    try:
        yield one
    except PenstockError as error:
        streams.tell(_state(one.statements))
        if form == "json" and error.exit is not Exit.USAGE:
            from pipeline.release.told import NotSigned

            write(
                NotSigned(
                    image=image, statements=one.statements, reason=error.message, help=error.hint
                )
            )
        raise


def write(ended: "Ended | Promotion") -> None:
    """Write an ending for programs."""
    from pipeline.release.told import document

    streams.say(document(ended).decode(), "json")


def _unlogged(statements: "tuple[Reached, ...]", bundle: Path, who: "Signs") -> Iterator[str]:
    """Name the statements that no log knows of."""
    from pipeline.release.signers import OrKey

    if isinstance(who, OrKey):
        for one in statements:
            if who.unlogged((bundle / f"{one.name}.sigstore.json").read_bytes()):
                yield one.name


def _state(reached: "tuple[Reached, ...]") -> list[str]:
    """Tell how far each statement is, and which of them no registry has to list."""
    lines = [f"{one.state.value:<9} {one.name:<16} {one.predicate_type}" for one in reached]
    if kept := [one.name for one in reached if not one.targets]:
        lines.append(f"kept in the bundle alone: {', '.join(kept)}")
    return lines
