"""The built wheel, in an empty environment and an empty HOME, on a stranger's repository."""

import gzip
import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from pipeline.toolchain.locate import default_root
from tests.support.artefacts import METADATA, Registry, dump, packed, serve
from tests.support.command import Bundle, penstock
from tests.support.cosign import Cosign, program
from tests.support.dependencies import record
from tests.support.enriching import catalogue, table
from tests.support.loopback import Loopback, Request, Response
from tests.support.sigstore.server import FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.enable_socket]

ROOT: Final = Path(__file__).parents[2]
SAN: Final = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"
DATABASE: Final = ROOT / "examples/shop/feeds/trivy-db/db/trivy.db"
RECORDS: Final = ROOT / "examples/feeds-source/osv-pypi.ndjson.gz"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, install it with its locked requirements, and return the program."""
    folder = tmp_path_factory.mktemp("wheel")
    build: list[str | Path] = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        folder,
    ]
    subprocess.run(build, cwd=ROOT, check=True)
    (wheel,) = folder.glob("penstock-*.whl")
    home = folder / "venv"
    venv.create(home, with_pip=True)
    python = home / "bin/python"
    pip: list[str | Path] = [python, "-I", "-m", "pip", "install", "-q"]
    locked = ROOT / "requirements/penstock.txt"
    subprocess.run([*pip, "--require-hashes", "-r", locked], check=True)
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True)
    return home / "bin" / "penstock"


@pytest.fixture
def home(tmp_path: Path) -> Mapping[str, str]:
    empty = tmp_path / "home"
    empty.mkdir()
    return {
        "HOME": str(empty),
        "XDG_CACHE_HOME": str(empty / ".cache"),
        "PENSTOCK_TOOLS": str(default_root(os.environ)),
    }


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "stranger"
    folder.mkdir()
    (folder / "main.py").write_text('"""A program."""\n\nprint("hello")\n')
    (folder / "requirements.txt").write_text("idna==3.20\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], cwd=folder, check=True)
    return folder


@pytest.fixture
def mirrors() -> Iterator[Mapping[str, str]]:
    """Serve today's dump and database, as their homes would."""
    now = datetime.now(UTC).isoformat()
    records = gzip.decompress(RECORDS.read_bytes()).splitlines()
    fresh = record("PYSEC-2026-1", "nobody-has-this", modified=now)
    head = f"#model_version:v1,score_date:{now}\n"
    served = {
        "/PyPI/all.zip": Response(body=dump([*records, fresh])),
        "/kev.json": Response(body=catalogue("CVE-2014-0160", dateReleased=now)),
        "/epss.csv.gz": Response(body=table({"CVE-2014-0160": 0.9}, head=head)),
    }

    def answer(request: Request) -> Response:
        return served.get(request.path, Response(404))

    dated = {**METADATA, "UpdatedAt": now}
    registry = Registry(
        packed({"trivy.db": DATABASE.read_bytes(), "metadata.json": json.dumps(dated).encode()})
    )
    with Loopback(answer) as feed, serve(registry) as images:
        yield {
            "PENSTOCK_OSV_MIRROR": feed.url,
            "PENSTOCK_TRIVY_DB_MIRROR": f"{images.url.removeprefix('http://')}/db/trivy:2",
            "PENSTOCK_KEV_MIRROR": f"{feed.url}/kev.json",
            "PENSTOCK_EPSS_MIRROR": f"{feed.url}/epss.csv.gz",
        }


def test_it_is_inconclusive_without_feeds_and_judges_after_a_sync(
    installed: Path,
    home: Mapping[str, str],
    repository: Path,
    mirrors: Mapping[str, str],
    tmp_path: Path,
) -> None:
    def run(out: str) -> tuple[int, Bundle]:
        done = penstock("run", repository, "--out", tmp_path / out, extra=home, program=installed)
        return done.code, Bundle(tmp_path / out)

    code, without = run("without")
    assert (code, without.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert without.verdict["policy"]["source"] == "wheel"
    assert {reason for _, _, reason in without.unanswered()} == {"feed_missing"}

    synced = penstock("feeds", "sync", extra={**home, **mirrors}, program=installed)
    assert synced.code == 0, synced.err
    code, clean = run("clean")
    assert (code, clean.verdict["verdict"]) == (0, "PASS"), clean.verdict

    (repository / "requirements.txt").write_text("pyyaml==5.3.1\n")
    code, bad = run("bad")
    assert (code, bad.verdict["verdict"]) == (1, "FAIL")
    assert {f["rule"] for f in bad.findings} == {"CVE-2020-14343"}


def test_schemas_and_help_are_in_the_wheel(installed: Path, home: Mapping[str, str]) -> None:
    names = penstock("schema", extra=home, program=installed)
    assert {"config-v1", "gate-policy-v1", "verdict-v1"} <= set(names.out.split())
    doctor = penstock("doctor", "--format", "json", extra=home, program=installed)
    assert json.loads(doctor.out)


def test_it_judges_signs_promotes_and_verifies(installed: Path) -> None:
    """The story of a release, walked by the program that is published."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "examples.release.story", installed],
        cwd=ROOT, env={**kept, "PENSTOCK_TOOLS": str(default_root(os.environ))},
        capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


def test_it_is_signed_as_the_workflow_signs_it(installed: Path, tmp_path: Path) -> None:
    """By the sigstore that its own lock brings, and verified by it and by cosign."""
    (wheel,) = installed.parents[2].glob("penstock-*.whl")
    python = installed.with_name("python")
    signature = wheel.with_name(f"{wheel.name}.sigstore.json")
    with FakeSigstore() as fake:
        trust = tmp_path / "trust.json"
        trust.write_text(json.dumps(fake.trust.client_trust_config()))
        issuer = fake.issuer.url
        sigstore: list[str | Path] = [python, "-m", "sigstore", "--trust-config", trust]
        token = fake.issuer.github_token()
        subprocess.run([*sigstore, "sign", "--identity-token", token, wheel], check=True)
    who = ["--cert-identity", SAN, "--cert-oidc-issuer", issuer]
    verify: list[str | Path] = [*sigstore, "verify", "identity", *who]
    assert subprocess.run([*verify, wheel], check=False).returncode == 0
    judge = Cosign(program(), tmp_path)
    words = ("verify-blob", "--bundle", signature, "--trusted-root", trusted_root(tmp_path, fake),
             "--certificate-identity", SAN, "--certificate-oidc-issuer", issuer)  # fmt: skip
    assert judge.run(*words, wheel).returncode == 0

    other = tmp_path / wheel.name
    other.write_bytes(wheel.read_bytes() + b"x")
    assert judge.run(*words, other).returncode != 0
    told: list[str | Path] = [*verify, "--bundle", signature, other]
    assert subprocess.run(told, check=False).returncode != 0


def trusted_root(folder: Path, fake: FakeSigstore) -> Path:
    path = folder / "trusted_root.json"
    path.write_text(json.dumps(fake.trust.trusted_root()))
    return path
