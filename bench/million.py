"""The gate over a million findings, as a bundle holds them: sorted, with their priorities."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from measure import Line

FINDINGS = 1_000_000


def lines() -> Iterator[Line]:
    """Judge them in a process of its own, so that nothing else counts as its memory."""
    told = subprocess.run(
        [sys.executable, Path(__file__)], check=True, capture_output=True, text=True
    )
    seconds, held, more = map(float, told.stdout.split())
    what = f"gate: {FINDINGS:,} findings, 1,000 exceptions"
    yield Line(f"{what}, CPU", seconds, 5.0, "s")
    yield Line(f"{what}, memory beside the {held:,.0f} MB of findings", more, 1024, "MB")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print CPU seconds, the megabytes of the decoded findings, and those that judging adds."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    import gate

    from pipeline.model.finding import Finding
    from pipeline.policy.judging.gate import judge, matcher_of

    decode = msgspec.json.Decoder(Finding).decode
    small = gate.case(0)
    ready = matcher_of(small).ready
    # In the order of a bundle, since a gate that jumps about in memory measures the memory; and
    # one at a time, so that making them needs no more memory than holding them.
    order = sorted(range(FINDINGS), key=lambda number: gate.finding(number).id)
    empty = _peak()
    found = tuple(decode(msgspec.json.encode(ready(gate.finding(one)))) for one in order)
    case = msgspec.structs.replace(small, findings=found)
    before = _peak()
    begun = time.process_time()
    judge(case)
    print(time.process_time() - begun, before - empty, _peak() - before)


if __name__ == "__main__":
    main()
