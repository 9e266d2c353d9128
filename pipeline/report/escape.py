"""Makes text from tools and repositories harmless for the place where it is shown."""

import re
import unicodedata
from typing import Final

_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = _DATA | str.maketrans({":": "%3A", ",": "%2C"})
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+!|~>@])")
_APART: Final = re.compile(r"@|#(?=\d)|\b(?i:www|gh-|mailto|xmpp)(?=[.:\d])")
_BLOCK: Final = re.compile(r"^(\s*\d*)([-=.)](?=\s|$|[-=]))")
"""What begins a list or underlines a heading, where it begins a line."""
_HTML: Final = str.maketrans({"&": "&amp;", "<": "&lt;", "$": "&#36;"})
_ORDER: Final = re.compile(
    r"::(?=(?:add-|remove-|set-|save-|stop-|internal-)[a-z-]+[: ])"
    r"|(?<!\w)::(?=(?:debug|echo|endgroup|error|group|notice|warning)[: ])",
    re.IGNORECASE,
)
"""Those that set something, even where a long word may be cut; those that show, as words."""
_ANYWHERE: Final = re.compile(r"##(?=\w*\[)")
"""`##[error]` of GitHub, `##vso[task.complete]` of Azure, `##teamcity[`."""
_HIDDEN: Final = (
    "\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2061-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff"
)
"""What moves the cursor, turns the text round, or is not seen, as far as JSON leaves it."""
_OBEYED: Final = re.compile(f"##(?=\\w*\\[)|[\u2060{_HIDDEN}]")
_LEFT: Final = re.compile(f"##(?=\\w*\\[)|[\0-\x08\x0b\x0c\x0e-\x1f{_HIDDEN}]")
"""No format has a use for these; of word joiners Markdown has one."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that move the cursor, turn the text round, or are not seen at all."""


def terminal(text: str, *, keep_lines: bool = False) -> str:
    """Show control, format and bidirectional characters as escapes: nothing can move the cursor.

    A runner obeys the old form of a command, `##x[`, wherever in a line it stands, and the new one
    at the beginning of a line, where whoever folds a text may put it.
    """
    inert = "".join(
        c
        if (unicodedata.category(c) not in _UNSEEN or (keep_lines and c == "\n"))
        else c.encode("unicode_escape", "backslashreplace").decode("ascii")
        for c in text
    )
    return _ORDER.sub(r"\\x3a:", _ANYWHERE.sub(r"#\\x23", inert))


def json_text(text: str) -> str:
    """Escape in JSON what a terminal or a runner would obey; it still means the same."""
    return _OBEYED.sub(lambda found: _by_number(found[0][0]) + found[0][1:], text)


def _by_number(character: str) -> str:
    digits = character.encode("utf-16-be").hex()
    return "".join(f"\\u{digits[at : at + 4]}" for at in range(0, len(digits), 4))


def finished(text: str) -> str:
    """Show what a format that escapes each value itself must not have left over."""
    return _LEFT.sub(lambda found: found[0][:-1] + _shown(found[0][-1]), text)


def _shown(character: str) -> str:
    return "\\x23" if character == "#" else terminal(character)


def markdown(text: str) -> str:
    """Make one line of text inert in Markdown: no markup, link, mention or HTML comes through.

    Backslashes are for the parser. GitHub looks for mentions, issues and addresses once more in
    what was parsed: a word joiner, which nobody sees, keeps those apart.
    """
    apart = _APART.sub("\\g<0>\u2060", terminal(text))
    inert = _BLOCK.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", apart))
    return inert.translate(_HTML).replace("://", "&#58;//")


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


def xml(text: str, *, keep_lines: bool = False) -> str:
    """Escape text of an XML element or of a quoted attribute, without what XML has no form for."""
    from html import escape

    return escape(terminal(text, keep_lines=keep_lines))
