import pytest

from pipeline.inventory.languages import by_first_line, by_instructions, by_name, of


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a.py", "python"),
        ("a.pyi", "python"),
        ("gui.pyw", "python"),
        ("A.PY", "python"),
        ("app.wsgi", "python"),
        ("app/__pycache__/a.cpython-311.pyc", "compiled"),
        ("vendor/a-1-py3-none-any.whl", "compiled"),
        ("app/main.go", "go"),
        ("lib.rs", "rust"),
        ("Main.java", "java"),
        ("Main.kt", "kotlin"),
        ("x.rb", "ruby"),
        ("x.php", "php"),
        ("x.c", "c"),
        ("x.C", "cpp"),
        ("x.cs", "csharp"),
        ("run.sh", "bash"),
        ("x.ts", "typescript"),
        ("x.tsx", "typescript"),
        ("x.min.js", "javascript"),
        ("x.swift", "swift"),
        ("x.scala", "scala"),
        ("infra/main.tf", "terraform"),
        ("infra/x.tfvars", "terraform"),
        ("x.yml", "yaml"),
        ("note.ipynb", "jupyter"),
        ("fast.pyx", "cython"),
        ("Dockerfile", "dockerfile"),
        ("dockerfile", "dockerfile"),
        ("Dockerfile.dev", "dockerfile"),
        ("Dockerfile.go", "dockerfile"),
        ("Dockerfile-dev", "dockerfile"),
        ("api.Dockerfile", "dockerfile"),
        ("Containerfile", "dockerfile"),
        ("dockerfile.py", "python"),
        ("my-dockerfile-notes", None),
        ("Jenkinsfile", "groovy"),
        ("BUILD", "starlark"),
        ("build", None),
        ("LICENSE", None),
        (".gitignore", None),
        (".py", None),
        ("logo.png", None),
        ("old.es6", "javascript"),
        ("gui/toolbox.pyt", "python"),
        ("page.astro", "astro"),
        ("views/a.ejs", "ejs"),
        ("Snakefile", "snakemake"),
        ("src/main.py.j2", "template"),
        ("config.h.in", "template"),
        ("run.sh.tmpl", "template"),
        ("values.yaml.j2", None),
        ("page.html.tmpl", None),
        ("main.tf.tmpl", None),
        ("requirements.in", None),
        ("Dockerfile.j2", "dockerfile"),
        ("view.rb.erb", "ruby"),
    ],
)
def test_a_name_says_the_language(path: str, language: str | None) -> None:
    assert by_name(path) == language


@pytest.mark.parametrize(
    ("line", "language"),
    [
        (b"#!/bin/sh\n", "bash"),
        (b"#!/usr/bin/python3.11\n", "python"),
        (b"#! /usr/bin/env python3\n", "python"),
        (b"#!/usr/bin/env -S uv run --script\n", "python"),
        (b"#!/usr/bin/env -S PYTHONPATH=. python -u\n", "python"),
        (b"#!/usr/bin/node\n", "javascript"),
        (b"#!/usr/bin/perl -w\n", "perl"),
        (b"#!/usr/bin/env -Spython3 -u\n", "python"),
        (b"#!/usr/bin/env -i -u A python3\n", "python"),
        (b"#!/bin/busybox sh\n", "bash"),
        (b"#!/usr/bin/make -f\n", "script"),
        (b"#!/usr/bin/fish\n", "script"),
        (b"#!/usr/bin/env\n", "script"),
        (b"#![allow(dead_code)]\n", None),
        (b"#!\n", None),
        (b"#!python\n", "python"),
        (b"#!pythonw -u\n", "script"),
        (b"import os\n", None),
        (b"", None),
        (b"#!\xff\xfe\n", None),
    ],
)
def test_the_first_line_says_the_language(line: bytes, language: str | None) -> None:
    assert by_first_line(line) == language


@pytest.mark.parametrize(
    ("name", "line", "language"),
    [
        ("run.json", b"#!/usr/bin/env python3\n", "python"),
        ("run.md", b"#!/bin/sh\n", "bash"),
        ("run.yaml", b"#!/usr/bin/env ansible-playbook\n", "yaml"),
        ("run.json", b"{}\n", "json"),
        ("run.html", b"\x7fELF", "html"),
        ("run.js", b"#!/usr/bin/env python3\n", "javascript"),
        ("run.pyz", b"#!/usr/bin/env python3\nPK", "python"),
        ("run.pyz", b"PK", "compiled"),
        ("run", b"#!/usr/bin/fish\n", "script"),
        ("run.py.j2", b"#!/usr/bin/env python3\n", "python"),
        ("run.sh.in", b"{{ x }}\n", "template"),
    ],
)
def test_what_runs_is_no_data_whatever_its_name_says(name: str, line: bytes, language: str) -> None:
    assert of(name, line) == language


def test_programs_are_known_by_their_first_bytes() -> None:
    for head in (
        *(b"\x7fELF\2\1\1", b"\0asm\1\0\0\0", b"\xca\xfe\xba\xbe\0", b"\xfe\xed\xfa\xcf\1"),
        *(b"MZ" + bytes(126) + b"PE\0\0L\1", b"!<arch>\na.o/", b"dex\n039\0", b"BC\xc0\xde5"),
        *(b"\x1bLuaT", b"FOR1\0\0\1\0BEAMAtU8", b"\xa7\r\r\n\0\0\0\0"),
    ):
        assert by_first_line(head) == "compiled"
    for head in (b"\x89PNG\r\n", b"MZ is a name\n" * 20, b"a\r\n\r\nb\r\n", b"\n\r\r\nabcd"):
        assert by_first_line(head) is None


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nRUN b\n",
        "from a AS b\nrun c\n",
        "\ufeff# syntax=docker/dockerfile:1\r\n\r\nFROM --platform=$P a:1 as b\r\n  COPY . .\r\n",
        'ARG V=1 2\nARG W\nFROM a:${V}\nENTRYPOINT ["b"]\n',
        "FROM \\\n  a\nUSER 1000",
    ],
)
def test_a_dockerfile_is_one_under_any_name(text: str) -> None:
    for path in ("app-Dockerfile", "DockerfileProd", "docker/api", "build.docker"):
        assert of(path, text.encode()) == "dockerfile"
    assert of("notes.md", text.encode()) == "markdown"
    assert of("query.sql", text.encode()) == "sql"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FROM a\n",
        "FROM a, b\nRUN c\n",
        "FROM people WHERE id = 1\nADD x\n",
        "From Wikipedia\nAdd what is missing\n",
        "From me@example.org Mon Jan 1\nUSER x\n",
        "from a import b\nrun c\n",
        "FROM llama3\nPARAMETER temperature 1\n",
        "FROM a\nenv = b\n",
        "Text\nFROM a\nRUN b\n",
    ],
)
def test_a_text_that_only_begins_like_one_is_none(text: str) -> None:
    assert by_instructions("a", text.encode()) is None


def test_one_instruction_will_do_where_the_name_sounds_like_it() -> None:
    for path in ("app-Dockerfile", "x/DockerfileProd", "CONTAINERFILE2"):
        assert by_instructions(path, b"FROM a") == "dockerfile"
        assert by_instructions(path, b"words about it\n") is None
    assert by_instructions("dockerfiles/notes", b"FROM a") is None
