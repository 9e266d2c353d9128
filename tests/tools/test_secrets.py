"""The secrets stage with the real Trivy: where it looks, and where it says it did not."""

from pathlib import Path

import msgspec
import pytest

from pipeline.model.gap import GapReason
from pipeline.model.outcome import Canary
from tests.support.command import Bundle, penstock
from tests.support.trivy import AWS_KEY, TOKEN, ask, database, job, real, write

pytestmark = [pytest.mark.tools, pytest.mark.slow]

KEY = (
    f"-----BEGIN RSA {'PRIVATE'} KEY-----\nMIIEpAIBAAKCAQEA7bq98qDk2Qm1vGZ0\n"
    f"-----END RSA {'PRIVATE'} KEY-----\n"
)


def test_secrets_are_found_in_every_kind_of_place(tmp_path: Path) -> None:
    places = (
        "app.py", "tests/a.py", "docs/notes.md", "vendor/x/y.yaml", "node_modules/a/b.js",
        "example/e.ini", "locales/en.json", "usr/share/x.cfg", "a.dist-info/RECORD",
        "package-lock.json", "image.svg", "dev/null.txt", "proc/x.txt", "Dockerfile",
    )  # fmt: skip
    files: dict[str, str | bytes] = dict.fromkeys(places, f"# token\nx = '{TOKEN}'\n")
    files["big.txt"] = "padding line\n" * 20_000 + f"x = '{AWS_KEY}'\n"
    files["keys/id_rsa"] = KEY
    asked = ask(
        job("secrets", tmp_path, files=files, tool=real(), feed=database(tmp_path / "feed")),
        tmp_path / "private",
    )
    found = {one.target: one for one in asked.answer.findings}
    assert set(found) == {*places, "big.txt", "keys/id_rsa"}
    assert found["big.txt"].location is not None
    assert found["big.txt"].location.line == 20_001
    written = msgspec.json.encode(asked.answer)
    assert TOKEN.encode() not in written
    assert b"MIIEpAIB" not in written
    assert asked.answer.canary is Canary.FOUND
    assert asked.done[0].gaps == ()


def test_what_trivy_passes_over_is_a_gap_and_really_not_found(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "control.txt": f"\x02 x = '{TOKEN}'\n",
        "wide.txt": f"x = '{TOKEN}'\n".encode("utf-16"),
        "late.txt": "a" * 400 + f"\n\x02 x = '{TOKEN}'\n",
    }
    asked = ask(
        job("secrets", tmp_path, files=files, tool=real(), feed=database(tmp_path / "feed")),
        tmp_path / "private",
    )
    found = {one.target for one in asked.answer.findings}
    gaps = {gap.target: gap.reason for gap in asked.answer.gaps}
    assert found.isdisjoint(gaps)
    assert gaps["wide.txt"] is GapReason.IGNORED_BY_TOOL
    assert found | set(gaps) == set(files)


def test_no_file_of_the_bundle_holds_a_secret(tmp_path: Path) -> None:
    """Not even one that stands in a line which Trivy quotes because it cannot parse it."""
    hidden = "correct-horse-battery"
    root = write(
        tmp_path / "repository",
        {
            "app.env": f"TOKEN={TOKEN}\n# beside it: {hidden}\n",
            "main.tf": f'resource "aws_instance" "x" {{\n  ami = \n  user = "{hidden}"\n}}\n',
            "Dockerfile": f"FROM scratch\nENV PASSWORD={hidden}\nUSER root\n",
        },
    )
    out = tmp_path / "bundle"
    done = penstock("run", root, "--only", "secrets", "--only", "config", "--out", out)
    found = {one["rule"] for one in Bundle(out).findings}
    assert {"github-pat", "DS-0002"} <= found
    written = [path for path in out.rglob("*") if path.is_file()]
    assert len(written) > 5
    for path in written:
        for secret in (TOKEN, hidden):
            assert secret.encode() not in path.read_bytes(), path
    assert TOKEN not in done.out + done.err
    assert hidden not in done.out + done.err
