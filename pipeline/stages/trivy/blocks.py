"""Which blocks of Terraform Trivy looked at: its own word, by a check of ours that it runs.

A block whose `count` or `for_each` comes to nothing is left out by Trivy, and its report does not
say so. Nor does it of the modules that are called after the 32nd of a folder.
"""

from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec

from pipeline.stages.trivy.report import COPY, Document

FOLDER: Final = "trivy-checks"
"""The folder of the check, beside the tree."""
OURS: Final = "penstock"
"""Of namespaces Trivy compares the first name."""
NAMESPACE: Final = f"{OURS}.looked_at"
KINDS: Final = ("resource", "data", "module")
"""What may be made any number of times, so that it can be left out."""

Address: TypeAlias = tuple[str, str, str]
"""(file, kind, labels joined by points)."""

CHECK: Final = f"""# METADATA
# title: Blocks that were looked at
# description: Never a finding. Names every block that is left after count and for_each.
# custom:
#   id: PENSTOCK-0001
#   severity: LOW
#   input:
#     selector:
#       - type: terraform-raw
package {NAMESPACE}

import rego.v1

deny contains res if {{
	blocks := {{[block.__defsec_metadata.filepath, block.kind, block.type, block.name] |
		some module in input.modules
		some block in module.blocks
		block.kind in {{"resource", "data", "module"}}
	}}
	res := result.new(json.marshal(blocks), {{}})
}}
"""


class _Block(msgspec.Struct, frozen=True, array_like=True):
    file: str
    kind: str
    type: str
    name: str


def looked_at(document: Document) -> frozenset[Address]:
    """Return the blocks of the source that Trivy says it looked at, without their instances."""
    return frozenset(
        (one.file.removeprefix(COPY), one.kind, _labels(one))
        for message in _messages(document)
        for one in _blocks(message)
        if one.file.startswith(COPY)
    )


def _messages(document: Document) -> Iterator[str]:
    for result in document.of_class("config"):
        for one in result.misconfigurations:
            if one.namespace == NAMESPACE:
                yield one.message


def _blocks(message: str) -> list[_Block]:
    """Read one message. What is none proves nothing."""
    try:
        return msgspec.json.decode(message, type=list[_Block])
    except (msgspec.DecodeError, RecursionError):
        return []


def _labels(one: _Block) -> str:
    """Leave out which instance it is: `logs[0]` and `logs["a"]` are of the block `logs`."""
    name = one.name.partition("[")[0]
    return f"{one.type}.{name}" if one.type else name
