import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.inventory.requirements import Follow, Item, Option, Unasked, Wanted, parse
from pipeline.model.gap import GapReason

_lines = st.sampled_from(
    [
        "flask==2.0", "flask", "Flask[async]>=2 ; python_version < '3'", "-r base.txt", "-e .",
        "--index-url https://x/simple", "-c c.txt", "# words", "  # words", "", "   ", "a==1 \\",
        "\\", "--hash=sha256:00", "--nonsense", "-", "--", "-x", "git+https://h/x#egg=y", "x @ y",
        "a; b", "'", '"', "--req base.txt", "-r", "-rbase.txt", "\x0b", "\udcff", "-e", "é==1",
    ]
)  # fmt: skip


def items(text: str) -> tuple[Item, ...]:
    return parse(text.encode())


def only(text: str) -> Item:
    (item,) = items(text)
    return item


def reason(text: str) -> GapReason:
    item = only(text)
    assert isinstance(item, Unasked), item
    return item.reason


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    parse(data)


@given(st.lists(_lines, max_size=12))
def test_every_line_that_says_something_is_accounted_for(lines: list[str]) -> None:
    data = "\n".join(lines).encode("utf-8", "surrogateescape")
    accounted = {item.line for item in parse(data)}
    said: set[int] = set()
    first = 0
    for number, line in enumerate("\n".join(lines).splitlines(), 1):
        first = first or number
        if line.strip() and not line.lstrip().startswith("#") and line.strip("\\").strip():
            said.add(first)
        if not line.endswith("\\") or line.lstrip().startswith("#"):
            first = 0
    assert said <= accounted


@pytest.mark.parametrize(
    ("line", "name", "specifier", "marker"),
    [
        ("flask==2.0", "flask", "==2.0", ""),
        ("Flask_Login == 0.6", "Flask_Login", "==0.6", ""),
        ("flask[async,dotenv]>=2,<3", "flask", "<3,>=2", ""),
        ("flask==2.0 # a comment", "flask", "==2.0", ""),
        ("flask==2.0 ; python_version<'3.8'", "flask", "==2.0", 'python_version < "3.8"'),
        ("flask==2.0 --hash=sha256:aa --hash=sha256:bb", "flask", "==2.0", ""),
        ("flask", "flask", "", ""),
        ("flask===2.0", "flask", "===2.0", ""),
        ("flask (==2.0)", "flask", "==2.0", ""),
    ],
)
def test_a_dependency_is_read(line: str, name: str, specifier: str, marker: str) -> None:
    item = only(line)
    assert isinstance(item, Wanted)
    assert item.requirement.name == name
    assert str(item.requirement.specifier) == specifier
    assert str(item.requirement.marker or "") == marker


def test_a_continued_line_is_numbered_by_its_first() -> None:
    found = items(
        "# top\nflask==2.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nclick==8.0\n"
    )
    assert [item.line for item in found] == [2, 5]


def test_a_comment_ends_a_continued_line_as_it_does_for_pip() -> None:
    first, second = items("flask==2.0 \\\n# click==8.0\nattrs==1.0\n")
    assert isinstance(first, Wanted)
    assert isinstance(second, Wanted)
    assert (first.requirement.name, second.requirement.name) == ("flask", "attrs")


def test_a_dependency_cannot_hide_behind_a_line_end_that_only_python_knows() -> None:
    item = only("# words\x0bevil==1.0")
    assert isinstance(item, Wanted)
    assert item.requirement.name == "evil"


_TWO = "flask==2.0\nclick==8.0\n"


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + _TWO.encode(),
        _TWO.encode("utf-16"),
        codecs.BOM_UTF16_BE + _TWO.encode("utf-16-be"),
        _TWO.encode("utf-32"),
        b"# -*- coding: latin-1 -*-\n# \xe9\n" + _TWO.encode(),
        b"# coding: nonsense\n" + _TWO.encode(),
        _TWO.replace("\n", "\r\n").encode(),
    ],
    ids=["utf-8", "utf-16", "utf-16-be", "utf-32", "latin-1", "nonsense", "dos"],
)
def test_a_file_is_decoded_as_pip_does(data: bytes) -> None:
    found = parse(data)
    assert [item.requirement.name for item in found if isinstance(item, Wanted)] == [
        "flask",
        "click",
    ]


def test_bytes_that_are_no_text_cost_only_their_own_line() -> None:
    first, second = parse(b"flask==2.0\ncl\xffick==8.0\n")
    assert isinstance(first, Wanted)
    assert isinstance(second, Unasked)
    assert (second.line, second.reason) == (2, GapReason.PARSE_ERROR)


@pytest.mark.parametrize(
    "line",
    [
        "flask==",
        "flask=2.0",
        "flask 2.0",
        "flask==2.0; python_versoin < '3'",
        "flask==2.0 ; (",
        "==2.0",
        "<html>",
        "--no-such-option x",
        "-x",
        "--re",
        "-r",
        "--pre flask==2.0",
        "--index-url 'open",
        "flask==2.0; " + "(" * 3000,
        "flask==" + "9" * 3000,
    ],
)
def test_what_nobody_can_read_is_a_parse_error(line: str) -> None:
    found = items(line)
    assert any(isinstance(one, Unasked) and one.reason is GapReason.PARSE_ERROR for one in found), (
        found
    )


@pytest.mark.parametrize(
    "line",
    [
        "-e .",
        "-e git+https://example.com/x.git#egg=x",
        "--editable=./lib",
        "git+https://example.com/x.git",
        "https://example.com/x-1.0.tar.gz",
        "x @ https://example.com/x-1.0-py3-none-any.whl",
        "x @ file:///srv/x",
        "./lib",
        "../lib[extra]",
        ".",
        "lib/sub",
        "/srv/lib",
        "C:\\lib",
        "file:lib",
        "x-1.0-py3-none-any.whl",
        "x-1.0.tar.gz",
        "-r https://example.com/more.txt",
        "-r ${HERE}/more.txt",
    ],
)
def test_what_no_database_could_be_asked_for_is_unsupported(line: str) -> None:
    assert reason(line) is GapReason.UNSUPPORTED


def test_a_named_url_keeps_its_name_and_marker() -> None:
    item = only("My_Lib @ https://example.com/x.whl ; python_version < '3'")
    assert isinstance(item, Unasked)
    assert (item.name, item.marker) == ("my-lib", 'python_version < "3"')


@pytest.mark.parametrize(
    "line", ["-e git+https://user:s3cret@example.com/x.git", "x @ https://s3cret@example.com/x"]
)
def test_credentials_in_a_url_are_not_repeated(line: str) -> None:
    item = only(line)
    assert "s3cret" not in repr(item)


def test_what_a_file_says_is_shown_on_one_printable_line() -> None:
    item = only("bad\x1b[31m line\t!")
    assert isinstance(item, Unasked)
    assert item.name.isprintable()


@pytest.mark.parametrize(
    ("line", "path", "constraint"),
    [
        ("-r base.txt", "base.txt", False),
        ("-rbase.txt", "base.txt", False),
        ("--requirement base.txt", "base.txt", False),
        ("--requirement=base.txt", "base.txt", False),
        ("--requirem base.txt", "base.txt", False),
        ("-r 'with space.txt'", "with space.txt", False),
        ("-c limits.txt", "limits.txt", True),
        ("--constraint=limits.txt # why", "limits.txt", True),
    ],
)
def test_files_to_follow_are_read(line: str, path: str, *, constraint: bool) -> None:
    assert only(line) == Follow(line=1, path=path, constraint=constraint)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("-i https://example.com/simple", "--index-url"),
        ("--extra-index-url https://example.com/simple", "--extra-index-url"),
        ("--pre", "--pre"),
        ("--require-hashes", "--require-hashes"),
        ("--no-binary :all:", "--no-binary"),
        ("-f links/", "--find-links"),
    ],
)
def test_options_that_name_no_dependency_are_told(line: str, name: str) -> None:
    assert only(line) == Option(line=1, name=name)


def test_several_options_on_a_line_are_all_read() -> None:
    found = items("--pre -r base.txt")
    assert found == (
        Option(line=1, name="--pre"),
        Follow(line=1, path="base.txt", constraint=False),
    )
