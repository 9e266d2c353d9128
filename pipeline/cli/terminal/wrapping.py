"""Breaks sentences where the terminal of most people ends."""

from collections.abc import Iterator
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
