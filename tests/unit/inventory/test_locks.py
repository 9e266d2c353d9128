import pytest

from pipeline.inventory.locks import Broken, Lock, read
from pipeline.model.gap import GapReason

_UV = """\
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "shop"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "jinja2" }]

[[package]]
name = "worker"
version = "0.1.0"
source = { virtual = "services/worker" }

[[package]]
name = "Jinja2"
version = "2.10"
source = { registry = "https://index.example/simple" }

[[package]]
name = "numpy"
version = "2.2"
source = { registry = "https://index.example/simple" }
resolution-markers = ["python_full_version < '3.11'", "sys_platform == 'win32'"]

[[package]]
name = "fork"
version = "1.0"
source = { git = "https://example.com/fork?rev=1#abc" }

[[package]]
name = "elsewhere"
version = "1.0"
source = { directory = "../../elsewhere" }
"""
_POETRY = """\
[[package]]
name = "jinja2"
version = "2.10"
optional = false
python-versions = "*"
files = [{file = "x.whl", hash = "sha256:00"}]
markers = "python_version < '3.12'"

[[package]]
name = "private"
version = "1.0"
[package.source]
type = "legacy"
url = "https://index.example/simple"
reference = "own"

[[package]]
name = "fork"
version = "1.0"
[package.source]
type = "git"
url = "https://example.com/fork.git"

[[package]]
name = "lib"
version = "0.1"
[package.source]
type = "directory"
url = "lib"

[metadata]
lock-version = "2.1"
content-hash = "00"
"""
_PYLOCK = """\
lock-version = "1.0"
created-by = "test"
[[packages]]
name = "jinja2"
version = "2.10"
marker = "python_version < '3.12'"
[[packages]]
name = "fork"
[packages.vcs]
type = "git"
url = "https://example.com/fork.git"
commit-id = "00"
[[packages]]
name = "shop"
[packages.directory]
path = "."
[[packages]]
name = "sourceless"
"""
_PIPFILE = """\
{"_meta": {"hash": {"sha256": "00"}, "pipfile-spec": 6},
 "default": {"jinja2": {"version": "==2.10", "markers": "python_version < '3.12'"},
             "fork": {"git": "https://example.com/fork.git", "ref": "00"},
             "lib": {"path": "./lib", "editable": true}},
 "develop": {"pytest": {"version": "==7.0.0", "hashes": []}}}
"""


def lock(form: str, text: str) -> Lock:
    found = read(form, "", text)
    assert isinstance(found, Lock), found
    return found


def table(found: Lock) -> list[tuple[str, str, str, GapReason | None]]:
    return [(one.name, one.version, one.marker, one.problem) for one in found.packages]


def test_uv_lock() -> None:
    found = lock("uv.lock", _UV)
    assert table(found) == [
        ("jinja2", "2.10", "", None),
        ("numpy", "2.2", "(python_full_version < '3.11') or (sys_platform == 'win32')", None),
        ("fork", "", "", GapReason.UNSUPPORTED),
        ("elsewhere", "", "", GapReason.UNSUPPORTED),
    ]
    assert found.own == ("shop", "worker")
    assert found.projects == (".", "services/worker")


def test_a_package_is_placed_at_its_line() -> None:
    assert [one.line for one in lock("uv.lock", _UV).packages] == [16, 21, 27, 32]


def test_poetry_lock() -> None:
    found = lock("poetry.lock", _POETRY)
    assert table(found) == [
        ("jinja2", "2.10", "python_version < '3.12'", None),
        ("private", "1.0", "", None),
        ("fork", "", "", GapReason.UNSUPPORTED),
    ]
    assert found.own == ("lib",)


def test_pylock() -> None:
    found = lock("pylock.toml", _PYLOCK)
    assert table(found) == [
        ("jinja2", "2.10", "python_version < '3.12'", None),
        ("fork", "", "", GapReason.UNSUPPORTED),
        ("sourceless", "", "", GapReason.UNPINNED),
    ]
    assert found.own == ("shop",)


def test_pipfile_lock_with_all_its_groups() -> None:
    found = lock("Pipfile.lock", _PIPFILE)
    assert table(found) == [
        ("jinja2", "2.10", "python_version < '3.12'", None),
        ("fork", "", "", GapReason.UNSUPPORTED),
        ("pytest", "7.0.0", "", None),
    ]


def test_a_version_that_is_none_is_a_parse_error() -> None:
    broken = _POETRY.replace('version = "2.10"', 'version = "two"')
    assert table(lock("poetry.lock", broken))[0] == (
        "jinja2",
        "",
        "python_version < '3.12'",
        GapReason.PARSE_ERROR,
    )


@pytest.mark.parametrize("form", ["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"])
@pytest.mark.parametrize(
    "text", ["", "[[package]\n", "x = 1\n", "<html>", "package = 1\n", "[[package]]\nname = 1\n"]
)
def test_what_is_no_lock_is_broken_and_never_an_empty_one(form: str, text: str) -> None:
    found = read(form, "", text)
    assert isinstance(found, Broken)
    assert found.detail


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"default": {}}', "{" * 2000])
def test_a_pipfile_lock_that_is_none_is_broken(text: str) -> None:
    assert isinstance(read("Pipfile.lock", "", text), Broken)


def test_a_broken_lock_says_where() -> None:
    found = read("uv.lock", "", 'version = 1\nx = "\n')
    assert isinstance(found, Broken)
    assert found.line == 2


def test_uv_s_old_spelling_of_packages_is_not_an_empty_lock() -> None:
    old = 'version = 1\n[[distribution]]\nname = "a"\nversion = "1"\n'
    assert isinstance(read("uv.lock", "", old), Broken)
