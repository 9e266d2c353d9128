"""Explains what is in a bundle of more findings than are held at once."""

import tempfile
from pathlib import Path
from typing import Final

import msgspec

from pipeline.bundle.lengthy import lines_of
from pipeline.bundle.read import BundleError, read
from pipeline.cli.explain import view
from pipeline.errors import UsageError
from pipeline.model.finding import Finding
from pipeline.policy.case import Case
from pipeline.policy.explaining.advice import explain_sums
from pipeline.policy.explaining.explain import explain, is_meant
from pipeline.policy.judging.gate import judge
from pipeline.policy.judging.many import Many
from pipeline.runner import many
from pipeline.runner.again import stored_case

_MOST: Final = 1000
"""Findings that may have one name."""


def explained(bundle: Path, finding: str | None, form: str) -> str:
    """Say why a finding, or the verdict, is what it is."""
    stored = read(bundle, short=True)
    case = stored_case(stored)
    place = bundle / "findings.ndjson"
    try:
        if finding is not None:
            few = _around(case, place, finding)
            return view.finding(explain(few, judge(few), finding), form, bundle)
        with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
            told = many.again(case, lines_of(place), Path(folder), keep=False)
        said = explain_sums(case, told.verdict, told.sums, stored.run.files)
        return view.verdict(said, form, bundle, ())
    except (msgspec.DecodeError, ValueError, OSError) as exc:
        raise BundleError(
            f"the bundle {bundle} cannot be read: {exc}",
            hint="import the reports again; an altered bundle proves nothing",
        ) from exc


def _around(case: Case, place: Path, ident: str) -> Case:
    """Return a case in which a finding is judged as among all: with those that exceptions cover."""
    wanted = ident.strip().lower()
    taken = Many(case)
    meant: list[Finding] = []
    for one in lines_of(place):
        ready = taken.take(one)
        if is_meant(ready, wanted):
            meant.append(msgspec.convert(ready, Finding, from_attributes=True))
            if len(meant) > _MOST:
                raise UsageError(
                    f"more than {_MOST} findings are called {ident!r}",
                    hint="name one by its id; findings.ndjson of the bundle has them",
                )
    return taken.case_of(meant)
