"""Which infrastructure files Trivy proved to have read: its report names few of them."""

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Inventory
from pipeline.stages.base import Job
from pipeline.stages.config import cloudformation, dockerfile, hcl, kubernetes
from pipeline.stages.config import left_out as config_left_out
from pipeline.stages.trivy.log import Log
from pipeline.stages.trivy.report import Document

_TERRAFORM: Final = (".tf", ".tofu", ".tf.json", ".tofu.json", ".tfvars", ".tfvars.json")
_VALUES: Final = (".tfvars", ".tfvars.json")
_NOT_LOADED: Final = "Failed to load module"
_REMOTE: Final = GapReason.REMOTE_MODULE
_CHARTS: Final = ("Chart.yaml", "Chart.yml")
_HOOK: Final = "helm.sh/hook"
_BLANK: Final = r"(?:\s|/\*[^*]*\*/)*+"
"""May stand on either side of a dot in HCL."""
_WORKSPACE: Final = re.compile(rf"\bterraform{_BLANK}\.{_BLANK}workspace\b")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the report names."""

    files: frozenset[str]
    modules: frozenset[str]
    """Folders of Terraform modules."""
    charts: frozenset[str]
    """Folders of Helm charts."""


def templates(inventory: Inventory) -> Iterator[str]:
    """Yield the templates of charts: many a one only includes what stands in another file."""
    charts = {posixpath.dirname(p) for p in inventory.iac if posixpath.basename(p) in _CHARTS}
    folders = tuple(posixpath.join(chart, "templates") for chart in charts)
    for file in inventory.files:
        is_part = posixpath.basename(file.path).startswith("_") or not file.size
        is_inside = any(_is_below(file.path, folder) for folder in folders)
        if is_inside and not is_part and file.path.endswith((".yaml", ".yml")):
            yield file.path


def texts(job: Job) -> Mapping[str, str]:
    """Read the copies of everything that was asked and is there."""
    found: dict[str, str] = {}
    for path in job.scope.asked:
        try:
            data = (job.tree / "src" / path).read_bytes()
        except OSError:
            continue
        found[path] = data.decode("utf-8-sig", "replace")
    return found


def judge(
    job: Job, document: Document, log: Log, content: Mapping[str, str]
) -> tuple[frozenset[str], tuple[Gap, ...]]:
    """Say which files are answered, and why others are not."""
    seen = _seen(document, content)
    known = {gap.target for gap in job.scope.gaps}
    broken = {path: said for path, said in reversed(log.errors) if path not in known}
    unnamed = dockerfile.unnamed(job.inventory)
    answered: set[str] = set()
    gaps: set[Gap] = set(_unset(job.stage, log, content))
    for path in _readable(job):
        if path not in content:
            gaps.add(_gap(job.stage, path, GapReason.NOT_READ, "the copy cannot be read"))
        elif path in broken:
            reason = _REMOTE if _NOT_LOADED in broken[path] else GapReason.PARSE_ERROR
            gaps.add(_gap(job.stage, path, reason, f"Trivy: {broken[path]}"))
        elif problem := _problem(path, content[path], seen, unnamed):
            gaps.add(_gap(job.stage, path, GapReason.PARSE_ERROR, problem))
        elif passed := _passed_over(path, content[path], seen, unnamed):
            gaps.add(_gap(job.stage, path, GapReason.UNSUPPORTED, f"Trivy: {passed}"))
        elif _is_covered(path, seen):
            answered.add(path)
    gaps.update(config_left_out.gaps(job.stage, document, content, answered))
    if not log.whole:
        gaps.add(_gap(job.stage, None, GapReason.LIMIT, "Trivy's log is too long to read whole"))
    return frozenset(answered), tuple(sorted(gaps, key=repr))


def _readable(job: Job) -> Iterator[str]:
    """Yield what Trivy has checks for."""
    foreign = {gap.target for gap in job.scope.gaps if gap.reason is GapReason.NO_RULES}
    return (path for path in job.scope.asked if path not in foreign)


def _gap(stage: str, path: str | None, reason: GapReason, detail: str) -> Gap:
    return Gap(stage=stage, target=path, reason=reason, detail=detail)


def _seen(document: Document, content: Mapping[str, str]) -> Seen:
    results = [r for r in document.of_class("config") if r.path is not None]
    named = {r.path: r.type for r in results if r.path is not None}
    folders = {posixpath.dirname(path) for path in content if path.endswith(_TERRAFORM)}
    modules = {path for path, form in named.items() if form == "terraform" and path in folders}
    charts = {posixpath.dirname(p) for p in content if posixpath.basename(p) in _CHARTS}
    rendered = [path for path, form in named.items() if form == "helm"]
    return Seen(
        files=frozenset(named),
        modules=_with_called(modules, content),
        charts=frozenset(c for c in charts if any(_is_below(path, c) for path in rendered)),
    )


def _with_called(modules: set[str], content: Mapping[str, str]) -> frozenset[str]:
    """Add the modules that those call by path: Trivy evaluates them there, and names them not."""
    calls: dict[str, set[str]] = {}
    for path, text in content.items():
        if path.endswith(_TERRAFORM):
            folder = posixpath.dirname(path)
            for place in hcl.local_modules(text):
                called = posixpath.normpath(posixpath.join(folder, place))
                calls.setdefault(folder, set()).add("" if called == "." else called)
    found, new = set(modules), set(modules)
    while new:
        new = {called for folder in new for called in calls.get(folder, ())} - found
        found |= new
    return frozenset(found)


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _is_covered(path: str, seen: Seen) -> bool:
    if path in seen.files:
        return True
    if path.endswith(_TERRAFORM):
        return posixpath.dirname(path) in seen.modules
    return any(_is_below(path, chart) for chart in seen.charts)


def _problem(path: str, text: str, seen: Seen, unnamed: AbstractSet[str]) -> str:
    """Read the file ourselves; empty when nothing is wrong with it."""
    if path in unnamed or dockerfile.is_dockerfile(path):
        return dockerfile.read(text).problem
    if path.endswith(".json"):
        return _json_problem(text)
    if path.endswith(_TERRAFORM):
        return hcl.problem(text)
    if path.endswith((".yaml", ".yml")) and not _is_template(path, seen):
        return _yaml_problem(text)
    return ""


def _passed_over(path: str, text: str, seen: Seen, unnamed: AbstractSet[str]) -> str:
    """Say what Trivy leaves out of a file without a word; empty when it is nothing."""
    if path in unnamed or dockerfile.is_dockerfile(path):
        return dockerfile.read(text).unknown
    if path.endswith(_VALUES):
        return "it takes no values from here, so what its rules saw are other ones"
    if path.endswith(_TERRAFORM):
        return _of_workspace(text)
    if _is_template(path, seen):
        return _unrendered(path, text, seen)
    if path.endswith((".yaml", ".yml", ".json", ".template")):
        return kubernetes.passed_over(text) or cloudformation.passed_over(text)
    return ""


def _of_workspace(text: str) -> str:
    if not _WORKSPACE.search(text):
        return ""
    return "it takes the workspace for `default`, and leaves out what there is in others"


def _unrendered(path: str, text: str, seen: Seen) -> str:
    """Say what of a template Trivy leaves out: a hook, or what the chart's own values switch off.

    Without `{{` it is a manifest, and read as one.
    """
    if "{{" in text and _HOOK in text:
        return "it leaves hooks of Helm out"
    return "" if path in seen.files else "with the chart's own values nothing is made of it"


def _is_template(path: str, seen: Seen) -> bool:
    return any(_is_below(path, posixpath.join(chart, "templates")) for chart in seen.charts)


def _json_problem(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as exc:
        return f"not JSON: {exc}"
    return ""


def _yaml_problem(text: str) -> str:
    """Walk the parser's events only: composing hostile YAML may crash."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for _ in yaml.parse(text, Loader=loader):
            pass
    except yaml.YAMLError as exc:
        return f"not YAML: {' '.join(str(exc).split())[:200]}"
    return ""


def _unset(stage: str, log: Log, content: Mapping[str, str]) -> Iterator[Gap]:
    """Say where a variable without a value kept rules from firing."""
    for folder, names in log.unset:
        for path, text in content.items():
            if posixpath.dirname(path) == folder and path.endswith((".tf", ".tofu")):
                used = _used(text, names)
                if used:
                    detail = f"no value for var.{', var.'.join(used)}: rules on it cannot fire"
                    yield _gap(stage, path, GapReason.UNSUPPORTED, detail)


def _used(text: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(n for n in names if re.search(rf"\bvar{_BLANK}\.{_BLANK}{re.escape(n)}\b", text))
