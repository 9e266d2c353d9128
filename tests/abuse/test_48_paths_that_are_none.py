"""Abuse 48: paths that lead elsewhere, in a report and on the disk."""

import os
import string
import unicodedata
from pathlib import Path, PurePosixPath
from typing import Final

import pytest

from tests.support.attacked import BAD
from tests.support.liars import Liar

pytestmark = pytest.mark.tools

CI: Final = ".github/workflows/ci.yml"
PATHS: Final = (
    "../../etc/passwd",
    "/etc/passwd",
    "src/../../etc/passwd",
    "src/./app.py",
    "src//app.py",
    "src/%61pp.py",
    "%2e%2e/app.py",
    "file:///etc/passwd",
    "src\\\\app.py",
    "SRC/app.py",
    "src/app.py\\u0000",
    "src/app.py\\n",
    "src/nowhere.py",
    "",
)
"""As they stand in JSON."""
TOKEN: Final = "ghp_" + (string.ascii_letters + string.digits)[:36]


def _secret(liar: Liar) -> None:
    (liar.folder / "app.py").write_text(f'x = "{TOKEN}"\n')


@pytest.mark.parametrize("path", PATHS)
def test_a_secret_in_a_path_that_was_not_asked_is_no_answer(path: str, tmp_path: Path) -> None:
    """It must not vanish: the file that it is in would count as clean."""
    liar = Liar(tmp_path, "secrets")
    _secret(liar)
    odd = path.replace("\\", "\\\\")
    liar.alters(f"""sed 's|"Target": "src/app.py"|"Target": "{odd}"|'""")
    assert liar.reasons() == {"tool_output"}


@pytest.mark.parametrize("path", PATHS)
def test_nor_is_a_workflow_that_was_not_asked(path: str, tmp_path: Path) -> None:
    liar = Liar(tmp_path, "workflows")
    (liar.folder / CI).write_text(BAD)
    odd = path.replace("app.py", CI).replace("\\", "\\\\")
    liar.alters(f"""sed 's|"src/{CI}"|"{odd}"|'""")
    assert liar.reasons() == {"tool_output"}


def test_without_the_lie_both_are_found(tmp_path: Path) -> None:
    liar = Liar(tmp_path / "a", "secrets")
    _secret(liar)
    liar.alters("cat")
    assert liar.run()[0].code == 1
    liar = Liar(tmp_path / "b", "workflows")
    (liar.folder / CI).write_text(BAD)
    liar.alters("cat")
    assert liar.run()[0].code == 1


NAMES: Final = (
    "plain.txt",
    "%2e%2e%2fup.txt",
    "file:/x.txt",
    "back\\slash.txt",
    "..\\up.txt",
    "C:\\Windows\\win.txt",
    "~/home.txt",
    "-rf.txt",
    " lead and trail .txt",
    "new\nline.txt",
    "return\rhome.txt",
    "::error::x.txt",
    "\x1b[2Jclear.txt",
    "right\u202etxt.cod",
    unicodedata.normalize("NFC", "é.txt"),
    unicodedata.normalize("NFD", "é.txt"),
    "a/.../dots.txt",
    "x" * 250 + ".txt",
    os.fsdecode(b"\xff\xfe.txt"),
)


def test_every_file_has_one_name_below_the_root_whatever_it_is_called(tmp_path: Path) -> None:
    liar = Liar(tmp_path, "secrets")
    for name in NAMES:
        path = liar.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'key = "{TOKEN}"\n')
    (liar.folder / "inside.txt").symlink_to("plain.txt")
    (liar.folder / "outside.txt").symlink_to("/etc/hostname")
    (liar.folder / "up.txt").symlink_to("../elsewhere.txt")
    (tmp_path / "elsewhere.txt").write_text(f'key = "{TOKEN}"\n')
    done, bundle = liar.run()
    assert done.code == 1, done.out
    found = [one["location"]["path"] for one in bundle.findings]
    assert len(found) == len(set(found)) == len(NAMES)
    for path in found:
        assert path.isprintable()
        assert not PurePosixPath(path).is_absolute()
        assert ".." not in PurePosixPath(path).parts
    gaps = {target for _, target, reason in bundle.unanswered() if reason == "link_outside"}
    assert gaps == {"outside.txt", "up.txt"}


def test_settings_cannot_lead_out_of_the_repository_in_ci(tmp_path: Path) -> None:
    liar = Liar(tmp_path, "workflows")
    for root in ("..", "/etc", "a/../.."):
        (liar.folder / "penstock.toml").write_text(
            f'schema = "penstock/config@1"\n[source]\nroot = "{root}"\n'
        )
        done, _ = liar.run()
        assert done.code in (2, 3), done
