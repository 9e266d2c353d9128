"""Makes tool locks and installations of a test's own, without a package index."""

import base64
import hashlib
import zipfile
from datetime import date
from pathlib import Path
from typing import Final

from pipeline.model.denied import DeniedTool
from pipeline.toolchain import lock as locks
from pipeline.toolchain import note

NAME: Final = "fake-tool"
PROGRAM: Final = "fake"


RELEASED: Final = date(2026, 1, 2)
SITE: Final = "lib/python3.11/site-packages"


def lock(*, version: str = "1.0", denied: tuple[DeniedTool, ...] = ()) -> locks.Lock:
    """Return a lock of one Python tool, whose requirements file is `fake.txt`."""
    tool = locks.VenvTool(
        version=version,
        source=f"pkg:pypi/{NAME}",
        released=RELEASED,
        program=PROGRAM,
        requirements="fake.txt",
    )
    return locks.Lock(tools={NAME: tool}, denied=denied)


def place(root: Path, known: locks.Lock, *, program: bytes = b"#!/bin/sh\necho 1.0\n") -> Path:
    """Put an installation of the lock's tool below a tools root, as if it had been installed."""
    tool = known.tool(NAME)
    folder = root / locks.folder_name(NAME, tool)
    packages = {"fake.py": b"VALUE = 1\n", "large.bin": bytes(3 << 20), "empty.py": b""}
    info = "fake_tool-1.0.dist-info/RECORD"
    lines = [f"{path},sha256={hashed(data)},{len(data)}" for path, data in packages.items()]
    packages[info] = "\n".join((*lines, f"{info},,", "")).encode()
    packages["__pycache__/fake.cpython-311.pyc"] = b"compiled"
    for path, data in packages.items():
        put(folder / SITE / path, data)
    put(folder / "bin" / PROGRAM, program)
    (folder / "bin" / PROGRAM).chmod(0o755)
    (folder / "bin" / "python").symlink_to("/bin/sh")
    bless(folder, known)
    return folder


def bless(folder: Path, known: locks.Lock) -> None:
    """Write the note of an installation, whatever is in it by now."""
    tool = known.tool(NAME)
    note.write(
        folder,
        name=NAME,
        version=tool.version,
        made_from=locks.made_from(NAME, tool),
        program=f"bin/{PROGRAM}",
    )


def put(path: Path, data: bytes) -> None:
    """Write a file and the folders that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def wheel(folder: Path, *, version: str = "1.0", code: str = "print('1.0')", **more: str) -> Path:
    """Write a wheel of the fake tool, and return its path. `more`: texts by `name_ext`."""
    info = f"fake_tool-{version}.dist-info"
    members = {
        "fake_tool.py": f"def main():\n    {code}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{PROGRAM} = fake_tool:main\n",
        **{name.replace("_", "."): text for name, text in more.items()},
    }
    lines = [f"{path},sha256={hashed(text.encode())},{len(text)}" for path, text in members.items()]
    members[f"{info}/RECORD"] = "\n".join((*lines, f"{info}/RECORD,,", ""))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"fake_tool-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def requirements(folder: Path, made: Path, *, version: str = "1.0", sha256: str = "") -> None:
    """Write the hash-locked file that lists the fake tool."""
    digest = sha256 or hashlib.sha256(made.read_bytes()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fake.txt").write_text(f"{NAME}=={version} --hash=sha256:{digest}\n")


def hashed(data: bytes) -> str:
    """Return a digest as RECORD files write it."""
    digest = hashlib.sha256(data).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
