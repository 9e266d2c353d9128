"""Reports that were really written, and fakes that say them again."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from tests.support.command import Bundle

WHERE: Final = """
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

_LABEL: Final = """
label=""
[ -z "$out" ] || { label="${out##*/}"; label="${label%.json}"; label="${label%.cdx}"; }
for word in "$@"; do
  case "$word" in
    *-canary.json) [ -n "$out" ] || { label="${word##*/}"; label="${label%-canary.json}"; };;
    */pip-audit.*.txt) label="${word##*/}";;
    --strict-collection) label=workflows;;
    --collect=all) label="${label:-workflows-lenient}";;
  esac
done
"""
"""Finds what Penstock calls a process, from what it tells the tool."""

_WORDS: Final = tuple(
    re.compile(one)
    for one in (
        rb"(?:tree|work|images)-([0-9a-f]{16})",
        rb"(?:planted this\. |[+B]w)([0-9a-f]{16})",
    )
)
"""Where the word of a run stands in its reports: folders, and what was planted."""


class Said(NamedTuple):
    """What a tool left when it worked."""

    report: bytes
    stderr: bytes
    code: int


def recorded(bundle: Bundle, stage: str) -> dict[str, Said]:
    """Return what the tools of a stage said, by label, as the bundle keeps it."""
    code = _code(bundle, stage)
    found: dict[str, Said] = {}
    for path in sorted((bundle.path / "raw" / stage).glob("*.report")):
        log = path.with_suffix(".stderr")
        stderr = log.read_bytes() if log.exists() else b""
        if stage == "pip-audit":
            audit = bundle.json(str(path.relative_to(bundle.path)))
            found |= {one["file"]: _round(one) for one in audit["rounds"]}
        else:
            found[path.stem] = Said(_as_written(path.read_bytes(), stage), stderr, code)
    return found


def _as_written(report: bytes, stage: str) -> bytes:
    """Put back what zizmor writes and a bundle leaves out: members with lines of the source."""
    if stage != "workflows":
        return report
    items = json.loads(report)
    for place in (place for item in items for place in item["locations"]):
        place["concrete"] |= {"feature": "", "comments": []}
    return json.dumps(items).encode()


def _round(one: Any) -> Said:
    return Said(one["stdout"].encode(), one["stderr"].encode(), one["exit_code"])


def _code(bundle: Bundle, stage: str) -> int:
    """Return how all processes of a stage ended: alike, in every stage."""
    costs = next(one for one in bundle.json("run.json")["stages"] if one["stage"] == stage)
    (code,) = {one["exit_code"] for one in costs["processes"]}
    return int(code)


def kept(said: Mapping[str, Said]) -> str:
    """Return what a fake reads of itself: no other file belongs to a tool."""
    return "\nexit\n" + "".join(
        f"#= {label}.{kind}\n{base64.encodebytes(data).decode()}"
        for label, one in said.items()
        for kind, data in (("report", one.report), ("stderr", one.stderr))
    )


def again(said: Mapping[str, Said], *, today: bool) -> str:
    """Return shell that lays a recorded report down as `$all`, and its exit code in `$code`.

    `today` writes the word of the present run over that of the recorded one: what no tool does
    by itself, so that whatever else is wrong with the report is seen.
    """
    cases = "".join(f"  {label}) code={one.code};;\n" for label, one in said.items())
    words = {w for one in said.values() for form in _WORDS for w in form.findall(one.report)}
    swaps = "".join(f" -e s/{word.decode()}/${{PWD##*-}}/g" for word in sorted(words))
    say = f"sed{swaps}" if today and swaps else "cat"
    return f"""{WHERE}{_LABEL}
all="$TMPDIR/all"
case "$label" in
{cases}  *) echo "nothing was recorded of $label: $*" >&2; exit 9;;
esac
kept() {{ awk -v of="#= $label.$1" '$0 == of {{f=1; next}} /^#= /{{f=0}} f' "$0" | base64 -d; }}
kept stderr >&2
kept report | {say} > "$all"
"""


def really(program: str) -> str:
    """Return shell that lets the real tool say the same."""
    return f'{WHERE}\nall="$TMPDIR/all"\n"{program}" "$@" > "$all"\ncode=$?\n'
