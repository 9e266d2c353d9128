"""The files of a new policy folder: the gate, its tests, roles, and the schemas for editors."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from pipeline import resources
from pipeline.authoring import minimal

Start: TypeAlias = Literal["default", "minimal"]
STARTS: Final[tuple[Start, ...]] = ("default", "minimal")
_SCHEMAS: Final = ("gate-policy-v1", "exception-v1", "roles-v1", "policy-test-v1")
_BODY: Final = "apiVersion:"
_ROLES: Final = """\
# Who may do what. The names are those by which allowed_signers knows a key: see docs/policy.md.
# Everybody here is made up: put your own people in, two at least for each role that approves.
apiVersion: penstock/v1
kind: Roles
roles:
  security:  {members: [alice@example.com, bob@example.com], can: [edit_policy, approve_exception]}
  ciso:
    members: [carol@example.com, alice@example.com]
    can: [approve_exception, approve_break_glass]
  tech-lead: {members: [dave@example.com, erin@example.com], can: [approve_exception]}
  developer: {members: ["*"], can: [request_exception]}
"""
_EXCEPTIONS: Final = """\
# Exceptions

One file each, called by its id: `EX-2026-0007.yaml`. `penstock exception new` writes one from a
finding, `penstock exception approve` signs it (the signature lies beside it), and
`penstock exception list` says what became of each. An exception counts once it is in the base
commit, by as many signatures as gate.yaml asks for.
"""
_OWNERS: Final = """\
# Put these lines into .github/CODEOWNERS, with teams of your own.
/{folder}/                          @your-org/security
/{folder}/roles.yaml                @your-org/ciso
/{folder}/allowed_signers           @your-org/ciso
/{folder}/revoked_keys              @your-org/ciso
/.github/CODEOWNERS                 @your-org/security
/.github/workflows/penstock*.yml    @your-org/security
"""


def folder_of(start: Start, *, name: str) -> Mapping[str, bytes]:
    """Return every file of a new policy folder by its path; `name` is the folder's in messages.

    gate.yaml comes last: a folder without it is no policy yet.
    """
    gate, tests = _texts(start)
    texts = {
        **{f"schemas/{each}.schema.json": _schema(each) for each in _SCHEMAS},
        "exceptions/README.md": _EXCEPTIONS,
        "CODEOWNERS.sample": _OWNERS.format(folder=name),
        "tests/default_test.yaml": _headed("../schemas/policy-test-v1", tests),
        "roles.yaml": _headed("schemas/roles-v1", _ROLES),
        "gate.yaml": _headed("schemas/gate-policy-v1", gate),
    }
    return {path: text.encode() for path, text in texts.items()}


def _texts(start: Start) -> tuple[str, str]:
    if start == "minimal":
        return minimal.GATE, minimal.TESTS
    folder = resources.policies()
    gate = (folder / "gate.yaml").read_text(encoding="utf-8")
    tests = (folder / "tests" / "default_test.yaml").read_text(encoding="utf-8")
    return _body(gate).replace("name: default", "name: own", 1), _body(tests)


def _body(text: str) -> str:
    """Leave out what the shipped file says of itself before it begins."""
    return _BODY + text.partition(_BODY)[2]


def _headed(schema: str, text: str) -> str:
    return f"# yaml-language-server: $schema={schema}.schema.json\n{text}"


def _schema(name: str) -> str:
    return (resources.schemas() / f"{name}.schema.json").read_text(encoding="utf-8")
