"""Penstock's own SBOM."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

SBOM = Path(__file__).parents[3] / "sbom"


def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("own_sbom", SBOM / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_matches_the_lock() -> None:
    made = program()
    assert (SBOM / "penstock.cdx.json").read_bytes() == made.build(made.LOCK.read_text()), (
        "run make sbom"
    )


def test_every_pin_of_the_lock_is_a_component() -> None:
    made = program()
    pins = set(re.findall(r"^([A-Za-z0-9._-]+)==", made.LOCK.read_text(), re.MULTILINE))
    document = json.loads((SBOM / "penstock.cdx.json").read_bytes())
    assert len(pins) > 20
    assert {one["name"] for one in document["components"]} == pins


def test_a_changed_lock_makes_another_sbom() -> None:
    made = program()
    lock = made.LOCK.read_text()
    changed = re.sub(r"^(rich==)\S+", r"\g<1>99.0", lock, flags=re.MULTILINE)
    assert changed != lock
    assert made.build(changed) != made.build(lock)
