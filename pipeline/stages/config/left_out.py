"""Which blocks of Terraform Trivy did not look at, and does not say so."""

import posixpath
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from pipeline.model.gap import Gap, GapReason
from pipeline.stages.config import hcl_blocks, hcl_made
from pipeline.stages.config.hcl_blocks import Block
from pipeline.stages.trivy import blocks as trivy_blocks
from pipeline.stages.trivy.report import Document

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
_TOO_DEEP: Final = (
    "Trivy leaves out {}: of `dynamic` blocks it makes those right in a resource, and right in the"
    " content of one that it makes. Write out the blocks"
)
_IN_JSON: Final = (
    "Trivy leaves out {}: of Terraform in JSON it reads no blocks in blocks. Write HCL"
)
_MISREAD: Final = "Trivy looked at {}, which Penstock does not find: there may be more"
_PLAIN: Final = frozenset({"//", "labels", "lifecycle", "tags", "tags_all", "timeouts"})
"""What is no block in a resource, or one that no rule is about."""


def gaps(
    stage: str, document: Document, content: Mapping[str, str], answered: Collection[str]
) -> Iterator[Gap]:
    """Say of each file that counts as read which of its blocks were not looked at."""
    read = {p: hcl_blocks.read(p, text) for p, text in content.items() if p.endswith(_ENDINGS)}
    looked_at = trivy_blocks.looked_at(document)
    names = hcl_made.Names(_folders(read))
    for path in sorted(read.keys() & set(answered)):
        unseen: dict[str, list[str]] = defaultdict(list)
        ours = {(path, one.kind, one.address) for one in read[path].blocks}
        for _, kind, address in sorted(one for one in looked_at - ours if one[0] == path):
            unseen[_MISREAD].append(f"{kind} {address}")
        for one in read[path].blocks:
            if one.kind not in trivy_blocks.KINDS:
                continue
            if (path, one.kind, one.address) not in looked_at:
                unseen[_LEFT_OUT].append(f"{one.kind} {one.address}")
                continue
            inside = _in_json(one) if path.endswith(".json") else _in_hcl(one, path, names)
            for said, what in inside:
                unseen[said].append(f"{what} of {one.address}")
        for said, listed in unseen.items():
            detail = said.format(_listed(listed))
            yield Gap(stage=stage, target=path, reason=GapReason.UNSUPPORTED, detail=detail)


def _in_json(block: Block) -> Iterator[tuple[str, str]]:
    """Name what may be a block: only a provider's schema tells it from a map."""
    return ((_IN_JSON, one.kind) for one in block.blocks if one.kind not in _PLAIN)


def _in_hcl(block: Block, path: str, names: hcl_made.Names) -> Iterator[tuple[str, str]]:
    waiting = deque((one, True) for one in block.blocks)
    while waiting:
        one, is_reached = waiting.popleft()
        if one.kind != "dynamic":
            waiting += [(inner, False) for inner in one.blocks]
            continue
        waiting += [(inner, is_reached) for made in one.blocks for inner in made.blocks]
        goes_through = one.assigned.get("for_each", "")
        if not is_reached:
            yield _TOO_DEEP, f"dynamic {one.address}"
        elif not hcl_made.holds(goes_through, posixpath.dirname(path), names):
            yield _IN_DOUBT, f"dynamic {one.address}"


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
