"""Abuse 41: an old report is said again, lies ready in the change, or is left from the last run."""

import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.support.attacked import Repository
from tests.support.command import Bundle, penstock
from tests.support.importing import sarif
from tests.support.liars import ASKED, Liar
from tests.support.small import gate

pytestmark = pytest.mark.tools

READY: Final = ("trivy.json", "semgrep.json", "report.json", "results.sarif", "osv.json",
                "pip-audit.json", ".penstock/raw/workflows/zizmor.report")  # fmt: skip
UNHEARD: Final = {"canary_missed", "not_listed", "not_read", "rule_error", "tool_output"}


def yesterdays(liar: Liar) -> bytes:
    """Return what the real tool said in a run that passed."""
    liar.tools.mend(liar.tool)
    done, bundle = liar.run()
    assert (done.code, bundle.verdict["verdict"]) == (0, "PASS"), done.out + done.err
    reports = sorted((bundle.path / "raw" / liar.stage).rglob("*.report"))
    assert reports
    return max((one.read_bytes() for one in reports), key=len)


@pytest.mark.parametrize(
    "stage",
    [one if one == "workflows" else pytest.param(one, marks=pytest.mark.slow) for one in ASKED],
)
def test_what_was_said_yesterday_does_not_answer_today(stage: str, tmp_path: Path) -> None:
    """A word of today's run has to come back: of its copy, its canary, or its server."""
    liar = Liar(tmp_path, stage)
    said = yesterdays(liar).decode()
    liar.says(f"put <<'END-OF-IT'\n{said}\nEND-OF-IT")
    assert liar.reasons() <= UNHEARD


def test_a_report_that_the_change_brings_along_is_nobodys_answer(tmp_path: Path) -> None:
    """Under every name that a tool could have written it to, and by a tool that writes nothing."""
    liar = Liar(tmp_path, "workflows")
    said = yesterdays(liar)
    for name in READY:
        path = liar.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(said)
    liar.says("exit 0")
    assert liar.reasons() == {"tool_output"}


def test_nothing_of_the_last_run_lies_where_the_next_one_reads(tmp_path: Path) -> None:
    """The same `--out`: the report that passed there is no report of this run."""
    liar = Liar(tmp_path, "workflows")
    out = tmp_path / "kept"
    extra = {"PENSTOCK_TOOLS": str(liar.tools.path)}
    liar.tools.mend(liar.tool)
    assert penstock("run", liar.folder, "--out", out, extra=extra).code == 0
    before = {one.name for one in (out / "raw").rglob("*.report")}
    assert before
    liar.says("exit 0")
    assert penstock("run", liar.folder, "--out", out, extra=extra).code == 3
    assert ("workflows", None, "tool_output") in Bundle(out).unanswered()


@pytest.mark.parametrize(
    "name", ["results.sarif", pytest.param("reports/link.sarif", marks=pytest.mark.slow)]
)
def test_a_report_that_git_tracks_is_imported_for_nothing(name: str, tmp_path: Path) -> None:
    """By its name, and by what a link outside of git leads to."""
    imports = "  imports: [{stage: semgrep, tool: Look, max_age_hours: 8784}]\n  stages:\n"
    made = Repository(tmp_path / "repository")
    made.write("policies/gate.yaml", gate("semgrep").replace("  stages:\n", imports, 1))
    made.write("results.sarif", sarif())
    made.write(".gitignore", "reports\n")
    made.commit()
    (made.path / "reports").mkdir()
    (made.path / "reports/link.sarif").symlink_to("../results.sarif")
    told = ("--stage", "semgrep", "--target", "app/a.py", "--out", tmp_path / "out",
            "--as-of", "2026-11-25T12:00:00Z", "--allow-past")  # fmt: skip
    assert penstock("import", name, *told, cwd=made.path).code == 3
    assert ("semgrep", None, "policy_untrusted") in Bundle(tmp_path / "out").unanswered()
    shutil.rmtree(tmp_path / "out")
    outside = tmp_path / "results.sarif"
    shutil.copyfile(made.path / "results.sarif", outside)
    assert penstock("import", outside, *told, cwd=made.path).code == 0
