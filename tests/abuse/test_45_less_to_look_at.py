"""Abuse 45: a change leaves less to look at, so that there is less to find."""

import io
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.failopen.ways import OSV, SETTINGS
from tests.support.attacked import Repository
from tests.support.command import Bundle, penstock
from tests.support.small import WORKFLOW, gate

pytestmark = pytest.mark.tools

FEWER: Final = "penstock.fewer-targets"
GONE: Final = "penstock.stage-gone"
CODE: Final = "".join(f"def f{n}():\n    return {n}\n" for n in range(9))
SETTING: Final = """[project]
name = 'a'
version = '1'

[tool.ruff]
line-length = 100
target-version = 'py311'
"""
PIN: Final = "idna==3.20\nh11==0.16.0\n"
CI: Final = ".github/workflows/ci.yml"
POINTER: Final = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 5\n"


class Place:
    """A repository with a base that asks some stages, and a change on top."""

    def __init__(self, folder: Path, *stages: str, files: Mapping[str, str]) -> None:
        self.made = Repository(folder / "repository")
        for name, text in {"policies/gate.yaml": gate(*stages), **files}.items():
            self.made.write(name, text)
        self.made.write("penstock.toml", SETTINGS + OSV)
        self.base = self.made.commit()

    @property
    def path(self) -> Path:
        return self.made.path

    def run(self, *arguments: str) -> tuple[Bundle, set[tuple[str, str]]]:
        """Run against the base, and return what is said to be looked at no more."""
        self.made.commit("change")
        _, bundle = self.made.run("--base", self.base, *arguments)
        return bundle, less(bundle)


def less(bundle: Bundle) -> set[tuple[str, str]]:
    found = [one for one in bundle.findings if one["kind"] == "coverage"]
    assert {one["severity"] for one in found} <= {"high"}
    return {(one["rule"], one["target"]) for one in found}


def zipped(name: str, data: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, data)
    return stream.getvalue()


class Trick(NamedTuple):
    """A way to leave less to look at, the stage that asks, and the file that is lost."""

    stage: str
    name: str
    text: str
    play: Callable[[Place], object]
    slow: bool = True


def gone(place: Place) -> None:
    (place.path / "requirements.txt").unlink()


def renamed(old: str, new: str) -> Callable[[Place], object]:
    def play(place: Place) -> None:
        (place.path / new).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(place.path / old, place.path / new)

    return play


def renamed_and_touched(place: Place) -> None:
    (place.path / "app/a.py").unlink()
    place.made.write("app/a.txt", CODE.replace("return 1\n", "return 11\n"))


def ignored(name: str) -> Callable[[Place], object]:
    def play(place: Place) -> None:
        place.made.git("rm", "-q", "--cached", name)
        place.made.write(".gitignore", f"{name}\n")

    return play


def into_a_submodule(place: Place) -> None:
    place.made.git("rm", "-q", "-r", "--cached", "app")
    shutil.rmtree(place.path / "app")
    inner = Repository(place.path / "app")
    inner.write("a.py", CODE)
    inner.commit()


def into_another_submodule(place: Place) -> None:
    shutil.rmtree(place.path / "app")
    inner = Repository(place.path / "third/lib")
    inner.write("b.py", CODE)
    inner.commit()


def into_an_archive(place: Place) -> None:
    (place.path / "app/a.py").unlink()
    place.made.write("app/lib.zip", zipped("a.py", CODE))


def into_a_nameless_archive(place: Place) -> None:
    (place.path / "app/a.py").unlink()
    place.made.write("app/a.bin", zipped("a.py", CODE))


def behind_a_decoy(place: Place) -> None:
    """Leave the harmless half of it where it is looked at."""
    shutil.move(place.path / "app/a.py", place.path / "app/a.txt")
    lines = CODE.splitlines(keepends=True)
    place.made.write("app/z.py", "".join(lines[: (len(lines) + 2) // 2]))


def partly(place: Place) -> None:
    """Let the file stay, and half of it go where nobody looks."""
    lines = CODE.splitlines(keepends=True)
    place.made.write("app/a.py", "".join(lines[:9]))
    place.made.write("app/rest.txt", "".join(lines[9:]))


def in_three(place: Place) -> None:
    (place.path / "app/a.py").unlink()
    lines = CODE.splitlines(keepends=True)
    for number in range(3):
        place.made.write(f"app/{number}.txt", "".join(lines[number * 6 : number * 6 + 6]))


def one_pin(place: Place) -> None:
    place.made.write("requirements.txt", PIN.replace("h11==0.16.0\n", "-r base.txt\n"))
    place.made.write("base.txt", "")
    place.made.write("deps.list", "h11==0.16.0\n")


def into_a_known_archive(place: Place) -> None:
    (place.path / "app/a.py").unlink()
    (place.path / "web/known.bin").write_bytes(zipped("a.py", CODE))


def behind_a_link(place: Place) -> None:
    """Let a link lead out of the tree where a folder was."""
    shutil.move(place.path / "app", place.path.parent / "elsewhere")
    (place.path / "app").symlink_to(place.path.parent / "elsewhere")


def binary(place: Place) -> None:
    place.made.write("app/a.py", f"\0{CODE}")


def not_kubernetes(place: Place) -> None:
    """Take out a key without which nothing takes it for an object of a cluster."""
    text = (place.path / "pod.yaml").read_text()
    place.made.write("pod.yaml", text.replace("metadata: {name: a}\n", ""))


POD: Final = """apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
    - name: a
      image: a
"""
TRICKS: Final = {
    "a requirements file is removed": Trick(
        "pip-audit", "requirements.txt", PIN, gone, slow=False),
    "a requirements file gets a name that no tool reads": Trick(
        "pip-audit", "requirements.txt", PIN, renamed("requirements.txt", "deps.list")),
    "a folder of requirements gets another name": Trick(
        "pip-audit", "requirements/base.in", "idna\nh11>=0.16\n", renamed(
            "requirements", "wanted")),
    "a lock of another ecosystem is ignored by git": Trick(
        "packages", "web/package-lock.json", '{"lockfileVersion": 3}', ignored(
            "web/package-lock.json")),
    "code gets an ending that no rule reads": Trick(
        "semgrep", "app/a.py", CODE, renamed("app/a.py", "app/a.txt")),
    "code gets such an ending, and is touched": Trick(
        "semgrep", "app/a.py", CODE, renamed_and_touched),
    "code is not tracked any more, and ignored": Trick(
        "semgrep", "app/a.py", CODE, ignored("app/a.py")),
    "code moves into a submodule of that name": Trick(
        "semgrep", "app/a.py", CODE, into_a_submodule),
    "code moves into a submodule elsewhere": Trick(
        "semgrep", "app/a.py", CODE, into_another_submodule),
    "code moves into an archive": Trick("semgrep", "app/a.py", CODE, into_an_archive),
    "code moves into an archive without a name": Trick(
        "semgrep", "app/a.py", CODE, into_a_nameless_archive),
    "a part of the code stays as a decoy": Trick("semgrep", "app/a.py", CODE, behind_a_decoy),
    "half of the code moves, and its file stays": Trick("semgrep", "app/a.py", CODE, partly),
    "code is cut in three": Trick("semgrep", "app/a.py", CODE, in_three),
    "code is called another language's": Trick(
        "semgrep", "app/a.py", CODE, renamed("app/a.py", "app/a.rb")),
    "code moves into an archive that was there": Trick(
        "semgrep", "app/a.py", CODE, into_a_known_archive),
    "one pin moves to where no tool reads it": Trick(
        "pip-audit", "requirements.txt", PIN, one_pin),
    "a folder becomes a link out of the tree": Trick("semgrep", "app/a.py", CODE, behind_a_link),
    "a text becomes binary": Trick("secrets", "app/a.py", CODE, binary),
    "infrastructure is not taken for it any more": Trick(
        "config", "pod.yaml", POD, not_kubernetes),
    "a Dockerfile that reads like sentences gets a name that says nothing": Trick(
        "config", "Dockerfile", "From scratch\nUser app\n", renamed("Dockerfile", "build.docker")),
    "a workflow moves to where nothing reads it": Trick(
        "workflows", ".github/workflows/b.yml", WORKFLOW.replace("name: a", "name: b"),
        renamed(".github/workflows/b.yml", ".github/later/b.yml"), slow=False),
}  # fmt: skip


@pytest.mark.parametrize(
    "trick",
    [
        pytest.param(one, id=name, marks=(pytest.mark.slow,) if one.slow else ())
        for name, one in TRICKS.items()
    ],
)
def test_what_is_looked_at_no_more_is_a_finding_that_fails(trick: Trick, tmp_path: Path) -> None:
    files = {CI: WORKFLOW, "app/kept.py": "x = 1\n", "web/kept.txt": "x\n", trick.name: trick.text}
    place = Place(tmp_path, trick.stage, files=files)
    (place.path / "web/known.bin").write_bytes(zipped("b.py", "b = 1\n"))
    place.base = place.made.commit()
    trick.play(place)
    bundle, told = place.run()
    assert (FEWER, trick.name) in told, bundle.verdict
    assert bundle.verdict["verdict"] == "FAIL"


def test_a_stage_that_has_nothing_left_is_a_finding_and_a_gap(tmp_path: Path) -> None:
    place = Place(tmp_path, "workflows", files={CI: WORKFLOW})
    (place.path / "policies/gate.yaml").write_text(
        gate("workflows").replace(
            "workflows: {required: always", "workflows: {required: when_present"
        )
    )
    place.base = place.made.commit()
    (place.path / CI).unlink()
    (place.path / ".gitlab-ci.yml").write_text("a: {script: b}\n")  # asked, and read by nobody
    bundle, told = place.run()
    assert (GONE, "workflows") in told
    assert ("workflows", "(all)", "no_targets") in bundle.unanswered()
    assert bundle.verdict["verdict"] == "FAIL"


def linked(place: Place) -> None:
    (place.path / "requirements.txt").unlink()
    (place.path / "requirements.txt").symlink_to("requirements/base.txt")


def settled(place: Place) -> None:
    place.made.write("pyproject.toml", "[project]\nname = 'a'\nversion = '1'\n")
    place.made.write("ruff.toml", "line-length = 100\ntarget-version = 'py311'\n")


def in_three_still_looked_at(place: Place) -> None:
    in_three(place)
    for number in range(3):
        renamed(f"app/{number}.txt", f"app/part{number}.py")(place)


QUIET: Final[Mapping[str, tuple[str, Mapping[str, str], Callable[[Place], object]]]] = {
    "code is deleted": (
        "workflows", {".github/workflows/b.yml": WORKFLOW},
        lambda place: (place.path / ".github/workflows/b.yml").unlink()),
    "a folder of code gets another name": (
        "semgrep", {"app/a.py": CODE}, renamed("app", "application")),
    "a manifest is emptied": (
        "pip-audit", {"requirements.txt": PIN, "more/requirements.txt": PIN},
        lambda place: place.made.write("requirements.txt", "")),
    "a pin goes, and its line is nowhere": (
        "pip-audit", {"requirements.txt": PIN},
        lambda place: place.made.write("requirements.txt", "idna==3.20\n")),
    "settings move out of a manifest": (
        "pip-audit", {"requirements.txt": PIN, "pyproject.toml": SETTING},
        settled),
    "a pin moves to where it is still read": (
        "pip-audit", {"requirements.txt": PIN},
        lambda place: (place.made.write("requirements.txt", "idna==3.20\n"),
                       place.made.write("requirements/more.txt", "h11==0.16.0\n"))),
    "code is cut in three that are looked at": (
        "semgrep", {"app/a.py": CODE}, in_three_still_looked_at),
    "a manifest moves to where it is still read": (
        "pip-audit", {"requirements.txt": PIN},
        renamed("requirements.txt", "requirements/base.txt")),
    "a manifest gets a name of its own": (
        "pip-audit", {"requirements.txt": PIN}, renamed("requirements.txt", "deploy/wanted.txt")),
    "a project goes with all that belongs to it": (
        "pip-audit", {"requirements.txt": PIN, "worker/requirements.txt": "idna==3.19\n",
                      "worker/a.py": CODE},
        lambda place: shutil.rmtree(place.path / "worker")),
    "a Dockerfile gets a name that Trivy is told of": (
        "config", {"Dockerfile": "FROM scratch\nUSER app\n"},
        renamed("Dockerfile", "build.docker")),
    "a file becomes a link to one that is read": (
        "pip-audit", {"requirements.txt": PIN, "requirements/base.txt": "idna==3.19\n"},
        linked),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "files", "play"), QUIET.values(), ids=list(QUIET))
def test_what_leaves_nothing_unlooked_at_is_no_finding(
    stage: str, files: Mapping[str, str], play: Callable[[Place], object], tmp_path: Path
) -> None:
    place = Place(tmp_path, stage, files={CI: WORKFLOW, "app/kept.py": "x = 1\n", **files})
    play(place)
    bundle, told = place.run()
    assert told == set()
    assert bundle.verdict["verdict"] == "PASS", bundle.verdict["unanswered"]


ALLOWED: Final = """  allowed_exclusions:
    - {glob: "vendor/**", owner: o@example.com, reason: what others wrote is theirs to look at,
       expires: 2099-12-31}
"""


@pytest.mark.slow
def test_what_moves_to_where_the_policy_lets_nobody_look_is_looked_at_no_more(
    tmp_path: Path,
) -> None:
    files = {"app/a.py": CODE, "app/b.py": "x = 1\n", "vendor/c.py": "y = 1\n"}
    place = Place(tmp_path, "semgrep", files=files)
    text = gate("semgrep").replace("  stages:\n", f"{ALLOWED}  stages:\n")
    place.made.write("policies/gate.yaml", text)
    place.made.write("penstock.toml", f'{SETTINGS}[source]\nexclude = ["vendor/**"]\n')
    place.base = place.made.commit()
    renamed("vendor/c.py", "vendor/d.py")(place)
    bundle, told = place.run()
    assert (told, bundle.verdict["verdict"]) == (set(), "PASS"), bundle.verdict["unanswered"]
    renamed("app/a.py", "vendor/a.py")(place)
    bundle, told = place.run()
    assert (told, bundle.verdict["verdict"]) == ({(FEWER, "app/a.py")}, "FAIL")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "name", "text"), [("semgrep", "a.py", CODE), ("pip-audit", "dev.in", PIN)]
)
def test_what_moves_out_of_the_folder_that_is_judged_is_looked_at_no_more(
    stage: str, name: str, text: str, tmp_path: Path
) -> None:
    kept = {"svc/kept.py": "x = 1\n", "svc/requirements.txt": "six==1.17.0\n"}
    place = Place(tmp_path, stage, files={f"svc/requirements/{name}": text, **kept})
    place.made.write("svc/penstock.toml", f'{SETTINGS}policy = "../policies"\n{OSV}')
    place.base = place.made.commit()
    renamed(f"svc/requirements/{name}", f"lib/{name}")(place)
    place.made.commit()
    out = tmp_path / "out"
    penstock("run", place.path / "svc", "--out", out, "--base", place.base)
    bundle = Bundle(out)
    assert (less(bundle), bundle.verdict["verdict"]) == ({(FEWER, f"requirements/{name}")}, "FAIL")


def test_the_last_run_on_record_is_held_against_too(tmp_path: Path) -> None:
    """Without a base: what a protected branch was last seen with."""
    files = {CI: WORKFLOW, ".github/workflows/b.yml": WORKFLOW.replace("name: a", "name: b")}
    place = Place(tmp_path, "workflows", files=files)
    kept = ("--env", "main", "--store", str(tmp_path / "s.sqlite"))
    assert place.made.run(*kept, ci=False)[1].verdict["verdict"] == "PASS"
    renamed(".github/workflows/b.yml", "later/b.yml")(place)
    place.made.commit()
    _, bundle = place.made.run(*kept, ci=False)
    assert less(bundle) == {(FEWER, ".github/workflows/b.yml")}
    assert bundle.verdict["verdict"] == "FAIL"


def test_a_base_that_cannot_be_read_whole_is_a_gap(tmp_path: Path) -> None:
    place = Place(tmp_path, "workflows", files={CI: WORKFLOW, "notes.txt": "x\n"})
    blob = place.made.git("rev-parse", f"{place.base}:notes.txt")
    (place.path / "notes.txt").unlink()
    place.made.commit()
    place.made.loose(blob).unlink()
    bundle, _ = place.run()
    assert (None, None, "base_missing") in bundle.unanswered()
    assert bundle.verdict["verdict"] == "INCONCLUSIVE"
