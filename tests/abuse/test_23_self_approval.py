"""23 Self-approval, a second key, a shared key, a bot, and an approver without the role."""

from pathlib import Path

import pytest

from pipeline.config.trust import PolicyFiles
from pipeline.model.verdict import ExceptionRecord
from pipeline.policy.judging.gate import judge
from pipeline.policy.loading.load import load
from pipeline.runner.approvals import with_approvals
from tests.support.attacked import Repository
from tests.support.judging import STAGES, case, exception, gate, package
from tests.support.keys import ROLES
from tests.support.signing import Signer, judged

pytestmark = pytest.mark.tools

ALICE, BOB = "alice@example.com", "bob@example.com"
BOT = "renovate-bot@example.com"
CAROL = "carol@example.com"


def test_nobody_approves_alone(tmp_path: Path) -> None:
    alice, bob = Signer(tmp_path, ALICE), Signer(tmp_path, BOB)
    both = alice.line + bob.line
    assert judged(both, alice, requester="Alice+work@Example.com").status == "unapproved"
    assert judged(both, bob, requester=ALICE).status == "active"
    shared = f"{alice.line}{BOB} {alice.public}\n"
    assert judged(shared, alice).status == "unapproved"
    left = Signer(tmp_path, CAROL)
    assert judged(left.line, left).status == "unapproved"


@pytest.mark.parametrize(
    "spelt",
    [
        "ALICE@example.com",
        "Alice Example <alice@example.com>",
        "<Alice@Example.com>",
        "'alice@example.com '",
        "' alice+exceptions@EXAMPLE.COM.'",
        "Alice",
        "bob <alice>",
    ],
)
def test_who_asks_under_another_spelling_does_not_approve(tmp_path: Path, spelt: str) -> None:
    alice, bob = Signer(tmp_path, ALICE), Signer(tmp_path, BOB)
    record = judged(alice.line + bob.line, alice, requester=spelt)
    assert (record.status, record.approved_by) == ("unapproved", ())
    assert "asked for it" in record.reason
    assert judged(alice.line + bob.line, bob, requester=spelt).status == "active"


@pytest.mark.parametrize(
    "spelt",
    [
        "al\u0456ce@example.com",  # a Cyrillic letter
        "\uff41lice@example.com",  # a wide one
        "alice@ex\u00e4mple.com",
        "alice@example.com <alice@elsewhere.example>",
        "bob@example.com, alice@example.com",
        "Alice Example",
        "Alice <alice@example.com",
        "alice@example.com@elsewhere.example",
        "the whole team",
    ],
)
def test_a_requester_who_cannot_be_compared_with_signers_has_no_exception(
    tmp_path: Path, spelt: str
) -> None:
    alice = Signer(tmp_path, ALICE)
    record = judged(alice.line, alice, requester=f'"{spelt}"')
    assert (record.status, record.approved_by) == ("invalid", ())
    assert "requester" in record.reason
    assert "erin@example.com" in record.reason


class Office:
    """A real repository whose exception several people sign, and whose roles change."""

    def __init__(self, folder: Path, *people: str, needed: int = 1) -> None:
        self.made = Repository(folder / "repository")
        self.people = {name: Signer(folder, name) for name in people}
        self.made.write(
            "policies/gate.yaml", gate(exceptions=f"{{approvals: {{default: {needed}}}}}")
        )
        self.made.write("policies/allowed_signers", "".join(p.line for p in self.people.values()))

    def holding(self, *members: str) -> None:
        self.made.write("policies/roles.yaml", ROLES.format(member=", ".join(members)))

    def signed(self, *names: str) -> None:
        text = exception()
        self.made.write("policies/exceptions/EX-1.yaml", text)
        for name in names:
            beside = f"policies/exceptions/EX-1.yaml.{name}.sig"
            self.made.write(beside, self.people[name].sign(text))

    def merged(self, author: str) -> ExceptionRecord:
        """Commit what there is, and judge by that commit."""
        base = self.made.commit(GIT_AUTHOR_EMAIL=author)
        files = self.made.base(base).folder("policies")
        source = PolicyFiles(files=files, source=f"base:{base}:policies", trusted=True)
        policy = load(files, stages=STAGES, where=source.source)
        asked = with_approvals(case(policy, package()), source, repository=self.made.path)
        (record,) = judge(asked).verdict.exceptions
        return record


def test_a_second_key_of_the_same_person_is_no_second_person(tmp_path: Path) -> None:
    second = "Alice+laptop@example.com"
    office = Office(tmp_path, ALICE, second, BOB, needed=2)
    office.holding(ALICE, second, BOB)
    office.signed(ALICE, second)
    record = office.merged(CAROL)
    assert (record.status, len(record.approved_by)) == ("unapproved", 1)
    office.signed(ALICE, second, BOB)
    assert office.merged(CAROL).status == "active"


def test_who_brought_the_file_in_does_not_approve_it(tmp_path: Path) -> None:
    office = Office(tmp_path, ALICE, BOB)
    office.holding(ALICE, BOB)
    office.signed(ALICE)
    record = office.merged(ALICE)
    assert (record.status, record.approved_by) == ("unapproved", ())
    assert "wrote the file" in record.reason
    office.signed(ALICE, BOB)
    assert office.merged(ALICE).status == "active"


def test_a_bot_with_a_key_and_no_role_approves_nothing(tmp_path: Path) -> None:
    office = Office(tmp_path, ALICE, BOT)
    office.holding(ALICE)
    office.signed(BOT)
    record = office.merged(CAROL)
    assert (record.status, record.approved_by) == ("unapproved", ())
    assert f"{BOT}'s signature: holds no role" in record.reason


def test_who_left_the_role_yesterday_approves_nothing_today(tmp_path: Path) -> None:
    office = Office(tmp_path, ALICE, BOB)
    office.holding(ALICE, BOB)
    office.signed(ALICE)
    assert office.merged(CAROL).status == "active"
    office.holding(BOB)
    record = office.merged(CAROL)
    assert (record.status, record.approved_by) == ("unapproved", ())
