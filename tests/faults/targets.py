"""How the real tool of each stage is made to pass one thing over."""

from collections.abc import Callable
from typing import Final, NamedTuple

from tests.faults.bench import TOOL, Bench

_WITHOUT_LAST_YML: Final = """
n=$#
while [ "$n" -gt 0 ]; do
  word="$1"; shift
  case "$word" in */nightly.yml) ;; *) set -- "$@" "$word";; esac
  n=$((n - 1))
done
"""


class Skip(NamedTuple):
    """One thing that the real tool does not look at, and the one gap that says so."""

    stage: str
    what: str
    make: Callable[[Bench], object]
    target: str
    reason: str


def _more(*arguments: str) -> Callable[[Bench], object]:
    """Let the real tool be told more than Penstock tells it."""
    words = " ".join(('"$@"', *arguments))
    return lambda bench: bench.tools.wrap(TOOL[bench.stages[0]], "", words)


def _first(script: str) -> Callable[[Bench], object]:
    """Let something happen to the tool's input before it reads it."""
    return lambda bench: bench.tools.wrap(TOOL[bench.stages[0]], script)


def _misread(script: str) -> Callable[[Bench], object]:
    """Let the tool read what sed makes of its input."""
    return lambda bench: bench.tools.misread(TOOL[bench.stages[0]], script)


def _plant(name: str, data: bytes) -> Callable[[Bench], object]:
    def make(bench: Bench) -> None:
        path = bench.shop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    return make


_LOCK: Final = b"""{"name": "e", "lockfileVersion": 3, "packages": {"": {"name": "e"},
"node_modules/lodash": {"version": "4.17.21"}}}"""
SKIPS: Final = (
    Skip("semgrep", "semgrep excludes a file", _more("--exclude", "accounts.py"),
         "app/accounts.py", "ignored_by_tool"),
    Skip("pip-audit", "a pin is lost before pip-audit reads it", _misread("/^h11/d"),
         "requirements/base.txt#h11==0.16.0", "not_listed"),
    Skip("image", "Trivy leaves out the list of installed packages",
         _first('[ "$1" != image ] || set -- "$@" --skip-files var/lib/dpkg/status'),
         "oci:image/layout", "no_packages"),
    Skip("config", "Trivy leaves out a Dockerfile", _more("--skip-files", "'**/src/Dockerfile'"),
         "Dockerfile", "not_listed"),
    Skip("secrets", "Trivy takes a text for binary", _plant("odd.txt", b"\x02 some text\n"),
         "odd.txt", "ignored_by_tool"),
    Skip("packages", "Trivy passes over a lock file in node_modules",
         _plant("node_modules/e/package-lock.json", _LOCK),
         "node_modules/e/package-lock.json", "not_listed"),
    Skip("workflows", "zizmor is not given a file", _first(_WITHOUT_LAST_YML),
         ".github/workflows/nightly.yml", "not_listed"),
    Skip("sbom", "a pin is lost before cyclonedx-py reads it", _misread("/^h11/d"),
         "requirements/base.txt#h11==0.16.0", "not_listed"),
)  # fmt: skip
