"""The faults of a tool, made on disk, and what each has to become."""

import json
import shutil
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from pipeline.toolchain import lock, note
from tests.faults.altered import (
    ALTERED,
    IN_A_FILE,
    IN_PLACE,
    another_targets,
    left_behind,
    lying,
    of_another_version,
    yesterdays,
)
from tests.faults.bench import TOOL, Bench
from tests.faults.replay import WHERE
from tests.faults.rules import BLUNTED

PATIENCE: Final = "2s"
_FOREIGN: Final[Mapping[str, str]] = {
    "semgrep": '{"dependencies": [], "fixes": []}',
    "pip-audit": '{"version": "1.182.0", "results": [], "errors": [], "paths": {"scanned": []}}',
    "trivy": '{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}',
    "zizmor": '{"SchemaVersion": 2, "Results": []}',
    "cyclonedx-bom": '{"SchemaVersion": 2, "ArtifactType": "filesystem", "Results": []}',
}
"""By tool: a clean report, but another tool's."""

_TRIVY_OF_NOTHING: Final = """{"SchemaVersion": 2, "CreatedAt": "2026-11-01T00:00:00Z",
"Trivy": {"Version": "VERSION"}, "ArtifactName": "x", "ArtifactType": "KIND", "Results": []}"""
_OF_NOTHING: Final[Mapping[str, str]] = {
    "semgrep": """put <<'END'
{"version": "VERSION", "results": [], "errors": [], "paths": {"scanned": [], "skipped": []}}
END""",
    "pip-audit": """echo '{"dependencies": [], "fixes": []}'""",
    "trivy": f"""case "$1" in
fs) kind=filesystem;; image) kind=container_image;; *) kind=cyclonedx;;
esac
sed "s/KIND/$kind/" <<'END' | put
{_TRIVY_OF_NOTHING}
END""",
    "zizmor": "echo ' INFO zizmor: - zizmor vVERSION' >&2; echo '[]'",
    "cyclonedx-bom": """put <<'END'
{"bomFormat": "CycloneDX", "specVersion": "1.7", "version": 1, "components": [],
"dependencies": [], "metadata": {"tools": {"components":
[{"name": "cyclonedx-py", "version": "VERSION"}]}}}
END""",
}
"""By tool: the shell that writes its own clean report, about nothing at all."""


class Fault(NamedTuple):
    """One way in which a tool goes wrong."""

    make: Callable[[Bench, str], object]
    reasons: frozenset[str]
    """What the stage's missing answer is called."""
    more: Mapping[str, frozenset[str]] = {}
    """The same where a stage proves more, or less, than the others."""
    in_make_test: tuple[str, ...] = ()
    """The stages with which `make test` tries it; `make test-all` tries it with all."""
    only: frozenset[str] = frozenset(TOOL)
    """The stages where it can happen."""

    def of(self, stage: str) -> frozenset[str]:
        """Return the reasons that a stage has to give: these, and no others."""
        return self.more.get(stage, self.reasons)


def _script(body: str) -> Callable[[Bench, str], object]:
    return lambda bench, tool: bench.tools.put(tool, f"#!/bin/sh\n{body}\n")


def _written(body: str) -> Callable[[Bench, str], object]:
    return _script(f"{WHERE}\n{body}")


def _foreign(bench: Bench, tool: str) -> None:
    _written(f"put <<'END'\n{_FOREIGN[tool]}\nEND")(bench, tool)


def _of_nothing(bench: Bench, tool: str) -> None:
    version = lock.read().tools[tool].version
    _written(_OF_NOTHING[tool].replace("VERSION", version))(bench, tool)


def _half(bench: Bench, tool: str) -> None:
    real = bench.tools.real[tool]
    _written(
        f'if [ -n "$out" ]; then\n  "{real}" "$@"; code=$?\n'
        '  size=$(stat -c %s "$out"); truncate -s $((size / 2)) "$out"; exit $code\nfi\n'
        f'all="$TMPDIR/all"; "{real}" "$@" > "$all"; code=$?\n'
        'head -c $(($(stat -c %s "$all") / 2)) "$all"; exit $code'
    )(bench, tool)


def _then(ending: str) -> Callable[[Bench, str], object]:
    """Let the real tool write its whole report, and end as it never does by itself."""
    return lambda bench, tool: _script(f'"{bench.tools.real[tool]}" "$@"; {ending}')(bench, tool)


def _hang(bench: Bench, tool: str) -> None:
    _script("sleep 600")(bench, tool)
    bench.timeout(PATIENCE)


def _interpreter_gone(bench: Bench, tool: str) -> None:
    bench.tools.put(tool, "#!/nonexistent/python\n")


def _removed(bench: Bench, tool: str) -> None:
    shutil.rmtree(bench.tools.folder(tool))


def _not_executable(bench: Bench, tool: str) -> None:
    bench.tools.put(tool, f'#!/bin/sh\nexec "{bench.tools.real[tool]}" "$@"\n', mode=0o644)


def _altered(bench: Bench, tool: str) -> None:
    place = bench.tools.put(tool, "#!/bin/sh\nexit 0\n")
    place.write_text(f'#!/bin/sh\nexec "{bench.tools.real[tool]}" "$@"\n')


def _elsewhere(bench: Bench, tool: str) -> None:
    """Install what another lock would: the same tool in another version."""
    file = bench.tools.folder(tool) / note.FILE
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": "0.0.1"}))


def _huge(bench: Bench, tool: str) -> None:
    """Write 2 GiB, which take no room on the disk where the tool may make a hole."""
    if tool == "pip-audit":
        _script("exec head -c 2147483648 /dev/zero")(bench, tool)
    else:
        _written('exec truncate -s 2G "${out:-/dev/stdout}"')(bench, tool)


def _drips(bench: Bench, tool: str) -> None:
    _written("while :; do printf x; sleep 0.2; done | put")(bench, tool)
    bench.timeout(PATIENCE)


def _missed(bench: Bench, tool: str) -> None:
    """Keep the canary from the real tool."""
    if tool in _WITHOUT_CANARY:
        bench.tools.wrap(tool, _WITHOUT_CANARY[tool])
    else:
        bench.tools.misread(tool, "/^penstock-canary/d")


def _deaf(bench: Bench, tool: str) -> None:
    """Keep one secret of the image that is full of them from the real tool."""
    script = 'case "$*" in *image-secrets-layout*) set -- "$@" --skip-files app/.git/config;; esac'
    bench.tools.wrap(tool, script)


_KEEP: Final = """
n=$#
while [ "$n" -gt 0 ]; do
  word="$1"; shift
  case "$word" in PATTERN) ;; *) set -- "$@" "$word";; esac
  n=$((n - 1))
done
"""
_WITHOUT_CANARY: Final[Mapping[str, str]] = {
    "semgrep": _KEEP.replace("PATTERN", "canary/*"),
    "zizmor": _KEEP.replace("PATTERN", "canary/*"),
    "trivy": """case "$1" in
fs) set -- "$@" --skip-dirs "**/canary";;
sbom) name="${2##*/}"; folder="${2%/*}"; shift 2
  sed "s/@[0-9][^\\"]*\\"/@999.0\\"/" "$folder/$name" > "$TMPDIR/$name"
  set -- sbom "$TMPDIR/$name" "$@";;
esac""",
}
"""By tool: the shell that takes the canary out of what it is given. Others read it in a list."""

_FAILED: Final = frozenset({"tool_failed"})
_OUTPUT: Final = frozenset({"tool_output"})
_LIMIT: Final = frozenset({"limit"})
_UNHEARD: Final = frozenset({"canary_missed", "not_listed"})
_OF_NOTHING_IN: Final = {
    "image": _UNHEARD | {"digest_mismatch", "no_packages", "unsupported"},
    "semgrep": _UNHEARD | {"rule_error"},
    # Trivy names no file without a secret: here the canaries alone tell the difference.
    "secrets": frozenset({"canary_missed"}),
}
_CANARY: Final = frozenset({"canary_missed"})
_CANARY_IN: Final = dict.fromkeys(("image", "packages"), _CANARY | {"unsupported"})
_LYING_IN: Final[Mapping[str, frozenset[str]]] = {"workflows": _OUTPUT, "pip-audit": _OUTPUT}
_YESTERDAYS_IN: Final = {"pip-audit": frozenset({"not_read"})}
_ANOTHERS_IN: Final = {
    "config": _CANARY | {"unsupported"},  # it names other blocks of Terraform than there are
    "image": _UNHEARD | {"digest_mismatch"},
    "sbom": _UNHEARD,
    "pip-audit": frozenset({"not_listed", "not_read"}),
}
_QUICK: Final = ("workflows",)
FAULTS: Final[Mapping[str, Fault]] = {
    "missing": Fault(_removed, frozenset({"tool_missing"}), in_make_test=_QUICK),
    "not executable": Fault(_not_executable, _FAILED),
    "not what was installed": Fault(_altered, frozenset({"digest_mismatch"})),
    "crash": Fault(_script("kill -SEGV $$"), _FAILED),
    "crash after a whole report": Fault(_then("kill -SEGV $$"), _FAILED),
    "exit 1 without a report": Fault(_script("exit 1"), _FAILED),
    "a whole report and an exit code that means nothing": Fault(_then("exit 7"), _FAILED),
    "hang": Fault(_hang, frozenset({"timeout"})),
    "nothing printed, exit 0": Fault(_script("exit 0"), _OUTPUT),
    "an empty report, exit 0": Fault(
        _written("printf '' | put"), _OUTPUT, in_make_test=tuple(TOOL)
    ),
    "a page of HTML, exit 0": Fault(_written("echo '<html>502 Bad Gateway</html>' | put"), _OUTPUT),
    "another tool's report, exit 0": Fault(_foreign, _OUTPUT),
    "its own report about nothing, exit 0": Fault(_of_nothing, _UNHEARD, _OF_NOTHING_IN),
    "half a report": Fault(_half, _OUTPUT),
    "a report without end": Fault(_written("yes penstock | put"), _LIMIT),
    "no interpreter": Fault(_interpreter_gone, _FAILED),
    "another version": Fault(_elsewhere, frozenset({"digest_mismatch"})),
    "a whole report of another version": Fault(
        of_another_version, _OUTPUT, only=frozenset(TOOL) - {"pip-audit"}, in_make_test=_QUICK
    ),
    "killed for want of memory": Fault(_script("kill -KILL $$"), _FAILED),
    "killed for want of memory after a whole report": Fault(_then("kill -KILL $$"), _FAILED),
    "SIGBUS": Fault(_script("kill -BUS $$"), _FAILED),
    "drip by drip": Fault(_drips, frozenset({"timeout"})),
    "`[]`": Fault(_written("echo '[]' | put"), _OUTPUT),
    "`{}`": Fault(_written("echo '{}' | put"), _OUTPUT),
    "`null`": Fault(_written("echo null | put"), _OUTPUT, in_make_test=_QUICK),
    "a report of 2 GiB": Fault(_huge, _LIMIT),
    "the canary is kept from the real tool": Fault(
        _missed, _CANARY, _CANARY_IN, in_make_test=_QUICK
    ),
    "a secret that is planted in an image is kept from the real tool": Fault(
        _deaf, _CANARY, only=frozenset({"image"})
    ),
    **{
        name: Fault(make, reasons, only=frozenset({"semgrep"}))
        for name, (make, reasons) in BLUNTED.items()
    },
    "a whole report and the exit code of another": Fault(lying, _FAILED, _LYING_IN),
    **{name: Fault(make, _OUTPUT) for name, make in ALTERED.items()},
    "a report written by what is left when the tool has ended": Fault(
        left_behind, _OUTPUT, {"pip-audit": _FAILED}, in_make_test=("pip-audit",)
    ),
    "yesterday's report": Fault(yesterdays, _CANARY, _YESTERDAYS_IN, in_make_test=_QUICK),
    "another target's report": Fault(another_targets, _CANARY, _ANOTHERS_IN),
    **{name: Fault(make, _OUTPUT, only=IN_A_FILE) for name, make in IN_PLACE.items()},
    "more processes than any scan needs": Fault(
        _script("n=0; while [ $n -lt 1400 ]; do sleep 60 & n=$((n + 1)); done; wait"), _LIMIT
    ),
    "noise without end": Fault(_script("exec yes penstock >&2"), _LIMIT),
}
