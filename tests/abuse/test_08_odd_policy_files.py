"""Abuse 8: gate.yaml is a link, a submodule, a pointer, or differs only in letter case."""

from pathlib import Path

import pytest

from tests.support.attacked import STRICT, WEAK, Repository, attacked
from tests.support.slowly import quick

pytestmark = pytest.mark.tools
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 5\n"


def on_top(made: Repository, name: str, text: str, mode: str) -> str:
    """Commit one entry upon what is staged, whether or not a disk could hold it."""
    made.stage(name, text, mode)
    return made.commit_index()


@pytest.mark.parametrize(
    ("name", "text", "mode"),
    quick(
        [
            ("policies/gate.yaml", "../elsewhere.yaml", "120000"),
            ("policies/Gate.yaml", WEAK, "100644"),
            ("policies/gate.yaml", STRICT, "100755"),
            ("policies/gate.yaml", POINTER, "100644"),
            ("policies/gate.yaml", STRICT + "#" * (1 << 20), "100644"),
            ("Policies/gate.yaml", WEAK, "100644"),
            ("policies/exceptions/A.yaml", "../../x", "120000"),
            ("penstock.toml", "x.toml", "120000"),
            ("PENSTOCK.toml", 'schema = "penstock/config@1"\n', "100644"),
        ],
        first=2,
    ),
)
def test_such_a_base_leaves_the_verdict_open(
    tmp_path: Path, name: str, text: str, mode: str
) -> None:
    made, _ = attacked(tmp_path / "repository")
    made.git("checkout", "-q", "HEAD~1")
    base = on_top(made, name, text, mode)
    done, bundle = made.run("--base", base)
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert (None, None, "base_missing") in bundle.unanswered()
    assert bundle.verdict["policy"]["source"] == "wheel"


def test_a_policy_in_a_submodule_is_not_followed(tmp_path: Path) -> None:
    made, base = attacked(tmp_path / "repository")
    made.git("checkout", "-q", "HEAD~1")
    made.git("rm", "-q", "-r", "--cached", "policies")
    made.git("update-index", "--add", "--cacheinfo", f"160000,{base},policies")
    done, bundle = made.run("--base", made.commit_index())
    assert (done.code, bundle.verdict["verdict"]) == (3, "INCONCLUSIVE")
    assert (None, None, "base_missing") in bundle.unanswered()
