"""`penstock exception prune`: list what has no more use, and remove what git could bring back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from pipeline.bundle.read import read as read_bundle
from pipeline.cli import options
from pipeline.cli.exception import places, words
from pipeline.cli.terminal import streams
from pipeline.cli.terminal.columns import block
from pipeline.errors import PenstockError
from pipeline.exceptions import files
from pipeline.exceptions.pruning import Judged, Useless, useless
from pipeline.exceptions.standing import fates_of
from pipeline.report import summary
from pipeline.toolchain import git

_STATUS: Final = 3
"""Two letters and a space stand before each name that git tells."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A file that may go, with its signatures, as they were read."""

    useless: Useless
    contents: tuple[tuple[Path, bytes], ...]


def run(policy: str | None, bundles: tuple[Path, ...], *, apply: bool) -> None:
    """List, and remove with --apply. All is checked before the first file goes."""
    from pipeline.cli.app import now as clock
    from pipeline.cli.terminal.output import quiet_stdout

    quiet_stdout()
    now = clock()
    place = places.find(policy, environment=options.surroundings(), now=now)
    cases = [place.case(one, now=now) for one in (None, *map(read_bundle, bundles))]
    bare, *judged = (Judged(case=case, fates=fates_of(case)) for case in cases)
    found = useless(bare, tuple(judged))
    going = tuple(_plan(one, place) for one in found if not one.kept_for)
    if apply and going:
        _refuse_uncommitted(place, going)
        for one in going:
            for path, data in one.contents:
                files.remove(path, shown=data)
    lines = _told(found, going, bundles=len(bundles), applied=apply)
    streams.say_lines(lines)


def _plan(one: Useless, place: places.Place) -> Plan:
    file = place.exceptions / f"{one.id}.yaml"
    beside = sorted(
        path
        for path in place.exceptions.iterdir()
        if path.name.startswith(f"{file.name}.") and path.name.endswith(".sig")
    )
    # The signatures go first: a file without them is void, signatures without it are litter.
    return Plan(useless=one, contents=tuple((path, files.read(path)) for path in (*beside, file)))


def _refuse_uncommitted(place: places.Place, going: tuple[Plan, ...]) -> None:
    """Raise PenstockError where removing a file would lose something that git does not hold."""
    top = place.repository
    if top is None or git.commit(top) is None:
        raise PenstockError(
            "this is no git repository with a commit, so nothing could bring the files back",
            hint="nothing was removed; remove them by hand",
        )
    changed = {line[_STATUS:] for line in git.changed(top)}
    held = {entry.path for entry in git.index(top)}
    for one in going:
        for path, _ in one.contents:
            name = path.relative_to(top).as_posix()
            if name in changed or name not in held:
                raise PenstockError(
                    f"{words.here(path)} has edits that are not committed",
                    hint="nothing was removed; commit them first",
                )


def _told(
    found: tuple[Useless, ...], going: tuple[Plan, ...], *, bundles: int, applied: bool
) -> Iterator[str]:
    for one in found:
        word = "kept" if one.kept_for else ("removed" if applied else "useless")
        why = one.why
        if one.kept_for:
            why += f"; it stays, for the renewals of {one.kept_for} are counted by it"
        yield from block(f"{one.id}  {word}", why, indent=0, label_width=24)
    if found:
        yield ""
    what = summary.plural(len(going), "exception")
    if going and applied:
        yield f"removed {what}; commit that, and have it reviewed"
    elif going:
        yield f"{what} may go: penstock exception prune --apply"
    else:
        yield "nothing to prune"
    if not bundles:
        yield "what evidence voids, and what is unused: add --bundle .penstock"
