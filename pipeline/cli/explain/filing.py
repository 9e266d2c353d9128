"""Writes the command that files an exception, ready to be copied."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pipeline.policy.explaining.actions import Except

_BUNDLE: Final = Path(".penstock")
_NAMED: Final = 12


def command(action: Except, bundle: Path, known: Iterable[str]) -> tuple[str, ...]:
    """Say how an exception is filed from a bundle with these findings.

    What only people know, it asks on a terminal. Nothing where no evidence holds it yet, as for
    what an upgrade leaves in its new version.
    """
    words = ["penstock", "exception"]
    if action.supersedes is not None and action.same:
        words += ["renew", action.supersedes]
    else:
        here = set(known)
        found = next((one for one in action.findings if one in here), None)
        if found is None:
            return ()
        words += ["new", found[:_NAMED]]
        if action.vulnerability is not None:
            words += ["--vulnerability", action.vulnerability]
        words += [word for rule in action.rules for word in ("--rule", rule)]
    words += ["--days", str(action.days)]
    if bundle != _BUNDLE:
        words += ["--bundle", str(bundle)]
    return tuple(words)
