"""Makes one inventory of every dependency that a Python manifest names."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec
from packaging.utils import canonicalize_name

from pipeline.inventory import claims, environments, locks, manifests, nested, projects, ranges
from pipeline.inventory.locks import Broken, Lock
from pipeline.inventory.nested import Graph
from pipeline.inventory.projects import Project
from pipeline.inventory.ranges import Fixed
from pipeline.inventory.requirements import Unasked, Wanted
from pipeline.inventory.text import decoded, said
from pipeline.inventory.texts import Missing, Texts
from pipeline.model.gap import GapReason
from pipeline.model.inventory import Manifest, Pin

WHOLE: Final = "(file)"
"""The name of a question about a file of which not even one name could be read."""
_SETUPS: Final = ("setup.cfg", "setup.py")


class Pins(msgspec.Struct, frozen=True, kw_only=True):
    """The dependencies, and the manifests in which they stand."""

    pins: tuple[Pin, ...]
    manifests: tuple[Manifest, ...]


def take(found: Iterable[Manifest], texts: Texts) -> Pins:
    """Read Python's manifests and all the files that they name."""
    by_form = {one.path: one.form for one in found}
    read_locks = {p: _lock(p, form, texts) for p, form in by_form.items() if form in locks.FORMS}
    wishes = {p: _project(p, form, texts) for p, form in by_form.items() if form in projects.FORMS}
    lists = (manifests.REQUIREMENTS, manifests.CONSTRAINTS)
    named, lost = _named(wishes, texts)
    starts = {path for path, form in by_form.items() if form in lists} | named
    graph = nested.follow(starts, texts)
    forms = _forms(graph, by_form, named)
    fixed = (*_from_locks(read_locks), *_from_lists(graph, forms))
    pins = {
        *lost,
        *_borrowed(wishes, texts),
        *_computed(wishes, {*read_locks, *_telling(wishes, by_form)}),
        *(pin for path, lock in read_locks.items() for pin in _lock_pins(path, lock)),
        *_list_pins(graph, forms, fixed),
        *(
            pin
            for path, project in wishes.items()
            for pin in _project_pins(path, by_form[path], project, fixed)
        ),
    }
    asking = {pin.manifest for pin in pins}
    kept = {
        path: form
        for path, form in by_form.items()
        if path not in wishes or path in asking or _says_something(wishes[path])
    }
    return Pins(
        pins=tuple(sorted(pins, key=_order)),
        manifests=tuple(
            Manifest(path=path, ecosystem=manifests.PYPI, form=form)
            for path, form in sorted({**kept, **forms}.items())
        ),
    )


def _order(pin: Pin) -> tuple[str, int, str, str, str, str, str, str]:
    reason = pin.problem.value if pin.problem else ""
    return (
        pin.manifest, pin.line, pin.name, pin.version, pin.marker, reason, pin.detail,
        pin.answered_by,
    )  # fmt: skip


def _says_something(project: Project | Broken | Missing) -> bool:
    if not isinstance(project, Project):
        return True
    return bool(project.wishes or project.files or project.computed)


def _borrowed(wishes: Mapping[str, Project | Broken | Missing], texts: Texts) -> Iterator[Pin]:
    """Yield the files of the tree that say what a program needs that imports them."""
    for path, project in wishes.items():
        for line, module in project.imports if isinstance(project, Project) else ():
            place = posixpath.join(posixpath.dirname(path), *module.split("."))
            if {f"{place}.py", f"{place}/__init__.py"} & texts.files.keys():
                detail = f"said by {said(module)}, which it imports; a lock would say it"
                yield _problem(path, line, "setup", GapReason.UNSUPPORTED, detail)


def _telling(
    wishes: Mapping[str, Project | Broken | Missing], by_form: Mapping[str, str]
) -> Iterator[str]:
    """Yield files of setuptools that say something: many a setup.cfg only speaks to a linter."""
    return (p for p, one in wishes.items() if by_form[p] in _SETUPS and _says_something(one))


def _computed(
    wishes: Mapping[str, Project | Broken | Missing], telling: AbstractSet[str]
) -> Iterator[Pin]:
    """Yield what only building a project would tell, where no file beside it does."""
    told = {posixpath.dirname(path) for path in telling}
    for path, project in wishes.items():
        left = isinstance(project, Project) and project.computed
        if left and posixpath.dirname(path) not in told:
            detail = "computed when it is built; a lock beside it would say it"
            yield _problem(path, left, "dynamic", GapReason.UNSUPPORTED, detail)


def _lock(path: str, form: str, texts: Texts) -> Lock | Broken | Missing:
    data = texts.read(path)
    if isinstance(data, Missing):
        return data
    folder = posixpath.dirname(path)
    lock = locks.read(form, folder, decoded(data))
    return claims.checked(lock, folder, texts) if isinstance(lock, Lock) else lock


def _project(path: str, form: str, texts: Texts) -> Project | Broken | Missing:
    data = texts.read(path)
    return data if isinstance(data, Missing) else projects.read(form, decoded(data))


def _named(
    wishes: Mapping[str, Project | Broken | Missing], texts: Texts
) -> tuple[set[str], list[Pin]]:
    """Return the requirements files that projects name, and pins for those that are lost."""
    found: set[str] = set()
    lost: list[Pin] = []
    for path, project in wishes.items():
        for line, file in project.files if isinstance(project, Project) else ():
            place = texts.named(path, file)
            if isinstance(place, Missing):
                lost.append(_problem(path, line, said(file), place.reason, place.detail))
            else:
                found.add(place)
    return found, lost


def _forms(graph: Graph, by_form: Mapping[str, str], named: AbstractSet[str]) -> dict[str, str]:
    """Say of every requirements file whether it asks for packages or only constrains them.

    What `-r` or a project names asks for packages, though its name speaks of constraints.
    """
    paths = graph.items.keys() | graph.unreadable.keys()
    constraints = {p for p, form in by_form.items() if form == manifests.CONSTRAINTS}
    constraints = (constraints | graph.only_constraints) - graph.required - named
    return {
        path: manifests.CONSTRAINTS if path in constraints else manifests.REQUIREMENTS
        for path in paths
    }


def _from_locks(found: Mapping[str, Lock | Broken | Missing]) -> Iterator[Fixed]:
    for path, lock in sorted(found.items()):
        if not isinstance(lock, Lock):
            continue
        folder = posixpath.dirname(path)
        versions: dict[str, tuple[str, ...]] = {}
        for one in lock.packages:
            if one.version:
                versions[one.name] = (*versions.get(one.name, ()), one.version)
        folders = {posixpath.normpath(posixpath.join(folder, place)) for place in lock.projects}
        yield Fixed(
            path=path,
            folders=frozenset({folder, *("" if one == "." else one for one in folders)}),
            versions=versions,
            own=frozenset(lock.own),
        )


def _from_lists(graph: Graph, forms: Mapping[str, str]) -> Iterator[Fixed]:
    for path, items in sorted(graph.items.items()):
        if forms[path] != manifests.REQUIREMENTS:
            continue
        versions: dict[str, tuple[str, ...]] = {}
        for name, version, _ in _exact(item for item in items if isinstance(item, Wanted)):
            versions[name] = (*versions.get(name, ()), version)
        yield Fixed(path=path, folders=frozenset(), versions=versions, is_lock=False)


def _exact(found: Iterable[Wanted]) -> Iterator[tuple[str, str, str]]:
    for item in found:
        version = ranges.exact(item.requirement.specifier)
        if version is not None:
            yield (
                canonicalize_name(item.requirement.name),
                version,
                said(str(item.requirement.marker or "")),
            )


def _lock_pins(path: str, lock: Lock | Broken | Missing) -> Iterator[Pin]:
    if not isinstance(lock, Lock):
        yield _whole(path, lock)
        return
    for one in lock.packages:
        yield Pin(
            manifest=path,
            line=one.line,
            name=one.name,
            version=one.version,
            marker=one.marker,
            problem=one.problem,
            detail=one.detail,
        )


def _list_pins(graph: Graph, forms: Mapping[str, str], fixed: tuple[Fixed, ...]) -> Iterator[Pin]:
    for path, missing in graph.unreadable.items():
        yield _whole(path, missing)
    for path, items in graph.items.items():
        constraints: dict[str, list[tuple[str, str]]] = {}
        for name, version, marker in _exact(graph.constraints[path]):
            constraints.setdefault(name, []).append((version, marker))
        for item in items:
            match item:
                case Unasked():
                    yield _unasked(path, item)
                case Wanted():
                    yield from _wanted(path, forms[path], item, constraints, fixed)
                case _:
                    pass


def _project_pins(
    path: str, form: str, project: Project | Broken | Missing, fixed: tuple[Fixed, ...]
) -> Iterator[Pin]:
    if not isinstance(project, Project):
        yield _whole(path, project)
        return
    for wish in project.wishes:
        if isinstance(wish, Unasked):
            yield _unasked(path, wish)
        elif canonicalize_name(wish.requirement.name) != project.name:
            yield from _wanted(path, form, wish, {}, fixed)


def _wanted(
    path: str,
    form: str,
    item: Wanted,
    constraints: Mapping[str, list[tuple[str, str]]],
    fixed: tuple[Fixed, ...],
) -> Iterator[Pin]:
    """Make the pins of one dependency: its own version, its constraints', or a range."""
    wanted = item.requirement
    name, marker = canonicalize_name(wanted.name), said(str(wanted.marker or ""))
    version = ranges.exact(wanted.specifier)
    if version is not None:
        yield Pin(manifest=path, line=item.line, name=name, version=version, marker=marker)
        return
    if form == manifests.CONSTRAINTS:
        # A range there asks for nothing: it only narrows what something else asks for.
        return
    bound = ranges.constrained(wanted, constraints.get(name, ()))
    for one, both in bound:
        detail = "fixed by a constraints file"
        yield Pin(manifest=path, line=item.line, name=name, version=one, marker=both, detail=detail)
    if bound and environments.covered(str(wanted.marker or ""), [both for _, both in bound]):
        return
    answer = ranges.answer(path, form, name, wanted.specifier, fixed)
    if not answer.own:
        yield Pin(
            manifest=path,
            line=item.line,
            name=name,
            version="",
            marker=marker,
            problem=GapReason.UNPINNED,
            detail=answer.detail,
            answered_by=answer.by,
        )


def _unasked(path: str, item: Unasked) -> Pin:
    pin = _problem(path, item.line, item.name, item.reason, item.detail)
    return msgspec.structs.replace(pin, marker=item.marker)


def _whole(path: str, why: Broken | Missing) -> Pin:
    match why:
        case Broken():
            return _problem(path, why.line, WHOLE, GapReason.PARSE_ERROR, why.detail)
        case Missing():
            return _problem(path, 0, WHOLE, why.reason, why.detail)


def _problem(path: str, line: int, name: str, reason: GapReason, detail: str) -> Pin:
    return Pin(manifest=path, line=line, name=name, version="", problem=reason, detail=said(detail))
