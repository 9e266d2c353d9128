"""A light check of Terraform files: are quotes, comments and brackets closed."""

import re
from typing import Final

_TOKENS: Final = re.compile(
    r"""(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<heredoc><<-?\s*(?P<word>[A-Za-z_][\w.-]*)[ \t]*\r?\n)
    |(?P<quote>")
    |(?P<open>[{\[(])
    |(?P<close>[}\])])""",
    re.VERBOSE | re.DOTALL,
)
_IN_STRING: Final = re.compile(r'\\.|\$\$\{|%%\{|[$%]\{|"|\n', re.DOTALL)
_PAIRS: Final = {"}": "{", "]": "[", ")": "("}
_LOCAL: Final = re.compile(r'\bsource"?\s*[=:]\s*"(\.{1,2}/[^"$]*)"')


def problem(text: str) -> str:
    """Say why this is no Terraform file; empty when nothing speaks against it."""
    stack: list[str] = []
    at = 0
    while match := _TOKENS.search(text, at):
        at = match.end()
        error = ""
        if match["heredoc"] or match["comment"]:
            at, error = _passed(text, match)
        elif match["quote"] or (match["close"] == "}" and stack[-1:] == ["${"]):
            if match["close"]:
                stack.pop()
            else:
                stack.append('"')
            at, error = _string(text, at, stack)
        elif match["open"]:
            stack.append(match["open"])
        elif match["close"]:
            if stack[-1:] != [_PAIRS[match["close"]]]:
                error = f"{match['close']} closes nothing"
            stack[-1:] = []
        if error:
            return _said(text, match.start(), error)
    return f"{len(stack)} brackets or quotes are not closed" if stack else ""


def _passed(text: str, match: re.Match[str]) -> tuple[int, str]:
    """Go to the end of a comment or a here-document, or say that it has none."""
    if comment := match["comment"]:
        is_open = comment.startswith("/*") and not comment[2:].endswith("*/")
        return match.end(), "a comment is not closed" if is_open else ""
    end = re.compile(rf"^[ \t]*{re.escape(match['word'])}[ \t]*\r?$", re.MULTILINE)
    found = end.search(text, match.end())
    return (found.end(), "") if found else (len(text), "a here-document is not closed")


def _string(text: str, at: int, stack: list[str]) -> tuple[int, str]:
    """Go on inside a quoted string until it ends or a template opens."""
    while found := _IN_STRING.search(text, at):
        at = found.end()
        if found[0] == '"':
            stack.pop()
            return at, ""
        if found[0] in {"${", "%{"}:
            stack.append("${")
            return at, ""
        if found[0] == "\n":
            return at, "a string is not closed in its line"
    return len(text), "a string is not closed"


def _said(text: str, at: int, what: str) -> str:
    return f"line {text.count(chr(10), 0, at) + 1}: {what}"


def local_modules(text: str) -> tuple[str, ...]:
    """Return the folders that module blocks of this file name, as written."""
    return tuple(_LOCAL.findall(text))
