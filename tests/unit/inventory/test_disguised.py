"""What Python reads otherwise than a scanner is not looked at, and that is said."""

import io
import tokenize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.inventory.disguised import disguised

HARM = b"def f(request):\n    return eval(request.args['x'])\n"


@pytest.mark.parametrize(
    "comment",
    [
        b"# -*- coding: utf-7 -*-",
        b"#!/usr/bin/python\n# vim: set fileencoding=utf_7 :",
        b"#coding=UTF-7",
        b"\x0c\t# coding: unicode_escape",
        b"\r# coding: raw_unicode_escape",
        b"# coding: rot13",
        b"# coding: cp037",
        b"# coding: cp1026",
        b"# coding: utf-16",
        b"# coding: punycode",
        b"# coding: nobody-knows",
        b"# coding: mac-roman",
        b"# coding: iso-8859-5",
        b"#" + b"x" * 10_000 + b"\n# coding: utf-7",
    ],
)
def test_code_in_letters_of_its_own_is_disguised(comment: bytes) -> None:
    assert "calls itself" in disguised(comment + b"\n" + HARM)


@pytest.mark.parametrize(
    "comment",
    [
        b"",
        b"# -*- coding: utf-8 -*-",
        b"# -*- coding: utf-8-unix -*-",
        b"# coding: UTF8",
        b"# coding: latin-1",
        b"# coding: iso-8859-15",
        b"# coding: cp1252",
        b"# coding: gbk",
        b"x = 1\ny = 2\n# coding: utf-7",
        b"x = 'coding: utf-7'",
    ],
)
def test_what_reads_as_it_looks_is_looked_at(comment: bytes) -> None:
    assert disguised(comment + b"\n" + HARM) == ""


def test_a_letter_may_swallow_the_next_one() -> None:
    assert disguised("# coding: gbk\nx = '中'\n".encode()) != ""
    assert disguised("# coding: cp1252\nx = 'é'\n".encode()) == ""


@pytest.mark.parametrize(
    "text",
    [
        "ｅval(x)",
        "𝓮𝓿𝓪𝓵(x)",
        "os.ſystem(x)",
        "__import＿_('os')",
        "f'{ｅval(x)}'",
        "x = rF'''{\nｅval(x)\n}'''",
        "def f():\n  ｅval(x)\n a",
        "ｅval(",
        "x = '\nｅval(x)",
        'y = f"{x + "" + str(ｅval(\'40+2\'))}"',
        'y = t"{ｅval(1)}"',
    ],
)
def test_a_name_that_python_takes_for_another_is_disguised(text: str) -> None:
    assert "Python takes" in disguised(text.encode()) or "cannot be read" in disguised(
        text.encode()
    )


@pytest.mark.parametrize(
    "text",
    [
        "x = 'ｅval'",
        "'''ﬁ ²'''",
        "# m² is eﬃcient, K",
        "größe = 1",
        "gro\u0308\u00dfe = 1",
        "π = 3",
        "名前 = '，'",
        "µ = 1",
        "x = 'é' + f'é'",
        "x = f'{{' + 'm²'",
        "x = f'{y}' + 'm²'",
    ],
)
def test_letters_of_other_languages_and_texts_are_no_disguise(text: str) -> None:
    assert disguised(text.encode()) == ""


def test_what_is_too_long_to_be_read_for_its_names_is_said_to_be() -> None:
    assert "too long" in disguised(b"x = 1\n" * 800_000 + "# m²\n".encode())
    assert disguised(b"x = 1\n" * 800_000 + "# é\n".encode()) == ""
    assert "too long" in disguised(b"x = 1\n" * 2_800_000 + "# é\n".encode())


@given(st.text(max_size=60))
def test_whatever_stands_there_it_is_read(text: str) -> None:
    told = disguised(text.encode("utf-8", "surrogatepass"))
    assert told.isprintable()
    try:
        words = [one.string for one in tokenize.generate_tokens(io.StringIO(text).readline)
                 if one.type == tokenize.NAME]  # fmt: skip
        compile(text, "x", "exec")
    except (SyntaxError, ValueError, tokenize.TokenError, RecursionError):
        return
    if not told:
        for word in words:
            assert word.isascii() or not compiled_name(word).isascii(), word


def compiled_name(word: str) -> str:
    """Return the name that Python makes of one."""
    return compile(f"x.{word}", "x", "eval").co_names[-1] if word.isidentifier() else word
