"""Takes keys that quote source out of JSON reports before they go into a bundle."""

from collections.abc import Set as AbstractSet
from typing import Any, Final

import msgspec

_NOT_JSON: Final = b'"not JSON: left out, since it cannot be redacted"\n'


def without(report: bytes, keys: AbstractSet[str]) -> bytes:
    """Return a JSON report without every member that has one of these names, at any depth.

    Bytes that are no JSON give way to a note: what is in them cannot be known.
    """
    try:
        document = msgspec.json.decode(report)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _NOT_JSON
    return msgspec.json.format(msgspec.json.encode(_pruned(document, keys)), indent=1) + b"\n"


def _pruned(value: Any, keys: AbstractSet[str]) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(value, list):
        return [_pruned(one, keys) for one in value]
    if isinstance(value, dict):
        return {name: _pruned(one, keys) for name, one in value.items() if name not in keys}
    return value
