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
    seconds, megabytes = map(float, told.stdout.split())
    what = f"gate: {FINDINGS:,} findings, 1,000 exceptions"
    yield Line(f"{what}, CPU", seconds, 5.0, "s")
    yield Line(f"{what}, memory beside the findings", megabytes, 1024, "MB")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print CPU seconds, and the megabytes that judging adds to the decoded findings."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    import gate

    from pipeline.model.finding import Finding
    from pipeline.policy.judging.gate import judge, matcher_of

    decode = msgspec.json.Decoder(Finding).decode
    small = gate.case(0)
    ready = matcher_of(small).ready
    # One at a time: making them must not need more memory than holding them.
    found = [decode(msgspec.json.encode(ready(gate.finding(one)))) for one in range(FINDINGS)]
    found.sort(key=lambda one: one.id)
    case = msgspec.structs.replace(small, findings=tuple(found))
    del found
    before = _peak()
    begun = time.process_time()
    judge(case)
    print(time.process_time() - begun, _peak() - before)


if __name__ == "__main__":
    main()
