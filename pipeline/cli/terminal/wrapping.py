"""Breaks sentences where the terminal of most people ends."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

WIDTH: Final = 80


def wrapped(words: str, before: str, after: str | None = None) -> Iterator[str]:
    """Yield the lines of a sentence, the later ones indented more; a long word stays whole."""
    import textwrap

    yield from textwrap.wrap(
        words,
        WIDTH,
        initial_indent=before,
        subsequent_indent=f"{before}  " if after is None else after,
        break_long_words=False,
        break_on_hyphens=False,
    )


def continued(command: Sequence[str], before: str) -> Iterator[str]:
    """Yield the lines of a shell command; each but the last ends in a backslash, to be copied."""
    line, *more = map(shlex.quote, command)
    line = before + line
    for word in more:
        if len(line) + len(word) + 3 > WIDTH:
            yield f"{line} \\"
            line = f"{before} "
        line += f" {word}"
    yield line
