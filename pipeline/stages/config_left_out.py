"""Which blocks of Terraform Trivy left out, since with its values there are none of them."""

import posixpath
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from pipeline.model.gap import Gap, GapReason
from pipeline.stages import hcl_blocks, hcl_made, trivy_blocks
from pipeline.stages.hcl_blocks import Block
from pipeline.stages.trivy_report import Document

_ENDINGS: Final = (".tf", ".tofu", ".tf.json", ".tofu.json")
_NAMED: Final = 3
_LENGTH: Final = 80
_LEFT_OUT: Final = (
    "Trivy leaves out {}: `count` or `for_each`, of it or of its module, makes none by the values"
    " that Trivy takes, or over 32 modules are called. Give defaults that make one"
)
_IN_DOUBT: Final = (
    "Trivy may leave out {}: what `for_each` goes through is not clearly something by the values"
    " that Trivy takes. Give a default that holds something"
)


def gaps(
    stage: str, document: Document, content: Mapping[str, str], answered: Collection[str]
) -> Iterator[Gap]:
    """Say of each file that counts as read which of its blocks were not looked at."""
    read = {p: hcl_blocks.read(p, text) for p, text in content.items() if p.endswith(_ENDINGS)}
    looked_at = trivy_blocks.looked_at(document)
    names = hcl_made.Names(_folders(read))
    for path in sorted(read.keys() & set(answered)):
        missing, doubtful = list[str](), list[str]()
        for one in read[path].blocks:
            if one.kind not in trivy_blocks.KINDS:
                continue
            if (path, one.kind, one.address) not in looked_at:
                missing.append(f"{one.kind} {one.address}")
                continue
            for inner in _in_doubt(one, posixpath.dirname(path), names):
                doubtful.append(f"dynamic {inner.address} of {one.address}")
        for said, what in ((_LEFT_OUT, missing), (_IN_DOUBT, doubtful)):
            if what:
                detail = said.format(_listed(what))
                yield Gap(stage=stage, target=path, reason=GapReason.UNSUPPORTED, detail=detail)


def _in_doubt(block: Block, folder: str, names: hcl_made.Names) -> Iterator[Block]:
    for inner in hcl_blocks.everywhere(block):
        goes_through = inner.assigned.get("for_each", "")
        if inner.kind == "dynamic" and not hcl_made.holds(goes_through, folder, names):
            yield inner


def _folders(read: Mapping[str, Block]) -> Mapping[str, hcl_made.Folder]:
    """Collect what names mean: local values and variables are those of their folder."""
    found: dict[str, hcl_made.Folder] = defaultdict(hcl_made.Folder)
    for path, whole in read.items():
        folder = posixpath.dirname(path)
        for block in whole.blocks:
            if block.kind == "locals":
                found[folder].values |= {f"local.{n}": e for n, e in block.assigned.items()}
            elif block.kind == "variable":
                found[folder].values[f"var.{block.address}"] = block.assigned.get("default", "")
            elif block.kind == "module":
                source = block.assigned.get("source", "").strip().strip('"')
                if source.startswith(("./", "../")):
                    called = posixpath.normpath(posixpath.join(folder, source))
                    given = (folder, block.assigned)
                    found["" if called == "." else called].calls.append(given)
    return found


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(name[:_LENGTH] for name in names[:_NAMED]) + more
