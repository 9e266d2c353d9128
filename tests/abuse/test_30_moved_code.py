"""Abuse 30: excepted code is copied or moved; the copy must ask by itself."""

from pathlib import Path

import pytest

from pipeline.model.finding import Kind
from pipeline.model.identity import digest
from tests.support.attacked import BAD, STRICT, Repository
from tests.support.judging import code, exception, rules_of, verdict, with_exceptions

TEXT = "execute(query + name)"


def excepted(key: str) -> bytes:
    return exception(target=f"{{match_key: '{key}'}}", max_matches="1")


def test_a_copy_in_another_file_or_beside_it_is_not_excepted() -> None:
    original = code(target="app/db.py", fingerprint=digest(TEXT, 0))
    judged_by = with_exceptions(excepted(original.match_key))
    assert verdict(judged_by, original).verdict == "PASS"
    for path, ordinal in (("app/other.py", 0), ("app/db.py", 1)):
        copy = code(target=path, fingerprint=digest(TEXT, ordinal))
        broken = verdict(judged_by, original, copy)
        assert (broken.verdict, rules_of(broken.breaches)) == ("FAIL", ["R-HIGH"])
        assert [one.finding for one in broken.breaches] == [copy.id]


def test_what_is_moved_to_another_file_asks_again() -> None:
    original = code(target="app/db.py", fingerprint=digest(TEXT, 0))
    judged_by = with_exceptions(excepted(original.match_key))
    moved = code(target="lib/db.py", fingerprint=digest(TEXT, 0))
    assert verdict(judged_by, moved).verdict == "FAIL"


@pytest.mark.tools
def test_a_real_workflow_that_is_copied_asks_again(tmp_path: Path) -> None:
    made = Repository(tmp_path / "repository")
    made.write("policies/gate.yaml", STRICT)
    made.write(".github/workflows/ci.yml", BAD)
    base = made.commit()
    done, bundle = made.run("--base", base)
    (flaw,) = [one for one in bundle.findings if one["severity"] == "high"]
    assert (done.code, flaw["kind"]) == (1, Kind.WORKFLOW.value)
    text = exception(
        rules="[R-1]", target=f"{{match_key: '{flaw['match_key']}'}}", created="2026-11-20",
        expires="2026-12-10",
    )  # fmt: skip
    made.write("policies/exceptions/EX-1.yaml", text)
    base = made.commit()
    as_of = ("--as-of", "2026-11-28T12:00:00Z", "--allow-past")
    assert made.run("--base", base, *as_of)[0].code == 0
    made.write(".github/workflows/ci.yml", f"# a comment above\n{BAD}")
    made.commit("move it within its file")
    assert made.run("--base", base, *as_of)[0].code == 0
    made.write(".github/workflows/copy.yml", BAD)
    made.commit("copy it")
    copied, bundle = made.run("--base", base, *as_of)
    (breach,) = bundle.verdict["breaches"]
    (copy,) = [one for one in bundle.findings if one["id"] == breach["finding"]]
    assert (copied.code, copy["target"]) == (1, ".github/workflows/copy.yml")
    made.git("rm", "-q", ".github/workflows/ci.yml")
    made.commit("move it to another file")
    assert made.run("--base", base, *as_of)[0].code == 1
