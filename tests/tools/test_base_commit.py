"""`--base`: the policy that judges is the protected one, or the run says that it is not."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.command import PENSTOCK, Bundle, Ran, penstock

pytestmark = pytest.mark.tools

GATE = """apiVersion: penstock/v1
kind: GatePolicy
metadata: {{name: {name}}}
evidence:
  stages:
    workflows: {{required: always}}
    semgrep: {{required: no}}
    pip-audit: {{required: no}}
    image: {{required: no}}
    config: {{required: no}}
    secrets: {{required: no}}
    packages: {{required: no}}
    sbom: {{required: no}}
priorities:
  - {{priority: P1, title: High, match: {{severity: [high]}}}}
rules:
  - {{id: R-1, title: No high finding, match: {{severity: [{severity}]}}, effect: fail}}
"""
BAD = """name: ci
on: pull_request
permissions: {}
jobs:
  a:
    name: a
    runs-on: ubuntu-24.04
    steps:
      - run: echo ${{ github.event.pull_request.title }}
"""
GOOD = BAD.replace("echo ${{ github.event.pull_request.title }}", "echo hello")


class Repository:
    """A git repository of the test's own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        own = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *own, *arguments], cwd=self.path, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def run(self, *arguments: str, ci: bool = False) -> tuple[Ran, Bundle]:
        out = self.path.parent / f"out-{len(list(self.path.parent.glob('out-*')))}"
        extra = {"CI": "true"} if ci else {}
        done = penstock("run", self.path, "--out", out, *arguments, extra=extra)
        return done, Bundle(out)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    made.write("policies/gate.yaml", GATE.format(name="strict", severity="high, critical"))
    made.write(".github/workflows/ci.yml", GOOD)
    return made


def test_a_change_cannot_weaken_the_policy_that_judges_it(repository: Repository) -> None:
    base = repository.commit()
    repository.write("policies/gate.yaml", GATE.format(name="weak", severity="critical"))
    repository.write(".github/workflows/ci.yml", BAD)
    repository.commit()
    weak, own = repository.run()
    assert (weak.code, own.verdict["policy"]["name"]) == (0, "weak")
    assert not own.verdict["policy"]["trusted"]
    done, bundle = repository.run("--base", base, ci=True)
    assert (done.code, bundle.verdict["verdict"]) == (1, "FAIL")
    assert bundle.verdict["policy"] == {
        **bundle.verdict["policy"],
        "name": "strict",
        "source": f"base:{base}:policies",
        "trusted": True,
    }


def test_in_ci_a_policy_from_the_working_tree_passes_nothing(repository: Repository) -> None:
    repository.commit()
    done, bundle = repository.run(ci=True)
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert (None, None, "policy_untrusted") in bundle.unanswered()
    assert repository.run()[0].code == 0


def test_the_configuration_comes_from_the_base_too(repository: Repository) -> None:
    base = repository.commit()
    repository.write(
        "penstock.toml", 'schema = "penstock/config@1"\n[source]\nexclude = [".github/**"]\n'
    )
    repository.write(".github/workflows/ci.yml", BAD)
    repository.commit()
    assert repository.run("--base", base)[0].code == 1


@pytest.mark.parametrize(
    "named",
    [
        "HEAD",
        "f" * 40,
        pytest.param("main", marks=pytest.mark.slow),
        pytest.param("abc1234", marks=pytest.mark.slow),
    ],
)
def test_a_base_that_is_no_commit_here_is_a_gap(named: str, repository: Repository) -> None:
    repository.commit()
    done, bundle = repository.run("--base", named)
    assert done.code == 3
    assert (None, None, "base_missing") in bundle.unanswered()
    assert bundle.verdict["policy"]["source"] == "wheel"


def test_a_base_that_the_change_did_not_grow_from_is_a_gap(repository: Repository) -> None:
    base = repository.commit()
    repository.git("checkout", "-q", "--orphan", "other")
    repository.write("README.md", "another root\n")
    repository.commit()
    done, bundle = repository.run("--base", base)
    assert done.code == 3
    assert (None, None, "base_missing") in bundle.unanswered()
    assert repository.run("--base", base, "--env", "main")[0].code == 0


def test_a_shallow_clone_has_no_base(repository: Repository, tmp_path: Path) -> None:
    base = repository.commit()
    repository.commit()
    shallow = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{repository.path}", shallow], check=True
    )
    done = penstock("run", shallow, "--base", base, "--out", tmp_path / "shallow-out")
    assert done.code == 3
    assert (None, None, "base_missing") in Bundle(tmp_path / "shallow-out").unanswered()


def test_a_policy_that_is_a_link_or_a_program_in_the_base_is_a_gap(
    repository: Repository,
) -> None:
    (repository.path / "policies/gate.yaml").chmod(0o755)
    program = repository.commit()
    assert (None, None, "base_missing") in repository.run("--base", program)[1].unanswered()
    (repository.path / "policies/gate.yaml").rename(repository.path / "elsewhere.yaml")
    (repository.path / "policies/gate.yaml").symlink_to("../elsewhere.yaml")
    link = repository.commit()
    assert (None, None, "base_missing") in repository.run("--base", link)[1].unanswered()


def test_replaced_objects_change_no_verdict(repository: Repository) -> None:
    base = repository.commit()
    repository.write("policies/gate.yaml", GATE.format(name="weak", severity="critical"))
    repository.write(".github/workflows/ci.yml", BAD)
    weak = repository.commit()
    repository.git("replace", base, weak)
    done, bundle = repository.run("--base", base)
    assert (done.code, bundle.verdict["policy"]["name"]) == (1, "strict")


def test_without_a_policy_in_the_base_the_default_judges(repository: Repository) -> None:
    shutil.rmtree(repository.path / "policies")
    base = repository.commit()
    _, bundle = repository.run("--base", base)
    assert bundle.verdict["policy"] == {
        **bundle.verdict["policy"], "name": "default", "source": "wheel", "trusted": True,
    }  # fmt: skip


def test_two_runs_into_one_place_leave_one_whole_bundle(repository: Repository) -> None:
    repository.commit()
    out = repository.path.parent / "shared"
    command: list[str | Path] = [
        PENSTOCK,
        "run",
        repository.path,
        "--out",
        out,
        "--progress",
        "none",
    ]
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait(timeout=120) for one in both] == [0, 0]
    assert penstock("gate", out).code == 0
    assert not list(out.parent.glob(".shared.*"))


def test_in_ci_a_folder_of_the_repository_is_not_configured_from_above_it(
    repository: Repository,
) -> None:
    repository.write("api/.github/workflows/ci.yml", GOOD)
    repository.write("penstock.toml", 'schema = "penstock/config@1"\n[feeds]\nosv = "osv"\n')
    repository.commit()
    out = repository.path.parent / "out"
    done = penstock("run", repository.path / "api", "--out", out, extra={"CI": "1"})
    assert done.code == 3
    told = " ".join(one["detail"] for one in Bundle(out).verdict["unanswered"])
    for what in ("the configuration", "the feed osv"):
        assert f"{what} lies inside the repository" in told


def test_a_narrowed_root_is_a_gap_also_where_both_sides_have_equal_names(
    repository: Repository,
) -> None:
    repository.write("api/.github/workflows/ci.yml", GOOD)
    repository.write(".github/workflows/ci.yml", BAD)
    repository.write("penstock.toml", 'schema = "penstock/config@1"\n[source]\nroot = "api"\n')
    base = repository.commit()
    done, bundle = repository.run("--base", base)
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert bundle.unanswered() == {("workflows", "source.root", "excluded")}
