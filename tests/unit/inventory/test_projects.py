import pytest

from pipeline.inventory.locks import Broken
from pipeline.inventory.projects import Project, read
from pipeline.inventory.requirements import Unasked, Wanted
from pipeline.model.gap import GapReason


def project(form: str, text: str) -> Project:
    found = read(form, text)
    assert isinstance(found, Project), found
    return found


def wishes(found: Project) -> list[tuple[int, str]]:
    return [
        (one.line, str(one.requirement) if isinstance(one, Wanted) else f"{one.name}!")
        for one in found.wishes
    ]


def test_pyproject_with_extras_and_groups() -> None:
    found = project(
        "pyproject.toml",
        """\
[project]
name = "My_Shop"
dependencies = ["flask>=2", "jinja2==2.10"]
[project.optional-dependencies]
dev = ["pytest"]
[dependency-groups]
lint = ["ruff>=0.5", {include-group = "dev"}]
[build-system]
requires = ["hatchling"]
""",
    )
    assert found.name == "my-shop"
    assert wishes(found) == [
        (3, "flask>=2"),
        (3, "jinja2==2.10"),
        (5, "pytest"),
        (7, "ruff>=0.5"),
    ]


def test_the_tables_of_other_tools() -> None:
    found = project(
        "pyproject.toml",
        """\
[tool.uv]
dev-dependencies = ["a==1"]
[tool.pdm.dev-dependencies]
test = ["b==1"]
[tool.hatch.envs.default]
dependencies = ["c==1"]
extra-dependencies = ["d==1"]
[tool.rye]
dev-dependencies = ["e==1"]
""",
    )
    assert wishes(found) == [(2, "a==1"), (4, "b==1"), (6, "c==1"), (7, "d==1"), (9, "e==1")]


def test_hatch_s_own_file_holds_what_its_table_would() -> None:
    text = """\
[envs.default]
dependencies = ["a>=7"]
extra-dependencies = ["b==1"]
"""
    assert wishes(project("hatch.toml", text)) == [(2, "a>=7"), (3, "b==1")]


def test_pixi_s_tables_of_python_s_packages() -> None:
    found = project(
        "pyproject.toml",
        """\
[project]
name = "Shop"
[tool.pixi.pypi-dependencies]
shop = {path = ".", editable = true}
alpha = "==1"
beta = {path = "x"}
[tool.pixi.feature.test.pypi-dependencies]
gamma = {version = "==1", extras = ["z"]}
[tool.pixi.target.linux-64.pypi-dependencies]
delta = "*"
""",
    )
    assert wishes(found) == [(5, "alpha==1"), (6, "beta!"), (8, "gamma==1"), (10, "delta")]


def test_poetry_s_own_tables() -> None:
    found = project(
        "pyproject.toml",
        """\
[tool.poetry]
name = "shop"
[tool.poetry.dependencies]
python = "^3.11"
flask = "^2.0"
jinja2 = "2.10"
click = {version = ">=8", extras = ["x"]}
fork = {git = "https://example.com/fork.git"}
multi = [{version = "1.0", python = "<3"}, {version = "2.0", python = ">=3"}]
[tool.poetry.group.dev.dependencies]
pytest = "*"
""",
    )
    assert wishes(found) == [
        (5, "flask"),
        (6, "jinja2==2.10"),
        (7, "click>=8"),
        (8, "fork!"),
        (9, "multi==1.0"),
        (9, "multi==2.0"),
        (11, "pytest"),
    ]


def test_requirements_files_that_setuptools_reads_are_named() -> None:
    found = project(
        "pyproject.toml",
        """\
[project]
name = "shop"
dynamic = ["dependencies"]
[tool.setuptools.dynamic]
dependencies = {file = ["deps.txt"]}
optional-dependencies.dev = {file = "dev.txt"}
""",
    )
    assert found.files == ((5, "deps.txt"), (6, "dev.txt"))


def test_requirements_files_that_hatch_reads_are_named() -> None:
    found = project(
        "pyproject.toml",
        """\
[project]
dynamic = ["dependencies", "optional-dependencies"]
[tool.hatch.metadata.hooks.requirements_txt]
files = ["deps.cfg"]
[tool.hatch.metadata.hooks.requirements_txt.optional-dependencies]
dev = ["dev.cfg"]
""",
    )
    assert found.files == ((4, "deps.cfg"), (6, "dev.cfg"))
    assert found.computed == 0


def test_what_is_left_to_whoever_builds_it_is_said_to_be() -> None:
    left = '[project]\nname = "shop"\ndynamic = ["version", "{}"]\n'
    assert project("pyproject.toml", left.format("dependencies")).computed == 3
    assert project("pyproject.toml", left.format("optional-dependencies")).computed == 3
    assert project("pyproject.toml", left.format("readme")).computed == 0
    other = "[tool.setuptools.dynamic]\noptional-dependencies.a = {file = 'a.txt'}\n"
    assert project("pyproject.toml", left.format("dependencies") + other).computed == 3
    nameless = left.format("dependencies") + '[tool.poetry]\nname = "a"\n'
    assert project("pyproject.toml", nameless).computed == 3
    poetry = left.format("dependencies") + '[tool.poetry.dependencies]\na = "1"\n'
    assert project("pyproject.toml", poetry).computed == 0


def test_what_uv_takes_from_elsewhere_is_asked_of_no_index() -> None:
    sources = "[tool.uv.sources]\na = {git = 'x'}\nb = {workspace = true}\nc = [{url = 'x'}]\n"
    sources += "d = {path = 'x/d-1.whl'}\ne = {path = 'x/e'}\n"
    found = project("pyproject.toml", f"[project]\ndependencies = ['a==1']\n{sources}")
    assert [name for _, name in wishes(found)] == ["a==1", "a!", "c!", "d!"]
    lines = "".join(f"# {line}\n" for line in sources.splitlines())
    found = project("script", f"# /// script\n# dependencies = ['a==1']\n{lines}# ///\n")
    assert [name for _, name in wishes(found)] == ["a==1", "a!", "c!", "d!"]


def test_overrides_of_uv_and_flit_s_old_table_are_wishes() -> None:
    found = project(
        "pyproject.toml",
        "[tool.uv]\noverride-dependencies = ['a==1']\n"
        "[tool.flit.metadata]\nrequires = ['b==1']\n"
        "[tool.flit.metadata.requires-extra]\ndev = ['c==1']\n",
    )
    assert [name for _, name in wishes(found)] == ["a==1", "b==1", "c==1"]


def test_pipfile() -> None:
    found = project(
        "Pipfile",
        '[[source]]\nurl = "x"\n[packages]\nflask = "*"\n[dev-packages]\npytest = "==7.0"\n'
        '[requires]\npython_version = "3.11"\n',
    )
    assert wishes(found) == [(4, "flask"), (6, "pytest==7.0")]


def test_a_script_says_in_a_comment_what_it_needs() -> None:
    needs = "# /// script\n# dependencies = [\n#   'flask', 'jinja2==2.10',\n# ]\n# ///\n"
    found = project("script", f"#!/usr/bin/env -S uv run\n{needs}import flask\n")
    assert wishes(found) == [(4, "flask"), (4, "jinja2==2.10")]
    assert len(project("script", needs.replace("\n", "\r\n")).wishes) == 2
    assert len(project("script", needs.replace("\n", "\r")).wishes) == 2
    assert project("script", "# /// script\n# is a word of PEP 723\n").wishes == ()


def test_setup_cfg() -> None:
    found = project(
        "setup.cfg",
        "[metadata]\nname = shop\n[options]\ninstall_requires =\n    flask>=2\n    jinja2==2.10\n"
        "[options.extras_require]\ndev = pytest\n",
    )
    assert found.name == "shop"
    assert wishes(found) == [(5, "flask>=2"), (6, "jinja2==2.10"), (8, "pytest")]


def test_setup_cfg_may_be_written_with_dashes() -> None:
    found = project("setup.cfg", "[options]\nInstall-Requires = jinja2==2.10\n")
    assert wishes(found) == [(2, "jinja2==2.10")]


def test_setup_cfg_may_name_requirements_files() -> None:
    found = project(
        "setup.cfg",
        "[options]\ninstall_requires = file: deps.cfg, more.cfg\n"
        "[options.extras_require]\ndev = file: dev.cfg\n",
    )
    assert found.files == ((2, "deps.cfg"), (2, "more.cfg"), (4, "dev.cfg"))
    assert found.wishes == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('setup(**{"install_requires": ["a==1"]})\n', ["a==1"]),
        ('k = {}\nk["install_requires"] = ["a==1"]\nsetup(**k)\n', ["a==1"]),
        ('k = dict(install_requires=["a==1"])\nsetup(**k)\n', ["a==1"]),
        ('k = {"install_requires": wanted}\nsetup(**k)\n', ["install_requires!"]),
        ("k = {'name': 'a'}\nsetup(**k)\n", []),
        ("setuptools.setup(**json.load(open('a')))\n", ["**!"]),
        ("k = json.load(open('a'))\nsetup(**k)\n", ["**!"]),
        ("k = {**other}\nsetup(**k)\n", ["**!"]),
        ("k = {}\nk.update(json.load(open('a')))\nsetup(**k)\n", ["**!"]),
        ("k = {}\nk['install' + '_requires'] = ['a']\nsetup(**k)\n", ["**!"]),
        ("k = {}\nk |= other\nsetup(**k)\n", ["**!"]),
        ("k = {}\nk = other\nsetup(**k)\n", ["**!"]),
        ("k = {}\nj = k\nj['a'] = b\nsetup(**k)\n", ["**!"]),
        ("from setuptools import setup as s\ns(**other)\n", ["**!"]),
        ("s = setuptools.setup\ns(**other)\n", ["**!"]),
        ("s(**other)\nsetup(name='a')\n", []),
    ],
)
def test_setup_py_may_keep_it_in_a_dict(text: str, told: list[str]) -> None:
    assert [name for _, name in wishes(project("setup.py", text))] == told


def test_setup_py_is_read_and_never_run() -> None:
    found = project(
        "setup.py",
        'raise SystemExit("run")\nsetup(\n  install_requires=["flask>=2", "jinja2==2.10"],\n'
        '  extras_require={"dev": ["pytest"]},\n  tests_require=read("dev.txt"),\n)\n',
    )
    assert sorted(wishes(found)) == [
        (3, "flask>=2"),
        (3, "jinja2==2.10"),
        (4, "pytest"),
        (5, "tests_require!"),
    ]
    computed = [one for one in found.wishes if isinstance(one, Unasked)]
    assert [one.reason for one in computed] == [GapReason.UNSUPPORTED]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", '[project]\ndependencies = "flask"\n'),
        ("pyproject.toml", "[project]\ndependencies = [1]\n"),
        ("hatch.toml", "envs = 1\n"),
        ("Pipfile", "packages = 1\n"),
        ("setup.cfg", "no section\n"),
        ("script", "# /// script\n# dependencies = [\n# ///\n"),
        ("script", "# /// script\n# dependencies = []\n# ///\n" * 2),
        ("setup.py", "def f(:\n"),
        ("setup.py", "x = '\0'\n"),
        ("setup.py", "(" * 5000),
    ],
)
def test_a_file_that_cannot_be_read_is_broken(form: str, text: str) -> None:
    found = read(form, text)
    assert isinstance(found, Broken)
    assert found.detail


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 100\n"),
        ("setup.cfg", "[flake8]\n"),
        ("setup.py", "from setuptools import setup\nsetup()\n"),
    ],
)
def test_a_file_that_wishes_for_nothing_has_no_wishes(form: str, text: str) -> None:
    assert project(form, text).wishes == ()


@pytest.mark.parametrize(
    ("written", "told"),
    [("None", []), ("1", ["install_requires"]), ("{'a': 2}", ["install_requires"]), ("()", [])],
)
def test_setup_py_may_say_what_is_no_list(written: str, told: list[str]) -> None:
    found = project("setup.py", f"setup(install_requires={written})")
    assert [one.name for one in found.wishes if isinstance(one, Unasked)] == told


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("import deps.all, os\nfrom more import x\n", ["deps.all", "os", "more"]),
        ("from tools import setup\nimport os\nsetup()\n", ["tools"]),
        ("from tools import run as setup\nsetup()\n", ["tools"]),
        ("import a\nimport setuptools\nsetuptools.setup()\n", []),
        ("import a\nfrom setuptools import setup as s\ns()\n", ["setuptools"]),
        ("from . import a\nfrom .b import c\n", []),
    ],
)
def test_setup_py_may_leave_it_to_what_it_imports(text: str, modules: list[str]) -> None:
    assert [name for _, name in project("setup.py", text).imports] == modules


def test_tox_ini() -> None:
    found = project(
        "tox.ini",
        """\
[tox]
requires = virtualenv==20.1
[base]
deps = flask>=2
[testenv]
deps =
  {[base]deps}
  # words
  pytest==7.0 ; python_version > "3"
  py{39,310},!win: mock==5.0
  -r{toxinidir}/requirements-test.list
  -c limits.txt
  .[dev]
  -e .
  -e git+https://example.org/x
  django{env:VERSION}
[flake8]
max-line-length = 100
""",
    )
    assert wishes(found) == [
        (2, "virtualenv==20.1"),
        (4, "flask>=2"),
        (9, 'pytest==7.0; python_version > "3"'),
        (10, "mock==5.0"),
        (15, "-e git+https://example.org/x!"),
        (16, "django{env:VERSION}!"),
    ]
    assert found.files == ((11, "./requirements-test.list"),)


def test_noxfile_py() -> None:
    found = project(
        "noxfile.py",
        """\
ONE = "black==24.1"
MANY = ["isort==5.0", "mypy"]
@nox.session
def t(session):
    session.install("-U", "pytest==7.0", "-r", "a.list", "-c", "b.txt", "-rc.list")
    session.install(ONE, *MANY, ".", ".[dev]", "-e", ".", f".[{session.name}]")
    session.install(f"django=={session.posargs}", *session.posargs)
    session.conda_install("numpy")
    session.run("pytest", "x")
    path.install()
""",
    )
    assert wishes(found) == [
        (5, "pytest==7.0"),
        (6, "black==24.1"),
        (6, "isort==5.0"),
        (6, "mypy"),
        (7, "install!"),
        (7, "install!"),
        (8, "conda_install!"),
    ]
    assert found.files == ((5, "a.list"), (5, "c.list"))


_TOX = """\
requires = ["virtualenv==20.1"]
[env_run_base]
description = "deps"
deps = ["pytest==7.0", "-r more.list", ".[dev]", {replace = "ref", of = ["x"]}]
[env.lint]
deps = "ruff"
[env.other]
deps = [{replace = "posargs"}]
"""


def test_tox_in_toml() -> None:
    found = project("tox.toml", _TOX)
    assert wishes(found) == [
        (1, "virtualenv==20.1"),
        (4, "pytest==7.0"),
        (6, "ruff"),
        (0, "{posargs}!"),
    ]
    assert found.files == ((4, "more.list"),)


def test_tox_in_pyproject() -> None:
    tables = _TOX.replace("[env", "[tool.tox.env")
    found = project("pyproject.toml", f"[project]\nname = 'a'\n[tool.tox]\n{tables}")
    assert wishes(found) == [
        (4, "virtualenv==20.1"),
        (7, "pytest==7.0"),
        (9, "ruff"),
        (0, "{posargs}!"),
    ]
    assert found.files == ((7, "more.list"),)
    older = '[tool.tox]\nlegacy_tox_ini = """\n[testenv]\ndeps = mock==5.0\n"""\n'
    assert [name for _, name in wishes(project("pyproject.toml", older))] == ["mock==5.0"]
