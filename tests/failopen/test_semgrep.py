"""semgrep ends well over files that it did not scan, or only in part."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.failopen.ways import Content, Laid, Way, asks, cases, check, found, gap, then
from tests.support.attacked import Repository
from tests.support.small import gate

pytestmark = pytest.mark.tools

_EVAL: Final = "eval(input())\n"
_PYTHON: Final = "penstock.python.code-execution"
_SCRIPT: Final = "penstock.javascript.code-execution"
_BROKEN: Final = "x = (1,\n\x01\x02 what is\n"
_LARGEST: Final = 200 << 20
_POINTER: Final = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 5\n"
_OWN: Final = "policies/semgrep/own.yml"
_GOOD: Final = """  - id: own.good
    languages: [python]
    severity: ERROR
    message: x
    pattern: eval(...)
"""
_SLOW_RULE: Final = (
    "rules:\n  - id: own.slow\n    languages: [python]\n    severity: INFO\n    message: x\n"
    "    pattern: |\n"
    + "".join(f"      ${a} = ${b}\n      ...\n" for a, b in ("AB", "CD", "EF", "GB"))
    + "      never($Z, $B, $D, $F)\n"
)
_SLOW_CODE: Final = (
    "def f():\n" + "".join(f"    v{n} = w{n % 7}\n" for n in range(400)) + "    never(1, 2, 3, 4)\n"
)


def _rules(text: str, name: str = _OWN) -> Mapping[str, Content]:
    return {"app.py": _EVAL, name: f"rules:\n{text}"}


def _linked_out(folder: Path) -> None:
    (folder / "link.py").symlink_to("/etc/passwd")


def _linked_in(folder: Path) -> None:
    """Let a name in a language of rules lead to a file that has none."""
    (folder / "app.txt").write_text(_EVAL)
    (folder / "link.py").symlink_to("app.txt")


def _huge(folder: Path) -> None:
    (folder / "huge.py").write_text(_EVAL)
    os.truncate(folder / "huge.py", _LARGEST + 1)


def _ignored_by_git(place: Path) -> Laid:
    made = Repository(place / "repository")
    made.write("policies/gate.yaml", gate("semgrep"))
    made.write("app.py", _EVAL)
    made.commit()
    made.write(".gitignore", "*.py\n")
    made.commit()
    return Laid(made.path)


def _asks(files: Mapping[str, Content]) -> Callable[[Path], Laid]:
    return asks("semgrep", {"clean.py": "x = 1\n", **files})


WAYS: Final = (
    Way("semgrep", "part of a file is not parsed: level `warn`, exit 0",
        _asks({"half.py": _BROKEN}), gap("half.py", "parse_error"), quick=True),
    Way("semgrep", "a rule times out on a file, which stays listed as scanned",
        _asks({"slow.py": _SLOW_CODE, _OWN: _SLOW_RULE}), gap("slow.py", "timeout")),
    Way("semgrep", "Python that the parser forgives, said nowhere: before and after it is scanned",
        _asks({"half.py": f'{_EVAL}def f(:\n    print "x"\n{_EVAL}'}),
        finds=found(_PYTHON, "half.py")),
    Way("semgrep", "a file of more than 1,000,000 bytes, skipped unless told otherwise",
        _asks({"big.py": _EVAL + "# pad\n" * 200_000}), finds=found(_PYTHON, "big.py")),
    Way("semgrep", "a file of more than 200 MiB", then(_asks({}), _huge),
        gap("huge.py", "not_read")),
    Way("semgrep", "folders that it ignores by itself (tests/, vendor/, node_modules/, build/)",
        _asks({f"{name}/a.py": _EVAL for name in ("tests", "vendor", "node_modules", "build")}),
        finds=frozenset((_PYTHON, f"{name}/a.py")
                        for name in ("tests", "vendor", "node_modules", "build"))),
    Way("semgrep", "`.semgrepignore` in the repository, at the top and nested",
        _asks({".semgrepignore": "*\n", "app/.semgrepignore": "*\n", "app/a.py": _EVAL}),
        finds=found(_PYTHON, "app/a.py")),
    Way("semgrep", "`.gitignore` names files that git tracks", _ignored_by_git,
        finds=found(_PYTHON, "app.py")),
    Way("semgrep", "`# nosemgrep` on the line, and `nosem` before it",
        _asks({"a.py": f"{_EVAL.strip()}  # nosemgrep\n", "b.py": f"# nosem\n{_EVAL}"}),
        finds=found(_PYTHON, "a.py") | found(_PYTHON, "b.py")),
    Way("semgrep", "a minified file", _asks({"a.min.js": "var a=1;" * 20_000 + "eval(a);\n"}),
        finds=found(_SCRIPT, "a.min.js")),
    Way("semgrep", "a `#!` line in an odd way, or of an unknown program, under `no_rules: gap`",
        asks("semgrep", {"env": f"#!/usr/bin/env -Spython3\n{_EVAL}",
                         "fish": "#!/usr/bin/fish\neval $argv\n"},
             policy=gate("semgrep").replace("  excerpts: accept\n", "  no_rules: gap\n")),
        gap("fish", "no_rules"), found(_PYTHON, "env")),
    Way("semgrep", "a symbolic link, never followed and never listed", then(_asks({}), _linked_out),
        gap("link.py", "link_outside")),
    Way("semgrep", "a link to a file that has a language by the link's name alone",
        then(_asks({}), _linked_in), finds=found(_PYTHON, "link.py")),
    Way("semgrep", "an ending that it does not know (`.PY`)", _asks({"loud.PY": _EVAL}),
        gap("loud.PY", "not_listed")),
    Way("semgrep", "a file in UTF-16", _asks({"wide.py": _EVAL.encode("utf-16")}),
        gap("wide.py", "not_read") | gap("wide.py", "parse_error")),
    Way("semgrep", "Python that says in a comment that it is written in UTF-7",
        _asks({"odd.py": b"# coding: utf-7\n+AGUAdgBhAGw-(input())\n"}),
        gap("odd.py", "not_read")),
    Way("semgrep", "a name in letters that Python takes for others (`ｅval`)",
        _asks({"wide.py": f"ｅ{_EVAL[1:]}"}), gap("wide.py", "not_read")),
    Way("semgrep", "a lone carriage return ends a comment for Python, and for no scanner",
        asks("semgrep", {"a.py": f"x = 1 # a\r{_EVAL}"}), gap("a.py", "not_read")),
    Way("semgrep", "a separator of Unicode's ends a comment for JavaScript, and for no scanner",
        asks("semgrep", {"a.js": "var x = 1 // a\u2028eval(a);\n"}), gap("a.js", "not_read")),
    Way("semgrep", "a byte order mark before the first name of a file of Python",
        asks("semgrep", {"a.py": f"\ufeff{_EVAL}"}), finds=found(_PYTHON, "a.py")),
    Way("semgrep", "code of TypeScript in `export namespace`, `module` or `export =`",
        asks("semgrep", {"a.ts": "export namespace A.B {\n  eval(a);\n}\n",
                         "b.ts": "module A {\n  export module B {\n    eval(a);\n  }\n}\n",
                         "c.ts": "export = { run(a) {\n  eval(a);\n} };\n"}),
        finds=frozenset((_SCRIPT, name) for name in ("a.ts", "b.ts", "c.ts"))),
    Way("semgrep", "a template of code, or a compiled program, whatever it is called,"
        " under `no_rules: gap`",
        asks("semgrep", {"a.py": "", "b.py.j2": _EVAL, "c.es6": "eval(a);\n",
                         "d.dat": b"MZ" + bytes(62) + b"PE\0\0" + bytes(99)},
             policy=gate("semgrep").replace("  excerpts: accept\n", "  no_rules: gap\n")),
        gap("b.py.j2", "no_rules") | gap("c.es6", "not_listed") | gap("d.dat", "no_rules")),
    Way("semgrep", "a script that leaves it to its installer where Python is",
        asks("semgrep", {"tool": f"#!python\n{_EVAL}"}), finds=found(_PYTHON, "tool")),
    Way("semgrep", "a name in escapes, which JavaScript reads as `eval`",
        asks("semgrep", {"a.js": "\\u0065val(a);\n"}), gap("a.js", "not_read")),
    Way("semgrep", "a program that its name calls data",
        asks("semgrep", {"a.py": "", "run.json": f"#!/usr/bin/env python3\n{_EVAL}"}),
        finds=found(_PYTHON, "run.json")),
    Way("semgrep", "a NUL byte early in a file", _asks({"nul.py": b"\0" + _EVAL.encode()}),
        gap("nul.py", "not_read"), found(_PYTHON, "nul.py")),
    Way("semgrep", "a file of git-lfs that is not here", _asks({"big.py": _POINTER}),
        gap("big.py", "lfs_pointer")),
    Way("semgrep", "an expression nested five thousand levels deep",
        _asks({"deep.py": f"x = {'(' * 5000}1{')' * 5000}\n{_EVAL}"}),
        finds=found(_PYTHON, "deep.py")),
    Way("semgrep", "one rule of several has a bad pattern: exit 2, with the others' results",
        _asks(_rules(f"{_GOOD}{_GOOD.replace('good', 'bad').replace('eval(...)', 'eval(((')}")),
        gap(None, "tool_failed")),
    Way("semgrep", "one rule of several has another schema, and takes all rules with it",
        _asks(_rules(f"{_GOOD}  - {{id: own.bad, languages: [python], nonsense: 1}}\n")),
        gap(None, "tool_failed")),
    Way("semgrep", "two rules with one id: the last one wins without a word",
        _asks(_rules(f"{_GOOD}{_GOOD}")), gap(None, "rule_error")),
    Way("semgrep", "a file of rules that holds none",
        _asks({"app.py": _EVAL, _OWN: "rules: []\n"}), gap(None, "rule_error")),
    Way("semgrep", "a rule for a newer semgrep: level `info`, exit 0",
        _asks(_rules(_GOOD + _GOOD.replace("good", "new") + "    min-version: 99.0.0\n")),
        gap(None, "rule_error"), found("own.good", "app.py")),
    Way("semgrep", "a rule for a language that it does not know",
        _asks(_rules(_GOOD + _GOOD.replace("good", "odd").replace("python", "klingon"))),
        gap(None, "tool_failed")),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_what_semgrep_passes_over_is_said(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)
