"""Reads a policy folder: gate.yaml must be right as a whole, each exception file by itself."""

import hashlib
from collections.abc import Mapping
from typing import Final

from pipeline.errors import UsageError, Where
from pipeline.policy.break_glass import PREFIX
from pipeline.policy.loading.break_glass import read_break_glass
from pipeline.policy.loading.build import Builder, clocks, max_days, unknowns
from pipeline.policy.loading.check import Terms
from pipeline.policy.loading.demands import demands
from pipeline.policy.loading.document import GateDocument, named
from pipeline.policy.loading.located import validated
from pipeline.policy.loading.records import FOLDER, read_exceptions
from pipeline.policy.loading.roles import check_named, read_roles
from pipeline.policy.loading.signatures import strays, unchecked, with_names
from pipeline.policy.loading.yaml import read
from pipeline.policy.model import Policy

GATE: Final = "gate.yaml"
_HERE: Final = "working-tree:"
"""Folders of the working tree are named as the user would type them."""


def load(files: Mapping[str, bytes], *, stages: tuple[str, ...], where: str) -> Policy:
    """Read a policy from the bytes of its folder's files.

    `where` is how the user knows that folder; messages put it before each file's name. Raises
    UsageError for gate.yaml and roles.yaml; a bad exception file becomes a record instead.
    """
    where = where.removeprefix(_HERE)
    path = f"{where}/{GATE}" if where else GATE
    if GATE not in files:
        raise UsageError(
            f"there is no {path}", hint="`penstock policy init` writes one", where=Where(path)
        )
    document = read(files[GATE], path)
    gate = validated(GateDocument, document)
    roles, remarks = read_roles(files, where=where)
    check_named(gate, document, roles)
    builder = Builder(gate, document, stages)
    rules = builder.rules()
    terms = Terms(
        rules={rule.id: rule for rule in rules},
        ticket=builder.ticket(),
        min_reason=gate.exceptions.min_reason_chars,
        longest=max(max_days(gate.exceptions).values()),
        max_matches=gate.exceptions.max_matches_default,
    )
    good, bad = read_exceptions(files, where=where, terms=terms)
    glass, bad_glass = read_break_glass(files, where=where)
    return Policy(
        name=gate.metadata.name,
        digest=digest_of(files),
        demands=demands(gate.evidence, document, stages),
        report_only_until=named(gate.report_only_until),
        unknowns=unknowns(gate.unknowns),
        priorities=builder.priorities(),
        clocks=clocks(gate.sla, document),
        rules=rules,
        budgets=builder.budgets(),
        terms=builder.terms(),
        exceptions=tuple(with_names(good, files, FOLDER)),
        bad_exceptions=tuple(unchecked(bad, files, FOLDER, where=where)),
        places=builder.places(),
        roles=roles,
        remarks=(*remarks, *strays(files, FOLDER, PREFIX, where=where)),
        break_glass=glass,
        bad_break_glass=bad_glass,
        protected_refs=tuple(gate.protected_refs),
        signed_within_hours=gate.signing.max_age_hours,
        rekor_down=gate.signing.rekor_down,
    )


def digest_of(files: Mapping[str, bytes]) -> str:
    """Digest a folder: every name and every byte counts, their order does not."""
    total = hashlib.sha256()
    for name in sorted(files):
        each = hashlib.sha256(files[name]).hexdigest()
        total.update(f"{each}  {name}\n".encode("utf-8", "surrogateescape"))
    return f"sha256:{total.hexdigest()}"
