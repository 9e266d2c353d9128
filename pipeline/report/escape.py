"""Makes text from tools and repositories harmless for the place where it is shown."""

import re
import unicodedata
from typing import Final

_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = _DATA | str.maketrans({":": "%3A", ",": "%2C"})
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+!|~>@])")
_HTML: Final = str.maketrans({"&": "&amp;", "<": "&lt;"})
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that move the cursor, turn the text round, or are not seen at all."""


def terminal(text: str, *, keep_lines: bool = False) -> str:
    """Show control, format and bidirectional characters as escapes: nothing can move the cursor."""
    return "".join(
        c
        if (unicodedata.category(c) not in _UNSEEN or (keep_lines and c == "\n"))
        else c.encode("unicode_escape", "backslashreplace").decode("ascii")
        for c in text
    )


def markdown(text: str) -> str:
    """Make one line of text inert in Markdown: no markup, link, mention or HTML comes through.

    A scheme or a domain would become a link by itself: a zero-width joiner is no help against
    copying, so the dot and colon stay and the characters around them are escaped as entities.
    """
    folded = terminal(text).translate(_HTML)
    return _MARKDOWN.sub(r"\\\1", folded).replace("://", "&#58;//").replace("www.", "www&#46;")


def code(text: str) -> str:
    """Show text as Markdown code, with a fence longer than any run of backquotes in it."""
    folded = terminal(text).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", folded)), default=0))
    pad = " " if folded.startswith("`") or folded.endswith("`") else ""
    return f"{fence}{pad}{folded}{pad}{fence}" if folded else ""


def workflow_data(text: str) -> str:
    """Escape the message of a workflow command."""
    return terminal(text, keep_lines=True).translate(_DATA)


def workflow_property(text: str) -> str:
    """Escape a property of a workflow command."""
    return terminal(text, keep_lines=True).translate(_PROPERTY)


def inert_line(text: str) -> str:
    """Return a line that no runner takes for a workflow command, old (`##[`) or new (`::`)."""
    return terminal(text).replace("::", ":\u2060:").replace("##[", "#\u2060#[")
