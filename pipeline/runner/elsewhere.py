"""Reads reports that were made elsewhere, and says what they answer of what was asked."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from pipeline.errors import UsageError
from pipeline.imports.base import Asked, NotReadError, Word
from pipeline.imports.opening import reader_of
from pipeline.imports.quiet import quiet
from pipeline.imports.text import instant, within
from pipeline.model.artifact import Tool
from pipeline.model.finding import Finding, Kind
from pipeline.model.gap import Gap, GapReason
from pipeline.model.imported import Imported, ImportedFile, Lack
from pipeline.model.outcome import Answer, Canary, Scope, StageEvidence, account
from pipeline.model.record import readable
from pipeline.policy.judging.uncollected import uncollected
from pipeline.runner.opened import STDIN, described, opened
from pipeline.toolchain.git import git

_INPUT: Final = "/proc/self/fd/0"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of the reports, where they do not say it themselves."""

    stage: str
    files: tuple[str, ...]
    tool: str | None = None
    version: str | None = None
    targets: tuple[str, ...] = ()
    made: str | None = None


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What the reports say, all of them together."""

    evidence: StageEvidence
    targets: tuple[tuple[str, str], ...]
    """What became of each."""
    commit: str | None


@uncollected
def read(
    said: Said, kind: Kind, *, root: Path, most: int, found: Callable[[Finding], None]
) -> Read:
    """Read every report. Raises NotReadError, and UsageError for what nobody says.

    `root` is the tree that is judged: places below it are places in it.
    """
    roots = tuple(dict.fromkeys((str(root.absolute()), os.path.realpath(root))))
    targets = tuple(within(one, roots) or one for one in said.targets)
    said = msgspec.structs.replace(said, targets=targets)
    asked = Asked(stage=said.stage, kind=kind, target=(*targets, "")[0], roots=roots)
    words: list[Word] = []
    files: list[ImportedFile] = []

    def hidden(one: Finding) -> None:
        found(quiet(one))

    for name in said.files:
        try:
            with opened(name, most) as stream:
                reader = reader_of(stream)
                words.append(reader.read(stream, asked, hidden))
                files.append(described(name, stream, reader.NAME))
        except NotReadError as error:
            hint = error.hint or "let the scanner write it again: this one proves nothing"
            raise NotReadError(f"{_called(name)}: {error.message}", hint=hint) from error
        except OSError as error:
            raise UsageError(
                f"{_called(name)} cannot be read: {error.strerror}",
                hint="name the report that the scanner wrote, or - for a pipe",
            ) from error
    return _answered(said, kind, words, tuple(files))


def _answered(
    said: Said, kind: Kind, words: Sequence[Word], files: tuple[ImportedFile, ...]
) -> Read:
    _refuse_unwritable(said)
    targets = said.targets or tuple(one.target for one in words if one.target)
    if not targets:
        raise _unsaid(said, "what was looked at", "--target NAME")
    asked = Scope(asked=tuple(sorted(set(targets))))
    answer = Answer(
        findings=(),
        answered=frozenset().union(*(one.listed for one in words)),
        gaps=tuple(gap for one in words for gap in one.gaps),
        canary=Canary.NONE,
    )
    completed, fates = account(said.stage, asked, answer)
    lacks = frozenset().union(*(one.lacks for one in words))
    if kind is Kind.SCA:
        lacks |= {Lack.UNDATED_FEED}
    tool, version = _agreed(said, words)
    evidence = StageEvidence(
        stage=said.stage,
        outcome=completed,
        tools=(Tool(name=tool, version=version, path="", sha256="", locked=False),),
        imported=Imported(
            tool=tool,
            version=version,
            made=_made(said, words),
            targets=asked.asked,
            lacks=tuple(sorted(lacks)),
            typed=tuple(_typed(said, words)),
            files=files,
        ),
    )
    commits = {one.commit.lower() for one in words if one.commit}
    return Read(
        evidence=evidence,
        targets=tuple(fates.items()),
        commit=" ".join(sorted(commits)) or None,
    )


def _refuse_unwritable(said: Said) -> None:
    """Raise UsageError for a word that is empty, or that no bundle can hold."""
    words = {"--target": said.targets, "--tool": (said.tool,), "--tool-version": (said.version,)}
    for option, told in words.items():
        for word in told:
            if word is not None and not (word.strip() and word.isprintable()):
                raise UsageError(
                    f"{option} {readable(word)!r} names nothing",
                    hint="an empty variable? say it in letters that can be printed",
                )


def _typed(said: Said, words: Sequence[Word]) -> Iterator[str]:
    """Name what a person said in place of a report."""
    if said.made is not None:
        yield "made"
    if said.targets:
        yield "target"
    if not all(one.tool for one in words):
        yield "tool"
    if not all(one.version for one in words):
        yield "version"


def _agreed(said: Said, words: Sequence[Word]) -> tuple[str, str]:
    """Return the tool and its version, which every report has to agree on."""
    tool = _one(said, "tool", [one.tool for one in words], "--tool NAME")
    version = _one(said, "version", [one.version for one in words], "--tool-version V")
    return tool, version


def _one(said: Said, what: str, told: Sequence[str], option: str) -> str:
    typed = said.tool if what == "tool" else said.version
    known = {one for one in told if one}
    if typed and all(told) and known != {typed}:
        raise UsageError(
            f"the report says that its {what} is {', '.join(sorted(known))!r}, and not {typed!r}",
            hint=f"leave {option.partition(' ')[0]} out: it is for reports that do not say it",
        )
    known |= {typed} if typed else set()
    if len(known) > 1:
        raise UsageError(
            f"the reports are of more than one {what}: {', '.join(sorted(known))}",
            hint="import each into a bundle of its own",
        )
    if not known:
        what = f"which {what} wrote it" if what == "tool" else "its version"
        raise _unsaid(said, what, option)
    return known.pop()


def _made(said: Said, words: Sequence[Word]) -> str:
    """Return when the oldest report was made: its own word, else what was typed."""
    told = [one.made for one in words]
    typed = None
    if said.made is not None:
        typed = instant(said.made)
        if typed is None:
            raise UsageError(
                f"--made {said.made!r} is no instant", hint="write it as 2026-11-22T12:00:00Z"
            )
        if all(told):
            raise UsageError("the report says itself when it was made", hint="leave --made out")
    known = [one or typed for one in told]
    if not all(known):
        raise _unsaid(said, "when it was made", "--made TIME")
    return min(filter(None, known))


def _unsaid(said: Said, what: str, option: str) -> UsageError:
    names = ", ".join(map(_called, said.files))
    return UsageError(
        f"{names}: it does not say {what}", hint=f"say it with {option}; it is kept in the bundle"
    )


def _called(name: str) -> str:
    return "standard input" if name == STDIN else readable(name)


def other_commit(read_: Read, commit: str | None, stage: str) -> Iterator[Gap]:
    """Say that a report is of another revision than the one that is judged."""
    if read_.commit is not None and commit is not None and read_.commit != commit.lower():
        told = f"the report is of revision {read_.commit[:90]}, and this is {commit}"
        yield Gap(stage=stage, target=None, reason=GapReason.DIGEST_MISMATCH, detail=told)


def tracked(said: Said) -> Iterator[Gap]:
    """Say which reports git tracks: the change under test could have brought them along.

    Asked by the name and by what it leads to, of every repository around either.
    """
    for name in said.files:
        place = _INPUT if name == STDIN else name
        paths = dict.fromkeys((Path.cwd() / place, Path(os.path.realpath(place))))
        if any(_is_tracked(path) for path in paths):
            told = f"git tracks {readable(name)}: the change under test could have written it"
            yield Gap(stage=said.stage, target=None, reason=GapReason.POLICY_UNTRUSTED, detail=told)


def _is_tracked(path: Path) -> bool:
    folder = Path(os.path.realpath(path.parent))
    within = (one for one in (folder, *folder.parents) if (one / ".git").exists())
    return any(
        git(one, "ls-files", "-z", "--", (folder / path.name).relative_to(one).as_posix())
        for one in within
    )
