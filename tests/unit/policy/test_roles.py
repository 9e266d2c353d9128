"""roles.yaml as people get it wrong: the place, what is wrong, and no policy."""

import pytest

from pipeline.errors import UsageError
from tests.support.judging import exception, gate, policy

ROLES = """apiVersion: penstock/v1
kind: Roles
roles:
  security:
    members: [alice@example.com, bob@example.com]
    can: [approve_exception]
"""
RULE = "[{id: A, title: a, match: {severity: [high]}, effect: fail, exception_roles: [securty]}]"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("    can:", "    cann:", 6, "cann"),
        ("approve_exception", "approve_everything", 6, "can"),
        ("bob@", "Alice@", 5, "is a member of security twice"),
        ("bob@example.com", "'*'", 5, "everybody would hold security"),
        ("bob@example.com", "'bob and eve'", 5, "members"),
        ("kind: Roles", "kind: Rolls", 2, "kind"),
        ("    can:", "    members: []\n    can:", 6, "members"),
    ],
)
def test_what_it_says_wrongly_is_named_with_its_place(
    old: str, new: str, line: int, message: str
) -> None:
    assert old in ROLES
    with pytest.raises(UsageError, match=message) as caught:
        policy({"roles.yaml": ROLES.replace(old, new).encode()})
    where = caught.value.where
    assert where is not None
    assert (where.path, where.line, caught.value.exit) == ("policies/roles.yaml", line, 2)


def test_a_role_that_gate_yaml_names_and_nobody_defines_is_refused_there() -> None:
    files = {"roles.yaml": ROLES.encode(), "exceptions/EX-1.yaml": exception()}
    with pytest.raises(UsageError, match=r"roles\.yaml has no role 'securty'") as caught:
        policy({**files, "gate.yaml": gate(rules=RULE)})
    where = caught.value.where
    assert where is not None
    assert where.path == "policies/gate.yaml"
    assert "security" in str(caught.value.hint)
