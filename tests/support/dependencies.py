"""Makes what the pip-audit stage needs: an inventory of pins, a snapshot of records, a job."""

import json
from collections.abc import Iterable
from pathlib import Path

from pipeline.feeds import osv, osv_files
from pipeline.model.artifact import Feed, Tool
from pipeline.model.gap import ToolError
from pipeline.model.inventory import Inventory, Origin, Pin
from pipeline.stages.base import Job, Options
from pipeline.stages.pip_audit import stage as pip_audit

DATA = Path(__file__).parents[1] / "data" / "pip-audit"
FEED = Feed(
    name="osv",
    path="/feeds/osv",
    digest="sha256:" + "0" * 64,
    updated="2024-10-10T00:00:00Z",
    excerpt=True,
    records=1,
)
TOOL = Tool(name="pip-audit", version="2.10.1", path="/tools/pip-audit", sha256="0", locked=True)


def pin(spec: str, manifest: str = "requirements.txt", line: int = 1) -> Pin:
    """Make a pin of `name==version`."""
    name, _, version = spec.partition("==")
    return Pin(manifest=manifest, line=line, name=name, version=version)


def inventory(*pins: Pin) -> Inventory:
    return Inventory(
        root="/src",
        origin=Origin.FILES,
        commit=None,
        tree=None,
        dirty=None,
        files=(),
        unread=(),
        excluded=(),
        suppressions=(),
        manifests=(),
        pins=tuple(sorted(pins)),
        workflows=(),
        iac=(),
        remote_modules=(),
        images=(),
        digest="sha256:0",
    )


def job(
    *pins: Pin,
    work: Path = Path("/work-folder"),
    tool: Tool | ToolError = TOOL,
    feed: Feed | ToolError = FEED,
) -> Job:
    listed = inventory(*pins)
    return Job(
        stage="pip-audit",
        tree=work / "tree",
        work=work,
        word="a1b2c3d4",
        inventory=listed,
        scope=pip_audit.scope(listed, Options()),
        tools={"pip-audit": tool},
        feeds={"osv": feed},
        options=Options(),
        cores=2,
    )


def record(identifier: str, package: str, *events: dict[str, str], **fields: object) -> bytes:
    """Make an OSV record with one range."""
    affected = {
        "package": {"ecosystem": "PyPI", "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events or ({"introduced": "0"},)}],
    }
    return json.dumps(
        {
            "id": identifier,
            "modified": "2024-01-01T00:00:00Z",
            "published": "2023-12-24T10:00:00Z",
            "affected": [affected],
            **fields,
        }
    ).encode()


def snapshot(folder: Path, records: Iterable[bytes], *, excerpt: bool = False) -> Feed:
    """Write a snapshot and open it, as `feeds sync` does."""
    ordered = sorted(records, key=lambda data: str(json.loads(data)["id"]))
    osv_files.write(folder, ordered, updated="2024-10-10T00:00:00Z", excerpt=excerpt)
    return osv.open(folder)


def recorded_records() -> list[bytes]:
    """Return the real records of the recorded runs."""
    return (DATA / "records.ndjson").read_bytes().splitlines()
