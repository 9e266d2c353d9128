"""Checks what of the protection of a repository can be seen in its files."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from pipeline.cli.doctor.view import Check, State
from pipeline.errors import UsageError
from pipeline.policy.globs import matches
from pipeline.policy.loading.yaml import Value, read

_PLACES: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in its order: the first that is there counts alone."""
_WORKFLOWS: Final = ".github/workflows"
_MAX: Final = 1 << 20
_PINNED: Final = re.compile(r"\./|[^@]+@[0-9a-f]{40}")
_OURS: Final = re.compile(r"(?:.*/)?penstock(?:@.*|/.*)?", re.IGNORECASE)
_SIGNS: Final = re.compile(r"\./sign|(?:.*/)?penstock/sign@.*", re.IGNORECASE)
"""The action that signs scans nothing, whatever a step calls itself."""
_STARTS: Final = re.compile(r"\bpenstock\s+run\b")
_CACHES: Final = re.compile(r"(?:.*/)?(?:[\w.-]*cache[\w.-]*)(?:/restore)?(?:@.*)?", re.IGNORECASE)
_HOLDS: Final = re.compile(r"penstock|(?:^|/)\.cache/?$|^~/?$", re.IGNORECASE)
"""Paths below which scanners or feeds lie by default, or that are named for them."""
_RULES: Final = "whether the gate is required, and on which branches, is in the server's rules"


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A job that runs Penstock."""

    file: str
    job: str
    step: Mapping[str, Value]
    body: Mapping[str, Value]
    workflow: Mapping[str, Value]


def checks(repository: Path, policy: str) -> Iterator[Check]:
    """Look at owners and at workflows. All are notes: a run can be answered without them."""
    gates, unread = _gates(repository)
    yield _present(gates, unread)
    yield from (check for gate in gates for check in _of_gate(gate))
    if gates:
        yield _apart(gates)
    yield _owners(repository, policy, {gate.file for gate in gates})
    yield Check(name="branch rules", value=f"not visible here: {_RULES}", state=State.NOTE)


def owners_of(text: str, path: str) -> tuple[str, ...]:
    """Return who owns a path by a CODEOWNERS file: the last line that matches, as GitHub has it."""
    found: tuple[str, ...] = ()
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words and any(matches(glob, path) for glob in _globs(words[0])):
            found = tuple(words[1:])
    return found


def _globs(pattern: str) -> Iterator[str]:
    name = pattern.strip("/")
    anchored = pattern.startswith("/") or "/" in name
    start = "" if anchored else "**/"
    if not pattern.endswith("/"):
        yield start + name
    if not name.endswith("*"):
        yield f"{start}{name}/**"


def _owners(repository: Path, policy: str, workflows: set[str]) -> Check:
    place = next((one for one in _PLACES if (repository / one).is_file()), None)
    if place is None:
        told = "copy the lines that `penstock policy init` writes into .github/CODEOWNERS"
        return _note("owners", "there is no CODEOWNERS: anybody may merge a policy", told)
    text = _text(repository / place)
    named = ("gate.yaml", "roles.yaml", "allowed_signers", "revoked_keys", "exceptions/new.yaml")
    wanted = (*(f"{policy}/{name}" for name in named), *sorted(workflows), place)
    free = [path for path in wanted if not owners_of(text, path)]
    if free:
        lines = ", ".join(sorted({_line(path, policy) for path in free}))
        return _note("owners", f"{place} has no owner for {', '.join(free)}", f"add {lines}")
    return Check(name="owners", value=f"{place} covers policy, workflows and itself")


def _line(path: str, policy: str) -> str:
    return f"/{policy}/ @OWNERS" if path.startswith(f"{policy}/") else f"/{path} @OWNERS"


def _present(gates: tuple[Gate, ...], unread: tuple[str, ...]) -> Check:
    if gates:
        return Check(name="gate", value=", ".join(f"{one.file}: {one.job}" for one in gates))
    more = f"; not read: {', '.join(unread)}" if unread else ""
    return _note(
        "gate",
        f"no workflow here runs Penstock{more}",
        "add one (docs/github-actions.md), and make it a required workflow of the organisation",
    )


def _of_gate(gate: Gate) -> Iterator[Check]:
    name = f"gate {gate.job}"
    uses = str(gate.step.get("uses", ""))
    if uses and not _PINNED.fullmatch(uses):
        yield _note(name, f"{uses} is not pinned", "name the action by a full commit id")
    if _on(gate.body.get("continue-on-error")) or _on(gate.step.get("continue-on-error")):
        told = "its failure fails nothing: continue-on-error is set"
        yield _note(name, told, "take continue-on-error out of the job and of the step")
    if "|| true" in str(gate.step.get("run", "")):
        yield _note(name, "`|| true` swallows the exit code", "take it out")
    if gate.body.get("if") is not None:
        told = "it has an `if`: a job that is skipped counts as passed"
        yield _note(name, told, "let the job always run")
    if _permissions(gate) in (None, "write-all"):
        yield _note(name, "it has more permissions than it needs", "permissions: {contents: read}")
    for path in _restored(gate.body):
        told = f"it restores {path} from a cache, which a change can have saved"
        yield _note(name, told, "cache neither scanners nor feeds in it (docs/limits.md)")
    if _lacks_edited(gate.workflow.get("on")):
        told = "a pull request that changes its target branch is not judged again"
        yield _note(name, told, "pull_request: {types: [opened, synchronize, reopened, edited]}")


def _restored(job: Mapping[str, Value]) -> Iterator[str]:
    """Yield what a job takes from a cache that can hold scanners or feeds."""
    for step in _steps(job):
        if _CACHES.fullmatch(str(step.get("uses", ""))):
            paths = str(_table(step.get("with")).get("path", "")).split()
            yield from (path for path in paths if _HOLDS.search(path))


def _permissions(gate: Gate) -> Value:
    return gate.body.get("permissions", gate.workflow.get("permissions"))


def _apart(gates: tuple[Gate, ...]) -> Check:
    """Say whether a scanner that is taken over could have something signed."""
    able = [f"{one.file}: {one.job}" for one in gates if _may_sign(_permissions(one))]
    if able:
        told = f"who scans may sign as this workflow too: {', '.join(able)}"
        return _note("gate identity", told, "sign in a job of its own (docs/github-actions.md)")
    return Check(name="gate identity", value="no job that scans may have one")


def _may_sign(permissions: Value) -> bool:
    return permissions == "write-all" or _table(permissions).get("id-token") == "write"


def _lacks_edited(on: Value) -> bool:
    if isinstance(on, dict):
        said = on.get("pull_request", False)
        types = said.get("types") if isinstance(said, dict) else None
        return said is not False and (not isinstance(types, list) or "edited" not in types)
    return "pull_request" in (on if isinstance(on, list) else [on])


def _gates(repository: Path) -> tuple[tuple[Gate, ...], tuple[str, ...]]:
    found: list[Gate] = []
    unread = []
    for path in sorted((repository / _WORKFLOWS).glob("*.y*ml")):
        file = f"{_WORKFLOWS}/{path.name}"
        try:
            found += _gates_of(file, read(_text(path).encode(), file).value)
        except UsageError:
            unread.append(file)
    return tuple(found), tuple(unread)


def _gates_of(file: str, workflow: Value) -> Iterator[Gate]:
    for job, body in _table(_table(workflow).get("jobs")).items():
        for step in _steps(_table(body)):
            uses, run = str(step.get("uses", "")), str(step.get("run", ""))
            named = _OURS.fullmatch(uses) or str(step.get("id", "")) == "penstock"
            if not _SIGNS.fullmatch(uses) and (named or _STARTS.search(run)):
                yield Gate(
                    file=file, job=job, step=step, body=_table(body), workflow=_table(workflow)
                )
                break


def _steps(job: Mapping[str, Value]) -> Iterator[Mapping[str, Value]]:
    steps = job.get("steps")
    return map(_table, steps if isinstance(steps, list) else [])


def _table(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, dict) else {}


def _on(value: Value) -> bool:
    return value not in (None, False)


def _note(name: str, value: str, hint: str) -> Check:
    return Check(name=name, value=value, state=State.NOTE, hint=hint)


def _text(path: Path) -> str:
    """Read as much of a file as is judged; one that cannot be read says nothing."""
    try:
        with path.open("rb") as stream:
            return stream.read(_MAX).decode("utf-8", "replace")
    except OSError:
        return ""
