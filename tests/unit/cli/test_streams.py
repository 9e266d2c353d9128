"""Every command writes by `streams`, which escapes: also the command that is added next year."""

import ast
import functools
import importlib
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.app import COMMANDS
from pipeline.cli.terminal import streams
from pipeline.report import FORMATS

ROOT: Final = Path(__file__).parents[3]
OWN_PROCESS: Final = "pipeline/programs/"
"""Small programs beside scanners: Penstock reads what they print."""
STREAMS: Final = "pipeline/cli/terminal/streams.py"
WRITERS: Final = {
    STREAMS: {"stdout", "stderr"},
    "pipeline/cli/terminal/errors.py": {"stderr"},
    "pipeline/cli/terminal/progress.py": {"stderr"},
    "pipeline/cli/app.py": {"stdout", "stderr"},  # its own version; that it was interrupted
    "pipeline/cli/workflow/action.py": {"stdout"},  # commands to the runner
}
"""Which files write where. Each has tests of its own about what it lets through."""
ASKED_OF: Final = frozenset({"flush", "isatty", "encoding", "reconfigure", "fileno"})
"""What may be wanted of a stream other than to write to it."""
SEPARATE: Final = {"coloured": "pipeline/cli/terminal/output.py"}
"""Texts that are said to be escaped already, where the form is no format of a command line."""
HOSTILE: Final = "a\x1b[2J\x9b##[error]b ##vso[x]c\u202e\u2066d\n::set-output name=x::y"


WORDS: Final = re.compile(r"stdout|stderr|print\(|typer|click|\.write\(|streams|coloured")
"""What the text of a module has that could write to a stream: parsing all takes seconds."""


@functools.cache
def modules() -> dict[str, ast.Module]:
    files = sorted((ROOT / "pipeline").rglob("*.py"))
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}
    return {
        name: ast.parse(text)
        for name, text in texts.items()
        if not name.startswith(OWN_PROCESS) and WORDS.search(text)
    }


def _prints(call: ast.Call) -> str:
    files = [ast.unparse(one.value) for one in call.keywords if one.arg == "file"]
    return files[0].removeprefix("sys.") if files else "stdout"


def _asked(tree: ast.Module) -> Iterator[int]:
    """Find the places where a stream is only asked what it is."""
    for one in ast.walk(tree):
        match one:
            case ast.Attribute(attr=name) if name in ASKED_OF:
                yield id(one.value)
            case ast.Call(func=ast.Name(id="hasattr"), args=[stream, *_]):
                yield id(stream)
            case _:
                pass


def written(tree: ast.Module) -> Iterator[str]:
    """Name the streams that a module may write to, by whatever way."""
    harmless = set(_asked(tree))
    for one in ast.walk(tree):
        match one:
            case ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr" as name):
                if id(one) not in harmless:
                    yield name
            case ast.Attribute(value=ast.Name(id="sys"), attr="__stdout__" | "__stderr__" as name):
                yield name.strip("_")
            case ast.ImportFrom(module="sys", names=names):
                yield from (each.name for each in names if each.name in ("stdout", "stderr"))
            case ast.Call(func=ast.Name(id="print")):
                yield _prints(one)
            case ast.Attribute(value=ast.Name(id="typer" | "click"), attr="echo" | "secho"):
                yield "stdout"
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="os"), attr="write"),
                args=[ast.Constant(value=1 | 2 as number), _],
            ):
                yield "stdout" if number == 1 else "stderr"
            case _:
                pass


def test_nothing_but_what_is_listed_here_writes_to_a_stream() -> None:
    found = {name: set(written(tree)) for name, tree in modules().items()}
    others = {"self._stream"}  # of progress, which is standard error
    assert {name: kinds - others for name, kinds in found.items() if kinds - others} == WRITERS


@pytest.mark.parametrize(
    "way",
    [
        "sys.stdout.write(x)", "sys.stdout.buffer.write(x)", "print(x)", "typer.echo(x)",
        "put = sys.stdout.writelines", "from sys import stdout", "os.write(1, x)", "click.secho(x)",
        "print(x, file=sys.stdout)", "sys.__stdout__.write(x)", "json.dump(x, sys.stdout)",
    ],
)  # fmt: skip
def test_each_other_way_is_seen(way: str) -> None:
    assert set(written(ast.parse(way))) == {"stdout"}


def test_no_command_says_itself_that_its_text_is_escaped_already() -> None:
    """The form is what the user chose, or one that is escaped here."""
    for name, tree in modules().items():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("streams.say"):
                forms = [one.value for one in call.args[1:] if isinstance(one, ast.Constant)]
                assert {*forms} <= {"text", "json"}, name
        if any(isinstance(one, ast.Constant) and one.value == "coloured" for one in ast.walk(tree)):
            assert name in (STREAMS, SEPARATE["coloured"])


def leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, one in inner.items():
        yield from leaves(one, (*path, name))


def all_leaves() -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, (module, _) in COMMANDS.items():
        app = importlib.import_module(module).app
        yield from leaves(typer.main.get_command(app), (name,))


LEAVES: Final = dict(all_leaves())


def forms(command: Any) -> set[str]:
    """Read which formats a command has off its help."""
    found: set[str] = set()
    for one in command.params:
        if "--format" in one.opts:
            words = re.split(r"[|,;]| or ", f"{one.metavar or ''},{one.help or ''}")
            found = {word.strip(" .") for word in words} | set(getattr(one.type, "choices", ()))
    known = {*FORMATS, "csv", "junit", "openvex", "cyclonedx", "vdr", "text", "json"}
    return found & known if found else {"text"}


def test_the_registry_is_walked_to_its_ends() -> None:
    assert {path[0] for path in LEAVES} == set(COMMANDS)
    for path in (("tools", "verify"), ("feeds", "status"), ("audit", "export"), ("verify",)):
        assert path in LEAVES
    assert forms(LEAVES["policy", "test"]) == {"text", "json", "junit"}
    assert forms(LEAVES["exception", "export"]) == {"openvex", "cyclonedx", "vdr"}


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_each_format_of_each_command_is_escaped(path: tuple[str, ...]) -> None:
    formats = forms(LEAVES[path])
    assert formats
    for form in {*formats, "coloured"}:
        said = streams.harmless(HOSTILE.replace("\x1b", ""), form)
        assert "Cf" not in {unicodedata.category(c) for c in said}, form
        assert "\x9b" not in said, form
        assert not re.search(r"##\w*\[", said), form


@given(st.text() | st.just(HOSTILE), st.sampled_from(["markdown", "github", "csv", "junit"]))
def test_what_a_format_of_its_own_leaves_over_is_shown(text: str, form: str) -> None:
    said = streams.harmless(text, form)
    assert not {unicodedata.category(c) for c in re.sub("[\t\r\n]", "", said)} & {"Cc"}
    assert not re.search(r"##\w*\[|[\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", said)
    assert streams.harmless(said, form) == said
    assert text.isascii() is False or not text.isprintable() or "##" in text or said == text


def test_colours_of_a_report_stay_and_nothing_else_of_a_terminal() -> None:
    said = streams.harmless("\x1b[31mred\x1b[0m \x1b[2J\x1b]0;title\x07 ##[x]", "coloured")
    assert said == "\x1b[31mred\x1b[0m \\x1b[2J\\x1b]0;title\\x07 #\\x23[x]"


@given(st.text() | st.just(HOSTILE))
def test_what_no_one_has_heard_of_is_taken_for_words_to_people(text: str) -> None:
    said = streams.harmless(text, "yaml")
    assert said == streams.harmless(text, "text")
    assert not {unicodedata.category(c) for c in said.replace("\n", "")} & {"Cc", "Cf"}
    assert "##[" not in said


@given(st.lists(st.text() | st.just(HOSTILE), min_size=1))
def test_a_line_stays_one(lines: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        said: list[str] = []
        stream = type("", (), {"write": lambda _, text: said.append(text)})()
        patched.setattr("sys.stdout", stream)
        patched.setattr("sys.stderr", stream)
        streams.say_lines(lines)
        streams.tell(lines)
    for one in said:
        assert len(one.splitlines()) == len(lines)
        assert not any(line.lstrip().startswith("::set-") for line in one.splitlines())


def test_json_in_pieces_means_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    text = json.dumps({"name": HOSTILE}, ensure_ascii=False)
    streams.say_pieces(text.splitlines(keepends=True), "json")
    said = capsys.readouterr().out
    assert json.loads(said) == {"name": HOSTILE}
    assert "##[" not in said
