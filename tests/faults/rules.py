"""Faults of the rules that semgrep is given: the real one reads others than were handed over."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.faults.bench import Bench

_SWAP: Final = """
n=$#
while [ "$n" -gt 0 ]; do
  word="$1"; shift
  case "$word" in *.yml)
    DO > "$TMPDIR/$n.yml"; word="$TMPDIR/$n.yml";;
  esac
  set -- "$@" "$word"
  n=$((n - 1))
done
"""
_WITHOUT: Final = """
n=$#
while [ "$n" -gt 0 ]; do
  word="$1"; shift
  case "$word" in
    */python/sql-injection.yml) ;;
    --config) case "$1" in */python/sql-injection.yml) ;; *) set -- "$@" "$word";; esac;;
    *) set -- "$@" "$word";;
  esac
  n=$((n - 1))
done
"""
_OTHERS: Final = """printf 'rules:\\n  - {id: of.another.pack.%s, languages: [python], message: x,
    severity: INFO, pattern: never_there(...)}\\n' "$n\""""


def _reads(before: str) -> Callable[[Bench, str], object]:
    return lambda bench, tool: bench.tools.wrap(tool, before)


def _made_by(shell: str) -> str:
    return _SWAP.replace("DO", shell)


BLUNTED: Final[Mapping[str, tuple[Callable[[Bench, str], object], frozenset[str]]]] = {
    "a rule is kept from the real tool": (
        _reads(_WITHOUT),
        frozenset({"canary_missed", "rule_error"}),
    ),
    "rules are changed on their way to the real tool": (
        _reads(_made_by("sed 's/execute/exekute/g' \"$word\"")),
        frozenset({"canary_missed"}),
    ),
    "the real tool is given the rules of another pack": (
        _reads(_made_by(_OTHERS)),
        frozenset({"canary_missed", "rule_error"}),
    ),
    "a rule reaches the real tool under another name": (
        _reads(_made_by("sed 's/penstock.python.sql-injection/&-x/' \"$word\"")),
        frozenset({"tool_output"}),
    ),
}
"""By fault: how it is made, and the reasons that it must have."""
