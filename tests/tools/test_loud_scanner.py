"""A scanner whose words are meant for terminals and runners: none of them gets there as it is."""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from pipeline.report import FORMATS
from tests.faults.bench import Bench
from tests.support.command import Bundle, Ran, penstock

pytestmark = pytest.mark.tools

LOUD: Final = (
    r"\033[2J\033[31mred\033]0;title\007\033]8;;http://evil.example\033\\link\233\r",
    "::set-output name=x::y",
    "  ::add-mask::PASS",
    "::stop-commands::word",
    "##[error]told",
    "x ##[set-env name=PATH]y",
    r"PASS\342\200\256SSAP\342\200\250::error::next line",
)
"""As `printf` of a shell reads it: they clear, colour, name, link, hide and give orders."""
SAYS: Final = "\n".join(f"printf '%b\\n' '{line}' >&2" for line in LOUD).replace(r"\0", r"\\0")
WORKFLOW: Final = """name: b
on: pull_request_target
permissions: write-all
jobs:
  b:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: echo ${{ github.event.pull_request.title }}
"""
ORDERS: Final = re.compile(
    r"^\s*::(?!(?:error|warning|notice|group|endgroup)[ :])|##\[|[\x00-\x08\x0b-\x1f\x7f-\x9f]",
    re.MULTILINE,
)
"""A workflow command that is none of ours, the old form of one, or what moves a cursor."""
_ENVIRONMENT: Final = {
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "sesame-1",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "http://sesame-2.example",
    "GITHUB_TOKEN": "sesame-3",
    "PENSTOCK_HMAC_KEY": "sesame-4",
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("loud"), "workflows")


def spoken(bench: Bench, bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Run with this scanner, and yield all that a person or a runner is shown of it."""
    out = bundle.path
    extra = {"PENSTOCK_TOOLS": str(bench.tools.path), **_ENVIRONMENT}
    how = ("--progress", "json", "--format", "github")
    yield from _said("run", penstock("run", bench.shop, "--out", out, *how, extra=extra))
    for name in FORMATS:
        yield from _said(f"gate --format {name}", penstock("gate", out, "--format", name))
    for name in ("text", "json"):
        told = penstock("explain", out, "--verdict", "--format", name)
        yield from _said(f"explain --format {name}", told)
    for one in bundle.findings[:1]:
        yield from _said("explain", penstock("explain", out, one["id"]))
    yield "summary.md", (out / "summary.md").read_text()


def _said(name: str, done: Ran) -> Iterator[tuple[str, str]]:
    yield f"{name}: stdout", done.out
    yield f"{name}: stderr", done.err


def held(bench: Bench, name: str) -> Bundle:
    bundle = Bundle(bench.folder / name)
    told = list(spoken(bench, bundle))
    for place, text in told:
        found = ORDERS.search(text)
        assert found is None, (place, text[max(0, found.start() - 60) : found.end() + 60])
        assert "sesame" not in text, place
    assert any("set-env name=PATH" in text for _, text in told), "it was not heard at all"
    for path in bundle.path.rglob("*"):
        assert not path.is_file() or b"sesame" not in path.read_bytes(), path
    return bundle


@pytest.mark.slow
def test_what_a_scanner_that_fails_complains_of_is_shown_as_text(bench: Bench) -> None:
    bench.tools.put("zizmor", f"#!/bin/sh\nenv >&2\n{SAYS}\nexit 9\n")

    bundle = held(bench, "failed")

    assert bundle.unanswered() == {("workflows", None, "tool_failed")}
    bench.mend()


def test_what_a_scanner_calls_its_findings_is_shown_as_text(bench: Bench) -> None:
    (bench.shop / ".github/workflows/b.yml").write_text(WORKFLOW)
    orders = r"\\u001b[31m\\n::set-output name=x::y\\n##[set-env name=PATH]z"
    orders += r"\\r::add-mask::PASS\\u2028"
    bench.tools.put(
        "zizmor",
        f'#!/bin/sh\n{SAYS}\n"{bench.tools.real["zizmor"]}" "$@" > "$TMPDIR/all"; code=$?\n'
        f"""sed 's/"desc": *"/&{orders}/g; s/"annotation": *"/&{orders}/g' "$TMPDIR/all"\n"""
        "exit $code\n",
    )

    bundle = held(bench, "found")

    loud = [one for one in bundle.findings if "set-output" in f"{one['title']}{one['message']}"]
    assert loud
    bench.mend()
