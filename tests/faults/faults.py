"""The faults of a tool, made on disk, and what each has to become."""

import shutil
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from tests.faults.bench import Bench

PATIENCE: Final = "2s"
_WHERE: Final = """
out=""
take=""
for word in "$@"; do
  case "$take" in 1) out="$word"; take=""; continue;; esac
  case "$word" in
    --output|-o) take=1;;
    --output=*) out="${word#--output=}";;
  esac
done
put() { if [ -n "$out" ]; then cat > "$out"; else cat; fi; }
"""
"""Finds the file that a report is asked into; standard output where none is."""

_FOREIGN: Final[Mapping[str, str]] = {
    "semgrep": '{"dependencies": [], "fixes": []}',
    "pip-audit": '{"version": "1.182.0", "results": [], "errors": [], "paths": {"scanned": []}}',
    "trivy": '{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}',
    "zizmor": '{"SchemaVersion": 2, "Results": []}',
    "cyclonedx-bom": '{"SchemaVersion": 2, "ArtifactType": "filesystem", "Results": []}',
}
"""By tool: a clean report, but another tool's."""

_TRIVY_OF_NOTHING: Final = """{"SchemaVersion": 2, "CreatedAt": "2026-11-01T00:00:00Z",
"ArtifactName": "x", "ArtifactType": "KIND", "Results": []}"""
_OF_NOTHING: Final[Mapping[str, str]] = {
    "semgrep": """put <<'END'
{"version": "1.182.0", "results": [], "errors": [], "paths": {"scanned": [], "skipped": []}}
END""",
    "pip-audit": """echo '{"dependencies": [], "fixes": []}'""",
    "trivy": f"""case "$1" in
fs) kind=filesystem;; image) kind=container_image;; *) kind=cyclonedx;;
esac
sed "s/KIND/$kind/" <<'END' | put
{_TRIVY_OF_NOTHING}
END""",
    "zizmor": "echo '[]'",
    "cyclonedx-bom": """put <<'END'
{"bomFormat": "CycloneDX", "specVersion": "1.7", "version": 1, "components": [],
"dependencies": [], "metadata": {"tools": {"components": [{"name": "cyclonedx-py"}]}}}
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
    in_make_test: bool = False

    def of(self, stage: str) -> frozenset[str]:
        """Return the reasons that a stage has to give: these, and no others."""
        return self.more.get(stage, self.reasons)


def _script(body: str) -> Callable[[Bench, str], object]:
    return lambda bench, tool: bench.tools.put(tool, f"#!/bin/sh\n{body}\n")


def _written(body: str) -> Callable[[Bench, str], object]:
    return _script(f"{_WHERE}\n{body}")


def _foreign(bench: Bench, tool: str) -> None:
    _written(f"put <<'END'\n{_FOREIGN[tool]}\nEND")(bench, tool)


def _of_nothing(bench: Bench, tool: str) -> None:
    _written(_OF_NOTHING[tool])(bench, tool)


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


def _removed(bench: Bench, tool: str) -> None:
    shutil.rmtree(bench.tools.folder(tool))


def _not_executable(bench: Bench, tool: str) -> None:
    bench.tools.put(tool, f'#!/bin/sh\nexec "{bench.tools.real[tool]}" "$@"\n', mode=0o644)


def _altered(bench: Bench, tool: str) -> None:
    place = bench.tools.put(tool, "#!/bin/sh\nexit 0\n")
    place.write_text(f'#!/bin/sh\nexec "{bench.tools.real[tool]}" "$@"\n')


_FAILED: Final = frozenset({"tool_failed"})
_OUTPUT: Final = frozenset({"tool_output"})
_LIMIT: Final = frozenset({"limit"})
_UNHEARD: Final = frozenset({"canary_missed", "not_listed"})
_OF_NOTHING_IN: Final = {
    "image": frozenset({"canary_missed", "digest_mismatch", "no_packages", "unsupported"}),
    # Trivy names no file without a secret: here the canaries alone tell the difference.
    "secrets": frozenset({"canary_missed"}),
}
FAULTS: Final[Mapping[str, Fault]] = {
    "missing": Fault(_removed, frozenset({"tool_missing"})),
    "not executable": Fault(_not_executable, _FAILED),
    "not what was installed": Fault(_altered, frozenset({"digest_mismatch"})),
    "crash": Fault(_script("kill -SEGV $$"), _FAILED),
    "crash after a whole report": Fault(_then("kill -SEGV $$"), _FAILED),
    "exit 1 without a report": Fault(_script("exit 1"), _FAILED),
    "a whole report and an exit code that means nothing": Fault(_then("exit 7"), _FAILED),
    "hang": Fault(_hang, frozenset({"timeout"})),
    "nothing printed, exit 0": Fault(_script("exit 0"), _OUTPUT),
    "an empty report, exit 0": Fault(_written("printf '' | put"), _OUTPUT, in_make_test=True),
    "a page of HTML, exit 0": Fault(_written("echo '<html>502 Bad Gateway</html>' | put"), _OUTPUT),
    "another tool's report, exit 0": Fault(_foreign, _OUTPUT),
    "its own report about nothing, exit 0": Fault(_of_nothing, _UNHEARD, _OF_NOTHING_IN),
    "half a report": Fault(_half, _OUTPUT),
    "a report without end": Fault(_written("yes penstock | put"), _LIMIT),
    "noise without end": Fault(_script("exec yes penstock >&2"), _LIMIT),
}
