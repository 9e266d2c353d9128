"""Trivy ends well over files in which it looked for no secret."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.failopen.ways import Content, Laid, Way, asks, cases, check, found, gap, then
from tests.support.trivy import TOKEN

pytestmark = pytest.mark.tools

_RULE: Final = "github-pat"
_LINE: Final = f"token = '{TOKEN}'\n"
_LARGEST: Final = 200 << 20
_POINTER: Final = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 5\n"
_LONG: Final = (
    f"{'-' * 5}BEGIN PRIVATE KEY{'-' * 5}\n"
    + ("QmFzZTY0" * 8 + "\n") * 100
    + f"{'-' * 5}END PRIVATE KEY{'-' * 5}\n"
)
_SILENT: Final = """disable-rules: [github-pat]
allow-rules:
  - id: all
    path: .*
"""
_PASSED_OVER: Final = (
    *("tests/test_app.py", "vendor/a/b.yaml", "node_modules/a/index.js", "example/a.cfg"),
    *("locales/en.json", "usr/share/a.txt", "a.dist-info/METADATA", "yarn.lock", "logo.svg"),
)


def _asks(files: Mapping[str, Content]) -> Callable[[Path], Laid]:
    return asks("secrets", files)


def _huge(folder: Path) -> None:
    (folder / "huge.txt").write_text(_LINE)
    os.truncate(folder / "huge.txt", _LARGEST + 1)


def _linked_out(folder: Path) -> None:
    (folder / "link.txt").symlink_to("/etc/hostname")


WAYS: Final = (
    Way("secrets", "a control character early in a text makes it binary",
        _asks({"odd.txt": f"\x02 {_LINE}"}), gap("odd.txt", "ignored_by_tool"), quick=True),
    Way("secrets", "a text in UTF-16", _asks({"wide.txt": _LINE.encode("utf-16")}),
        gap("wide.txt", "ignored_by_tool")),
    Way("secrets", "a NUL byte in a text makes it binary", _asks({"odd.txt": f"{_LINE}\0"}),
        finds=found(_RULE, "odd.txt")),
    Way("secrets", "a text in UTF-16 without a mark",
        _asks({"bare.txt": _LINE.encode("utf-16-le")}), gap("bare.txt", "ignored_by_tool")),
    Way("secrets", "a text in UTF-32", _asks({"wide.txt": _LINE.encode("utf-32-be")}),
        gap("wide.txt", "ignored_by_tool")),
    Way("secrets", "a text that goes on in UTF-16, as `>>` of an old PowerShell writes it",
        _asks({".env": f"# our settings, for all\r\n{'A=1' * 200}\r\n".encode()
               + _LINE.encode("utf-16-le")}),
        gap(".env", "ignored_by_tool")),
    Way("secrets", "the same behind more text than it takes to be a text",
        _asks({".env": b"# padding\n" * 1000 + _LINE.encode("utf-16-le")}),
        gap(".env", "ignored_by_tool")),
    Way("secrets", "a long private key where one of the pieces ends that it looks at",
        _asks({"keys.txt": "padding line\n" * 4700 + _LONG, "key.pem": _LONG}),
        gap("keys.txt", "ignored_by_tool"), found("private-key", "key.pem")),
    Way("secrets", "Markdown", _asks({"README.md": _LINE}), finds=found(_RULE, "README.md")),
    Way("secrets", "the places that it leaves out by itself (tests/, vendor/, locks, pictures …)",
        _asks(dict.fromkeys(_PASSED_OVER, f"# padding\n{_LINE}")),
        finds=frozenset((_RULE, name) for name in _PASSED_OVER)),
    Way("secrets", "`trivy-secret.yaml` in the repository allows everything",
        _asks({"app.txt": _LINE, "trivy-secret.yaml": _SILENT}), finds=found(_RULE, "app.txt")),
    Way("secrets", "`trivy.yaml` and `.trivyignore` in the repository",
        _asks({"app.txt": _LINE, ".trivyignore": f"{_RULE}\n",
               "trivy.yaml": "scan:\n  scanners: [license]\n  skip-dirs: ['**']\n"}),
        finds=found(_RULE, "app.txt")),
    Way("secrets", "the example words of its allow list on the line",
        _asks({"app.txt": f"example test {_LINE}"}), finds=found(_RULE, "app.txt")),
    Way("secrets", "`trivy:ignore` and `gitleaks:allow` on the line",
        _asks({"app.txt": f"{_LINE.strip()} # trivy:ignore:{_RULE} gitleaks:allow\n"}),
        finds=found(_RULE, "app.txt")),
    Way("secrets", "a file of more than 10 MB, behind a great deal of text",
        _asks({"big.txt": "padding line\n" * 900_000 + _LINE}), finds=found(_RULE, "big.txt")),
    Way("secrets", "a file of more than 200 MiB", then(_asks({}), _huge),
        gap("huge.txt", "not_read")),
    Way("secrets", "a symbolic link", then(_asks({}), _linked_out),
        gap("link.txt", "link_outside")),
    Way("secrets", "a file of git-lfs that is not here", _asks({"model.txt": _POINTER}),
        gap("model.txt", "lfs_pointer")),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_where_trivy_looks_for_no_secret_is_said(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)


def test_what_is_binary_is_asked_of_nobody(tmp_path: Path) -> None:
    """It is no gap, and the list of what was asked does not hold it."""
    laid = _asks({"app.bin": b"\0\1\2" + _LINE.encode(), "app.txt": _LINE})(tmp_path)
    bundle = check(Way("secrets", "", lambda _: laid, finds=found(_RULE, "app.txt")), tmp_path)
    listed = (bundle.path / "coverage/secrets.txt").read_text()
    assert "app.txt" in listed
    assert "app.bin" not in listed
