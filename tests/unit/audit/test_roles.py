"""The roles report: people, keys, their last use, and what is wrong with them."""

import json

from pipeline.audit.roles import LIMITS, RolesReport, report
from pipeline.cli.roles_view import as_json, as_markdown, as_text
from pipeline.errors import Where
from pipeline.model.approval import Signature
from pipeline.policy.roles import Key, Roles


def key(person: str, name: str, *, revoked: bool = False) -> Key:
    return Key(
        principal=person,
        fingerprint=f"SHA256:{name}",
        kind="ssh-ed25519",
        line="",
        revoked=revoked,
        place=Where("allowed_signers", 1),
    )


ROLES = Roles(
    members={
        "ciso": ("carol@example.com",),
        "security": ("alice@example.com", "bob@example.com"),
        "everybody": ("*",),
        "nobody": (),
    },
    can={
        "ciso": ("approve_break_glass",),
        "security": ("edit_policy", "approve_exception"),
        "everybody": ("request_exception",),
        "nobody": ("approve_exception",),
    },
    keys=(
        key("alice@example.com", "a"),
        key("bob@example.com", "b", revoked=True),
        key("Mallory@example.com", "m"),
    ),
)


def made(roles: Roles | None = ROLES, *signatures: Signature) -> RolesReport:
    return report(
        roles,
        source="base:1:policies",
        signatures=signatures,
        exceptions=(),
        edits={"Alice+x@example.com": "2026-11-01"},
    )


def test_everybody_with_a_role_or_a_key_is_listed_once_with_both() -> None:
    people = {one.person: one for one in made().people}
    assert set(people) == {
        "*", "Mallory@example.com", "alice@example.com", "bob@example.com", "carol@example.com",
    }  # fmt: skip
    alice = people["alice@example.com"]
    assert (alice.roles, alice.can) == (("security",), ("approve_exception", "edit_policy"))
    assert [one.fingerprint for one in alice.keys] == ["SHA256:a"]
    assert alice.last_edit == "2026-11-01"
    assert people["bob@example.com"].last_edit is None


def test_what_is_wrong_is_named() -> None:
    assert made().problems == (
        "the role ciso has one member: without carol@example.com nobody can act",
        "the role nobody has no member",
        "bob@example.com may approve and has only revoked keys: nothing can be signed",
        "carol@example.com may approve and has no key: nothing can be signed",
        "Mallory@example.com has a key and no role: it counts for nothing",
    )
    assert "nobody can approve" in made(None).problems[0]


def test_every_format_says_what_is_not_enforced_and_escapes_the_rest() -> None:
    hostile = Roles(members={"x": ("a\x1b[2J|<b>",)}, can={"x": ()})
    for view in (as_text, as_markdown, as_json):
        told = view(made(hostile))
        assert "\x1b" not in told
        assert all(one.split()[1] in told for one in LIMITS)
    assert "<b>" not in as_markdown(made(hostile))
    assert json.loads(as_json(made()))["schema"] == "penstock/roles@1"
