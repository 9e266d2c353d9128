"""The examples of docs/attestations, made from a judged image of the tests.

`python -m tests.attestations.doc` writes them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pipeline import resources
from pipeline.attest import PREDICATES
from pipeline.attest.statement import statements
from tests.support.attesting import everything

FOLDER: Final = Path(__file__).parents[2] / "docs" / "attestations"
SCHEMAS: Final = {
    "summary": FOLDER / "summary-v1.schema.json",
    "verdict": resources.schemas() / "attestation-verdict-v1.schema.json",
    "coverage": resources.schemas() / "attestation-coverage-v1.schema.json",
    "sbom": resources.schemas() / "vendor" / "bom-1.7.schema.json",
    "vulns": FOLDER / "vulns-v0.2.schema.json",
    "vex": resources.schemas() / "vendor" / "openvex-0.2.0.schema.json",
    "provenance": FOLDER / "provenance-v1.schema.json",
}
"""By the name of the kind, as in PREDICATES."""
STATEMENT: Final = FOLDER / "statement-v1.schema.json"


def kind_of(statement: Any) -> str:
    """Return the name of a statement's kind."""
    (name,) = (name for name, one in PREDICATES.items() if statement["predicateType"] == one.TYPE)
    return name


def examples() -> Iterator[tuple[Path, str]]:
    """Yield each file and its text."""
    for one in statements(everything()):
        text = json.dumps(json.loads(one.data), indent=2, sort_keys=True) + "\n"
        yield FOLDER / "examples" / f"{one.name}.intoto.json", text


def main() -> None:
    for path, text in examples():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
