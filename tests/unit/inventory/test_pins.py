import pytest

from pipeline.model.gap import GapReason
from pipeline.model.inventory import Inventory, Pin
from tests.unit.inventory.conftest import Take

Row = tuple[str, str, GapReason | None, str]

_UV = """\
version = 1
[[package]]
name = "shop"
source = { editable = "." }
[[package]]
name = "worker"
version = "0.1"
source = { editable = "services/worker" }
[[package]]
name = "flask"
version = "2.0"
source = { registry = "https://index.example/simple" }
"""


def rows(inventory: Inventory) -> list[Row]:
    return [(pin.target, pin.marker, pin.problem, pin.answered_by) for pin in inventory.pins]


def problems(inventory: Inventory) -> dict[str, GapReason]:
    return {pin.target: pin.problem for pin in inventory.pins if pin.problem}


def test_every_line_of_a_requirements_file_is_a_pin(take_tree: Take) -> None:
    found = take_tree(
        {
            "requirements.txt": "--index-url https://index.example/simple\nFlask_X==2.0\n"
            "click==8.0 ; python_version < '3'\nclick==8.1 ; python_version >= '3'\n"
        }
    )
    assert [(p.line, p.name, p.version, p.marker) for p in found.pins] == [
        (2, "flask-x", "2.0", ""),
        (3, "click", "8.0", 'python_version < "3"'),
        (4, "click", "8.1", 'python_version >= "3"'),
    ]
    assert len({pin.target for pin in found.pins}) == 3


@pytest.mark.parametrize(
    ("line", "name", "problem"),
    [
        ("flask>=2", "flask", GapReason.UNPINNED),
        ("flask==1.*", "flask", GapReason.UNPINNED),
        ("flask", "flask", GapReason.UNPINNED),
        ("-e .", "-e .", GapReason.UNSUPPORTED),
        ("git+https://example.com/x.git", "git+https://example.com/x.git", GapReason.UNSUPPORTED),
        ("flask==", "flask==", GapReason.PARSE_ERROR),
        ("flask==2.0; python_versoin<'3'", None, GapReason.PARSE_ERROR),
        ("-r missing.txt", "-r missing.txt", GapReason.NOT_READ),
        ("-c missing.txt", "-c missing.txt", GapReason.NOT_READ),
        ("-r ../outside.txt", "-r ../outside.txt", GapReason.LINK_OUTSIDE),
        ("-r /etc/passwd", "-r /etc/passwd", GapReason.LINK_OUTSIDE),
    ],
)
def test_what_cannot_be_asked_is_a_pin_that_says_why(
    take_tree: Take, line: str, name: str | None, problem: GapReason
) -> None:
    (pin,) = take_tree({"requirements.txt": f"{line}\n"}).pins
    assert (pin.problem, pin.version, pin.line) == (problem, "", 1)
    assert pin.detail
    assert name in (None, pin.name)


def test_nested_files_are_followed_and_name_themselves(take_tree: Take) -> None:
    found = take_tree(
        {
            "requirements.txt": "-r deps/base.list\nflask==2.0\n",
            "deps/base.list": "-r more.list\nclick==8.0\n",
            "deps/more.list": "attrs==1.0\n",
        }
    )
    assert [pin.target for pin in found.pins] == [
        "deps/base.list#click==8.0",
        "deps/more.list#attrs==1.0",
        "requirements.txt#flask==2.0",
    ]
    assert [(one.path, one.form) for one in found.manifests] == [
        ("deps/base.list", "requirements"),
        ("deps/more.list", "requirements"),
        ("requirements.txt", "requirements"),
    ]


def test_files_that_name_each_other_in_a_ring_are_read_once(take_tree: Take) -> None:
    found = take_tree(
        {
            "requirements.txt": "-r requirements-b.txt\nflask==2.0\n",
            "requirements-b.txt": "-r requirements.txt\n-r requirements-b.txt\nclick==8.0\n",
        }
    )
    assert [pin.target for pin in found.pins] == [
        "requirements-b.txt#click==8.0",
        "requirements.txt#flask==2.0",
    ]


def test_an_excluded_file_that_is_named_is_a_gap(take_tree: Take) -> None:
    found = take_tree(
        {"requirements.txt": "-r deps/base.txt\n", "deps/base.txt": "flask==1\n"},
        exclude=("deps/**",),
    )
    assert problems(found) == {"requirements.txt#-r deps/base.txt": GapReason.EXCLUDED}


def test_constraints_fix_a_range_wherever_it_was_included(take_tree: Take) -> None:
    found = take_tree(
        {
            "requirements.txt": "-c constraints.txt\n-r requirements/base.txt\nflask>=2\nclick\n",
            "requirements/base.txt": "attrs\n",
            "constraints.txt": "flask==2.3\nattrs==1.0 ; python_version < '3'\nclick<9\n"
            "attrs==2.0\n",
        }
    )
    assert rows(found) == [
        ("constraints.txt#flask==2.3", "", None, ""),
        ('constraints.txt#attrs==1.0 ; python_version < "3"', 'python_version < "3"', None, ""),
        ("constraints.txt#attrs==2.0", "", None, ""),
        ("requirements.txt#flask==2.3", "", None, ""),
        ("requirements.txt#click", "", GapReason.UNPINNED, ""),
        ('requirements/base.txt#attrs==1.0 ; python_version < "3"', 'python_version < "3"',
         None, ""),
        ("requirements/base.txt#attrs==2.0", "", None, ""),
    ]  # fmt: skip


@pytest.mark.parametrize("more", ["", "jinja2==3.0 ; sys_platform != 'win32'\n"])
def test_a_constraint_for_some_environments_leaves_the_others_open(
    take_tree: Take, more: str
) -> None:
    pin = "jinja2==3.1 ; sys_platform == 'win32'\n"
    files = {"requirements.txt": "-c constraints.txt\njinja2\n", "constraints.txt": pin + more}
    open_ended = {} if more else {"requirements.txt#jinja2": GapReason.UNPINNED}
    assert problems(take_tree(files)) == open_ended


def test_a_constraint_outside_the_range_fixes_nothing(take_tree: Take) -> None:
    found = take_tree(
        {"requirements.txt": "-c limits.txt\nflask>=2\n", "limits.txt": "flask==1.0\n"}
    )
    assert problems(found) == {"requirements.txt#flask": GapReason.UNPINNED}


def test_a_requirements_file_cannot_be_hidden_by_naming_it_a_constraint(take_tree: Take) -> None:
    found = take_tree(
        {"requirements.txt": "flask>=2\n", "other-requirements.txt": "-c requirements.txt\n"}
    )
    assert problems(found) == {"requirements.txt#flask": GapReason.UNPINNED}


def test_what_is_required_asks_for_packages_though_its_name_speaks_of_constraints(
    take_tree: Take,
) -> None:
    found = take_tree(
        {
            "requirements.txt": "-r more-constraints.txt\n-c constraints.txt\n",
            "more-constraints.txt": "flask\n",
            "constraints.txt": "click\n",
            "pyproject.toml": "[tool.setuptools.dynamic]\n"
            "dependencies = {file = ['own-constraints.txt']}\n",
            "own-constraints.txt": "attrs\n",
        }
    )
    assert problems(found) == {
        "more-constraints.txt#flask": GapReason.UNPINNED,
        "own-constraints.txt#attrs": GapReason.UNPINNED,
    }


def test_the_source_of_a_compiled_file_is_answered_by_it(take_tree: Take) -> None:
    found = take_tree(
        {
            "requirements/dev.in": "flask>=2\nclick==8.0\nattrs>=9\n",
            "requirements/dev.txt": "flask==2.0\nclick==8.0\nattrs==1.0\n",
        }
    )
    assert [row for row in rows(found) if row[0].startswith("requirements/dev.in")] == [
        ("requirements/dev.in#flask", "", GapReason.UNPINNED, "requirements/dev.txt"),
        ("requirements/dev.in#click==8.0", "", None, ""),
        ("requirements/dev.in#attrs", "", GapReason.UNPINNED, ""),
    ]


def test_uv_lock_answers_for_its_project_and_for_its_workspace(take_tree: Take) -> None:
    found = take_tree(
        {
            "uv.lock": _UV,
            "pyproject.toml": '[project]\nname = "shop"\n'
            'dependencies = ["flask>=2", "worker", "click"]\n'
            '[project.optional-dependencies]\nall = ["shop[x]"]\n',
            "services/worker/pyproject.toml": '[project]\nname = "worker"\n'
            'dependencies = ["flask"]\n',
            "services/other/pyproject.toml": '[project]\nname = "other"\n'
            'dependencies = ["flask"]\n',
        }
    )
    assert rows(found) == [
        ("pyproject.toml#click", "", GapReason.UNPINNED, ""),
        ("pyproject.toml#flask", "", GapReason.UNPINNED, "uv.lock"),
        ("services/other/pyproject.toml#flask", "", GapReason.UNPINNED, ""),
        ("services/worker/pyproject.toml#flask", "", GapReason.UNPINNED, "uv.lock"),
        ("uv.lock#flask==2.0", "", None, ""),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv.lock", ""),
        ("poetry.lock", "[[package]"),
        ("Pipfile.lock", "<html>"),
        ("pylock.toml", "x = 1"),
        ("pyproject.toml", "[project"),
        ("setup.py", "def"),
    ],
)
def test_a_broken_file_is_one_question_without_an_answer(
    take_tree: Take, name: str, text: str
) -> None:
    found = take_tree({name: text})
    assert problems(found) == {f"{name}#(file)": GapReason.PARSE_ERROR}
    assert [one.path for one in found.manifests] == [name]


def test_a_project_file_that_wishes_for_nothing_is_no_manifest(take_tree: Take) -> None:
    found = take_tree({"pyproject.toml": "[tool.ruff]\n", "setup.py": "x = 1\n"})
    assert (found.manifests, found.pins) == ((), ())


def test_files_that_a_project_names_are_read(take_tree: Take) -> None:
    found = take_tree(
        {
            "pyproject.toml": "[tool.setuptools.dynamic]\n"
            'dependencies = {file = ["deps.list", "gone.list"]}\n',
            "deps.list": "flask==2.0\n",
        }
    )
    assert [(pin.target, pin.problem) for pin in found.pins] == [
        ("deps.list#flask==2.0", None),
        ("pyproject.toml#gone.list", GapReason.NOT_READ),
    ]


def test_a_requirements_file_in_utf_16_is_read(take_tree: Take) -> None:
    found = take_tree({"requirements.txt": "flask==2.0\n".encode("utf-16")})
    assert [pin.target for pin in found.pins] == ["requirements.txt#flask==2.0"]


def test_a_manifest_that_is_a_git_lfs_pointer_is_a_question_too(take_tree: Take) -> None:
    found = take_tree(
        {
            "requirements.txt": "version https://git-lfs.github.com/spec/v1\noid x\n",
            "Dockerfile": "version https://git-lfs.github.com/spec/v1\noid x\n",
        }
    )
    assert problems(found) == {"requirements.txt#(file)": GapReason.LFS_POINTER}
    assert found.iac == ("Dockerfile",)


def test_narrowing_leaves_out_all_other_manifests_by_name(take_tree: Take) -> None:
    found = take_tree(
        {
            "requirements.txt": "-r base.txt\n",
            "base.txt": "attrs==1.0\n",
            "requirements-dev.txt": "flask==2.0\n",
            "tools/uv.lock": _UV,
        },
        requirements=("requirements.txt",),
    )
    assert [pin.target for pin in found.pins] == ["base.txt#attrs==1.0"]
    assert [(one.path, one.by) for one in found.excluded] == [
        ("requirements-dev.txt", "source.requirements"),
        ("tools/uv.lock", "source.requirements"),
    ]
    assert "requirements-dev.txt" in {file.path for file in found.files}


def test_a_file_that_is_left_out_and_named_by_another_is_read(take_tree: Take) -> None:
    found = take_tree(
        {
            "requirements.txt": "-r requirements-base.txt\n",
            "requirements-base.txt": "attrs==1.0\n",
        },
        requirements=("requirements.txt",),
    )
    assert found.excluded == ()
    assert [pin.target for pin in found.pins] == ["requirements-base.txt#attrs==1.0"]


def test_narrowing_may_name_files_of_any_name_and_must_find_them(take_tree: Take) -> None:
    found = take_tree({"deps.list": "flask==2.0\n"}, requirements=("*.list", "gone.txt"))
    assert [(pin.target, pin.problem) for pin in found.pins] == [
        ("deps.list#flask==2.0", None),
        ("gone.txt#(file)", GapReason.NOT_READ),
    ]


def test_pins_are_sorted_and_unique(take_tree: Take) -> None:
    found = take_tree({"requirements.txt": "b==1\na==1\n", "requirements-a.txt": "b==1\n"})
    keys = [(pin.manifest, pin.line) for pin in found.pins]
    assert keys == sorted(keys)
    assert len(set(found.pins)) == len(found.pins)
    assert all(isinstance(pin, Pin) for pin in found.pins)


@pytest.mark.parametrize(
    ("beside", "text", "says_it"),
    [
        ("setup.py", "setup(install_requires=['a==1'])\n", True),
        ("setup.py", "setup()\n", False),
        ("setup.cfg", "[options]\ninstall_requires = a==1\n", True),
        ("setup.cfg", "[options]\ninstall_requires = file: a.txt\n", True),
        ("setup.cfg", "[flake8]\nmax-line-length = 100\n", False),
        ("uv.lock", _UV, True),
        ("a.py", "", False),
    ],
)
def test_what_only_building_a_project_tells_is_a_gap_unless_a_file_beside_it_says_it(
    beside: str, text: str, *, says_it: bool, take_tree: Take
) -> None:
    project = '[project]\nname = "shop"\ndynamic = ["dependencies"]\n'
    told = problems(take_tree({"pyproject.toml": project, beside: text}))
    assert told.get("pyproject.toml#dynamic") == (None if says_it else GapReason.UNSUPPORTED)


@pytest.mark.parametrize(
    ("project", "is_there"),
    [
        ({"lib/pyproject.toml": '[project]\nname = "Jinja2"\n'}, True),
        ({"lib/setup.py": "setup()\n"}, True),
        ({"lib/pyproject.toml": '[project]\nname = "other"\n'}, False),
        ({"lib/pyproject.toml": "[tool.ruff]\n"}, False),
        ({"lib/a.py": ""}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize(
    ("lock", "text"),
    [
        ("uv.lock", 'version = 1\n[[package]]\nname = "jinja2"\nsource = {editable = "lib"}\n'),
        ("Pipfile.lock", '{"_meta": {}, "default": {"jinja2": {"path": "./lib"}}}'),
        (
            "poetry.lock",
            "[metadata]\n[[package]]\nname = 'jinja2'\nversion = '2.10'\n{}".format(
                "source = {type = 'directory', url = 'lib'}\n"
            ),
        ),
    ],
)
def test_a_lock_is_believed_that_a_package_is_the_tree_s_own_where_it_is_there(
    project: dict[str, str], lock: str, text: str, take_tree: Take, *, is_there: bool
) -> None:
    """A range of it would be nobody's question otherwise."""
    wish = '[project]\nname = "shop"\ndependencies = ["jinja2>=2"]\n'
    told = problems(take_tree({"pyproject.toml": wish, lock: text, **project}))
    gaps = {"pyproject.toml#jinja2": GapReason.UNPINNED, f"{lock}#jinja2": GapReason.UNSUPPORTED}
    assert told == ({} if is_there else gaps)


def test_a_file_that_a_setup_py_leaves_it_to_is_a_gap(take_tree: Take) -> None:
    found = take_tree(
        {
            "a/setup.py": "import build.deps\nimport os\n",
            "a/build/deps.py": "",
            "b/setup.py": "import tools\n",
            "b/tools/__init__.py": "",
            "c/setup.py": "import tools\n",
            "tools.py": "",
            "tox.ini": "[flake8]\nx = 1\n",
            "noxfile.py": "import nox\n",
        }
    )
    assert [(pin.manifest, pin.problem) for pin in found.pins] == [
        ("a/setup.py", GapReason.UNSUPPORTED),
        ("b/setup.py", GapReason.UNSUPPORTED),
    ]
    assert [one.path for one in found.manifests] == ["a/setup.py", "b/setup.py"]


def test_what_tests_are_run_with_is_asked_too(take_tree: Take) -> None:
    found = take_tree(
        {
            "tox.ini": "[testenv]\ndeps =\n  pytest==7.0\n  -r more.list\n",
            "noxfile.py": "def t(session):\n    session.install('flask')\n",
            "more.list": "idna==3.7\n",
            "uv.lock": _UV,
        }
    )
    asked = {pin.target: pin.problem for pin in found.pins if pin.manifest != "uv.lock"}
    assert asked == {
        "more.list#idna==3.7": None,
        "noxfile.py#flask": GapReason.UNPINNED,
        "tox.ini#pytest==7.0": None,
    }
