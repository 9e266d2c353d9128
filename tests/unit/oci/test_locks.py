"""Locks in an image: files by which something was built that no scanner of images sees."""

import time
from typing import Final

import pytest

from examples.support import oci_image
from examples.support.oci_image import Entry, Layer
from pipeline.oci import locks
from pipeline.oci.system import read_system
from pipeline.oci.tar import members

LODASH: Final = '{"packages": {"node_modules/lodash": {"version": "4.17.4"}}}'


def left(*layers: Layer) -> tuple[str, ...]:
    told = [tuple(members(iter([oci_image.tar(one)]), "layer 1")) for one in layers]
    return read_system(told).locks


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("app/package-lock.json", "Node.js"),
        ("yarn.lock", "Node.js"),
        ("usr/src/app/pnpm-lock.yaml", "Node.js"),
        ("var/www/html/composer.lock", "PHP"),
        ("var/task/requirements.txt", "Python"),
        ("app/requirements/prod.txt", "Python"),
        ("app/dev-requirements.in", "Python"),
        ("app/Requirements.TXT", "Python"),
        ("srv/poetry.lock", "Python"),
        ("srv/pylock.prod.toml", "Python"),
        ("opt/app/Gemfile.lock", "Ruby"),
        ("app/go.sum", "Go"),
        ("usr/share/nginx/html/package-lock.json", "Node.js"),
        ("library/poetry.lock", "Python"),
        ("libs/a/yarn.lock", "Node.js"),
        ("usr/local/app/mix.lock", "Elixir"),
    ],
)
def test_a_lock_tells_the_language_that_it_speaks_of(path: str, language: str) -> None:
    assert locks.ecosystem(path) == language


@pytest.mark.parametrize(
    "path",
    [
        "app/node_modules/a/package-lock.json",
        "usr/local/lib/python3.12/site-packages/a/requirements.txt",
        "usr/lib/python3/dist-packages/a/requirements.txt",
        "usr/local/bundle/gems/a-1/Gemfile.lock",
        "app/vendor/a/b/composer.lock",
        "go/pkg/mod/example.com/a@v1/go.sum",
        "usr/local/go/src/go.mod",
        "usr/share/doc/a/requirements.txt",
        "usr/lib/node/yarn.lock",
        "root/.nvm/package-lock.json",
        "opt/conda/pkgs/a/requirements.txt",
        "app/Cargo.lock",
        "app/packages.lock.json",
        "app/package.json",
        "app/requirements.md",
        "app/requirements",
        "app/lock",
    ],
)
def test_what_package_managers_put_there_and_what_a_scanner_reads_is_none(path: str) -> None:
    assert locks.ecosystem(path) is None


@pytest.mark.parametrize(
    "text",
    [
        "jinja2==2.10\n",
        "# first\n\n  jinja2 >= 2 ; python_version < '3'\n",
        "jinja2[i18n]\n",
        "jinja2\n",
        "-r base.txt\n",
        "https://example.com/a.whl\n",
        "a @ https://example.com/a.whl\n",
        "\ufeffjinja2==2.10\n",
        "requests (>=1.0)\n",
        "./local\n",
        "../local[extra]\n",
    ],
)
def test_a_list_of_requirements_names_some(text: str) -> None:
    assert left(oci_image.text("app/requirements.txt", text)) == ("app/requirements.txt",)


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n\n", "The service shall answer.\n", "- name: chart\n"]
)
def test_one_that_names_none_stands_for_nothing(text: str) -> None:
    assert left(oci_image.text("app/requirements.txt", text)) == ()


def test_a_list_that_is_no_plain_text_or_too_long_is_one_whatever_it_says() -> None:
    wide = {"app/requirements.txt": Entry("jinja2==2.10\n".encode("utf-16"))}
    assert left(wide) == ("app/requirements.txt",)
    long = oci_image.text("app/requirements.txt", "#" * (locks.MAX_READ + 1))
    assert left(long) == ("app/requirements.txt",)


def test_a_link_of_its_name_is_one_wherever_it_leads() -> None:
    links = {"app/yarn.lock": Entry(link="../opt/x"), "app/requirements.txt": Entry(link="/srv/y")}
    assert left(links) == ("app/requirements.txt", "app/yarn.lock")
    assert left(links, {"app/.wh.yarn.lock": Entry(b"")}) == ("app/requirements.txt",)


def test_an_upper_layer_removes_or_empties_it() -> None:
    lower = oci_image.text("app/package-lock.json", LODASH) | oci_image.text(
        "app/requirements.txt", "jinja2==2.10\n"
    )
    assert left(lower) == ("app/package-lock.json", "app/requirements.txt")
    gone = {"app/.wh.package-lock.json": Entry(b"")}
    assert left(lower, gone) == ("app/requirements.txt",)
    assert left(lower, oci_image.text("app/requirements.txt", "")) == ("app/package-lock.json",)


@pytest.mark.parametrize(
    "path",
    [
        "requirements/" * 80_000 + "a",
        "requirements" * 80_000 + ".txt/",
        "requirements" * 80_000 + ".doc",
        "/vendor" * 140_000,
        "conda1" * 160_000,
    ],
    ids=["folders", "one folder", "one name", "vendors", "condas"],
)
def test_no_name_takes_long_to_tell(path: str) -> None:
    began = time.process_time()
    locks.ecosystem(path)
    assert time.process_time() - began < 2.0
