"""Writes the successor of an exception: its file again, comments and all, with a new end."""

import io
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import msgspec

from pipeline.errors import PenstockError, UsageError
from pipeline.policy.loading.yaml import Value, read
from pipeline.policy.model import Policy, PolicyException

_WIDE: Final = 1 << 16
_FOLD: Final = 96
_COMMENT: Final = re.compile(r"(?:^|[ \t])#[^\n]*$", re.MULTILINE)
_MOST_RENEWALS: Final = 2


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What a successor says instead. None: as it was."""

    id: str
    supersedes: str
    created: date
    expires: date
    reason: str
    ticket: str | None = None
    owner: str | None = None
    requester: str | None = None
    max_matches: int | None = None
    approved_at_severity: str | None = None
    approved_without_fix: bool | None = None

    def values(self) -> dict[str, Value]:
        """Return the keys of the file that change."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        said = {name: value for name, value in fields.items() if value is not None}
        return {**said, "reason": " ".join(self.reason.split())}


def successor(old: bytes, path: str, changes: Changes) -> bytes:
    """Rewrite a file. Raises PenstockError where that would change or lose anything else."""
    before = read(old, path).value
    if not isinstance(before, dict):
        raise UsageError(f"{path} is no exception")
    wanted = {**before, **changes.values()}
    wanted.pop("not_before", None)
    made = _rewritten(old.decode("utf-8"), changes.values())
    if b"\r\n" in old:
        made = made.replace(b"\n", b"\r\n")
    after = read(made, path).value
    if after != wanted or not _keeps(_comments(old), _comments(made)):
        raise PenstockError(
            f"{path} cannot be rewritten without losing something of it",
            hint="copy the file by hand, give it a new id, and name the old one in `supersedes`",
        )
    return made


def _comments(data: bytes) -> list[str]:
    text = data.decode("utf-8").replace("\r\n", "\n")
    return [" ".join(found[0].split()) for found in _COMMENT.finditer(text)]


def _keeps(old: list[str], new: list[str]) -> bool:
    """Say whether every comment is still there."""
    left = list(new)
    for one in old:
        if one not in left:
            return False
        left.remove(one)
    return True


def _rewritten(text: str, values: Mapping[str, Value]) -> bytes:
    from ruamel.yaml import YAML

    editor = YAML()
    editor.width = _WIDE
    editor.preserve_quotes = True
    editor.indent(mapping=2, sequence=4, offset=2)
    document = editor.load(text.replace("\r\n", "\n"))
    document.pop("not_before", None)
    for name, value in values.items():
        _put(document, name, _folded(str(value)) if name == "reason" else value)
    stream = io.BytesIO()
    editor.dump(document, stream)
    return stream.getvalue()


def _put(document: Any, name: str, value: object) -> None:  # noqa: ANN401 -- ruamel's own mapping
    """Set a key. A comment that ruamel hangs on an old text goes over to the new one."""
    old = document.get(name)
    if (hung := getattr(old, "comment", None)) is not None and not isinstance(value, int | date):
        value.comment = hung  # type: ignore[attr-defined]
    document[name] = value


def _folded(text: str) -> object:
    """Make a folded block whose lines end where a reader's eye likes it."""
    from ruamel.yaml.scalarstring import FoldedScalarString

    folded = FoldedScalarString(text)
    places, start = [], 0
    while len(text) - start > _FOLD and (cut := text.rfind(" ", start, start + _FOLD)) > start:
        places.append(cut)
        start = cut + 1
    folded.fold_pos = places
    return folded


def refuse_renewed(policy: Policy, one: PolicyException) -> None:
    """Raise UsageError where another file renews it already."""
    later = next((each for each in policy.exceptions if each.supersedes == one.id), None)
    if later is not None:
        raise UsageError(
            f"{one.id} is renewed by {later.id} already",
            hint=f"penstock exception renew {later.id}",
        )


def counted(policy: Policy, renewals: int) -> str:
    """Say how often the target was excepted before, against the budget that limits it."""
    budget = next((b for b in policy.budgets if b.count == "exceptions_renewed_gt_2"), None)
    said = f"{renewals} of at most {_MOST_RENEWALS}"
    if budget is None:
        return f"{said}, which no budget of this policy enforces"
    over = "; it breaks" if renewals > _MOST_RENEWALS else " by"
    return f"{said}{over} {budget.id} ({budget.place})"
