"""Makes the JSON Schema by which editors check policy tests."""

from collections.abc import Mapping
from types import ModuleType
from typing import Final

from pydantic import BaseModel

from pipeline.authoring import case_document
from pipeline.authoring.case_document import PolicyTestDocument
from pipeline.policy.loading import exception_document
from pipeline.policy.loading.schema import made

_MADE: Final[Mapping[str, tuple[type[BaseModel], str]]] = {
    "policy-test-v1": (PolicyTestDocument, "Penstock policy test (policies/tests/NAME_test.yaml)"),
}
_MODULES: Final[tuple[ModuleType, ...]] = (exception_document, case_document)


def generate() -> dict[str, str]:
    """Return every schema made here, by name, as the text of its file."""
    return made(_MADE, _MODULES)


def write() -> None:
    """Write the files of the package."""
    from pipeline import resources

    for name, text in generate().items():
        (resources.schemas() / f"{name}.schema.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
