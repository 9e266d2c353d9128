"""What runs otherwise than its bytes look is not looked at, and that is said."""

import pytest

from pipeline.inventory.escaped import hidden


@pytest.mark.parametrize(
    ("language", "data"),
    [
        ("python", b"x = 1 # a\reval(x)\n"),
        ("python", b"# a\r\r\neval(x) # b\rexec(x)\r\n"),
        ("java", b"int x; // a\r b();\n"),
        ("kotlin", b"// a\r\tb()\r"),
        ("javascript", rb"\u0065val(a)"),
        ("javascript", rb"\u{65}val(a)"),
        ("javascript", rb"\u{00006A}(a)"),
        ("typescript", rb"'\\\\' + ev\u0061l(a)"),
        ("javascript", rb"\u0041-\u0065\u0076\u0061\u006c(a)"),
        ("csharp", rb"\u0065vil()"),
        ("csharp", rb"\U00000065vil()"),
        ("java", rb"\uuu0065vil()"),
        ("java", rb"// a \u000a evil();"),
        ("javascript", b"var x = 1 // a\xe2\x80\xa8b();\n"),
        ("javascript", b"#!/usr/bin/node\xe2\x80\xa9b();\n"),
        ("typescript", b"x\n<!-- a // b\xe2\x80\xa8c();\n"),
        ("csharp", b"var x; // a\xc2\x85b();\n"),
        ("csharp", b"var x; // a\xe2\x80\xa8b();\n"),
        ("java", rb'"\u0022 + evil() + \u0022"'),
        ("java", rb"/* \u002a\u002f evil(); /* */"),
    ],
)
def test_code_that_a_scanner_would_not_see_is_hidden(language: str, data: bytes) -> None:
    assert hidden(language, data) != ""


@pytest.mark.parametrize(
    ("language", "data"),
    [
        ("python", b"x = 1\r\ny = 2\r\r\n\r\n\r"),
        ("python", rb"x = '\u0065'"),
        ("python", b""),
        ("javascript", b"// a\rb()"),
        ("javascript", rb"/[\u0041-\u005A\u0061-\u007a\u0030-\u0039\u00c0-\u00ff]/"),
        ("javascript", rb"'\u003cb\u003e\u00e9\u2028'"),
        ("javascript", rb"'\\u0065'"),
        ("javascript", b"x = 'a\xe2\x80\xa8' // b\n'\xe2\x80\xa8'"),
        ("javascript", b"// a\xc2\x85b()\n"),
        ("javascript", "// é – ü\n".encode()),
        ("python", b"# a\xe2\x80\xa8b()\n"),
        ("java", rb"'\u0000' + \"\\u0022\""),
        ("go", b"// a\r b()\n"),
        ("go", rb"\u0065"),
        ("python", b"\r" * (1 << 20) + b"\n"),
    ],
    ids=lambda said: str(said[:20]),
)
def test_what_runs_as_it_looks_is_looked_at(language: str, data: bytes) -> None:
    assert hidden(language, data) == ""


def test_python_is_read_for_its_own_disguises_too() -> None:
    assert "calls itself" in hidden("python", b"# coding: utf-7\n")
