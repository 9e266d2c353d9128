"""What counts as installed: more than what an interpreter's image has from the beginning."""

import pytest

from pipeline.stages.image.locks import is_installed, unanswered
from pipeline.stages.trivy.report import Package

SITE = "usr/local/lib/python3.12/site-packages"


@pytest.mark.parametrize(
    ("ecosystem", "name", "path"),
    [
        ("Python", "jinja2", f"{SITE}/jinja2-2.10.dist-info/METADATA"),
        ("Node.js", "lodash", "app/node_modules/lodash/package.json"),
        ("Node.js", "pm2", "usr/local/lib/node_modules/pm2/package.json"),
        ("Node.js", "lodash", "node_modules/.pnpm/lodash@4/node_modules/lodash/package.json"),
        ("Python", "jinja2", "var/task/jinja2-2.10.dist-info/METADATA"),
        ("Python", "old", "usr/lib/python3/dist-packages/old-1.egg-info"),
        ("Ruby", "rack", "usr/lib/ruby/gems/3.3.0/specifications/rack-3.gemspec"),
        ("Ruby", "rack", "usr/local/bundle/specifications/rack-3.gemspec"),
        ("Go", "example.com/a", ""),
    ],
)
def test_a_package_of_the_application_is_installed(ecosystem: str, name: str, path: str) -> None:
    assert is_installed(ecosystem, [Package(name=name, file_path=path)])


@pytest.mark.parametrize(
    ("ecosystem", "name", "path"),
    [
        ("Python", "pip", f"{SITE}/pip-24.0.dist-info/METADATA"),
        ("Python", "packaging", f"{SITE}/setuptools/_vendor/packaging-24.dist-info/METADATA"),
        ("Node.js", "npm", "usr/local/lib/node_modules/npm/package.json"),
        ("Node.js", "tar", "usr/local/lib/node_modules/npm/node_modules/tar/package.json"),
        ("Node.js", "corepack", "usr/local/lib/node_modules/corepack/package.json"),
        ("Node.js", "yarn", "opt/yarn-v1.22.22/package.json"),
        ("Ruby", "json", "usr/local/lib/ruby/gems/3.3.0/specifications/default/json-2.gemspec"),
        ("Ruby", "minitest", "usr/local/lib/ruby/gems/3.3.0/specifications/minitest-5.gemspec"),
        ("Ruby", "bundler", "usr/local/bundle/specifications/bundler-2.gemspec"),
    ],
)
def test_what_came_with_the_interpreter_is_not(ecosystem: str, name: str, path: str) -> None:
    assert not is_installed(ecosystem, [Package(name=name, file_path=path)])


@pytest.mark.parametrize(
    ("ecosystem", "path"),
    [
        ("Node.js", "app/package.json"),
        ("Node.js", "package.json"),
        ("Python", "app/shop.egg-info/PKG-INFO"),
        ("Python", "srv/shop-1.egg-info"),
    ],
)
def test_what_an_application_says_of_itself_is_not(ecosystem: str, path: str) -> None:
    assert not is_installed(ecosystem, [Package(name="shop", file_path=path)])


def test_a_lock_is_answered_by_whatever_is_installed_of_its_language() -> None:
    names = ("app/composer.lock", "app/poetry.lock", "app/yarn.lock")
    assert unanswered(names, {"Python", "PHP"}) == ("app/yarn.lock (Node.js)",)
    assert unanswered(names, {"Python", "PHP", "Node.js"}) == ()
