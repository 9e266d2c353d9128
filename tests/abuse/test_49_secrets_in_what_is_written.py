"""Abuse case 49: twenty kinds of secret lie everywhere, and nothing that is written holds one."""

import base64
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from examples import build
from examples.support.oci_image import (
    Deb,
    Image,
    dpkg,
    os_release,
    python_package,
    text,
    write_layout,
)
from pipeline.stages import STAGES
from tests.support.command import Bundle, Ran, penstock
from tests.support.seeded import FORMATS, SECRETS, files, seen, spellings
from tests.support.small import gate

pytestmark = pytest.mark.tools

_CALL: Final = 'import os\nos.system("x " + password)\n'
_JOB: Final = "name: ci\non: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
_POD: Final = """apiVersion: apps/v1
kind: Deployment
metadata: {name: x}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers:
        - name: x
          image: x:latest
          env:
"""


PROXY: Final = {"HTTPS_PROXY": f"http://user:{SECRETS['stripe']}@127.0.0.1:9"}


def _sources() -> Mapping[str, str]:
    quoted = {name: json.dumps(value) for name, value in SECRETS.items()}
    python = "".join(f"{name.replace('-', '_')}_token = {it}\n" for name, it in quoted.items())
    env = "".join(f"{name.upper().replace('-', '_')}={it}\n" for name, it in SECRETS.items())
    rim = f"RSA {'PRIVATE'} KEY-----"
    pem = f"-----BEGIN {rim}\n{SECRETS['private-key']}\n-----END {rim}\n"
    terraform = "".join(f"  {name.replace('-', '_')} = {it}\n" for name, it in quoted.items())
    yaml = "".join(f"            - {{name: {name}, value: {it}}}\n" for name, it in quoted.items())
    steps = "".join(f"      - run: echo {it}\n" for it in quoted.values())
    key = SECRETS["github"]
    return {
        "app/settings.py": f"{python}password = {quoted['password']}\n{_CALL}",
        "app/broken.py": f"def broken(:\n    token = {quoted['stripe']}\n",
        "deploy/app.env": env,
        "deploy/id_rsa": pem,
        "infra/main.tf": f'resource "aws_db_instance" "x" {{\n{terraform}}}\n',
        "infra/broken.tf": f'resource "a" "x" {{\n  a = \n  b = {quoted["aws-secret"]}\n}}\n',
        "infra/pod.yaml": _POD + yaml,
        "Dockerfile": "FROM debian:latest\n"
        + "".join(f"ENV {name.upper().replace('-', '_')}={it}\n" for name, it in quoted.items()),
        ".github/workflows/ci.yml": f"{_JOB}{steps}      - run: echo ${{{{ github.head_ref }}}}\n",
        ".github/workflows/broken.yml": f"name: x\non: [\n  token: {key}\n",
        "requirements.txt": f"# {SECRETS['npm']}\npyyaml==5.3.1\n"
        f"--extra-index-url https://user:{SECRETS['gitlab']}@127.0.0.1:9/simple\n",
        f"notes/{key}.txt": "nothing in it\n",
        f"deploy/{SECRETS['slack']}/app.yaml": f"a: [{quoted['npm']}\n",
        "app/call.py": f"import os\nos.system('curl ' + {quoted['github']} + input())\n",
        ".github/workflows/literal.yml": f"{_JOB}      - run: echo ${{{{ github.head_ref || "
        f"'{SECRETS['gitlab']}' }}}}\n",
        "package-lock.json": json.dumps(_lock()),
        "pyproject.toml": f'[project]\nname = "x"\ndescription = {quoted["google"]}\n',
    }  # fmt: skip


def _lock() -> object:
    """A package from a place that asks who comes."""
    address = f"https://user:{SECRETS['npm']}@127.0.0.1:9/lodash.tgz"
    package = {"version": "4.17.21", "resolved": address}
    packages = {"": {"name": "e"}, "node_modules/lodash": package}
    return {"name": "e", "lockfileVersion": 3, "packages": packages}


def _committed(folder: Path) -> None:
    """Make it a repository whose history, remote and author hold secrets too."""
    key = SECRETS["github-fine"]
    own = ("-c", f"user.name={key}", "-c", f"user.email={key}@example.com")
    (folder / "gone.txt").write_text(SECRETS["docker"])
    for words in (
        ("init", "-q"),
        ("remote", "add", "origin", f"https://user:{key}@127.0.0.1:9/acme/app.git"),
        ("add", "-A"),
        ("commit", "-qm", f"a message with {SECRETS['huggingface']}"),
        ("rm", "-q", "gone.txt"),
        ("commit", "-qm", "gone"),
    ):
        subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded") / "repository"
    for name, content in _sources().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (folder / "policies").mkdir()
    (folder / "policies/gate.yaml").write_text(gate(*STAGES))
    feeds = build.EXAMPLES / "shop-fixed/feeds"
    shutil.copytree(feeds, folder / "feeds")
    secrets = "".join(f"{value}\n" for value in SECRETS.values())
    layers = (
        os_release("debian", "12")
        | dpkg(Deb(name="bash", version="5.2"))
        | python_package("pyyaml", "5.3.1")
        | text("etc/app.env", secrets)
        | text("root/.netrc", f"machine x login y password {SECRETS['password']}\n"),
    )
    write_layout(folder / "image", Image(layers=layers, user="app"))
    (folder / "penstock.toml").write_text(
        'schema = "penstock/config@1"\npolicy = "policies"\n[[image]]\nref = "oci:image"\n[feeds]\n'
        'osv = "feeds/osv"\ntrivy_db = "feeds/trivy-db"\nkev = "feeds/kev"\nepss = "feeds/epss"\n'
        f'[site]\nurl = "https://user:{SECRETS["npm"]}@127.0.0.1:9/"\n'
    )
    _committed(folder)
    return folder


def _told(done: Ran) -> bytes:
    return (done.out + done.err).encode("utf-8", "surrogateescape")


def test_nothing_that_is_written_holds_a_secret(repository: Path, tmp_path: Path) -> None:
    out, reports = tmp_path / "bundle", tmp_path / "reports"
    reports.mkdir()
    formats = [word for one in FORMATS for word in ("--format", f"{one}={reports / one}")]
    ran = penstock("run", repository, "--out", out, "--store", tmp_path / "history", *formats,
                   "--format", "text", "--progress", "plain",
                   cwd=repository, extra=PROXY)  # fmt: skip
    bundle = Bundle(out)
    kinds = {one["stage"] for one in bundle.findings}
    assert {"secrets", "semgrep", "config", "image", "workflows"} <= kinds, ran.err
    secret = [one for one in bundle.findings if one["kind"] == "secret"]
    assert len(secret) > 20
    told = {"run": _told(ran)}
    told["plan"] = _told(penstock("plan", repository, cwd=repository, extra=PROXY))
    told["plan, as JSON"] = _told(penstock("plan", repository, "--format", "json", cwd=repository))
    told["verdict"] = _told(penstock("explain", out, "--verdict"))
    for one in secret[:3]:
        told[one["id"]] = _told(penstock("explain", out, one["id"]))
    drafted = penstock(
        *("exception", "new", secret[0]["id"], "--bundle", out, "--owner", "a@example.com"),
        *("--requester", "b@example.com", "--ticket", "T-1", "--days", "5", "--reason"),
        "It is rotated by the platform team before the end of the week, as agreed.",
        cwd=repository,
    )
    told["exception"] = _told(drafted)
    image = bundle.verdict["subject"]["images"][0]
    said = penstock("attest", out, "--image", f"127.0.0.1:9/acme/app@{image}", "--print",
                    "--verifier", "https://example.com/gate")  # fmt: skip
    assert said.code == 0, said.err
    told["attest"] = _told(said)
    audit = penstock("audit", "export", "--bundles", tmp_path, "--from", "2026-01-01", "--to",
                     "2026-12-31", "--out", tmp_path / "audit")  # fmt: skip
    told["audit"] = _told(audit)

    written = [*told.items(), *files(tmp_path), *files(repository / "policies")]
    assert len(written) > 40
    assert not seen(written)


def test_every_spelling_would_be_seen() -> None:
    """A search that finds nothing anywhere proves nothing."""
    secret = SECRETS["password"]
    for said in (
        f"x {secret} y".encode(),
        json.dumps({"a": secret}).encode(),
        quote(f"https://x/?{secret}", safe="").encode(),
        base64.b64encode(f"user:{secret}".encode()),
        base64.b64encode(f"us:{secret}".encode()),
        f"x {secret}".encode().hex().encode(),
    ):
        assert any(form in said for _, form in spellings(secret)), said
