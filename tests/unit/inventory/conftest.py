"""Trees in a temporary folder, outside git."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from pipeline.inventory.take import Request, take
from pipeline.model.inventory import Inventory

Lay: TypeAlias = Callable[[Mapping[str, str | bytes]], Path]
Take: TypeAlias = Callable[..., Inventory]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Write files below a folder of their own and return it."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / "tree"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write


@pytest.fixture
def take_tree(lay: Lay, tmp_path: Path) -> Take:
    """Lay a tree and take its inventory; the copy lies in `tmp_path/private/src`."""

    def taken(
        files: Mapping[str, str | bytes],
        *,
        exclude: tuple[str, ...] = (),
        requirements: tuple[str, ...] | None = None,
    ) -> Inventory:
        request = Request(root=lay(files), exclude=exclude, requirements=requirements)
        private = tmp_path / "private"
        private.mkdir()
        return take(request, tree=private, images=())

    return taken
