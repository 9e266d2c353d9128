"""Trivy ends with 0 over locks that it cannot read, does not know or reads in part."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.failopen.images import FEED, Lay, Write, database
from tests.failopen.ways import OSV, SETTINGS, Content, Laid, Way, asks, cases, check, found, gap
from tests.support.small import gate, repository

pytestmark = pytest.mark.tools

_LODASH: Final = "CVE-2019-10744"
_JINJA: Final = "CVE-2019-10906"
_NPM: Final = "package-lock.json"


def _lock(**more: object) -> str:
    packages = {"": {"name": "e"}, "node_modules/lodash": {"version": "4.17.4"}, **more}
    return json.dumps({"name": "e", "lockfileVersion": 3, "packages": packages})


_LOCK: Final = _lock()
_BROKEN: Final = '{"name": "e", "lockfileVersion": 3, "packages": {'
_QUIET: Final = "severity: [LOW]\nscan: {skip-dirs: ['**'], skip-files: ['**']}\n"
_POETRY: Final = """[[package]]
name = "jinja2"
version = "2.10"
optional = false
python-versions = "*"
files = []

[metadata]
lock-version = "2.0"
python-versions = "*"
content-hash = "x"
"""
_PROJECT: Final = '[tool.poetry]\nname = "e"\nversion = "1"\n[tool.poetry.dependencies]\n'


def _asks(files: Mapping[str, Content], feed: Write = database) -> Lay:
    def lay(place: Path) -> Laid:
        settings = {"penstock.toml": SETTINGS + FEED, "policies/gate.yaml": gate("packages")}
        folder = repository(place / "repository", "packages", files={**settings, **files}.items())
        feed(folder / "db")
        return Laid(folder)

    return lay


def _python(files: Mapping[str, Content]) -> Lay:
    return asks("pip-audit", files, OSV)


WAYS: Final = (
    Way("packages", "a lock is broken: no result, no warning", _asks({_NPM: _BROKEN}),
        gap(_NPM, "parse_error"), quick=True),
    Way("packages", "a broken lock stands beside a bad one",
        _asks({f"a/{_NPM}": _BROKEN, f"b/{_NPM}": _LOCK}), gap(f"a/{_NPM}", "parse_error"),
        found(_LODASH, f"b/{_NPM}")),
    Way("packages", "the lock of an ecosystem is passed over by its place (node_modules/)",
        _asks({f"node_modules/a/{_NPM}": _LOCK}), gap(f"node_modules/a/{_NPM}", "not_listed")),
    Way("packages", "a lock in a form that it does not read",
        _asks({"npm-shrinkwrap.json": _LOCK}), gap("npm-shrinkwrap.json", "unsupported")),
    Way("packages", "an environment of conda under a name that it does not know",
        _asks({_NPM: _LOCK, "environment-dev.yml": "dependencies:\n  - python=3.11\n"}),
        gap("environment-dev.yml", "unsupported"), found(_LODASH, _NPM)),
    Way("packages", "wishes without a lock",
        _asks({"package.json": '{"dependencies": {"a": "1"}}'}), gap("package.json", "unpinned")),
    Way("packages", "dependencies of development are left out unless asked for",
        _asks({_NPM: _lock(**{"node_modules/lodash": {"version": "4.17.4", "dev": True}})}),
        finds=found(_LODASH, _NPM)),
    Way("packages", "a package stands in the lock under another name",
        _asks({_NPM: _lock(**{"node_modules/other": {"name": "lodash", "version": "4.17.4"}})}),
        finds=found(_LODASH, _NPM)),
    Way("packages", "a package comes from a repository, and is asked by its name and version",
        _asks({_NPM: _lock(**{"node_modules/lodash": {
            "version": "4.17.21", "resolved": "git+ssh://git@example.com/a/lodash.git#a"}})}),
        gap(_NPM, "unsupported")),
    Way("packages", "the database has nothing on the lock's ecosystem",
        _asks({"Cargo.lock": 'version = 3\n\n[[package]]\nname = "time"\nversion = "0.1.42"\n'}),
        gap("Cargo.lock", "unsupported")),
    Way("packages", "the database holds no advisory at all",
        _asks({_NPM: _LOCK}, lambda folder: database(folder, ())),
        gap(None, "canary_missed") | gap(_NPM, "unsupported")),
    Way("packages", "`trivy.yaml` and `.trivyignore` in the repository",
        _asks({_NPM: _LOCK, "trivy.yaml": _QUIET, ".trivyignore": f"{_LODASH}\n"}),
        finds=found(_LODASH, _NPM)),
    Way("pip-audit", "Trivy drops entries of `poetry.lock` that the project does not reach",
        _python({"poetry.lock": _POETRY, "pyproject.toml": _PROJECT}),
        finds=found(_JINJA, "poetry.lock"), quick=True),
    Way("pip-audit", "Trivy does not know `requirements-dev.txt`",
        _python({"requirements-dev.txt": "jinja2==2.10\n"}),
        finds=found(_JINJA, "requirements-dev.txt")),
    Way("pip-audit", "Trivy does not know `requirements/base.txt`",
        _python({"requirements/base.txt": "jinja2==2.10\n"}),
        finds=found(_JINJA, "requirements/base.txt")),
)  # fmt: skip


@pytest.mark.parametrize("way", cases(WAYS))
def test_what_trivy_does_not_read_is_said(way: Way, tmp_path: Path) -> None:
    check(way, tmp_path)
