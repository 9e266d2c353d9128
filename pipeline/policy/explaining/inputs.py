"""What a verdict rests on, each with its digest."""

from collections.abc import Iterator, Mapping
from typing import Final

from pipeline.policy.case import Case
from pipeline.policy.explaining.explanation import Input

_FILES: Final = ("findings.ndjson", "coverage.json", "inputs/facts.json")


def inputs(case: Case, files: Mapping[str, str]) -> tuple[Input, ...]:
    """List the policy, the files of the bundle that are judged, and the feeds of its stages."""
    policy = Input(name="policy", digest=case.policy.digest, note=case.source.source)
    stored = (Input(name=name, digest=files[name]) for name in _FILES if name in files)
    return (policy, *stored, *sorted(set(_feeds(case)), key=lambda one: (one.name, one.digest)))


def _feeds(case: Case) -> Iterator[Input]:
    used = (*case.feeds, *(feed for stage in case.stages for feed in stage.feeds))
    for feed in used:
        issue = f"{feed.version} of " if feed.version else ""
        excerpt = ", excerpt" if feed.excerpt else ""
        note = f"{issue}{feed.updated[:10]}{excerpt}"
        yield Input(name=f"feed {feed.name}", digest=feed.digest, note=note)
