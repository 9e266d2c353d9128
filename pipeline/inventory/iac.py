"""Which files describe infrastructure: by name, and YAML and JSON by what stands in them."""

import re
from typing import Final

import msgspec

from pipeline.inventory import languages

_TERRAFORM: Final = (".tf", ".tf.json", ".tfvars", ".tfvars.json", ".tofu", ".tofu.json")
_DATA: Final = (".yaml", ".yml", ".json", ".template")
_KUBERNETES: Final = tuple(
    re.compile(rb"^" + key + rb"[ \t]*:", re.MULTILINE)
    for key in (rb"""["']?apiVersion["']?""", rb"""["']?kind["']?""", rb"""["']?metadata["']?""")
)
_GROUP: Final = re.compile(
    rb"""^["']?apiVersion["']?[ \t]*:[ \t]*["']?(?:"""
    rb"v\d|(?:apps|autoscaling|batch|extensions|policy)/v\d|[\w-]+\.[\w.-]+/|.*\{\{)",
    re.MULTILINE,
)
"""What Kubernetes calls its own groups has no dot, every other one has; templates may hold any."""
_LIST: Final = re.compile(rb"""^["']?kind["']?[ \t]*:[ \t]*["']?\w*List\b""", re.MULTILINE)
"""What holds objects has no metadata of its own; a cluster takes it all the same."""
_VERSIONED: Final = re.compile(rb"^AWSTemplateFormatVersion[ \t]*:", re.MULTILINE)
_RESOURCES: Final = re.compile(rb"^Resources[ \t]*:", re.MULTILINE)
_TYPE: Final = re.compile(rb"""^[ \t]+["']?Type["']?[ \t]*:[ \t]*["']?AWS::""", re.MULTILINE)
_WORDS: Final = (b"apiVersion", b"kind", b"metadata")
_PARTS: Final = re.compile(rb"^---[ \t]*(?:#.*)?\r?$", re.MULTILINE)


def is_iac(path: str, head: bytes) -> bool:
    """Say whether a file is a Dockerfile, Terraform, Kubernetes, Helm or CloudFormation."""
    base = path.rpartition("/")[2].lower()
    if base.endswith(_TERRAFORM) or languages.by_name(path) == "dockerfile":
        return True
    if base in ("chart.yaml", "chart.yml"):
        return True
    if not base.endswith(_DATA):
        return False
    begin = head.lstrip()[:2]
    if begin[:1] == b"{" and begin != b"{{":
        return _is_json(head)
    return _is_kubernetes(head) or _is_cloudformation(head)


def _is_kubernetes(head: bytes) -> bool:
    """One document of the file must be an object: Trivy, too, wants all three keys."""
    return bool(_GROUP.search(head)) and any(
        all(key.search(part) for key in _KUBERNETES) or _LIST.search(part)
        for part in _PARTS.split(head)
    )


def _is_cloudformation(head: bytes) -> bool:
    if _VERSIONED.search(head):
        return True
    return b"AWS::" in head and bool(_RESOURCES.search(head) and _TYPE.search(head))


def _is_json(head: bytes) -> bool:
    """Read JSON; what only begins like it may be YAML, and its words must do."""
    if b"apiVersion" not in head and b"AWS" not in head:
        return False
    try:
        top = msgspec.json.decode(head, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return all(word in head for word in _WORDS) or b"AWS::" in head
    if {"apiVersion", "kind", "metadata"} <= top.keys() or "AWSTemplateFormatVersion" in top:
        return True
    if "apiVersion" in top and bytes(top.get("kind", b"")).endswith(b'List"'):
        return True
    return "Resources" in top and b'"AWS::' in bytes(top["Resources"])
