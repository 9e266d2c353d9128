"""Every named mutant of the gate and of the door dies by its laws or its unit tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.mutants.ages import AGES
from tests.mutants.door import DOOR
from tests.mutants.mutants import MUTANTS, Mutant
from tests.mutants.people import PEOPLE

pytestmark = [pytest.mark.tools, pytest.mark.slow]
ROOT: Final = Path(__file__).parent.parent.parent
PROOF: Final = "tests/unit/policy"
AGES_PROOF: Final = "tests/unit/store"
DOOR_PROOF: Final = "tests/unit/verification"
SIGNER_PROOF: Final = "tests/unit/release"
PROOFS: Final = (PROOF, AGES_PROOF, DOOR_PROOF, SIGNER_PROOF)
EVERY: Final = (*MUTANTS, *AGES, *PEOPLE, *DOOR)
COPIED: Final = ("pipeline", "policies", "tools", "docs", *PROOFS, "tests/support")
FILES: Final = ("pyproject.toml", "tests/__init__.py", "tests/conftest.py")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what the proof needs, so that no mutant ever stands in the tree."""
    copy = tmp_path_factory.mktemp("mutants")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in FILES:
        (copy / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    return copy


def prove(where: Path, proof: str = PROOF) -> subprocess.CompletedProcess[str]:
    """Run the proof on a copy of the package, stopping at the first failure."""
    return subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "--tb=line",
            "-p", "no:cacheprovider", "--hypothesis-seed=0", proof,
        ],
        cwd=where,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(where),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(where),
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )  # fmt: skip


def proof_of(mutant: Mutant) -> str:
    """Name the tests that have to see a mutant."""
    known = {"store": AGES_PROOF, "verification": DOOR_PROOF, "release": SIGNER_PROOF}
    return next((proof for room, proof in known.items() if room in mutant.module), PROOF)


def test_the_unbroken_gate_passes_its_own_proof(sandbox: Path) -> None:
    for proof in PROOFS:
        done = prove(sandbox, proof)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("mutant", EVERY, ids=[one.name for one in EVERY])
def test_a_broken_gate_does_not(mutant: Mutant, sandbox: Path) -> None:
    module = sandbox / "pipeline" / "policy" / f"{mutant.module}.py"
    text = module.read_text(encoding="utf-8")
    assert text.count(mutant.before) == 1, "the mutant names no place, or several"
    module.write_text(text.replace(mutant.before, mutant.after), encoding="utf-8")
    try:
        done = prove(sandbox, proof_of(mutant))
    finally:
        module.write_text(text, encoding="utf-8")
    assert done.returncode == 1, f"{mutant.name} lives:\n{done.stdout}{done.stderr}"
    assert " failed" in done.stdout, done.stdout


def test_the_names_are_names() -> None:
    assert len({one.name for one in EVERY}) == len(EVERY)
