"""What a policy accepts for evidence that it cannot mean for good."""

from collections.abc import Iterator
from difflib import get_close_matches

from pipeline.authoring.lint_model import Flaw, warning
from pipeline.model.denied import plain
from pipeline.policy.model import SIGNED, Policy
from pipeline.toolchain import lock as locks


def excerpts(policy: Policy) -> Iterator[Flaw]:
    """Find that excerpts of feeds are accepted, which is good for trying out only."""
    if policy.demands.accept_excerpts:
        told = f"excerpts are accepted, so that {' and '.join(sorted(SIGNED))} cannot be judged"
        hint = "sync the whole feeds, and write `excerpts: refuse`"
        yield warning("excerpts", policy.places["excerpts"], told, hint)


def sandbox(policy: Policy) -> Iterator[Flaw]:
    """Find that scanners have all that their user may, and so may be bought."""
    if policy.demands.sandbox == "off":
        told = "scanners run without walls: each can read and write all that its user may"
        hint = "write `sandbox: preferred`, or `required` where every machine can give them"
        yield warning("sandbox", policy.places["sandbox"], told, hint)


def undated(policy: Policy) -> Iterator[Flaw]:
    """Find images that may be without a system for good, where an entry with a day would do."""
    hint = "write a dated entry of tolerated_gaps for it, with owner and reason"
    for stage, one in policy.demands.stages.items():
        for ref in one.no_os:
            told = f"{ref} may have no packages of a system, and nobody has to look at it again"
            yield warning("no-os-undated", policy.places[f"stage:{stage}"], told, hint)


def denied(policy: Policy) -> Iterator[Flaw]:
    """Find denied names that are no scanner's, and no package's that comes with one."""
    if not policy.demands.denied_tools:
        return
    known = _known(policy)
    for one in policy.demands.denied_tools:
        if plain(one.tool) in known:
            continue
        near = get_close_matches(plain(one.tool), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "take it out, if it was never meant here"
        told = f"{one.tool} is denied, and no scanner here is called so or brings it"
        yield warning("denied-unknown", policy.places["denied"], told, hint)


def _known(policy: Policy) -> frozenset[str]:
    """Name what can be denied: what is locked, what it brings, and whose reports are taken."""
    lock = locks.read()
    names = {*lock.tools, *(one.tool for one in policy.demands.imports)}
    names |= {name for tool in lock.tools.values() for name, _ in locks.pins(tool)}
    return frozenset(map(plain, names))
