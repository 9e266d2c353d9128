"""Which files hold infrastructure that no scanner reads, by what stands in them.

Names say it of most (the stages know them); here are the others: a playbook is a playbook and a
plan a plan under any name, and a template of a manifest deploys what the manifest would.
"""

import re
from collections.abc import Mapping
from typing import Final

from pipeline.inventory import documents, iac
from pipeline.model import templates

_YAML: Final = (".yaml", ".yml")
_BUILT: Final = re.compile(r"(?i)(?:docker|container)file[^/]*\Z")
_MOST: Final = 8 << 20
"""Bytes of YAML that are parsed; what is longer, nobody wrote by hand."""
_KEY: Final = rb"""\b["']?[ \t]*:"""
_SERVICES: Final = re.compile(rb"\bservices" + _KEY)
_SERVICE: Final = re.compile(rb"\b(?:image|build|extends)" + _KEY)
_HOSTS: Final = re.compile(rb"\b(?:hosts|(?:ansible\.builtin\.)?import_playbook)" + _KEY)
_MADE: Final = frozenset({"image", "build", "extends", "<<"})
"""What a service of Compose is made of, whichever of these says it."""
_PLAYS: Final = frozenset({"import_playbook", "ansible.builtin.import_playbook"})
_PLAYED: Final = frozenset({"tasks", "pre_tasks", "post_tasks", "handlers", "roles"})
_BLOCK: Final = re.compile(rb'^(\w+)(?:[ \t]+"[^"\n]*")*[ \t]*[{=]', re.MULTILINE)
_BLOCKS: Final[Mapping[str, frozenset[bytes]]] = {
    "Packer": frozenset({b"packer", b"source", b"build"}),
    "Nomad": frozenset({b"job"}),
    "Terragrunt": frozenset({
        b"include", b"dependency", b"dependencies", b"remote_state", b"inputs", b"terraform",
        b"unit", b"stack",
    }),
    "Docker Bake": frozenset({b"target", b"group"}),
    "Consul, Vault or Nomad": frozenset({
        b"service", b"services", b"acl", b"listener", b"storage", b"path", b"seal", b"ports",
        b"connect", b"server", b"client", b"datacenter", b"data_dir",
    }),
}  # fmt: skip
"""By the program that reads HCL: what stands at its top."""
_SETTINGS: Final = (".terraform.lock.hcl", ".tflint.hcl")
"""HCL that describes nothing: sums of what Terraform loads, and how it is linted."""
_AZURE: Final = re.compile(
    rb'"\$schema"\s*:\s*"https?://schema\.management\.azure\.com/[^"]*deploymentTemplate\.json',
    re.IGNORECASE,
)


def program(path: str, head: bytes) -> str:
    """Return the program that would read a file as infrastructure; empty where none is known."""
    name = templates.filled(path)
    if name != path and (_BUILT.search(name) or iac.is_iac(name, head)):
        return "a template engine"
    lowered = name.lower()
    if lowered.endswith(_YAML):
        return _of_yaml(head)
    if lowered.endswith(".hcl") and not lowered.endswith(_SETTINGS):
        tops = frozenset(_BLOCK.findall(head))
        return next((one for one, known in _BLOCKS.items() if tops & known), "")
    return _of_json(head) if lowered.endswith(".json") else ""


def _of_yaml(head: bytes) -> str:
    if len(head) > _MOST:
        return ""
    if _SERVICES.search(head) and _SERVICE.search(head) and _is_compose(head):
        return "Compose"
    return "Ansible" if _HOSTS.search(head) and _is_playbook(head) else ""


def _is_compose(head: bytes) -> bool:
    """Say whether services stand at the top by their names; in pipelines they are a list."""
    for way in documents.ways(head):
        match way:
            case "services", documents.LISTED, _:
                pass
            case "services", _, made if made in _MADE:
                return True
            case _:
                pass
    return False


def _is_playbook(head: bytes) -> bool:
    """Say whether a list of plays stands at the top: where each runs, and what."""
    said: set[str] = set()
    for way in documents.ways(head):
        match way:
            case documents.LISTED, key:
                said.add(key)
            case _:
                pass
        if said & _PLAYS or ("hosts" in said and said & _PLAYED):
            return True
    return False


def _of_json(head: bytes) -> str:
    """Trivy reads these two, and does not say in which file it found what."""
    if b'"terraform_version"' in head and (b'"planned_values"' in head or b'"resource_c' in head):
        return "Terraform to apply"
    if b"eploymentTemplate.json" in head and _AZURE.search(head):
        return "Azure Resource Manager"
    return ""
