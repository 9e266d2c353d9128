"""`penstock exception …` as people drive it, with real keys and a real repository."""

import base64
import json
import os
import pty
import select
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.model.gap import Gap, GapReason
from pipeline.model.outcome import Canary, Completed
from tests.support import judging
from tests.support.command import PENSTOCK, penstock
from tests.support.excepted import SAID, Workshop, evidence

pytestmark = pytest.mark.tools

FIRST = f"EX-{datetime.now(UTC):%Y}-0001"
SECOND = FIRST[:-1] + "2"
FILE = f"policies/exceptions/{FIRST}.yaml"
AGAIN = "The service slipped to its next release, and templates still come from operators alone."


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path)
    made.bundle(judging.package(title="A sandbox escape"))
    return made


def drafted(shop: Workshop, *arguments: str) -> bytes:
    done = shop.exception("new", "CVE-2026-11111", *SAID, "--days", "20", *arguments)
    assert done.code == 0, done.err
    return (shop.path / FILE).read_bytes()


def verdict(shop: Workshop) -> tuple[int, str]:
    done = penstock("gate", ".penstock", "--policy", "policies", "--format", "json", cwd=shop.path)
    return done.code, str(json.loads(done.out)["verdict"]["exceptions"])


def test_from_a_finding_to_a_gate_that_passes(shop: Workshop) -> None:
    drafted(shop)
    assert verdict(shop)[0] == 1
    assert "unapproved" in shop.exception("list", "--bundle", ".penstock").out
    assert shop.exception("verify").code == 1
    done = shop.approve(FIRST, "alice", "--bundle", ".penstock")
    assert (done.code, "1 of 1 (alice@example.com signed)" in done.out) == (0, True)
    assert "CVE-2026-11111" in done.out.partition("---")[2]
    assert verdict(shop)[0] == 0
    listed = json.loads(shop.exception("list", "--bundle", ".penstock", "--format", "json").out)
    (entry,) = listed["exceptions"]
    assert (entry["status"], entry["matches"], entry["approved_by"]) == (
        "active", 1, ["alice@example.com"],
    )  # fmt: skip
    assert listed["outstanding"] == {"count": 1, "limit": 5, "budget": "BUD-001"}
    assert shop.exception("verify", FIRST).code == 0


def test_the_file_is_the_one_that_the_evidence_asks_for(shop: Workshop) -> None:
    text = drafted(shop).decode()
    assert text.startswith("# yaml-language-server: $schema=../../schemas/exception-v1.schema.json")
    for line in ("rules: [R-HIGH] ", "max_matches: 1 ", "approved_at_severity: high "):
        assert f"\n{line}" in text
    assert list((shop.path / "policies/exceptions").iterdir()) == [shop.path / FILE]


def test_an_id_that_git_remembers_is_never_given_again(shop: Workshop) -> None:
    drafted(shop)
    shop.commit()
    (shop.path / FILE).unlink()
    shop.commit()
    done = shop.exception("new", "CVE-2026-11111", *SAID, "--days", "20")
    assert (done.code, shop.exceptions()) == (0, [f"{SECOND}.yaml"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["CVE-2026-11111", *SAID], "missing: --expires or --days"),
        (["CVE-2026-11111", *SAID, "--days", "31"], "a P1 may have 30\n  --> policies/gate.yaml:"),
        (["CVE-2026-11111", *SAID, "--expires", "2026-13-45"], "is no day"),
        (["CVE-2026-11111", *SAID, "--expires", "9999-12-31"], "a P1 may have 30"),
        (["CVE-2026-11111", *SAID, "--days", "9", "--rule", "*"], "there is no rule '*'"),
        (["CVE-2026-11111", *SAID, "--days", "9", "--rule", "R-MEDIUM"], "does not meet R-MEDIUM"),
        (["CVE-2026-11111", *SAID, "--days", "9", "--path", "**"], "would cover everything"),
        (["CVE-2026-11111", *SAID, "--days", "9", "--ticket", "x"], "\n  --> policies/gate.yaml:"),
        (["pkg:pypi/*", *SAID, "--days", "9"], "no finding of the bundle"),
        ([*SAID, "--days", "9"], "name a finding"),
        (["CVE-2026-11111", *SAID, "--days", "9", "--bundle", "nowhere"], "no evidence bundle"),
        (["CVE-2026-11111", *SAID, "--days", "9", "--policy", "nowhere"], "no gate.yaml"),
    ],
)
def test_what_may_not_be_is_refused_and_nothing_is_written(
    arguments: list[str], told: str, shop: Workshop
) -> None:
    done = shop.exception("new", *arguments)
    assert done.code == 2, done.err
    assert told in done.err
    assert shop.exceptions() == []


def test_a_closed_rule_is_named_with_its_line(shop: Workshop) -> None:
    from pipeline.model.finding import Kind

    made = judging.code("open-port", kind=Kind.IAC)
    shop.bundle(made)
    done = shop.exception("new", made.id, *SAID, "--days", "9")
    assert (done.code, shop.exceptions()) == (2, [])
    assert "R-CLOSED" in done.err
    assert "policies/gate.yaml:" in done.err


@pytest.mark.parametrize("who", ["erin", "carol", "mallory"])
def test_who_may_not_approve_signs_nothing(who: str, shop: Workshop) -> None:
    drafted(shop)
    done = shop.approve(FIRST, who)
    assert (done.code, "may not approve" in done.err) == (2, True)
    assert shop.exceptions() == [f"{FIRST}.yaml"]


def test_the_author_of_the_file_may_not_approve_it(shop: Workshop) -> None:
    drafted(shop)
    shop.commit(author="alice@example.com")
    assert "wrote the file" in shop.approve(FIRST, "alice").err
    assert shop.approve(FIRST, "bob").code == 0


def test_a_foreign_or_a_revoked_key_signs_nothing(shop: Workshop) -> None:
    drafted(shop)
    assert "does not list the key" in shop.approve(FIRST, "stranger").err
    shop.write("policies/revoked_keys", shop.key("alice").with_suffix(".pub").read_text())
    done = shop.approve(FIRST, "alice")
    assert (done.code, "is revoked" in done.err) == (2, True)
    assert shop.exceptions() == [f"{FIRST}.yaml"]


def test_a_signature_that_does_not_count_is_only_replaced_when_asked(shop: Workshop) -> None:
    drafted(shop)
    assert shop.approve(FIRST, "alice").code == 0
    path = shop.path / FILE
    path.write_bytes(path.read_bytes() + b"# changed\n")
    signature = path.with_name(f"{path.name}.alice@example.com.sig")
    before = signature.read_bytes()
    assert "--replace" in shop.approve(FIRST, "alice").err
    assert signature.read_bytes() == before
    assert shop.approve(FIRST, "alice", "--replace").code == 0
    assert signature.read_bytes() != before
    assert shop.exception("verify").code == 0
    assert "has signed" in shop.approve(FIRST, "alice").out


def test_without_a_terminal_nobody_says_yes(shop: Workshop) -> None:
    drafted(shop)
    done = shop.exception("approve", FIRST, "--key", shop.key("alice"))
    assert (done.code, "--yes" in done.err) == (2, True)
    assert shop.exceptions() == [f"{FIRST}.yaml"]


def test_an_agent_holds_the_key_and_only_its_public_half_is_named(
    shop: Workshop, tmp_path: Path
) -> None:
    drafted(shop)
    key = shop.key("alice")
    socket = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if socket.exists():
                break
            time.sleep(0.05)
        reach = {"SSH_AUTH_SOCK": str(socket)}
        subprocess.run(["ssh-add", "-q", key], env={**os.environ, **reach}, check=True)
        key.unlink()
        public = key.with_suffix(".pub")
        done = shop.exception("approve", FIRST, "--key", public, "--yes", extra=reach)
        assert done.code == 0, done.err
    finally:
        agent.terminate()
        agent.wait()
    assert shop.exception("verify").code == 0


def test_a_passphrase_that_nobody_can_be_asked_for_ends_the_approval(shop: Workshop) -> None:
    drafted(shop)
    key = shop.key("alice")
    words = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "a passphrase", "-f", str(key)]
    subprocess.run(words, check=True)
    # Without a terminal of its own, so that ssh-keygen cannot ask at the one of who runs this.
    alone = ("setsid", "--wait")
    asked = ("exception", "approve", FIRST, "--key", key, "--yes")
    done = penstock(*asked, cwd=shop.path, prefix=alone)
    assert done.code == 3
    assert "passphrase" in done.err
    assert "`ssh-add`" in done.err
    assert shop.exceptions() == [f"{FIRST}.yaml"]


def test_a_hardware_key_that_is_not_here_signs_nothing(shop: Workshop, tmp_path: Path) -> None:
    public = shop.key("alice").with_suffix(".pub")
    name = b"sk-ssh-ed25519@openssh.com"
    parts = (name, b"\1" * 32, b"ssh:")
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    line = f"{name.decode()} {base64.b64encode(blob).decode()} alice\n"
    signers = (shop.path / "policies/allowed_signers").read_text()
    shop.write("policies/allowed_signers", signers.replace(public.read_text(), line))
    public.write_text(line)
    shop.key("alice").rename(tmp_path / "elsewhere")
    drafted(shop)
    asked = ("exception", "approve", FIRST, "--key", public, "--yes")
    done = penstock(*asked, cwd=shop.path, prefix=("setsid", "--wait"))
    assert done.code == 3
    assert "plug the key in" in done.err
    assert shop.exceptions() == [f"{FIRST}.yaml"]


def test_renewing_keeps_comments_asks_for_new_approvals_and_counts(shop: Workshop) -> None:
    old = drafted(shop)
    (shop.path / FILE).write_bytes(old.replace(b"reason: >-", b"# why\nreason: >-"))
    shop.approve(FIRST, "alice")
    done = shop.exception("renew", FIRST, "--days", "30", "--reason", AGAIN)
    assert done.code == 0, done.err
    assert "1 of at most 2 by BUD-002" in done.out
    text = (shop.path / f"policies/exceptions/{SECOND}.yaml").read_text()
    assert f"supersedes: {FIRST}" in text
    assert "\n# why\n" in text
    assert (shop.path / FILE).read_bytes() == old.replace(b"reason: >-", b"# why\nreason: >-")
    assert shop.exception("verify", SECOND).code == 1
    assert "is renewed by" in shop.exception("renew", FIRST, "--days", "9", "--reason", AGAIN).err


def test_pruning_removes_what_is_superseded_with_its_signatures(shop: Workshop) -> None:
    drafted(shop)
    shop.approve(FIRST, "alice")
    shop.exception("renew", FIRST, "--days", "30", "--reason", AGAIN)
    assert "nothing to prune" in shop.exception("prune").out
    shop.approve(SECOND, "alice")
    assert "superseded" in shop.exception("prune").out
    done = shop.exception("prune", "--apply")
    assert (done.code, "not committed" in done.err) == (3, True)
    shop.commit()
    edited = shop.path / FILE
    edited.write_bytes(edited.read_bytes() + b"# mine\n")
    assert "not committed" in shop.exception("prune", "--apply").err
    shop.git("checkout", "-q", FILE)
    assert shop.exception("prune", "--apply").code == 0
    assert shop.exceptions() == [f"{SECOND}.yaml", f"{SECOND}.yaml.alice@example.com.sig"]


def test_unused_is_only_said_where_all_who_could_have_found_it_answered(shop: Workshop) -> None:
    drafted(shop)
    gap = Gap(stage="pip-audit", target="requirements.txt", reason=GapReason.TIMEOUT)
    partly = Completed(asked=1, answered=0, gaps=(gap,), canary=Canary.FOUND)
    silent = shop.bundle(out="partly", stages=evidence(pip_audit=partly))
    assert "nothing to prune" in shop.exception("prune", "--bundle", silent).out
    whole = shop.bundle(out="whole")
    assert "unused" in shop.exception("prune", "--bundle", whole).out
    assert "nothing to prune" in shop.exception("prune", "--bundle", whole, "--bundle", silent).out


def test_a_vex_file_only_drafts(shop: Workshop) -> None:
    statement = {
        "vulnerability": {"name": "CVE-2026-11111"},
        "products": [{"@id": "pkg:pypi/jinja2@2.10"}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path",
    }
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "urn:x", "author": "Jinja",
        "timestamp": "2026-11-25T00:00:00Z", "version": 1, "statements": [statement],
    }  # fmt: skip
    file = shop.write("vex.json", json.dumps(document))
    done = shop.exception("new", "--from-vex", "vex.json", *SAID, "--days", "20")
    assert done.code == 0, done.err
    text = (shop.path / FILE).read_text()
    assert "type: not_affected" in text
    assert "justification: vulnerable_code_not_in_execute_path" in text
    assert "evidence: sha256:" in text
    assert verdict(shop)[0] == 1
    document["statements"] = [{**statement, "status": "fixed"}]
    file.write_text(json.dumps(document))
    assert "is fixed" in shop.exception("new", "--from-vex", "vex.json", *SAID, "--days", "20").err


def test_links_and_files_of_others_are_left_alone(shop: Workshop, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (shop.path / "policies/exceptions").symlink_to(outside)
    done = shop.exception("new", "CVE-2026-11111", *SAID, "--days", "20")
    assert (done.code, list(outside.iterdir())) == (2, [])


def test_one_bad_file_is_named_and_the_others_are_told_of(shop: Workshop) -> None:
    drafted(shop)
    shop.write("policies/exceptions/EX-BAD.yaml", "id: EX-BAD\nexpires: 31/12/2026\n")
    done = shop.exception("verify", "--format", "json")
    entries = {one["id"]: one for one in json.loads(done.out)["exceptions"]}
    assert (done.code, entries["EX-BAD"]["status"]) == (1, "invalid")
    assert FIRST in entries
    assert "EX-BAD" in shop.exception("list").out
    assert shop.exception("approve", "EX-BAD", "--key", shop.key("alice"), "--yes").code == 2
    assert shop.exception("verify", "EX-NONE").code == 2


def test_no_cell_of_the_csv_is_a_formula(shop: Workshop) -> None:
    drafted(shop, "--owner", "=cmd()@example.com")
    assert "'=cmd()@example.com" in shop.exception("list", "--format", "csv").out


def converse(
    arguments: list[str], cwd: Path, answers: Sequence[str | Callable[[], str]]
) -> tuple[int, str]:
    """Run a command at a terminal of 80 columns and type an answer to each question."""
    main, side = pty.openpty()
    env = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "COLUMNS": "80"}
    process = subprocess.Popen(
        [PENSTOCK, *arguments], cwd=cwd, stdin=side, stdout=side, stderr=side, env=env
    )
    os.close(side)
    said, left, end = "", list(answers), time.monotonic() + 60
    while time.monotonic() < end:
        if not select.select([main], [], [], 0.2)[0]:
            if process.poll() is not None:
                break
            continue
        try:
            data = os.read(main, 4096)
        except OSError:
            break
        said += data.decode()
        if left and said.rstrip(" ").endswith((":", "]")) and said.endswith(" "):
            answer = left.pop(0)
            typed = answer if isinstance(answer, str) else answer()
            os.write(main, f"{typed}\n".encode())
    os.close(main)
    return process.wait(timeout=30), said


def test_at_a_terminal_what_is_missing_is_asked_for(shop: Workshop) -> None:
    day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    answers = ["dave@example.com", "erin@example.com", "nope", "SEC-9", SAID[-1], "99", day]
    code, said = converse(["exception", "new", "CVE-2026-11111"], shop.path, answers)
    assert code == 0, said
    text = (shop.path / FILE).read_text()
    assert "ticket: SEC-9" in text
    assert f"expires: {day}" in text
    assert "a P1 may have 30" in said


def test_at_a_terminal_only_a_whole_yes_signs(shop: Workshop) -> None:
    drafted(shop)
    command = ["exception", "approve", FIRST, "--key", str(shop.key("alice"))]
    code, said = converse(command, shop.path, ["y"])
    assert (code, "nothing was signed" in said) == (2, True)
    assert shop.exceptions() == [f"{FIRST}.yaml"]
    assert converse(command, shop.path, ["yes"])[0] == 0
    assert len(shop.exceptions()) == 2


def test_what_is_excepted_already_is_renewed_and_not_filed_again(shop: Workshop) -> None:
    drafted(shop)
    done = shop.exception("new", "CVE-2026-11111", *SAID, "--days", "20")
    assert (done.code, f"renew {FIRST}" in done.err) == (2, True)
    assert shop.exceptions() == [f"{FIRST}.yaml"]


def test_what_is_known_to_be_exploited_gets_no_exception(shop: Workshop) -> None:
    shop.bundle(judging.package(kev=True))
    done = shop.exception("new", "CVE-2026-11111", *SAID, "--days", "5")
    assert (done.code, "known to be exploited" in done.err) == (2, True)
    assert "policies/gate.yaml:" in done.err
    assert shop.exceptions() == []


def test_each_cve_of_a_joined_advisory_needs_a_file_and_the_proof_says_so(shop: Workshop) -> None:
    joined = judging.package(aliases=("CVE-2026-11111", "CVE-2026-22222"))
    shop.bundle(joined)
    done = shop.exception("new", joined.id, *SAID, "--days", "9")
    assert (done.code, "still fails" in done.out) == (0, True)
    other = ("--vulnerability", "CVE-2026-22222")
    done = shop.exception("new", joined.id, *other, *SAID, "--days", "9")
    assert done.code == 0, done.err
    shop.approve(FIRST, "alice")
    assert verdict(shop)[0] == 1
    shop.approve(SECOND, "alice")
    assert verdict(shop)[0] == 0


def test_without_a_named_key_the_one_that_counts_is_taken(shop: Workshop, tmp_path: Path) -> None:
    drafted(shop)
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    reach = {"HOME": str(home)}
    approve = ("approve", FIRST, "--yes")
    assert "no key of" in shop.exception(*approve, extra=reach).err
    for who in ("alice", "stranger"):
        for name in (who, f"{who}.pub"):
            data = shop.key(who).with_name(name).read_bytes()
            (home / ".ssh" / name).write_bytes(data)
        (home / ".ssh" / who).chmod(0o600)
    done = shop.exception(*approve, extra=reach)
    assert (done.code, "alice@example.com signed" in done.out) == (0, True)


def test_a_file_that_changes_while_it_is_shown_is_not_signed(shop: Workshop) -> None:
    drafted(shop)
    path = shop.path / FILE

    def edit() -> str:
        path.write_bytes(path.read_bytes().replace(b"max_matches: 1 ", b"max_matches: 9 "))
        return "yes"

    command = ["exception", "approve", FIRST, "--key", str(shop.key("alice"))]
    code, said = converse(command, shop.path, [edit])
    assert (code, "has changed since it was shown" in said) == (3, True)
    assert shop.exceptions() == [f"{FIRST}.yaml"]


def test_a_file_elsewhere_is_said_to_except_nothing(shop: Workshop, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "drafts"))
    done = shop.exception("new", "CVE-2026-11111", *SAID, "--days", "20", *out)
    assert (done.code, "excepts nothing until it lies in" in done.err) == (0, True)
    assert [one.name for one in (tmp_path / "drafts").iterdir()] == [f"{FIRST}.yaml"]
    assert shop.exceptions() == []


def test_where_no_exception_is_that_is_what_is_said(shop: Workshop) -> None:
    assert shop.exception("verify").out == "no exceptions\n"
    done = shop.exception("approve", FIRST, "--key", shop.key("alice"), "--yes")
    assert done.code == 2
    assert "none is here; `exception new` drafts one" in done.err


def test_who_signs_when_nobody_else_may_is_told_to_name_somebody(shop: Workshop) -> None:
    gate = (shop.path / "policies/gate.yaml").read_text()
    shop.write("policies/gate.yaml", gate.replace("default: 1", "default: 3"))
    drafted(shop)
    first = shop.approve(FIRST, "alice")
    assert "next: name one more in policies/roles.yaml" in first.out
    roles = (shop.path / "policies/roles.yaml").read_text()
    shop.write("policies/roles.yaml", roles.replace("[alice@", "[mallory@example.com, alice@", 1))
    assert "next: one more who may approve signs" in shop.approve(FIRST, "bob").out


@pytest.mark.parametrize("columns", ["80", pytest.param("120", marks=pytest.mark.slow), "240"])
def test_a_list_holds_every_target_however_wide_the_screen_is(columns: str, shop: Workshop) -> None:
    drafted(shop, "--ticket", "SEC-" + "1" * 40)
    shown = shop.exception("list", extra={"COLUMNS": columns}).out
    assert "pkg:pypi/jinja2@2.10" in shown
    assert "…" not in shown
    assert all(len(line) <= int(columns) for line in shown.splitlines())
