"""YAML 1.2's core schema: what a plain scalar means. No yes or no, no octal by a leading zero."""

import re
from datetime import date
from typing import Final, TypeAlias

Scalar: TypeAlias = str | int | float | bool | date | None

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INT: Final = re.compile(r"[-+]?[0-9]{1,18}")
_OTHER_INT: Final = re.compile(r"0(?:o[0-7]{1,18}|x[0-9a-fA-F]{1,15})")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise ValueError(f"{exc}; write YYYY-MM-DD, of a day that there is") from exc


def plain(text: str) -> Scalar:
    """Read a scalar without quotes. Raises ValueError for a bad date and for no finite number."""
    if text in _WORDS:
        return _WORDS[text]
    if _DATE.fullmatch(text):
        return _day(text)
    if _INT.fullmatch(text):
        return int(text)
    if _OTHER_INT.fullmatch(text):
        return int(text, 0)
    if _NO_NUMBER.fullmatch(text):
        raise ValueError("a number here is finite")
    if _FLOAT.fullmatch(text):
        return _finite(text)
    return text


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number here is finite")
    return number
