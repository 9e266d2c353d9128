"""Turns a checked roles.yaml into the roles of the gate."""

from collections.abc import Mapping
from typing import Final

from pipeline.policy.loading.document import GateDocument
from pipeline.policy.loading.located import fault, near, validated
from pipeline.policy.loading.roles_document import RolesDocument
from pipeline.policy.loading.yaml import Document, read
from pipeline.policy.model import Remark
from pipeline.policy.roles import EVERYBODY, Roles

ROLES: Final = "roles.yaml"
_FILES: Final[Mapping[str, str]] = {
    "allowed_signers": "allowed_signers",
    "revoked": "revoked_keys",
}
_FOLDER: Final = "policies"


def read_roles(
    files: Mapping[str, bytes], *, where: str
) -> tuple[Roles | None, tuple[Remark, ...]]:
    """Read roles.yaml and the keys that it names; None where there is none.

    `where` is the policy folder as messages name it. Raises UsageError for roles.yaml; a line of
    allowed_signers that cannot count is a remark.
    """
    if ROLES not in files:
        return None, ()
    from pipeline.policy.loading.keys import read_keys

    document = read(files[ROLES], _beside(where, ROLES))
    said = validated(RolesDocument, document)
    _members(said, document)
    paths = {
        field: _file(field, getattr(said.keys, field), files, document, where) for field in _FILES
    }
    signers, revoked = paths["allowed_signers"], paths["revoked"]
    keys = read_keys(
        files[signers] if signers else b"",
        files[revoked] if revoked else b"",
        signers_path=_beside(where, signers or _FILES["allowed_signers"]),
        revoked_path=_beside(where, revoked or _FILES["revoked"]),
    )
    roles = Roles(
        members={name: tuple(role.members) for name, role in said.roles.items()},
        can={name: tuple(role.can) for name, role in said.roles.items()},
        keys=keys.keys,
        revoked=keys.revoked,
        distrusted=keys.distrusted,
        places={name: document.where(("roles", name)) for name in said.roles},
    )
    return roles, keys.remarks


def _beside(where: str, name: str) -> str:
    return f"{where}/{name}" if where else name


def _members(said: RolesDocument, document: Document) -> None:
    for name, role in said.roles.items():
        seen: dict[str, int] = {}
        for index, member in enumerate(role.members):
            path = ("roles", name, "members", index)
            if member == EVERYBODY and set(role.can) - {"request_exception"}:
                raise fault(document, path, f"everybody would hold {name}; name its members")
            if member.casefold() in seen:
                raise fault(document, path, f"{member} is a member of {name} twice")
            seen[member.casefold()] = index


def _file(
    field: str, written: str | None, files: Mapping[str, bytes], document: Document, where: str
) -> str | None:
    """Find a file of keys in the policy folder; its path may start at the repository's top."""
    if written is None:
        return _FILES[field] if _FILES[field] in files else None
    path = ("keys", field)
    parts = written.split("/")
    if not {"", ".", ".."}.isdisjoint(parts):
        raise fault(document, path, f"{written!r} is no plain path of the policy folder")
    for name in _names(parts, where):
        if name in files:
            return name
    raise fault(
        document,
        path,
        f"there is no {written} in the policy folder",
        near(parts[-1], (name for name in files if "/" not in name)),
    )


def _names(parts: list[str], where: str) -> list[str]:
    """Return what a path may mean: from the folder itself, or from above, by the folder's name."""
    folder = where.rsplit(":", 1)[-1].strip("/").split("/")
    names = ["/".join(parts)]
    for length in range(1, len(parts)):
        head = parts[:length]
        if head in (folder[-length:], [_FOLDER]):
            names.append("/".join(parts[length:]))
    return names


def check_named(gate: GateDocument, document: Document, roles: Roles | None) -> None:
    """Refuse roles that gate.yaml names and roles.yaml does not know."""
    if roles is None:
        return
    if "owner_role" in gate.metadata.model_fields_set:
        _known(gate.metadata.owner_role, ("metadata", "owner_role"), document, roles)
    for index, rule in enumerate(gate.rules):
        for place, name in enumerate(rule.exception_roles):
            path: tuple[str | int, ...] = ("rules", index, "exception_roles", place)
            _known(name, path, document, roles)


def _known(name: str, path: tuple[str | int, ...], document: Document, roles: Roles) -> None:
    if name not in roles.members:
        hint = near(name, roles.members) or f"its roles are {', '.join(roles.members)}"
        raise fault(document, path, f"{ROLES} has no role {name!r}", hint)
