"""The shape of roles.yaml: who holds which role, what it lets them do, and whose keys count."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.policy.loading.words import Name, Table

Principal = Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9._%+@-]*)$", max_length=200)]
KeyFile = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]+$", max_length=300)]


class RoleTable(Table):
    """One role."""

    members: list[Principal] = Field(max_length=1000)
    """The names by which allowed_signers knows their keys, such as alice@example.com. "*" stands
    for everybody, and only in a role that can do no more than request_exception."""
    can: list[
        Literal["edit_policy", "approve_exception", "approve_break_glass", "request_exception"]
    ] = Field(default_factory=list)


class KeysTable(Table):
    """The files of the policy folder that say whose keys count."""

    allowed_signers: KeyFile | None = None
    """One key a line, as ssh-keygen has it. Not written: allowed_signers, if it is there."""
    revoked: KeyFile | None = None
    """Keys that count no more, whatever else is said of them. Not written: revoked_keys, if it is
    there."""


class RolesDocument(Table):
    """policies/roles.yaml."""

    apiVersion: Literal["penstock/v1"]  # noqa: N815 -- the file's own key
    kind: Literal["Roles"]
    roles: dict[Name, RoleTable] = Field(min_length=1, max_length=100)
    keys: KeysTable = Field(default_factory=KeysTable)
