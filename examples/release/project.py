"""What is released: the mended shop in a repository of its own, and its image in a registry."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

from examples import build
from tests.support.registry.server import MiniRegistry

NAME: Final = "acme/shop"
_CONFIG: Final = """schema = "penstock/config@1"
policy = "policies"

[[exposure]] # nobody reaches the worker from outside
exposure = "internal"
paths = ["worker/**"]
"""
_NOT_COPIED: Final = shutil.ignore_patterns("feeds", "image", "policies", "penstock.toml", ".pen*")


class Project:
    """A git repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copytree(build.EXAMPLES / "shop-fixed", path, ignore=_NOT_COPIED)
        (path / "policies").mkdir()
        shutil.copy(Path(__file__).with_name("gate.yaml"), path / "policies")
        (path / "penstock.toml").write_text(_CONFIG)
        self._git("init", "-q", "-b", "main")
        self.base = self.commit("The shop and its gate")

    def commit(self, message: str) -> str:
        """Commit everything, and return the commit."""
        self._git("add", "-A")
        self._git("commit", "-q", "-m", message)
        return self._git("rev-parse", "HEAD")

    def _git(self, *words: str) -> str:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        command = ["git", *who, "-c", "commit.gpgsign=false", *words]
        done = subprocess.run(command, cwd=self.path, check=True, capture_output=True, text=True)
        return done.stdout.strip()


def push(registry: MiniRegistry, folder: Path, *, version: str) -> str:
    """Build the shop's image, push it under a version, and return its digest.

    No Docker is asked: the layout that the example builds is laid into the registry as it is. The
    version is a label in the image's configuration, so that each version has a digest of its own.
    """
    build.build_image("shop-fixed", folder)
    layout = folder / "layout"
    blobs = {f"sha256:{one.name}": one.read_bytes() for one in (layout / "blobs/sha256").iterdir()}
    index = json.loads((layout / "index.json").read_bytes())
    manifest = json.loads(blobs[index["manifests"][0]["digest"]])
    config = json.loads(blobs[manifest["config"]["digest"]])
    config.setdefault("config", {})["Labels"] = {"org.opencontainers.image.version": version}
    held = registry.held(NAME)
    manifest["config"] = held.blob(json.dumps(config).encode(), manifest["config"]["mediaType"])
    for layer in manifest["layers"]:
        held.blob(blobs[layer["digest"]], layer["mediaType"])
    return str(held.manifest(manifest, version)["digest"])
