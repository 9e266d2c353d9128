"""Abuse 46: the baseline is bent, so that what a change brings counts as there before."""

import json
from pathlib import Path

import pytest

from tests.support.attacked import BAD, STRICT, Repository
from tests.support.command import Bundle
from tests.support.small import WORKFLOW

pytestmark = pytest.mark.tools
NEW_ONLY = STRICT.replace("{severity: [critical, high]}", "{severity: [high], state: [new]}")
CI = ".github/workflows/ci.yml"
KEY = {"PENSTOCK_HMAC_KEY": "secret"}


class Place:
    """A repository whose policy fails what is new, and bundles of its commits."""

    def __init__(self, folder: Path, workflow: str) -> None:
        self.made = Repository(folder / "repository")
        self.made.write("policies/gate.yaml", NEW_ONLY)
        self.made.write(CI, workflow)
        self.base = self.made.commit()

    def harm(self) -> str:
        self.made.write(CI, BAD)
        return self.made.commit("harm")

    def bundle(self, *arguments: str) -> Bundle:
        return self.made.run("--env", "main", "--base", self.base, *arguments)[1]

    def judged(self, baseline: Bundle, *arguments: str) -> tuple[str, set[str], str]:
        _, bundle = self.made.run("--base", self.base, "--baseline", baseline.path, *arguments)
        high = {one["state"] for one in bundle.findings if one["severity"] == "high"}
        why = bundle.json("run.json")["history"]["baseline_detail"]
        return bundle.verdict["verdict"], high, why


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, WORKFLOW)


def test_what_the_base_had_is_there_before_and_what_the_change_brings_is_new(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path, BAD)
    before = place.bundle()
    place.made.write("README.md", "a change\n")
    place.made.commit()
    assert place.judged(before) == ("PASS", {"existing"}, "")
    place.made.write(".github/workflows/other.yml", BAD)
    place.made.commit()
    assert place.judged(before) == ("FAIL", {"existing", "new"}, "")


def test_evidence_of_the_change_itself_is_no_baseline(place: Place) -> None:
    head = place.harm()
    own = place.bundle()
    verdict, states, why = place.judged(own)
    assert (verdict, states) == ("FAIL", {"unknown"})
    assert head[:12] in why


def test_evidence_of_changed_files_is_of_no_commit(place: Place) -> None:
    place.made.write(CI, BAD)
    planted = place.bundle()
    place.made.commit("harm")
    assert planted.json("run.json")["commit"] == place.base
    verdict, states, why = place.judged(planted)
    assert (verdict, states) == ("FAIL", {"unknown"})
    assert "changed" in why


def test_a_run_with_fewer_scanners_or_an_older_branch_says_nothing(place: Place) -> None:
    blind = place.bundle("--skip", "workflows")
    place.harm()
    assert place.judged(blind) == ("FAIL", {"unknown"}, "")
    place.made.git("checkout", "-q", "--orphan", "elsewhere")
    place.made.write(CI, BAD)
    place.made.commit("rebased away")
    strange = place.made.run("--env", "main", ci=False)[1]
    place.made.git("checkout", "-q", "-f", "main")
    verdict, states, why = place.judged(strange)
    assert (verdict, states) == ("FAIL", {"unknown"})
    assert "neither" in why


def test_an_altered_bundle_says_nothing(place: Place) -> None:
    before = place.bundle()
    place.harm()
    _, after = place.made.run("--base", place.base)
    findings = before.path / "findings.ndjson"
    clean = findings.read_bytes()
    findings.write_bytes((after.path / "findings.ndjson").read_bytes())
    verdict, states, why = place.judged(before)
    assert (verdict, states) == ("FAIL", {"unknown"})
    assert "the bundle was altered" in why
    findings.write_bytes(clean)
    described = before.json("run.json")
    (before.path / "run.json").write_text(json.dumps({**described, "origin": "imported"}))
    assert place.judged(before)[:2] == ("FAIL", {"unknown"})


def test_a_baseline_inside_the_change_is_not_trusted_in_ci(tmp_path: Path) -> None:
    place = Place(tmp_path, BAD)
    before = place.bundle()
    target = place.made.path / "evidence"
    before.path.rename(target)
    (target / ".gitignore").unlink()
    place.made.commit("bring the baseline along")
    verdict, _, _ = place.judged(Bundle(target))
    assert verdict in ("INCONCLUSIVE", "FAIL")
    done, _ = place.made.run("--base", place.base, "--baseline", target)
    assert "baseline" in done.out


def test_a_history_vouches_only_where_its_seal_holds(place: Place, tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    recorded = ("--env", "main", "--store", str(store))
    place.made.run(*recorded, ci=False, **KEY)
    place.harm()
    asked = ("--base", place.base, "--base-ref", "main", "--store", str(store))
    _, sealed = place.made.run(*asked, ci=True, **KEY)
    assert {one["state"] for one in sealed.findings if one["severity"] == "high"} == {"new"}
    _, unsealed = place.made.run(*asked)
    assert {one["state"] for one in unsealed.findings} == {"unknown"}
    assert [one.verdict["verdict"] for one in (sealed, unsealed)] == ["FAIL", "FAIL"]


def test_a_pull_request_writes_no_history(place: Place, tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    place.harm()
    done, _ = place.made.run("--base", place.base, "--store", store, "--record", ci=True, **KEY)
    assert not store.exists()
    assert "pr only reads" in done.err
    github = {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_REF": "refs/heads/main"}
    done, _ = place.made.run("--env", "main", "--store", store, ci=True, **KEY, **github)
    assert not store.exists()
    assert "not protected" in done.err


def test_what_is_critical_fails_whatever_was_there_before(tmp_path: Path) -> None:
    place = Place(tmp_path, BAD)
    place.made.write("policies/gate.yaml", STRICT)
    place.base = place.made.commit()
    before = place.bundle()
    assert place.judged(before)[:2] == ("FAIL", {"existing"})
