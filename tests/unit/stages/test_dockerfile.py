"""Dockerfiles are read as Docker reads them, as far as base images go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.config import dockerfile

DIGEST = "@sha256:" + "a" * 64


def unpinned(text: str) -> list[tuple[str, int]]:
    return [(base.image, base.line) for base in dockerfile.read(text).unpinned]


@pytest.mark.parametrize(
    "name",
    [
        "Dockerfile",
        "a/dockerfile",
        "Dockerfile.dev",
        "dev.Dockerfile",
        "Containerfile",
        "Dockerfile-x",
    ],
)
def test_dockerfiles_are_known_by_name(name: str) -> None:
    assert dockerfile.is_dockerfile(name)


@pytest.mark.parametrize("name", ["dockerfiles.py", "Dockerfile/x", "mydockerfile", "docker"])
def test_others_are_not(name: str) -> None:
    assert not dockerfile.is_dockerfile(name)


@pytest.mark.parametrize(
    "line",
    [
        "FROM python:3.11",
        "from python:3.11",
        "FROM\tpython:3.11",
        "FROM --platform=linux/amd64 python:3.11 AS build",
        "FROM \\\n  python:3.11",
        "FROM \\\n# a comment between\n\n  python:3.11",
        "ARG V=3.11\nFROM python:${V}",
        'ARG V="3.11"\nFROM python:$V',
        "FROM python:${V:-3.11}",
        "# escape=`\nFROM `\n  python:3.11",
        "\ufeffFROM python:3.11",
    ],
)
def test_a_base_without_digest_is_found(line: str) -> None:
    assert [image for image, _ in unpinned(line)] == ["python:3.11"]


@pytest.mark.parametrize(
    "text",
    [
        f"FROM python:3.11{DIGEST}",
        "FROM scratch",
        f"FROM python{DIGEST} AS build\nFROM BUILD",
        f"ARG BASE=python{DIGEST}\nFROM $BASE",
        f"FROM python{DIGEST}\nRUN <<EOF\nFROM python:3.11\nEOF",
        f"FROM python{DIGEST}\n# FROM python:3.11",
        f"FROM python{DIGEST}\nRUN echo \\\n FROM python:3.11",
    ],
)
def test_a_pinned_base_is_not(text: str) -> None:
    assert unpinned(text) == []


@pytest.mark.parametrize(
    "text",
    [
        'RUN echo "<<EOF"\nFROM evil',
        "RUN echo '<<EOF'\nFROM evil",
        "RUN cat<<EOF\nFROM evil",
        "RUN echo ${X:-a <<EOF}\nFROM evil",
        'RUN ["echo", "<<EOF"]\nFROM evil',
        "RUN <<EOF\n EOF\nEOF\nFROM evil",
        "RUN echo a \\\\\nFROM evil",
        "RUN echo \\\u2028\nFROM evil",
        "ENV A=<<EOF\nFROM evil",
    ],
)
def test_nothing_hides_a_base_that_docker_sees(text: str) -> None:
    assert [image for image, _ in unpinned(f"FROM scratch\n{text}\n")] == ["evil"]


@pytest.mark.parametrize("first", ["# words", "", "# other=1", "FROM scratch"])
def test_an_escape_is_one_only_before_everything_else(first: str) -> None:
    text = f"{first}\n# escape=`\nFROM scratch\nRUN echo `date`\nFROM evil\n"
    assert [image for image, _ in unpinned(text)] == ["evil"]


@pytest.mark.parametrize(
    "body",
    [
        "RUN <<'EOF'\nFROM x\nEOF",
        'COPY --chmod=1 <<-"E" /a\nFROM x\n\tE',
        "ONBUILD RUN <<E\nFROM x\nE",
    ],
)
def test_a_here_document_holds_no_base(body: str) -> None:
    assert unpinned(f"FROM scratch\n{body}\n") == []


def test_a_line_that_goes_on_for_ever_is_read_in_time() -> None:
    read = dockerfile.read("FROM scratch\nRUN a \\\n" + "  && b \\\n" * 200_000)
    assert read.problem == ""


def test_a_base_that_nothing_in_the_file_names_is_unpinned() -> None:
    assert unpinned("ARG BASE\nFROM ${BASE}") == [("${BASE}", 2)]


def test_a_stage_counts_only_once_it_is_named() -> None:
    assert unpinned(f"FROM build\nFROM python{DIGEST} AS build") == [("build", 1)]


def test_an_argument_after_the_first_stage_says_nothing_about_bases() -> None:
    assert unpinned(f"FROM python{DIGEST}\nARG B=alpine\nFROM $B") == [("$B", 3)]


def test_a_digest_that_is_too_short_pins_nothing() -> None:
    assert unpinned("FROM python@sha256:abc") == [("python@sha256:abc", 1)]


@pytest.mark.parametrize("text", ["", "# only\n", "FRM x", "RUN x", "ARG A\n", "FROM x\nOOPS y"])
def test_what_is_no_dockerfile_says_why(text: str) -> None:
    assert dockerfile.read(text).problem


def test_a_dockerfile_has_no_problem() -> None:
    text = '# syntax=docker/dockerfile:1\nARG A=1\nFROM x\nRUN a && \\\n  b\n\nCMD ["x"]\n'
    assert dockerfile.read(text).problem == ""


@given(st.text(alphabet="FROM \\\n#<EARG=$x{}:-@`\t", max_size=80))
def test_any_text_is_read(text: str) -> None:
    dockerfile.read(text)


@pytest.mark.parametrize("user", ["$U", "${U:-1000}", '"root"', "'0'", "00", "+0", "ro\\ot"])
def test_a_user_that_may_be_root_is_said_to_be_unknown(user: str) -> None:
    assert dockerfile.read(f"FROM a\nUSER {user}\n").unknown.startswith("line 2:")
    assert dockerfile.read(f"FROM a\nUSER {user}\nFROM b\nUSER 1000\n").unknown
    assert dockerfile.read(f"FROM a\nUSER {user}\nUSER 1000\n").unknown == ""


@pytest.mark.parametrize("user", ["root", "0", "1000:1000", "app"])
def test_a_user_that_trivy_knows_is_left_to_it(user: str) -> None:
    assert dockerfile.read(f"FROM a\nUSER {user}\n").unknown == ""
