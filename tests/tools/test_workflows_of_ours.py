"""Our own workflows and action: what zizmor and GitHub's schemas say about them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.installed import tool

pytestmark = pytest.mark.tools

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    "vendor.github-workflows": sorted((ROOT / ".github/workflows").glob("*.yml")),
    "vendor.github-actions": [ROOT / "action.yml"],
    "vendor.dependabot": [ROOT / ".github/dependabot.yml"],
}
ALLOWED = {"self-repository"}
"""`uses: ./` is how every runner that is in use today names the action of its own checkout."""


def test_zizmor_has_nothing_to_say_in_its_pedantic_persona() -> None:
    said = subprocess.run(
        [tool("zizmor"), "--offline", "--no-progress", "--no-config", "--persona", "pedantic",
         "--collect=all", "--no-exit-codes", "--format", "json-v1", "action.yml", ".github"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    assert {one["ident"] for one in json.loads(said.stdout)} <= ALLOWED


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_official_schema_accepts_them(schema: str) -> None:
    assert SCHEMAS[schema]
    check: list[str | Path] = [
        Path(sys.executable).parent / "check-jsonschema",
        "--builtin-schema",
        schema,
    ]
    done = subprocess.run([*check, *SCHEMAS[schema]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
