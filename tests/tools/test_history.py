"""One history, many runs at once: none is lost, and none is half there."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.store import history
from tests.support.attacked import BAD, STRICT, Repository
from tests.support.command import Bundle, penstock
from tests.support.small import WORKFLOW

pytestmark = pytest.mark.tools
KEY = "secret"
WRITER = """
import sys
from pathlib import Path
from tests.support.judging import code
from tests.support.remembered import Kept
kept, number = Kept(Path(sys.argv[1])), int(sys.argv[2])
for at in range(5):
    kept.run(at, code(fingerprint=str(number)), code(fingerprint="shared"))
"""


def test_runs_that_end_at_once_are_all_on_record(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, store, str(number)]) for number in range(4)
    ]
    assert [one.wait(60) for one in writers] == [0, 0, 0, 0]
    runs, fault = history.runs(store, b"a key")
    assert ([one.number for one in runs], fault) == (list(range(1, 21)), "")


def test_a_writer_that_is_killed_leaves_a_history_that_goes_on(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    for number in range(3):
        endless = WRITER.replace("range(5)", "range(10000)")
        writer = subprocess.Popen([sys.executable, "-c", endless, store, str(number)])
        while not store.exists() or store.stat().st_size == 0:
            assert writer.poll() is None
        writer.kill()
        writer.wait()
    subprocess.run([sys.executable, "-c", WRITER, store, "9"], check=True)
    _, fault = history.runs(store, b"a key")
    assert fault == ""
    found = history.read(store, key=b"a key", ref="main", descends=lambda _: True)
    assert found.standing == "used"


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "repository")
    repository.write("policies/gate.yaml", STRICT)
    repository.write(".github/workflows/ci.yml", WORKFLOW)
    repository.commit()
    return repository


def standing(bundle: Bundle) -> str:
    return str(bundle.json("run.json")["history"]["standing"])


def test_runs_of_the_protected_branch_are_remembered_where_nothing_was_said(
    made: Repository, tmp_path: Path
) -> None:
    state = {"XDG_STATE_HOME": str(tmp_path / "state"), "PENSTOCK_HMAC_KEY": KEY}
    first, bundle = made.run("--env", "main", ci=False, **state)
    assert (first.code, standing(bundle)) == (0, "absent")
    assert standing(made.run("--env", "main", ci=False, **state)[1]) == "used"
    (store,) = (tmp_path / "state").rglob("*.sqlite")
    runs, fault = history.runs(store, KEY.encode())
    assert ([one.environment for one in runs], fault) == (["main", "main"], "")
    assert {one.ref for one in runs} == {"main"}
    (workflows,) = [one for one in runs[0].stages if one.stage == "workflows"]
    assert (workflows.outcome, workflows.asked, workflows.answered) == ("completed", 1, 1)


@pytest.mark.parametrize(
    ("prepare", "arguments", "said"),
    [
        ("branch", ["--env", "main"], "feature is not protected (main, master); --record"),
        ("detach", ["--env", "main"], "what is checked out is not protected"),
        ("dirty", ["--env", "main"], "files were changed"),
        ("none", ["--env", "main", "--as-of", "2030-01-01T00:00:00Z"], "its instant was typed"),
        ("none", ["--record"], "pr only reads it"),
    ],
)
def test_a_run_that_is_not_remembered_says_why_and_ends_as_it_would(
    made: Repository, tmp_path: Path, prepare: str, arguments: list[str], said: str
) -> None:
    if prepare == "branch":
        made.git("checkout", "-q", "-b", "feature")
    if prepare == "detach":
        made.git("checkout", "-q", "--detach")
    if prepare == "dirty":
        made.write("README.md", "changed\n")
    done, _ = made.run(*arguments, "--store", tmp_path / "s.sqlite", ci=False)
    assert done.code == 0
    assert said in done.err
    assert not (tmp_path / "s.sqlite").exists()


def test_a_run_off_the_protected_branches_is_remembered_when_asked(
    made: Repository, tmp_path: Path
) -> None:
    made.git("checkout", "-q", "-b", "feature")
    store = tmp_path / "s.sqlite"
    assert made.run("--env", "main", "--record", "--store", store, ci=False)[0].code == 0
    assert [one.ref for one in history.runs(store, None)[0]] == ["feature"]


@pytest.mark.parametrize("content", [b"junk", b"\0" * 4096])
def test_a_broken_history_changes_no_exit_code_and_is_left_as_it_is(
    made: Repository, tmp_path: Path, content: bytes
) -> None:
    store = tmp_path / "s.sqlite"
    store.write_bytes(content)
    done, bundle = made.run("--env", "main", "--store", store, ci=False)
    assert (done.code, standing(bundle)) == (0, "broken")
    assert "left as it is" in done.err
    assert "not added to the history" in done.err
    assert store.read_bytes() == content
    made.write(".github/workflows/ci.yml", BAD)
    made.commit()
    assert made.run("--env", "main", "--store", store, ci=False)[0].code == 1


def test_in_ci_a_history_inside_the_repository_is_not_trusted(made: Repository) -> None:
    made.write("penstock.toml", 'schema = "penstock/config@1"\nstore = "history/s.sqlite"\n')
    base = made.commit()
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert any("the history lies inside" in one["detail"] for one in bundle.verdict["unanswered"])


def test_a_folder_that_is_judged_by_itself_says_nothing_about_the_rest(
    made: Repository, tmp_path: Path
) -> None:
    made.write("service/penstock.toml", 'schema = "penstock/config@1"\n')
    made.write("service/policies/gate.yaml", STRICT)
    made.commit()
    store = ("--store", tmp_path / "s.sqlite")
    made.run("--env", "main", *store, ci=False)
    out = tmp_path / "service-out"
    folder = made.path / "service"
    done = penstock("run", folder, "--env", "main", *store, "--out", out)
    assert done.code == 3, "there is no workflow in it"
    refs = [one.ref for one in history.runs(tmp_path / "s.sqlite", None)[0]]
    assert refs == ["main", "main:service"]


def test_a_clock_behind_a_run_on_record_is_doubted(made: Repository, tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    key = {"PENSTOCK_HMAC_KEY": KEY}
    made.run("--env", "main", "--store", store, ci=False, **key)
    ahead = history.NewRun(
        at="2100-01-01T00:00:00Z",
        commit=made.git("rev-parse", "HEAD"),
        ref="main",
        environment="main",
        verdict="PASS",
        stages=(),
        expected=None,
    )
    history.record(store, ahead, key=KEY.encode(), findings=(), looks=(), descends=lambda _: True)
    done, bundle = made.run("--env", "main", "--store", store, ci=False, **key)
    assert done.code == 3
    assert (None, None, "clock") in bundle.unanswered()
