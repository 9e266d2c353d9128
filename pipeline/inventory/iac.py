"""Which files describe infrastructure: by name, and YAML and JSON by what stands in them."""

import codecs
import re
from typing import Final

import msgspec

from pipeline.inventory import documents, languages

_TERRAFORM: Final = (".tf", ".tf.json", ".tfvars", ".tfvars.json", ".tofu", ".tofu.json")
_DATA: Final = (".yaml", ".yml", ".json", ".template")
_KUBERNETES: Final = tuple(
    re.compile(rb"^" + key + rb"[ \t]*:", re.MULTILINE)
    for key in (rb"""["']?apiVersion["']?""", rb"""["']?kind["']?""", rb"""["']?metadata["']?""")
)
_OWN: Final = r"v\d|(?:apps|autoscaling|batch|extensions|policy)/v\d|[\w-]+\.[\w.-]+/"
"""What Kubernetes calls its own groups has no dot, every other one has."""
_NAMED: Final = re.compile(_OWN)
_GROUP: Final = re.compile(
    rb"""^["']?apiVersion["']?[ \t]*:[ \t]*["']?(?:""" + _OWN.encode() + rb"|.*\{\{)", re.MULTILINE
)
"""Templates may hold any."""
_LIST: Final = re.compile(rb"""^["']?kind["']?[ \t]*:[ \t]*["']?\w*List\b""", re.MULTILINE)
"""What holds objects has no metadata of its own; a cluster takes it all the same."""
_VERSIONED: Final = re.compile(rb"^AWSTemplateFormatVersion[ \t]*:", re.MULTILINE)
_RESOURCES: Final = re.compile(rb"^Resources[ \t]*:", re.MULTILINE)
_TYPE: Final = re.compile(rb"""^[ \t]+["']?Type["']?[ \t]*:[ \t]*["']?AWS::""", re.MULTILINE)
_WORDS: Final = (b"apiVersion", b"kind", b"metadata")
_TOLD: Final = re.compile(rb"apiVersion|AWS|\\x[4-7]|\\u00[4-7]|\\U000000[4-7]")
"""Words without which a file is none of these, or an escape that may hide a letter of them."""
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MOST: Final = 8 << 20
"""Bytes; what is longer and holds the words is taken for what they say."""
_PARTS: Final = re.compile(rb"^---[ \t]*(?:#.*)?\r?$", re.MULTILINE)


def is_iac(path: str, head: bytes) -> bool:
    """Say whether a file is a Dockerfile, Terraform, Kubernetes, Helm or CloudFormation."""
    base = path.rpartition("/")[2].lower()
    if base.endswith(_TERRAFORM) or languages.by_name(path) == "dockerfile":
        return True
    if base in ("chart.yaml", "chart.yml"):
        return True
    if not is_data(path):
        return False
    begin = head.lstrip()[:2]
    if begin[:1] == b"{" and begin != b"{{":
        return _is_json(head)
    return _is_kubernetes(head) or _is_cloudformation(head) or _is_written_oddly(head)


def is_data(path: str) -> bool:
    """Say whether what stands in a file decides, wherever in it."""
    return path.lower().endswith(_DATA)


def _is_written_oddly(head: bytes) -> bool:
    """Read YAML by its parser: a cluster takes it although no line says what it is."""
    if not (_TOLD.search(head) or head.startswith(_WIDE)):
        return False
    if len(head) > _MOST:
        return any(word in head for word in (b"apiVersion", b"AWS::"))
    return any(_is_object(top) or _is_stack(top, head) for top in documents.tops(head))


def _is_object(top: documents.Top) -> bool:
    """Say whether a document is an object of a cluster, or a list of some."""
    if documents.merges(top):
        return "apiVersion" in top or "kind" in top
    if not {"apiVersion", "kind"} <= top.keys():
        return False
    group, kind = top["apiVersion"], top["kind"]
    named = group == documents.ELSEWHERE or _NAMED.match(group) is not None
    return named and ("metadata" in top or kind == documents.ELSEWHERE or kind.endswith("List"))


def _is_stack(top: documents.Top, head: bytes) -> bool:
    return "AWSTemplateFormatVersion" in top or ("Resources" in top and b"AWS::" in head)


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
    if not _TOLD.search(head):
        return False
    try:
        top = msgspec.json.decode(head, type=dict[str, msgspec.Raw])
    except (ValueError, RecursionError):
        words = all(word in head for word in _WORDS) or b"AWS::" in head
        return words or _is_written_oddly(head)
    if {"apiVersion", "kind", "metadata"} <= top.keys() or "AWSTemplateFormatVersion" in top:
        return True
    if "apiVersion" in top and _text(top.get("kind")).endswith("List"):
        return True
    return "Resources" in top and b'"AWS::' in bytes(top["Resources"])


def _text(value: msgspec.Raw | None) -> str:
    try:
        return "" if value is None else msgspec.json.decode(value, type=str)
    except ValueError:
        return ""
