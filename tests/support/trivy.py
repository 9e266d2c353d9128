"""Trees, images and databases for the stages that ask Trivy, and how their reports are recorded.

`python -m tests.support.trivy TRIVY` writes the recordings below tests/data anew.
"""

import gzip
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from examples.support import oci_image, trivy_db
from examples.support.oci_image import Deb, Image, Layer
from examples.support.trivy_db import Advisory, Detail, Source
from pipeline.inventory import take
from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import ToolError
from pipeline.model.inventory import BadImage, Inventory
from pipeline.model.inventory import Image as Verified
from pipeline.model.outcome import Answer, Completed, account
from pipeline.oci.image import open_image
from pipeline.stages import STAGES
from pipeline.stages.base import Job, Options, Reports
from pipeline.toolchain import process
from pipeline.toolchain.command import Report
from tests.support import installed

DATA: Final = Path(__file__).parents[1] / "data"
DEFAULTS: Final = Options()
MOMENT: Final = datetime(2026, 11, 1, tzinfo=UTC)
AWS_KEY: Final = "AKIA" + "QWERTYUIOPASDFGH"
TOKEN: Final = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
TOOL: Final = Tool(name="trivy", version="0.74.0", path="/tools/trivy", sha256="0", locked=True)
FEED: Final = Feed(
    name="trivy_db",
    path="/feeds/trivy-db",
    digest="sha256:" + "0" * 64,
    updated="2026-11-01T00:00:00Z",
    excerpt=True,
    records=1,
)

_DOCKERFILE: Final = """ARG BASE=python:3.11
FROM ${BASE} AS build
RUN apt-get update && apt-get install -y curl
FROM scratch
COPY --from=build /x /x
"""
_OPEN: Final = """variable "cidr" {}
resource "aws_security_group" "open" {
  description = "open"
  ingress {
    description = "ssh"
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
module "child" { source = "./child" }
"""
_POD: Final = """apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{name: a, image: a, securityContext: {privileged: true}}]
"""
_TEMPLATE: Final = """apiVersion: v1
kind: Pod
metadata: {name: {{ .Release.Name }} }
spec:
  containers: [{name: a, image: a, securityContext: {privileged: true}}]
"""
TREES: Final[Mapping[str, Mapping[str, str]]] = {
    "config": {
        "Dockerfile": _DOCKERFILE,
        "app/dockerfile": "FROM scratch\nUSER root\n",
        "app/Dockerfile-dev": "#trivy:ignore:DS-0002\nFROM scratch\nUSER root\n",
        "broken/Dockerfile": "FRM scratch\n",
        "infra/main.tf": _OPEN,
        "infra/clean.tf": 'output "z" { value = 1 }\n',
        "infra/used.tf": 'output "cidr" { value = var.cidr }\n',
        "infra/child/main.tf": 'output "z" { value = 1 }\n',
        "half/good.tf": 'output "z" { value = 1 }\n',
        "half/bad.tf": 'resource "aws_instance" "x" {\n  ami = \n  password = "hunter2"\n}\n',
        "remote/main.tf": 'module "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n',
        "k8s/pod.yaml": _POD,
        "k8s/clean.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {}\n",
        "k8s/bad.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {a\nspec: ]\n",
        "chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 0.1.0\n",
        "chart/.helmignore": "hidden.yaml\n",
        "chart/templates/pod.yaml": _TEMPLATE,
        "chart/templates/hidden.yaml": _TEMPLATE,
        "stack/template.json": '{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}',
    },
    "secrets": {
        "tests/test_app.py": f"key = '{AWS_KEY}'\n",
        "notes.md": f"first\nkey = '{AWS_KEY}'\nagain = '{AWS_KEY}'\n",
        "deploy/example.env": f"TOKEN={TOKEN} # and more\n",
        "clean.py": "print('nothing to see here')\n",
        "odd.txt": f"\x01 {TOKEN}\n",
        "short": "x\n",
    },
    "packages": {
        "requirements.txt": "jinja2==2.10\nmarkupsafe==1.0\n",
        "web/package-lock.json": (
            '{"name": "web", "lockfileVersion": 3, "packages": {"": {"name": "web"},'
            ' "node_modules/lodash": {"version": "4.17.4"},'
            ' "node_modules/minimist": {"version": "0.0.8", "dev": true}}}'
        ),
        "web/package.json": '{"dependencies": {"lodash": "^4.17.0"}}',
        "loose/package.json": '{"dependencies": {"lodash": "^4.17.0"}}',
        "empty/package-lock.json": '{"name": "e", "lockfileVersion": 3, "packages": {"": {}}}',
        "broken/package-lock.json": '{"name": "b", "lockfileVersion": 3, "packages": {',
        "tool/go.mod": "module tool\n\ngo 1.20\n\nrequire golang.org/x/net v0.1.0\n",
        "rust/Cargo.lock": 'version = 3\n\n[[package]]\nname = "time"\nversion = "0.1.42"\n',
    },
}

_PIP: Final = Source(
    bucket="pip::GitHub Security Advisory Pip",
    id="ghsa",
    name="GitHub Security Advisory Pip",
    advisories={
        "jinja2": {
            "CVE-2019-10906": Advisory(
                vulnerable=("< 2.10.1",), patched=("2.10.1",), vendor_ids=("GHSA-462w-v97r-4m45",)
            )
        }
    },
)
_NPM: Final = Source(
    bucket="npm::GitHub Security Advisory Npm",
    id="ghsa",
    name="GitHub Security Advisory Npm",
    advisories={
        "lodash": {"CVE-2019-10744": Advisory(vulnerable=("< 4.17.12",), patched=("4.17.12",))},
        "minimist": {"CVE-2020-7598": Advisory(vulnerable=("< 0.2.1",), patched=("0.2.1",))},
    },
)
_GO: Final = Source(
    bucket="go::GitHub Security Advisory Go",
    id="ghsa",
    name="GitHub Security Advisory Go",
    advisories={
        "golang.org/x/net": {"CVE-2022-41723": Advisory(vulnerable=("< 0.7.0",), patched=())}
    },
)
DEBIAN: Final = Source(
    bucket="debian 12",
    id="debian",
    name="Debian Security Tracker",
    advisories={
        "zlib": {"CVE-2023-45853": Advisory(status="will_not_fix")},
        "openssl": {
            "CVE-2023-5363": Advisory(fixed="3.0.11-1~deb12u2", vendor_ids=("DSA-5532-1",))
        },
    },
)
SOURCES: Final = (DEBIAN, _PIP, _NPM, _GO)
DETAILS: Final[Mapping[str, Detail]] = {
    "CVE-2019-10906": Detail(
        title="python-jinja2: str.format_map allows sandbox escape",
        severity={"ghsa": "HIGH", "nvd": "MEDIUM"},
        vectors={"ghsa": ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N", 8.6)},
        cwes=("CWE-693",),
        published="2019-04-10T14:30:24Z",
    ),
    "CVE-2023-45853": Detail(title="zlib: integer overflow", severity={"nvd": "CRITICAL"}),
    "CVE-2023-5363": Detail(title="openssl: key lengths", severity={"nvd": "HIGH"}),
    "CVE-2019-10744": Detail(title="lodash: prototype pollution", severity={"ghsa": "CRITICAL"}),
    "CVE-2020-7598": Detail(title="minimist: prototype pollution", severity={"ghsa": "MEDIUM"}),
}

LIBRARIES: Final = (
    Deb("libssl3", "3.0.11-1~deb12u1", source="openssl"),
    Deb("tzdata", "2024a-0+deb12u1"),
    Deb("zlib1g", "1:1.2.13.dfsg-1", source="zlib"),
)


class Asked(NamedTuple):
    """A stage's job, and what its processes left."""

    job: Job
    reports: Reports

    @property
    def answer(self) -> Answer:
        return STAGES[self.job.stage].parse(self.job, self.reports)

    @property
    def done(self) -> tuple[Completed, dict[str, str]]:
        return account(self.job.stage, self.job.scope, self.answer)


@cache
def real() -> Tool:
    """Return the installed Trivy, verified once."""
    return msgspec.structs.replace(TOOL, path=str(installed.tool("trivy")))


def rootfs(*packages: Deb, release: str = "12") -> Layer:
    """Return a layer with a Debian system of these packages."""
    return oci_image.os_release("debian", release) | oci_image.dpkg(*(packages or LIBRARIES))


def good_image() -> Image:
    return Image(layers=(rootfs() | oci_image.python_package("Jinja2", "2.10"),))


def layout(folder: Path, *images: Image) -> str:
    """Write a layout beside `folder` and return its reference."""
    oci_image.write_layout(folder, *(images or (good_image(),)))
    return f"oci:{folder.name}"


def database(folder: Path, sources: Iterable[Source] = SOURCES) -> Feed:
    """Write a database and return it as a feed."""
    trivy_db.write(folder, tuple(sources), DETAILS, updated=MOMENT)
    return Feed(
        name="trivy_db",
        path=str(folder),
        digest="sha256:0",
        updated="2026-11-01T00:00:00Z",
        excerpt=True,
        records=1,
    )


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a tree of files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def job(
    stage: str,
    workspace: Path,
    *,
    files: Mapping[str, str | bytes] | None = None,
    images: tuple[Verified | BadImage, ...] = (),
    tool: Tool | ToolError = TOOL,
    feed: Feed | ToolError = FEED,
    options: Options = DEFAULTS,
) -> Job:
    """List a tree as a run does and return a stage's job over it."""
    root = write(workspace / "root", files or {})
    root.mkdir(exist_ok=True)
    tree, work = workspace / "tree", workspace / "work"
    tree.mkdir(exist_ok=True)
    work.mkdir(exist_ok=True)
    request = take.Request(root=root)
    inventory: Inventory = take.take(request, tree=tree, images=images)
    return Job(
        stage=stage,
        tree=tree,
        work=work,
        word="a1b2c3d4",
        inventory=inventory,
        scope=STAGES[stage].scope(inventory, options),
        tools={"trivy": tool},
        feeds={"trivy_db": feed},
        options=options,
        cores=2,
    )


def verified(workspace: Path, *images: Image) -> Verified:
    """Write an image and open it as a run does."""
    (workspace / "images").mkdir(parents=True, exist_ok=True)
    ref = layout(workspace / f"image{len(list(workspace.iterdir()))}", *images)
    opened = open_image(ref, home=workspace, private=workspace / "images")
    assert isinstance(opened, Verified), opened
    return opened


def ask(asked: Job, private: Path) -> Asked:
    """Run a stage's commands and return what they left."""
    reports: dict[str, Report | ToolError] = {}
    for command in STAGES[asked.stage].commands(asked):
        for path, data in command.inputs:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        reports[command.label] = process.run(
            command, private=private, stop=threading.Event()
        ).result
    return Asked(asked, reports)


def recorded(stage: str, label: str) -> Report:
    """Return a real report from tests/data."""
    folder = DATA / stage
    return Report(
        label=label,
        data=gzip.decompress((folder / f"{label}.json.gz").read_bytes()),
        exit_code=0,
        stderr=(folder / f"{label}.stderr").read_text(),
    )


def replay(stage: str, workspace: Path) -> Asked:
    """Return a recorded stage: its tree laid out anew, its reports as they were recorded."""
    images = (verified(workspace),) if stage == "image" else ()
    asked = job(stage, workspace, files=TREES.get(stage), images=images)
    labels = [command.label for command in STAGES[stage].commands(asked)]
    return Asked(asked, {label: recorded(stage, label) for label in labels})


def record(trivy: str) -> None:
    """Write every recording anew, in a folder whose name says nothing of this machine."""
    tool = Tool(name="trivy", version="0.74.0", path=trivy, sha256="0", locked=True)
    for stage in ("config", "secrets", "packages", "image"):
        with tempfile.TemporaryDirectory(prefix="penstock-record-") as name:
            workspace = Path(name)
            feed = database(workspace / "feed")
            images = (verified(workspace),) if stage == "image" else ()
            asked = job(
                stage, workspace, files=TREES.get(stage), images=images, tool=tool, feed=feed
            )
            for label, report in ask(asked, workspace / "private").reports.items():
                assert isinstance(report, Report), report
                folder = DATA / stage
                folder.mkdir(exist_ok=True)
                packed = gzip.compress(report.data, mtime=0)
                (folder / f"{label}.json.gz").write_bytes(packed)
                log = report.stderr.replace(name, "/workspace")
                (folder / f"{label}.stderr").write_text(log)


if __name__ == "__main__":
    record(str(Path(sys.argv[1]).resolve()))
