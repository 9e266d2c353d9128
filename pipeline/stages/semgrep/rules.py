"""Reads semgrep rule files as far as a run must know them before it starts."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.model.artifact import sha256_of
from pipeline.model.gap import GapReason, ToolError

RESERVED: Final = "penstock.canary."
"""Rule ids with this prefix are Penstock's own canaries."""

_DEPTH: Final = 200
_MAX_BYTES: Final = 16 << 20
_WRITTEN: Final[Mapping[str, str]] = {
    "c#": "csharp",
    "c++": "cpp",
    "docker": "dockerfile",
    "ex": "elixir",
    "golang": "go",
    "hcl": "terraform",
    "js": "javascript",
    "kt": "kotlin",
    "objc": "objective-c",
    "objectivec": "objective-c",
    "openfga": "fga",
    "proto": "protobuf",
    "proto3": "protobuf",
    "py": "python",
    "python2": "python",
    "python3": "python",
    "sh": "bash",
    "sol": "solidity",
    "tf": "terraform",
    "ts": "typescript",
    "aliengrep": "generic",
    "spacegrep": "generic",
    "none": "regex",
}
"""Semgrep's other spellings of a language."""

_TEXT: Final = frozenset({"generic", "regex"})


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """All rules of a run."""

    ids: frozenset[str]
    languages: frozenset[str]
    """The programming and data languages that at least one rule reads as such."""
    code: tuple[Path, ...]
    """Files whose rules read a language."""
    text: tuple[Path, ...]
    """Files whose rules read any text, whatever its language: `generic` and `regex`."""
    text_ids: frozenset[str]
    """Those of `ids` that are in `text`."""
    digest: str
    """Over the files in their order: what `sha256sum` says of them, once more."""

    @property
    def code_ids(self) -> frozenset[str]:
        """Those of `ids` that are in `code`."""
        return self.ids - self.text_ids


class _Rule(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    languages: tuple[str, ...]


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    rules: tuple[_Rule, ...]


class _File(msgspec.Struct, frozen=True, kw_only=True):
    rules: tuple[_Rule, ...]
    digest: str


def language(word: str) -> str:
    """Return the one name that this program uses for a language."""
    lowered = word.strip().lower()
    return _WRITTEN.get(lowered, lowered)


def load(places: Iterable[Path]) -> Rules:
    """Read every rule file, or raise ToolError(RULE_ERROR) at the first that cannot count.

    Semgrep itself lets the last of two rules with one id win, and scans with no rule at all,
    both without a word.
    """
    ids: dict[str, Path] = {}
    languages: set[str] = set()
    code: list[Path] = []
    text: list[Path] = []
    text_ids: set[str] = set()
    sums: list[str] = []
    for path, name in _files(places):
        spoken: set[str] = set()
        file = _read(path)
        sums.append(f"{file.digest}  {name}\n")
        for rule in file.rules:
            _take_id(rule, path, ids)
            spoken.update(map(language, rule.languages))
        if spoken & _TEXT and spoken - _TEXT:
            raise _error(
                path,
                "has generic or regex rules beside rules for a language",
                hint="keep them in files of their own: they run as a process of their own",
            )
        (text if spoken & _TEXT else code).append(path)
        text_ids.update(rule.id for rule in file.rules if spoken & _TEXT)
        languages |= spoken - _TEXT
    if not ids:
        raise ToolError(
            GapReason.RULE_ERROR,
            "semgrep has no rules",
            hint="put rule files into the policy's semgrep/ folder",
        )
    return Rules(
        ids=frozenset(ids),
        languages=frozenset(languages),
        code=tuple(code),
        text=tuple(text),
        text_ids=frozenset(text_ids),
        digest=sha256_of("".join(sums).encode("utf-8", "surrogateescape")),
    )


def _files(places: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each file with its name below the place that it was found in."""
    seen: set[Path] = set()
    for place in places:
        found = sorted(_below(place)) if place.is_dir() else [place]
        if not found:
            raise _error(place, "holds no rule file (*.yml, *.yaml)")
        for path in found:
            if path not in seen:
                seen.add(path)
                yield path, str(path.relative_to(place)) if path != place else path.name


def _below(folder: Path) -> Iterator[Path]:
    return (path for suffix in ("*.yml", "*.yaml") for path in folder.rglob(suffix))


def _read(path: Path) -> _File:
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except OSError as exc:
        raise _error(path, f"cannot be read: {exc.strerror}") from exc
    if len(data) > _MAX_BYTES:
        raise _error(path, f"is larger than {_MAX_BYTES >> 20} MiB")
    try:
        file = msgspec.convert(_yaml(data, path), _Document)
    except msgspec.ValidationError as exc:
        raise _error(path, f"is no rule file: {exc}") from exc
    if not file.rules:
        raise _error(path, "has no rules")
    for rule in file.rules:
        if not rule.id.strip() or not rule.languages:
            raise _error(path, "has a rule without an id or without languages")
    return _File(rules=file.rules, digest=sha256_of(data).removeprefix("sha256:"))


def _yaml(data: bytes, path: Path) -> object:
    """Build the document; the depth is checked first, because the composer recurses in C."""
    import yaml

    try:
        depth = 0
        for event in yaml.parse(data, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > _DEPTH:
                raise _error(path, f"is nested more than {_DEPTH} deep")
        return yaml.load(data, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as exc:
        raise _error(path, f"is not YAML: {' '.join(str(exc).split())}") from exc


def _take_id(rule: _Rule, path: Path, ids: dict[str, Path]) -> None:
    if rule.id.startswith(RESERVED):
        raise _error(path, f"names a rule {rule.id}: {RESERVED}* is reserved")
    if rule.id in ids:
        raise _error(path, f"has the rule id {rule.id} again, which {ids[rule.id].name} has")
    ids[rule.id] = path


def _error(path: Path, what: str, *, hint: str = "") -> ToolError:
    return ToolError(GapReason.RULE_ERROR, f"semgrep rules: {path.name} {what}", hint=hint)
