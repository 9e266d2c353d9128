"""A tiny image full of made-up secrets: proof that Trivy still finds them in layers.

Nothing can be planted in an image whose digests were verified, so this one is scanned beside it,
with the same settings.
"""

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Final

from pipeline.stages.trivy import canary as trivy_canary
from pipeline.stages.trivy.report import Document

_TYPE: Final = "application/vnd.oci.image"
_TOKEN, _RULE = trivy_canary.SECRETS[3][1:]
_MORE: Final = (
    ("app/.git/config", _TOKEN, _RULE),
    ("usr/local/lib/python3/site-packages/app/settings.py", _TOKEN, _RULE),
)
PLANTED: Final = (*trivy_canary.SECRETS, *_MORE)
"""(file, content, the rule that must fire): what the source's canary has, and an image's places."""


def files(layout: Path) -> tuple[tuple[Path, bytes], ...]:
    """Return the image's layout: one layer of files, and a secret in its environment."""
    layer = _tar()
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Env": [f"CANARY={_TOKEN.strip()}"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": f"{_TYPE}.manifest.v1+json",
            "config": _descriptor("config.v1+json", config),
            "layers": [_descriptor("layer.v1.tar", layer)],
        }
    )
    index = {"schemaVersion": 2, "manifests": [_descriptor("manifest.v1+json", manifest)]}
    blobs = layout / "blobs" / "sha256"
    return (
        (layout / "oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
        (layout / "index.json", _json(index)),
        *((blobs / _digest(one).removeprefix("sha256:"), one) for one in (layer, config, manifest)),
    )


def all_found(document: Document) -> bool:
    """Say whether each secret was reported in its file, and the one of the environment."""
    secrets = [(result.target, result.secrets) for result in document.of_class("secret")]
    in_files = {(where, one.rule_id) for where, found in secrets for one in found}
    elsewhere = {rule for where, rule in in_files if not where.startswith("/")}
    return _RULE in elsewhere and {(f"/{name}", rule) for name, _, rule in PLANTED} <= in_files


def _tar() -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content, _ in PLANTED:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content.encode()))
    return raw.getvalue()


def _descriptor(kind: str, content: bytes) -> dict[str, object]:
    return {"mediaType": f"{_TYPE}.{kind}", "digest": _digest(content), "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
