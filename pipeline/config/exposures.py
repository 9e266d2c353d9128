"""What penstock.toml states of exposure, as the findings of a run are held against it."""

from collections.abc import Callable
from pathlib import Path

from pipeline.config.document import Document
from pipeline.model.exposure import Stated


def exposures(
    document: Document, at: Callable[..., Callable[[], str]], below: str
) -> tuple[Stated, ...]:
    """Read the entries; `at` tells where each stands, `below` where the target lies."""
    return tuple(
        Stated(
            exposure=entry.exposure,
            paths=tuple(entry.paths),
            images=tuple(entry.images),
            below=below,
            source=at("exposure", str(index))(),
        )
        for index, entry in enumerate(document.exposure)
    )


def below(target: Path, home: Path) -> str:
    """Name the target as the folder of the configuration sees it; empty where it is that."""
    below = target.relative_to(home).as_posix()
    return "" if below == "." else f"{below}/"
