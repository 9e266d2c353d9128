"""What a person wrote wrongly is shown with file, line and column, and with what to do."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.document import seconds
from pipeline.config.toml import MAX_BYTES, line_of, read
from pipeline.errors import UsageError

HEAD = 'schema = "penstock/config@1"\n'
ERRORS = {
    "an unknown key": (HEAD + 'polcy = "p"\n', 2, 1, "there is no such key", "policy"),
    "an unknown key in a table": (
        HEAD + '[source]\n  exlude = ["a"]\n', 3, 3, "source.exlude", "exclude",
    ),
    "an unknown table": (HEAD + "[sorce]\nroot = '.'\n", 2, 1, "sorce", "source"),
    "a wrong type": (HEAD + "\nout = 5\n", 3, 1, "out: ", "docs/configuration.md"),
    "a wrong type in a list": (
        HEAD + '[source]\nexclude = [\n  "a",\n  5,\n]\n', 3, 1, "source.exclude.1", "docs/",
    ),
    "a word for a list": (HEAD + '[source]\nexclude = "a"\n', 3, 1, "exclude", "docs/"),
    "a date for a word": (HEAD + "out = 2026-11-22\n", 2, 1, "out", "docs/"),
    "no schema": ('out = "o"\n', 1, 1, "schema", "docs/"),
    "another schema": ('schema = "penstock/config@2"\n', 1, 1, "penstock/config@1", "docs/"),
    "an unknown stage": (HEAD + "[stages.semgrp]\n", 2, 1, "did you mean 'semgrep'", "docs/"),
    "no duration": (
        HEAD + '[stages.semgrep]\ntimeout = "10 minutes"\n', 3, 1, "a duration is", "docs/",
    ),
    "an image without a name": (HEAD + '[[image]]\nref = ""\n', 3, 1, "image.0.ref", "docs/"),
    "a second image": (HEAD + '[[image]]\nref = "oci:a"\n[[image]]\nrf = "x"\n', 5, 1, "", "ref"),
    "an unknown key of a stage": (
        HEAD + '[stages.semgrep]\ntimeot = "1m"\n', 3, 1, "timeot", "'timeout'",
    ),
    "an exposure of nothing": (
        HEAD + '[[exposure]]\nexposure = "internal"\n', 2, 1, "names paths, images", "docs/",
    ),
    "a misspelt exposure": (
        HEAD + '[[exposure]]\nexposure = "intern"\npaths = ["a"]\n', 3, 1, "'internal'", "docs/",
    ),
    "an exposure under another name": (
        HEAD + '[[exposure]]\nexpsure = "internal"\n', 3, 1, "no such key", "'exposure'",
    ),
    "an exposure outside": (
        HEAD + '[[exposure]]\nexposure = "internal"\npaths = ["a", "../b"]\n', 4, 1,
        "relative to the folder", "docs/",
    ),
    "an exposure of the whole disk": (
        HEAD + '[[exposure]]\nexposure = "public"\npaths = ["/srv/**"]\n', 4, 1, "stays", "docs/",
    ),
    "one table of exposure": (
        HEAD + '[exposure]\nexposure = "internal"\n', 2, 1, "a list is due", "[[exposure]]",
    ),
    "an unknown key of a tool": (HEAD + '[tools.trivy]\npth = "/x"\n', 3, 1, "pth", "'path'"),
    "a NUL": (HEAD + 'out = "a\\u0000b"\n', 2, 1, "NUL", "docs/"),
    "no TOML": (HEAD + "out = \n", 2, 7, "is not TOML", "docs/"),
    "a key twice": (HEAD + HEAD, 2, None, "is not TOML", "docs/"),
    "an end too early": (HEAD + 'out = """a\n', 3, 1, "is not TOML", "docs/"),
    "a number of many digits": (f"{HEAD}x = {'1' * 5000}\n", None, None, "is not TOML", "docs/"),
    "too large": (HEAD + "#" * MAX_BYTES, 1, 1, "is larger than", "docs/"),
    "nested": (HEAD + "x = " + "[" * 50_000 + "]" * 50_000, 1, 1, "nested", "docs/"),
}  # fmt: skip


def refused(data: bytes, name: str = "penstock.toml") -> UsageError:
    with pytest.raises(UsageError) as told:
        read(data, name)
    return told.value


@pytest.mark.parametrize(("text", "line", "column", "message", "hint"), ERRORS.values(), ids=ERRORS)
def test_an_error_has_its_place_and_a_hint(
    text: str, line: int | None, column: int | None, message: str, hint: str
) -> None:
    error = refused(text.encode())
    assert message in error.message
    assert hint in error.hint
    assert error.where is not None
    assert error.where.path == "penstock.toml"
    assert error.where.line == (line or error.where.line) >= 1
    assert error.where.column == (column or error.where.column) >= 1
    if error.where.source:
        assert error.where.source == text.splitlines()[error.where.line - 1]


def test_what_is_no_utf_8_is_shown_where_it_stands() -> None:
    error = refused(HEAD.encode() + b'out = "caf\xe9"\n')
    assert "is not UTF-8" in error.message
    assert str(error.where) == "penstock.toml:2:11"
    assert "UTF-8" in error.hint


def test_every_mistake_is_told_at_once() -> None:
    error = refused(f'{HEAD}out = 5\npolicy = 6\n[source]\nrot = "."\n'.encode())
    assert [line.partition(":")[0] for line in error.message.split("\n")] == [
        "policy", "out", "source.rot",
    ]  # fmt: skip


def test_in_a_pyproject_our_table_alone_is_read_and_its_lines_count() -> None:
    text = '[project]\nname = "x"\n[tool.other]\nout = 5\n[tool.penstock]\n'
    found = read(f'{text}schema = "penstock/config@1"\nout = "o"\n'.encode(), "pyproject.toml")
    assert found is not None
    assert found.out == "o"
    error = refused(f"{text}{HEAD}out = 5\n".encode(), "pyproject.toml")
    assert str(error.where) == "pyproject.toml:7:1"
    error = refused(f'{HEAD}[tool.penstock]\noutt = "o"\n'.encode(), "api/pyproject.toml")
    assert error.where is not None
    assert error.where.path == "api/pyproject.toml"


@pytest.mark.parametrize("table", ["5", '"text"', "[1]"])
def test_our_table_in_a_pyproject_has_to_be_one(table: str) -> None:
    refused(f"[tool]\npenstock = {table}\n".encode(), "pyproject.toml")


@pytest.mark.parametrize("text", ["", "[tool]\n", "tool = 5\n", "[tool.penstok]\nx = 1\n"])
def test_a_pyproject_without_our_table_says_nothing(text: str) -> None:
    assert read(text.encode(), "pyproject.toml") is None


@given(st.binary(max_size=60))
def test_no_bytes_are_more_than_a_usage_error(data: bytes) -> None:
    with contextlib.suppress(UsageError):
        read(data, "penstock.toml")


@given(st.text(max_size=40), st.lists(st.text(max_size=6), max_size=3))
def test_there_is_always_a_line(text: str, keys: list[str]) -> None:
    assert 1 <= line_of(text, keys) <= max(1, len(text.splitlines()))


@given(st.integers(1, 10**6), st.sampled_from(["s", "m", "h"]))
def test_a_duration_is_its_number_of_units(count: int, unit: str) -> None:
    assert seconds(f"{count}{unit}") == count * {"s": 1, "m": 60, "h": 3600}[unit]


@given(st.text(max_size=8))
def test_a_duration_is_never_nothing(text: str) -> None:
    try:
        found = seconds(text)
    except ValueError:
        return
    assert found > 0
