"""Abuse 38: what stands where a report is due is cut, empty, foreign, double, deep or endless."""

from pathlib import Path
from typing import Final

import pytest

from tests.support.liars import ASKED, Liar

pytestmark = pytest.mark.tools

OUTPUT: Final = {"tool_output"}
SAID: Final = {
    "nothing": ("put < /dev/null", OUTPUT),
    "a space": ("echo ' ' | put", OUTPUT),
    "an empty object": ("echo '{}' | put", OUTPUT),
    "null": ("echo null | put", OUTPUT),
    "a page": ("echo '<html>502 Bad Gateway</html>' | put", OUTPUT),
    "the schema of nobody": ("""echo '{"ok": true, "findings": 0}' | put""", OUTPUT),
    "not a number": ("""echo '{"version": NaN, "results": []}' | put""", OUTPUT),
    "an infinity": ("echo '[-Infinity]' | put", OUTPUT),
    "bytes that are no text": (r"printf '[\"\377\376\"]' | put", OUTPUT),
    "half a letter": (r"""printf '["\\ud800"]' | put""", OUTPUT),
    "a million brackets": ("head -c 1000000 /dev/zero | tr '\\0' '[' | put", OUTPUT),
    "a million objects": ("yes '{\"a\":' | head -n 1000000 | put", OUTPUT),
    "a number of a million digits": ("head -c 1000000 /dev/zero | tr '\\0' 7 | put", OUTPUT),
    "two gigabytes": (
        'truncate -s 2G "${out:-/dev/stdout}"',
        {"limit", "tool_failed", "tool_output"},
    ),
}
"""By what it is: the shell that says it, and the reasons of which the gap may have one."""
TWICE: Final = {
    "semgrep": """sed 's/^{/{"results": [], /'""",
    "pip-audit": """sed 's/^{/{"dependencies": [], /'""",
    "secrets": """sed '1s/^{/{"Results": [], /'""",
    "workflows": """sed 's/"ident":/"ident": "other", "ident":/'""",
    "sbom": """sed '1s/^{/{"components": [], /'""",
}
"""By stage: the filter that lets the tool's own, whole report name something twice."""


def said() -> list[object]:
    return [
        pytest.param(
            stage,
            what,
            id=f"{stage}: {what}",
            marks=() if stage == "workflows" or what == "an empty object" else pytest.mark.slow,
        )
        for stage in ASKED
        for what in SAID
    ]


@pytest.mark.parametrize(("stage", "what"), said())
def test_what_is_no_report_answers_nothing(stage: str, what: str, tmp_path: Path) -> None:
    liar = Liar(tmp_path, stage)
    shell, reasons = SAID[what]
    liar.says(shell)
    found = liar.reasons()
    assert len(found) == 1
    assert found <= reasons


@pytest.mark.parametrize("stage", ASKED)
def test_an_empty_list_is_no_look_at_anything(stage: str, tmp_path: Path) -> None:
    liar = Liar(tmp_path, stage)
    liar.says("echo '[]' | put")
    assert liar.reasons() == OUTPUT


@pytest.mark.parametrize(
    "stage",
    [
        pytest.param(one, marks=pytest.mark.slow if one in {"semgrep", "secrets"} else ())
        for one in TWICE
    ],
)
def test_a_name_that_is_given_twice_makes_the_report_none(stage: str, tmp_path: Path) -> None:
    """The last of the two hides the first, or the first the last, as the reader likes."""
    liar = Liar(tmp_path, stage)
    liar.alters("cat")
    assert liar.run()[0].code == 0, "the whole report does answer"
    liar.alters(TWICE[stage])
    assert liar.reasons() == OUTPUT


@pytest.mark.parametrize("tenths", range(1, 10))
def test_a_report_that_is_cut_anywhere_answers_nothing(tenths: int, tmp_path: Path) -> None:
    liar = Liar(tmp_path, "workflows")
    liar.says(
        f'all="$TMPDIR/all"; "{liar.real}" "$@" > "$all"; code=$?\n'
        f'head -c $(($(stat -c %s "$all") * {tenths} / 10)) "$all"; exit $code'
    )
    assert liar.reasons() == OUTPUT
