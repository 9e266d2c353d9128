"""Small repositories with a policy that asks little, so that a run costs less than a second."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pipeline.stages import STAGES

WORKFLOW: Final = """name: ci
on: push
permissions: {}
concurrency: {group: ci, cancel-in-progress: true}
jobs:
  a:
    name: a
    runs-on: ubuntu-24.04
    steps:
      - run: echo hello
"""


def gate(*required: str, more: str = "") -> str:
    """Write a gate.yaml that requires these stages only."""
    stages = "".join(
        f"    {name}: {{required: {'always' if name in required else 'no'}}}\n" for name in STAGES
    )
    return f"""apiVersion: penstock/v1
kind: GatePolicy
metadata: {{name: small}}
evidence:
  excerpts: accept
  stages:
{stages}priorities:
  - {{priority: P1, title: High, match: {{severity: [high]}}}}
rules:
  - {{id: R-1, title: Nothing high, match: {{severity: [critical, high]}}, effect: fail}}
exceptions:
  approvals: {{default: 0}}
{more}"""


def repository(folder: Path, *required: str, files: Iterable[tuple[str, str | bytes]] = ()) -> Path:
    """Make a folder with a workflow, that policy, and these files. No git."""
    contents: dict[str, str | bytes] = {
        ".github/workflows/ci.yml": WORKFLOW,
        "policies/gate.yaml": gate(*(required or ("workflows",))),
        **dict(files),
    }
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder
