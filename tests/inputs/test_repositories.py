"""Odd repositories: everything in them is answered or a gap, and nothing of them is printed raw."""

import os
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import Bundle, Ran, penstock
from tests.support.small import repository

pytestmark = pytest.mark.tools


def run(folder: Path, *arguments: str) -> tuple[Ran, Bundle]:
    out = folder.parent / f"{folder.name}-out"
    return penstock("run", folder, "--out", out, *arguments), Bundle(out)


def git(folder: Path, *arguments: str) -> None:
    own = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "-c",
        "protocol.file.allow=always",
    ]
    subprocess.run(["git", *own, *arguments], cwd=folder, check=True, capture_output=True)


def committed(folder: Path) -> Path:
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "all")
    return folder


def test_an_empty_folder_is_inconclusive_and_says_which_key_helps(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done, bundle = run(tmp_path / "empty")
    assert done.code == 3
    # Whether this machine has feeds about findings is no matter here.
    missing = {(stage, reason) for stage, _, reason in bundle.unanswered() if stage}
    assert missing == {("semgrep", "no_targets"), ("secrets", "no_targets")}
    assert "evidence.stages.semgrep" in str(bundle.verdict["unanswered"])


def test_a_folder_without_git_works_and_says_so(tmp_path: Path) -> None:
    done, bundle = run(repository(tmp_path / "plain"))
    assert done.code == 0
    assert bundle.verdict["subject"]["commit"] is None
    assert "no commit" in done.out


NAMES: dict[str, bytes] = {
    "a newline": b"a\nb.txt",
    "an escape": b"\x1b[2J\x1b[1;1Hpwned.txt",
    "a space": b" a b .txt",
    "no UTF-8": b"\xff\xfe.txt",
    "a backslash": b"a\\x41.txt",
    "a workflow command": b"::error::pwned.txt",
    "markup": b"<script>alert(1)[a](b)`|.txt",
    "a bidirectional mark": "a\u202etxt.exe".encode(),
}


def _as_it_is(folder: Path) -> Path:
    return folder


@pytest.mark.parametrize(
    "lay",
    [
        pytest.param(committed, id="git"),
        pytest.param(_as_it_is, id="no git", marks=pytest.mark.slow),
    ],
)
def test_odd_names_are_answered_and_never_printed_raw(
    lay: Callable[[Path], Path], tmp_path: Path
) -> None:
    folder = repository(tmp_path / "odd", "secrets")
    for name in NAMES.values():
        path = folder / os.fsdecode(name)
        path.write_bytes(b"AWS_ACCESS_KEY_ID=AKIA" + b"QWERTYUIOPASDFGH\n")
    lay(folder)
    done, bundle = run(folder)
    assert done.code == 1, done
    assert len({f["target"] for f in bundle.findings}) == len(NAMES)
    assert bundle.verdict["unanswered"] == []
    texts = [done.out, done.err, (bundle.path / "summary.md").read_text()]
    texts.append((bundle.path / "coverage/secrets.txt").read_text())
    for text in texts:
        bad = {c for c in text if unicodedata.category(c) in {"Cc", "Cf"}} - {"\n", "\t"}
        assert not bad
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert "<script>" not in (bundle.path / "summary.md").read_text().replace("`<script>", "")


def _loop(folder: Path) -> None:
    (folder / "loop").symlink_to("loop")


def _out(folder: Path) -> None:
    (folder / "out.txt").symlink_to("/etc/hostname")


def _folder_out(folder: Path) -> None:
    (folder / "elsewhere").symlink_to("/etc")


def _pointer(folder: Path) -> None:
    (folder / "model.bin").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 5\n"
    )


@pytest.mark.parametrize(
    ("make", "target", "reason"),
    [
        pytest.param(_loop, "loop", "link_outside", marks=pytest.mark.slow),
        (_out, "out.txt", "link_outside"),
        pytest.param(_folder_out, "elsewhere", "link_outside", marks=pytest.mark.slow),
        (_pointer, "model.bin", "lfs_pointer"),
    ],
)
def test_what_cannot_be_looked_at_is_a_gap(
    make: Callable[[Path], None], target: str, reason: str, tmp_path: Path
) -> None:
    folder = repository(tmp_path / "odd", "secrets")
    make(folder)
    done, bundle = run(committed(folder))
    assert done.code == 3, done.out
    assert bundle.unanswered() == {("secrets", target, reason)}


def test_a_submodule_is_a_gap(tmp_path: Path) -> None:
    inner = committed(repository(tmp_path / "inner"))
    outer = repository(tmp_path / "outer", "secrets")
    git(outer, "init", "-q")
    git(outer, "submodule", "add", "-q", str(inner), "vendored")
    _, bundle = run(committed(outer))
    assert ("secrets", "vendored", "submodule") in bundle.unanswered()


def test_a_link_inside_is_answered_by_what_it_leads_to(tmp_path: Path) -> None:
    folder = repository(tmp_path / "odd", "secrets")
    (folder / "inside").symlink_to("policies/gate.yaml")
    done, bundle = run(committed(folder))
    assert (done.code, bundle.verdict["unanswered"]) == (0, [])


def test_a_source_file_of_50_megabytes_is_answered(tmp_path: Path) -> None:
    line = b"x = 'abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz'\n"
    large = line * (50_000_000 // len(line))
    folder = repository(tmp_path / "large", "secrets", files=[("big.py", large)])
    done, bundle = run(folder)
    assert done.code == 0, done.out
    assert bundle.verdict["unanswered"] == []


def test_a_folder_that_nobody_may_list_is_an_error_and_not_an_empty_repository(
    tmp_path: Path,
) -> None:
    folder = repository(tmp_path / "closed", "secrets")
    (folder / "private").mkdir()
    (folder / "private/key.txt").write_text("x\n")
    (folder / "private").chmod(0)
    prefix = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"]
    try:
        out = tmp_path / "out"
        done = penstock("run", folder, "--out", out, prefix=prefix)
    finally:
        (folder / "private").chmod(0o700)
    assert done.code == 3, done
    assert ("secrets", "private", "not_read") in Bundle(out).unanswered()


def test_a_repository_without_source_still_has_an_sbom(tmp_path: Path) -> None:
    folder = repository(tmp_path / "bare", "sbom", files=[("README.md", "# hello\n")])
    done, bundle = run(folder)
    assert done.code == 0, done.out
    assert bundle.json("sbom/merged.cdx.json")["specVersion"] == "1.7"


REQUIREMENTS: dict[str, tuple[bytes, set[str]]] = {
    "a bad marker": (b"idna==3.20 ; python_versoin > '3'\n", {"parse_error"}),
    "an editable": (b"-e .\n", {"unsupported"}),
    "a URL": (b"https://example.com/a-1.0-py3-none-any.whl\n", {"unsupported"}),
    "a repository": (b"git+https://example.com/a.git#egg=a\n", {"unsupported"}),
    "a path": (b"./local\n", {"unsupported"}),
    "a range": (b"idna>=3\n", {"unpinned"}),
    "a wildcard": (b"idna==3.*\n", {"unpinned"}),
    "an arbitrary equality": (b"idna===3.20-odd\n", {"unpinned", "unsupported", "parse_error"}),
    "a recursion": (b"-r requirements.txt\nidna==3.20\n", set()),
    "a missing file": (b"-r nowhere.txt\n", {"not_read"}),
    "a file outside": (b"-r ../../../../etc/hostname\n", {"link_outside", "not_read"}),
    "a byte order mark": (b"\xef\xbb\xbfidna==3.20\n", set()),
    "UTF-16": ("idna==3.20\n".encode("utf-16"), set()),
    "hashes": (b"idna==3.20 \\\n  --hash=sha256:" + b"0" * 64 + b"\n", set()),
    "noise": (b"\x00\x01\x02\xff\n", {"not_read", "parse_error"}),
}


@pytest.mark.parametrize(("text", "reasons"), REQUIREMENTS.values(), ids=REQUIREMENTS)
def test_requirements_are_answered_or_gaps_line_by_line(
    text: bytes, reasons: set[str], tmp_path: Path
) -> None:
    feeds = Path(__file__).parents[2] / "examples/shop/feeds/osv"
    settings = f'schema = "penstock/config@1"\n[feeds]\nosv = "{feeds}"\n'
    folder = repository(
        tmp_path / "pins",
        "pip-audit",
        files=[("requirements.txt", text), ("penstock.toml", settings)],
    )
    done, bundle = run(folder)
    found = {reason for _, _, reason in bundle.unanswered()}
    assert found <= reasons if reasons else not found
    assert done.code == (3 if reasons else 0), done.out
