"""What a file is to those who read it, by its name alone."""

from typing import Final

import msgspec

from pipeline.inventory import languages, manifests, workflows


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """By what a stage would choose the file."""

    language: str | None = None
    form: str | None = None
    """Of a manifest."""
    workflow: bool = False


NONE: Final = Role()


def of(path: str) -> Role:
    """Read a name."""
    kind = manifests.kind_of(path)
    return Role(
        language=languages.by_name(path),
        form=kind.form if kind else None,
        workflow=workflows.is_workflow(path),
    )
