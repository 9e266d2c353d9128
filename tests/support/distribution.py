"""Docker's own registry (distribution 2.8), of its Debian package: it lists no referrers."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, socket
from typing import Final

import pytest

from tests.support import debian

USER: Final = ("user", "secret")
_PACKAGE: Final = debian.Package(
    name="docker-registry",
    version="2.8.2+ds1-1",
    suite="bookworm",
    sha256="a9bd06c0e006854608f8469b4371743f40604ad90975532bb3b7ceeb72fe2913",
    program="usr/bin/docker-registry",
    program_sha256="6ef17abe17337366675271b24591684c5dbe7514adfe9e95f57290c5c4eb9149",
)
_HASH: Final = "$2y$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u"
"""bcrypt of the password."""
_CONFIG: Final = """version: 0.1
storage:
  filesystem: {{rootdirectory: {folder}/data}}
  delete: {{enabled: false}}
http: {{addr: "127.0.0.1:{port}", secret: tests}}
log: {{level: error}}
"""
_AUTH: Final = """auth:
  htpasswd: {{realm: tests, path: {folder}/htpasswd}}
"""


def program() -> Path:
    """Return the registry. The test is skipped where it is not to be had."""
    try:
        return debian.fetched(_PACKAGE)
    except debian.MissingError as why:
        pytest.skip(str(why))


@contextmanager
def running(folder: Path, *, login: bool = False) -> Iterator[str]:
    """Run it on loopback and yield HOST:PORT; with `login` nobody but USER may read or write."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = _CONFIG + (_AUTH if login else "")
    (folder / "htpasswd").write_text(f"{USER[0]}:{_HASH}\n")
    (folder / "config.yml").write_text(told.format(folder=folder, port=port))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program(), "serve", folder / "config.yml"], stdout=log, stderr=log
        )
    try:
        _wait(port, process)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        assert process.poll() is None, "the registry did not start"
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the registry does not answer")
