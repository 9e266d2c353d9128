"""For each reason that a gap can have: what makes the real Penstock with its real tools say it."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from examples.support import oci_image
from examples.support.oci_image import Deb, Image
from pipeline.model.gap import GapReason
from tests.faults.bench import MENDED
from tests.faults.tables import hollow
from tests.faults.toolroot import ToolRoot, real_programs
from tests.support.attacked import Repository
from tests.support.command import PENSTOCK
from tests.support.small import gate, repository

_ROOT: Final = Path(__file__).parents[2]
_PIN: Final = ("requirements.txt", "idna==3.20\n")
_LOCK: Final = """{"name": "e", "lockfileVersion": 3, "packages": {"": {"name": "e"},
"node_modules/lodash": {"version": "4.17.21"}}}"""
_MODULE: Final = """module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
}
"""
_RULE: Final = """rules:
  - id: own.x
    languages: [python]
    severity: INFO
    message: x
    pattern: f(...)
"""
_PLAIN: Final = """
n=$#
while [ "$n" -gt 0 ]; do
  word="$1"; shift
  [ "$word" != json-v1 ] || word=plain
  set -- "$@" "$word"
  n=$((n - 1))
done
"""
"""Lets zizmor write for people what was asked of it for programs."""
_LFS: Final = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 5\n"


class Order(NamedTuple):
    """How Penstock is to be started."""

    folder: Path
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}
    program: Path = PENSTOCK
    words: tuple[str, ...] = ()
    """What the program is told before the command."""
    cwd: Path | None = None


class Made(NamedTuple):
    """One way to a reason, and where the gap has to stand."""

    lay: Callable[[Path], Order]
    stage: str | None
    target: str | None = None


def _asks(
    stage: str, *files: tuple[str, str | bytes], settings: str = ""
) -> Callable[[Path], Order]:
    """Lay out a repository whose policy requires this stage only."""
    return lambda place: Order(_repository(place, stage, files, settings))


def _repository(
    place: Path, stage: str, files: Iterable[tuple[str, str | bytes]] = (), settings: str = ""
) -> Path:
    more = [("penstock.toml", f'schema = "penstock/config@1"\n{settings}')] if settings else []
    return repository(place / "repository", stage, files=[*files, *more])


def _with(stage: str, *arguments: str, **environment: str) -> Callable[[Path], Order]:
    return lambda place: Order(_repository(place, stage), arguments, environment)


def _gap_without_rules(place: Path) -> Order:
    policy = gate("semgrep").replace("  excerpts: accept\n", "  no_rules: gap\n")
    files = [("app.py", "x = 1\n"), ("main.go", "package main\n"), ("policies/gate.yaml", policy)]
    return Order(_repository(place, "semgrep", files))


def _osv(feed: Callable[[Path], Path], **words: str) -> Callable[[Path], Order]:
    def lay(place: Path) -> Order:
        policy = gate("pip-audit")
        for before, after in words.items():
            policy = policy.replace(before, after)
        files = (_PIN, ("policies/gate.yaml", policy))
        settings = f'[feeds]\nosv = "{feed(place)}"\n'
        return Order(_repository(place, "pip-audit", files, settings))

    return lay


def _copied(change: Callable[[str], str], name: str) -> Callable[[Path], Path]:
    """Copy the example's snapshot and change one of its files."""

    def make(place: Path) -> Path:
        folder = place / "osv"
        folder.mkdir()
        for path in (MENDED / "feeds/osv").iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        (folder / name).write_text(change((folder / name).read_text()))
        return folder

    return make


def _as_it_is(place: Path) -> Path:
    return MENDED / "feeds/osv"


def _dated(day: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        whole = text.replace('"excerpt": true', '"excerpt": false')
        return re.sub(r'"updated": "[^"]*"', f'"updated": "{day}T00:00:00Z"', whole)

    return change


_DATABASE: Final = f'[feeds]\ntrivy_db = "{MENDED / "feeds/trivy-db"}"\n'
_IMAGE: Final = f'{_DATABASE}[[image]]\nref = "oci:image"\n'


def _image(*layers: oci_image.Layer, twice: bool = False) -> Callable[[Path], Order]:
    def lay(place: Path) -> Order:
        folder = _repository(place, "image", settings=_IMAGE)
        images = [Image(layers=layers)]
        if twice:
            images.append(Image(layers=(*layers, oci_image.text("x", "x\n"))))
        oci_image.write_layout(folder / "image", *images)
        return Order(folder)

    return lay


def _swapped(place: Path) -> Order:
    order = _image(_DEBIAN | oci_image.dpkg(Deb("tzdata", "1")))(place)
    blobs = (order.folder / "image/blobs/sha256").iterdir()
    layer = max(blobs, key=lambda path: path.stat().st_size)
    layer.write_bytes(layer.read_bytes() + b"\0")
    return order


def _tools(change: Callable[[ToolRoot], object]) -> Callable[[Path], Order]:
    """Let the workflows stage meet another zizmor, which counts as locked."""

    def lay(place: Path) -> Order:
        tools = ToolRoot(place / "tools")
        change(tools)
        folder = _repository(place, "workflows")
        return Order(folder, environment={"PENSTOCK_TOOLS": str(tools.path)})

    return lay


def _denied(place: Path) -> Order:
    """Start this same Penstock beside a list that denies the installed zizmor."""
    copy = place / "penstock"
    (copy / "tools").mkdir(parents=True)
    for name in ("pipeline", "policies", "requirements", "tools/trivy"):
        (copy / name).symlink_to(_ROOT / name)
    denied = (
        '\n[[denied]]\ntool = "zizmor"\nversions = ["1.32.0"]\n'
        'source = "EXAMPLE-1"\nreason = "an example"\n'
    )
    shutil.copy(_ROOT / "tools/tools.lock", copy / "tools")
    known = (_ROOT / "tools/denied.toml").read_text()
    (copy / "tools/denied.toml").write_text(known + denied)
    folder = _repository(place, "workflows")
    return Order(folder, program=Path(sys.executable), words=("-m", "pipeline"), cwd=copy)


def _link(place: Path) -> Order:
    folder = _repository(place, "secrets")
    (folder / "out.txt").symlink_to("/etc/hostname")
    return Order(folder)


def _nested(place: Path) -> Order:
    from pipeline.toolchain.git import git

    folder = _repository(place, "secrets")
    (folder / "vendored").mkdir()
    for one in (folder, folder / "vendored"):
        git(one, "init", "-q")
    (folder / "vendored/a.txt").write_text("hello\n")
    return Order(folder)


def _from_the_future(place: Path) -> Order:
    made = Repository(place / "repository")
    repository(made.path, "workflows")
    made.commit(GIT_COMMITTER_DATE="@4000000000 +0000")
    return Order(made.path)


def _large_report(place: Path) -> Order:
    """Let the policy allow a report of 1 MB, and ask Trivy for one of some 2 MB."""
    many = {f"node_modules/package-{n}": {"version": "1.0.0"} for n in range(4000)}
    lock = json.dumps({"name": "e", "lockfileVersion": 3, "packages": {"": {"name": "e"}, **many}})
    limit = "  excerpts: accept\n  limits: {max_report_mb: 1}\n"
    policy = gate("packages").replace("  excerpts: accept\n", limit)
    files = [("package-lock.json", lock), ("policies/gate.yaml", policy)]
    return Order(_repository(place, "packages", files, _DATABASE))


def _own_zizmor(place: Path) -> Order:
    settings = f'[tools.zizmor]\npath = "{real_programs()["zizmor"]}"\n'
    return Order(_repository(place, "workflows", settings=settings))


_DEBIAN: Final = oci_image.os_release("debian", "12")
_THEIRS: Final = Deb("x", "1", maintainer="D <support@docker.com>")
_CI: Final = ".github/workflows/ci.yml"
PRODUCED: Final[Mapping[GapReason, Made]] = {
    GapReason.NO_TARGETS: Made(_asks("config"), "config"),
    GapReason.NOT_READ: Made(
        _asks("image", settings='[[image]]\nref = "oci:nowhere"\n'), "image", "oci:nowhere"
    ),
    GapReason.PARSE_ERROR: Made(_asks("workflows", (_CI, "on: [push\n")), "workflows", _CI),
    GapReason.TIMEOUT: Made(
        _asks("semgrep", ("app.py", "x = 1\n"), settings='[stages.semgrep]\ntimeout = "1s"\n'),
        "semgrep",
    ),
    GapReason.RULE_ERROR: Made(
        _asks("semgrep", ("app.py", "x = 1\n"), ("policies/semgrep/a.yml", _RULE),
              ("policies/semgrep/b.yml", _RULE)),
        "semgrep",
    ),
    GapReason.IGNORED_BY_TOOL: Made(
        _asks("secrets", ("odd.txt", b"\x02 a text all the same\n")), "secrets", "odd.txt"
    ),
    GapReason.EXCLUDED: Made(_with("workflows", "--skip", "workflows"), "workflows"),
    GapReason.NOT_LISTED: Made(
        _asks("packages", ("node_modules/e/package-lock.json", _LOCK), settings=_DATABASE),
        "packages", "node_modules/e/package-lock.json",
    ),
    GapReason.UNPINNED: Made(
        _asks("sbom", ("requirements.txt", "idna>=3\n")), "sbom", "requirements.txt#idna"
    ),
    GapReason.UNSUPPORTED: Made(
        _image(oci_image.text("app", "hello\n")), "image", "oci:image"
    ),
    GapReason.NO_PACKAGES: Made(_image(_DEBIAN), "image", "oci:image"),
    GapReason.THIRD_PARTY: Made(
        _image(_DEBIAN | oci_image.dpkg(Deb("tzdata", "1"), _THEIRS)), "image", "oci:image"
    ),
    GapReason.AMBIGUOUS_IMAGE: Made(_image(_DEBIAN, twice=True), "image", "oci:image"),
    GapReason.REMOTE_MODULE: Made(_asks("config", ("main.tf", _MODULE)), "config", "main.tf"),
    GapReason.LINK_OUTSIDE: Made(_link, "secrets", "out.txt"),
    GapReason.SUBMODULE: Made(_nested, "secrets", "vendored"),
    GapReason.LFS_POINTER: Made(_asks("secrets", ("model.bin", _LFS)), "secrets", "model.bin"),
    GapReason.NO_RULES: Made(_gap_without_rules, "semgrep", "main.go"),
    GapReason.TOOL_MISSING: Made(
        _with("workflows", PENSTOCK_TOOLS="/nonexistent"), "workflows"
    ),
    GapReason.TOOL_UNLOCKED: Made(_own_zizmor, "workflows"),
    GapReason.TOOL_DENIED: Made(_denied, "workflows"),
    GapReason.TOOL_FAILED: Made(
        _tools(lambda tools: tools.wrap("zizmor", "", '"$@" --no-such-flag')), "workflows"
    ),
    GapReason.TOOL_OUTPUT: Made(
        _tools(lambda tools: tools.wrap("zizmor", _PLAIN)), "workflows"
    ),
    GapReason.FEED_MISSING: Made(_osv(lambda place: place / "nowhere"), "pip-audit"),
    GapReason.FEED_STALE: Made(_osv(_copied(_dated("2020-01-01"), "metadata.json")), "pip-audit"),
    GapReason.FEED_FUTURE: Made(_osv(_copied(_dated("2999-01-01"), "metadata.json")), "pip-audit"),
    GapReason.FEED_EXCERPT: Made(_osv(_as_it_is, accept="refuse"), "pip-audit"),
    GapReason.FEED_BROKEN: Made(_osv(_copied(str.upper, "records.ndjson")), "pip-audit"),
    GapReason.CANARY_MISSED: Made(_osv(lambda place: hollow(place / "osv")), "pip-audit"),
    GapReason.DIGEST_MISMATCH: Made(_swapped, "image", "oci:image"),
    GapReason.POLICY_UNTRUSTED: Made(_with("workflows", CI="true"), None),
    GapReason.BASE_MISSING: Made(_with("workflows", "--base", "0" * 40), None),
    GapReason.CLOCK: Made(_from_the_future, None),
    GapReason.LIMIT: Made(_large_report, "packages"),
}  # fmt: skip
BY_A_SIGNAL: Final = GapReason.INTERRUPTED
"""Takes a run that is stopped half-way: it has a test of its own."""
