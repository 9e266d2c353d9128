"""Which rules semgrep says that it ran: its report names only those that found something."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from pipeline.model.gap import Gap, GapReason

_COUNT: Final = re.compile(r"^running (?P<count>\d{1,9}) rules from ", re.MULTILINE)
_LISTED: Final = re.compile(r"^(?:Experimental )?Rules:\n(?P<ids>(?:- .+\n)+)", re.MULTILINE)
_SHOWN: Final = 5


def gaps(
    stderr: str, rules: AbstractSet[str], *, told: AbstractSet[str], stage: str
) -> Iterator[Gap]:
    """Name the rules that it was given and did not run, or say how many they are.

    Its log lists them where they are at most a hundred, and always counts them. Of those in
    `told` its errors speak: they are gaps already.
    """
    found = _COUNT.search(stderr)
    if found is None:
        yield _gap(stage, "its log does not say how many rules it ran")
        return
    lines = (line for block in _LISTED.finditer(stderr) for line in block["ids"].split("\n"))
    listed = {line.removeprefix("- ") for line in lines}
    lost = sorted(rules - listed - told) if listed else []
    if lost:
        more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
        yield _gap(stage, f"it did not run {', '.join(lost[:_SHOWN])}{more}")
    elif not len(rules - told) <= int(found["count"]) <= len(rules):
        yield _gap(stage, f"it ran {int(found['count'])} rules, and {len(rules)} were given to it")


def _gap(stage: str, what: str) -> Gap:
    return Gap(stage=stage, target=None, reason=GapReason.RULE_ERROR, detail=f"semgrep: {what}")
