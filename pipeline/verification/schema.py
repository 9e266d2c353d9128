"""Makes the JSON Schema by which editors check verify.yaml."""

from collections.abc import Mapping
from types import ModuleType
from typing import Final

from pydantic import BaseModel

from pipeline.policy.loading.schema import made
from pipeline.verification import document
from pipeline.verification.document import VerifyDocument

_MADE: Final[Mapping[str, tuple[type[BaseModel], str]]] = {
    "verify-policy-v1": (VerifyDocument, "Penstock policy for verifying (verify.yaml)"),
}
_MODULES: Final[tuple[ModuleType, ...]] = (document,)


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
