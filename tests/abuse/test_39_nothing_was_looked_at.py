"""Abuse 39: a scanner ends well, says that all is well, and has looked at nothing."""

import json
from pathlib import Path
from typing import Final

import pytest

from pipeline.toolchain import lock
from tests.support.liars import Liar

pytestmark = pytest.mark.tools

UNHEARD: Final = {"canary_missed", "not_listed"}
_SKIPPED: Final = json.dumps(
    {
        "dependencies": [
            {"name": "idna", "skip_reason": "Dependency not found on PyPI and could not be audited"}
        ],
        "fixes": [],
    }
)
_VERSION: Final = {name: tool.version for name, tool in lock.read().tools.items()}
_SEMGREP: Final = json.dumps(
    {
        "version": _VERSION["semgrep"],
        "results": [],
        "errors": [],
        "paths": {"scanned": [], "skipped": []},
    }
)
_TRIVY: Final = json.dumps(
    {
        "SchemaVersion": 2,
        "Trivy": {"Version": _VERSION["trivy"]},
        "CreatedAt": "2026-11-01T00:00:00Z",
        "ArtifactType": "filesystem",
    }
)
_CYCLONEDX: Final = {"name": "cyclonedx-py", "version": _VERSION["cyclonedx-bom"]}
_BOM: Final = json.dumps(
    {
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "version": 1,
        "metadata": {"tools": {"components": [_CYCLONEDX]}},
    }
)
_STARTED: Final = f"echo ' INFO zizmor: - zizmor v{_VERSION['zizmor']}' >&2"
_WELL: Final = "echo 'No known vulnerabilities found' >&2"
IDLE: Final = {
    "pip-audit skips all of it": (
        "pip-audit",
        f"echo '{_SKIPPED}'; {_WELL}",
        UNHEARD | {"unsupported"},
    ),
    "pip-audit lists nothing": (
        "pip-audit",
        f"""echo '{{"dependencies": [], "fixes": []}}'; {_WELL}""",
        UNHEARD,
    ),
    "pip-audit only says that all is well": ("pip-audit", _WELL, {"tool_output"}),
    "semgrep scans no file": ("semgrep", f"echo '{_SEMGREP}' | put", UNHEARD | {"rule_error"}),
    "Trivy has no results": ("secrets", f"echo '{_TRIVY}' | put", {"canary_missed"}),
    "zizmor finds no inputs": ("workflows", f"{_STARTED}; echo '[]'", UNHEARD),
    "zizmor's own exit code for none": ("workflows", "echo 'no inputs collected' >&2; exit 3",
                                        {"tool_failed"}),
    "cyclonedx-py lists no component": ("sbom", f"echo '{_BOM}' | put", None),
}  # fmt: skip


@pytest.mark.parametrize("what", IDLE)
def test_a_report_about_nothing_is_no_answer(what: str, tmp_path: Path) -> None:
    stage, shell, reasons = IDLE[what]
    liar = Liar(tmp_path, stage)
    liar.says(shell)
    found = liar.reasons()
    assert found
    assert reasons is None or found <= reasons


def test_a_mirror_that_knows_nothing_clears_nobody(tmp_path: Path) -> None:
    """The real pip-audit says "No known vulnerabilities found": its canary tells otherwise."""
    from tests.faults.tables import hollow

    liar = Liar(tmp_path, "pip-audit")
    liar.passes()
    hollow(tmp_path / "osv")
    (liar.folder / "penstock.toml").write_text(
        f'schema = "penstock/config@1"\n[feeds]\nosv = "{tmp_path / "osv"}"\n'
    )
    assert liar.reasons() == {"canary_missed"}
