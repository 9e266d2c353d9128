import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.inventory.neutralise import MARKERS, neutralise, readable

_words = st.sampled_from(
    [
        b" nosem", b"nosemgrep", b"NoSemGrep", b"trivy:", b"tfsec:", b"ignore", b":", b"exp:2030",
        b"zizmor: ignore[x]", b"zizmor:", b"gitleaks:allow", b"checkov:skip=X", b"# ", b"\n", b" ",
        b"\t", b"\r", b"x", b"//", b"\xff", b"\0",
    ]
)  # fmt: skip
texts = st.lists(_words, max_size=40).map(b"".join) | st.binary(max_size=200)

# What the tools themselves look for, as their own sources have it.
OBEYED = {
    "semgrep": re.compile(rb" nosem(?:grep)?", re.IGNORECASE),
    "trivy": re.compile(rb"(?:trivy|tfsec):(?:[^ \n:]*:[^ \n:]*:)*ignore:"),
    "zizmor": re.compile(rb"# zizmor: ignore\[(.+)\]"),
    "gitleaks": re.compile(rb"gitleaks:allow"),
    "checkov": re.compile(rb"(?:checkov|bridgecrew|cortex):skip="),
}


@given(texts)
def test_length_and_lines_stay_as_they_were(data: bytes) -> None:
    altered = neutralise(data).data
    assert len(altered) == len(data)
    assert [len(line) for line in altered.split(b"\n")] == [len(line) for line in data.split(b"\n")]


@given(texts)
def test_what_was_altered_once_holds_nothing_more(data: bytes) -> None:
    once = neutralise(data)
    again = neutralise(once.data)
    assert again.data == once.data
    assert again.found == ()


@given(texts)
def test_no_tool_finds_its_marker_any_more(data: bytes) -> None:
    altered = neutralise(data).data
    assert [name for name, pattern in OBEYED.items() if pattern.search(altered)] == []


@given(texts)
def test_only_what_is_recorded_is_altered(data: bytes) -> None:
    neutral = neutralise(data)
    lines = {line for line, _ in neutral.found}
    before, after = data.split(b"\n"), neutral.data.split(b"\n")
    changed = {
        number for number, (old, new) in enumerate(zip(before, after, strict=True), 1) if old != new
    }
    assert changed == lines


@pytest.mark.parametrize(
    ("line", "marker"),
    [
        (b"eval(x)  # nosemgrep", "nosemgrep"),
        (b"eval(x)  # nosemgrep: python.eval", "nosemgrep"),
        (b"eval(x)  # NOSEM", "nosem"),
        (b"eval(x);  // nosem", "nosem"),
        (b"#trivy:ignore:AWS-0107", "trivy:ignore"),
        (b"# trivy:exp:2099-01-01:ignore:*", "trivy:ignore"),
        (b"# trivy:x:\t:ignore:*", "trivy:ignore"),
        (b"//tfsec:ignore:aws-s3-no-public", "tfsec:ignore"),
        (b"uses: a/b@v1 # zizmor: ignore[unpinned-uses]", "zizmor: ignore"),
        (b"key = 'x'  # gitleaks:allow", "gitleaks:allow"),
        (b"# checkov:skip=CKV_1: because", "checkov:skip"),
    ],
)
def test_a_marker_is_recorded_with_its_line(line: bytes, marker: str) -> None:
    neutral = neutralise(b"first\n\n" + line + b"\nlast\n")
    assert neutral.found == ((3, marker),)
    assert line not in neutral.data


@pytest.mark.parametrize(
    "text",
    [
        b"FROM aquasec/trivy:0.74.0\n",
        b"nanosemantics = 1\n",
        b"x = 1  # nosec\n",
        b"# type: ignore\n",
        b"see zizmor: it ignores\n",
    ],
)
def test_other_words_stay(text: bytes) -> None:
    neutral = neutralise(text)
    assert neutral.data == text
    assert neutral.found == ()


def test_one_line_may_hold_several_markers() -> None:
    neutral = neutralise(b"x # nosemgrep trivy:ignore:A tfsec:ignore:B\n")
    assert neutral.found == ((1, "nosemgrep"), (1, "tfsec:ignore"), (1, "trivy:ignore"))


def test_a_long_word_is_read_in_time() -> None:
    assert neutralise(b"trivy:" * 300_000).found == ()


def test_every_marker_has_a_name_of_its_own() -> None:
    assert len({marker.name for marker in MARKERS}) == len(MARKERS)


def test_control_characters_early_in_what_is_binary_become_spaces() -> None:
    odd = b"\0\1key\t=\r\n\x7f" + b"x" * 300 + b"\0"
    assert readable(odd) == b"  key\t=\r\n " + b"x" * 300 + b"\0"


def test_what_is_packed_stays_as_it_is() -> None:
    packed = b"PK\x03\x04\0\0"
    assert readable(packed) == packed
