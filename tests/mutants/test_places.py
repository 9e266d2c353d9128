"""Every mutant names one place of the code as it is now; whether it dies is asked elsewhere."""

from pathlib import Path

import pytest

from tests.mutants.ages import AGES
from tests.mutants.door import DOOR
from tests.mutants.mutants import MUTANTS, Mutant
from tests.mutants.people import PEOPLE

POLICY = Path(__file__).parents[2] / "pipeline" / "policy"


@pytest.mark.parametrize("mutant", [*MUTANTS, *AGES, *PEOPLE, *DOOR], ids=lambda one: one.name)
def test_it_names_one_place(mutant: Mutant) -> None:
    text = (POLICY / f"{mutant.module}.py").read_text(encoding="utf-8")
    assert text.count(mutant.before) == 1
